"""What a consumer prints, and what it says."""

from __future__ import annotations

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.output import ConsumerOutput, NamedRefusal


@rule("ehealth.token.stays-out-of-output")
def token_stays_inside(output: ConsumerOutput) -> Finding | None:
    """Logs are kept for long and read by many, and a token in them is as good as any other."""
    return _leaked(output, {"token", "jwt"}, "a token")


@rule("ehealth.token.person-stays-out-of-output")
def person_stays_inside(output: ConsumerOutput) -> Finding | None:
    """A national number in a log is personal data that nobody meant to keep."""
    return _leaked(output, {"personal"}, "the person's number or name")


@rule("ehealth.operation.refusal-names-the-kid")
def names_the_kid(refusal: NamedRefusal) -> Finding | None:
    """On the day after a step this one word tells a stale key set from a forged token."""
    if refusal.shown.outcome != "rejected":
        raise DoesNotApply("the token was not refused, which is a requirement of its own")
    if refusal.shown.kid in refusal.words:
        return None
    return Finding(
        "detail of the refusal, and output",
        expected=f"the kid that was not found, {refusal.shown.kid}",
        actual=refusal.words.strip() or "nothing",
        hint="say which kid was looked for, and in how old a key set",
    )


def _leaked(output: ConsumerOutput, kinds: set[str], what: str) -> Finding | None:
    found = [stream for stream, kind in output.leaked if kind in kinds]
    if not found:
        return None
    return Finding(
        f"output of the consumer, {found[0]}",
        expected="nothing secret",
        actual=f"{what}, {len(found)} times",
        hint="log kid, issuer and reason, never the token or its claims",
    )
