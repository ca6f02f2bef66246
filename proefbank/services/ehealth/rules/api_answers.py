"""What an API answers to a token that is not good."""

from __future__ import annotations

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.api_answers import RefusalAnswer

UNAUTHORISED = 401
NO_HTTP = "an adapter tells verdicts, not HTTP answers; an API is judged by --api URL"


@rule("ehealth.token.refusal-is-401")
def is_401(refusal: RefusalAnswer) -> Finding | None:
    """By 401 a client learns that another token would do; by 403 that none would."""
    _needs_refusal(refusal)
    if refusal.shown.status == UNAUTHORISED:
        return None
    return Finding(
        f"answer to the token {refusal.shown.recipe}",
        expected="401",
        actual=refusal.shown.detail or str(refusal.shown.status),
        hint="answer 401 to every token that is not good, whatever is wrong with it",
    )


@rule("ehealth.token.refusal-names-invalid-token")
def names_invalid_token(refusal: RefusalAnswer) -> Finding | None:
    """The code tells a client to renew its token, where no code asks it to bring one at all."""
    _needs_refusal(refusal)
    if refusal.shown.status != UNAUTHORISED:
        raise DoesNotApply("it was not refused by 401, which is a requirement of its own")
    if "invalid_token" in refusal.errors:
        return None
    told = "; ".join(refusal.shown.challenges)
    return Finding(
        f"WWW-Authenticate of the answer to the token {refusal.shown.recipe}",
        expected='Bearer with error="invalid_token"',
        actual=told or "no WWW-Authenticate",
        hint="also where the token has expired, or its signature is wrong",
    )


def _needs_refusal(refusal: RefusalAnswer) -> None:
    if not refusal.over_http:
        raise DoesNotApply(NO_HTTP)
    if refusal.shown.outcome != "rejected":
        raise DoesNotApply(f"the token was {refusal.shown.outcome}, which is judged elsewhere")
