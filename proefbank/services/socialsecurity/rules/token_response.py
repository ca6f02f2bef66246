"""What the client makes of the token server's answers, good and bad."""

from __future__ import annotations

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.api_request import bearer_token, issued_token
from ..wire.token_answer import (
    ExtraMembers,
    LowerCaseType,
    NoLifetime,
    NoScope,
    Probe,
    RefusedToken,
    RejectedClient,
    ReorderedMembers,
    TokenAskedToWait,
    UnknownType,
    UnusableToken,
)
from .outcomes import must_accept, must_refuse

REFUSALS = frozenset({"provider_error", "malformed", "transport", "not_allowed"})
UNUSABLE = frozenset({"malformed", "provider_error", "transport"})
"""`transport` too: some libraries call a body that they cannot read a failed connection."""
PATIENCE = 2
"""Requests that one operation may make when the first is refused."""


@rule("socialsecurity.token-response.failed-answer-yields-no-token")
def failure_yields_no_token(probe: RefusedToken) -> Finding | None:
    """A client that does not look at the status takes an error for a success."""
    return must_refuse(probe, "token.fetch", REFUSALS) or _no_made_up_token(probe)


@rule("socialsecurity.token-response.answer-without-token-is-refused")
def needs_a_token(probe: UnusableToken) -> Finding | None:
    """Otherwise the API is called with the text `undefined`, and the real fault is hidden."""
    return must_refuse(probe, "token.fetch", UNUSABLE) or _no_made_up_token(probe)


@rule("socialsecurity.token-response.unknown-token-type-is-not-used")
def unknown_type(probe: UnknownType) -> Finding | None:
    """A token of another type wants another way of using it (RFC 6749, 7.1)."""
    used = _no_made_up_token(probe)
    if used is not None:
        return used
    fetched = probe.said("token.fetch")
    if fetched is None or fetched.outcome != "accepted":
        return must_refuse(probe, "token.fetch", UNUSABLE)
    told = str(fetched.value.get("token_type", ""))
    if told.lower() == "bearer":
        return Finding(
            "outcome of token.fetch after " + probe.stimulus,
            expected="rejected, or accepted with the type that the server told",
            actual="accepted, as Bearer",
        )
    if probe.said("api.call") is None:
        raise DoesNotApply("the client hands the token on with its type, and uses none itself")
    return None


@rule("socialsecurity.token-response.extra-members-are-ignored")
def extra_members(probe: ExtraMembers) -> Finding | None:
    """The server may say more tomorrow; a client that counts members stops working then."""
    return must_accept(probe)


@rule("socialsecurity.token-response.member-order-does-not-matter")
def member_order(probe: ReorderedMembers) -> Finding | None:
    """JSON members have no order; only a client that cuts text depends on one."""
    return must_accept(probe)


@rule("socialsecurity.token-response.bearer-is-read-in-any-case")
def any_case(probe: LowerCaseType) -> Finding | None:
    """`Bearer` and `bearer` are the same type (RFC 6749, 5.1)."""
    return must_accept(probe)


@rule("socialsecurity.token-response.missing-expires-in-is-survived")
def missing_lifetime(probe: NoLifetime) -> Finding | None:
    """`expires_in` is only recommended, so an answer may leave it out."""
    return must_accept(probe)


@rule("socialsecurity.token-response.missing-scope-is-survived")
def missing_scope(probe: NoScope) -> Finding | None:
    """`scope` may be left out when it is what was asked for."""
    return must_accept(probe)


@rule("socialsecurity.token-response.refused-request-is-not-repeated")
def not_repeated(probe: RejectedClient) -> Finding | None:
    """Nothing changes by asking again, and a client that hammers gets locked out."""
    return asked_again(probe, "somebody has to change the account or the request")


@rule("socialsecurity.token-response.retry-after-is-respected")
def respects_retry_after(probe: TokenAskedToWait) -> Finding | None:
    """The server asks for time because it is short of it; every early request makes that worse."""
    return asked_to_wait(probe, "token")


def asked_again(probe: Probe, hint: str) -> Finding | None:
    """Find more token requests during one operation than a refusal leaves room for."""
    for call in probe.calls:
        sent = [item for item in call.exchanges if item.conversation == "token"]
        if len(sent) > PATIENCE:
            return Finding(
                f"token requests during one {call.op}",
                expected=f"at most {PATIENCE}",
                actual=str(len(sent)),
                hint=f"report the error; {hint}",
                exchange=sent[-1].number,
            )
    return None


def asked_to_wait(probe: Probe, conversation: str) -> Finding | None:
    """Find a request that came after the server had asked to wait; no time has passed since."""
    early = [item for item in probe.on(conversation) if item.number > probe.exchange]
    if not early:
        return None
    answer = probe.struck[0].response
    told = answer.header("retry-after") or "told in the body"
    told = f"{told} s" if told.isdigit() else "a date" if answer.header("retry-after") else told
    return Finding(
        f"requests after the {answer.status}",
        expected=f"none before Retry-After ({told}) has passed",
        actual=f"{len(early)} at once",
        hint="remember until when to wait, and report an error until then",
        exchange=early[0].number,
    )


def _no_made_up_token(probe: Probe) -> Finding | None:
    spoiled = {issued_token(item) for item in probe.struck}
    for item in probe.on("api"):
        token = bearer_token(item)
        if token and (token in spoiled or item.facts.get("token", "valid") != "valid"):
            scheme = (item.request.header("authorization") or "").partition(" ")[0]
            return Finding(
                "API call after the failure",
                expected="no call to the API without a usable token",
                actual=f"the API was called, with the scheme {scheme}",
                exchange=item.number,
            )
    return None
