"""Which scope the client asks for, and how it writes it."""

from __future__ import annotations

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.token_request import ScopedTokenRequest, TokenRequest, TwoScopesRequest

PREFIX = "scope:"


@rule("socialsecurity.token-request.leaves-scope-out-unless-narrowing")
def leaves_scope_out(request: TokenRequest) -> Finding | None:
    """Without the parameter the server grants what the account has, also after it changes."""
    if request.asked_scope is not None:
        raise DoesNotApply("the bench asked for a scope")
    sent = request.one("scope")
    if not sent:
        return None
    return Finding(
        "scope", expected="the parameter left out", actual=sent, hint="send it only to ask for less"
    )


@rule("socialsecurity.token-request.scope-belongs-to-the-account")
def belongs_to_account(request: TokenRequest) -> Finding | None:
    """The server refuses the whole request over one scope that the account does not have."""
    own = request.scenario.get("capacity_scope")
    sent = (request.one("scope") or "").replace(",", " ").split()
    if not sent or own is None:
        raise DoesNotApply("no scope is sent, or the account's capacity has none documented")
    known = {_bare(item) for item in _known(request)}
    foreign = [item for item in sent if _bare(item) not in known]
    if not foreign:
        return None
    return Finding("scope", expected=f"{own}, or nothing", actual=" ".join(foreign))


@rule("socialsecurity.token-request.scopes-are-space-separated")
def space_separated(request: TwoScopesRequest) -> Finding | None:
    """Commas become part of the value, and no such scope exists."""
    asked, sent = (request.asked_scope or "").split(), request.one("scope") or ""
    if len(sent.split()) >= len(asked) and "," not in sent:
        return None
    return Finding("scope", expected=" ".join(asked), actual=sent or "absent")


@rule("socialsecurity.token-request.scope-keeps-its-prefix")
def keeps_prefix(request: ScopedTokenRequest) -> Finding | None:
    """The text `scope:` belongs to the value; it only looks like a label."""
    sent = (request.one("scope") or "").replace(",", " ").split()
    bare = [item for item in sent if not item.lower().startswith(PREFIX)]
    if not sent:
        raise DoesNotApply("the client sent no scope")
    if not bare:
        return None
    return Finding("scope", expected=request.asked_scope or PREFIX, actual=" ".join(bare))


@rule("socialsecurity.token-request.scope-keeps-its-case")
def keeps_case(request: ScopedTokenRequest) -> Finding | None:
    """Scopes are compared letter by letter (RFC 6749, 3.3)."""
    sent = (request.one("scope") or "").replace(",", " ").split()
    if not sent:
        raise DoesNotApply("the client sent no scope")
    known = {_bare(item): item for item in _known(request)}
    for item in sent:
        right = known.get(_bare(item))
        if right is not None and _unprefixed(item) != _unprefixed(right):
            return Finding("scope", expected=right, actual=item)
    return None


@rule("socialsecurity.token-request.employer-asks-the-employer-scope")
def employer_scope(request: TokenRequest) -> Finding | None:
    """An employer's account has no authorisation to act for others."""
    return _role(request, "employer", ":provider")


@rule("socialsecurity.token-request.mandatary-asks-the-provider-scope")
def mandatary_scope(request: ScopedTokenRequest) -> Finding | None:
    """A mandatary's account has no authorisation as an employer."""
    return _role(request, "provider", ":employer")


def _role(request: TokenRequest, capacity: str, wrong_end: str) -> Finding | None:
    if request.scenario.get("capacity") != capacity:
        raise DoesNotApply(f"the account in play is not of the capacity {capacity}")
    own = str(request.scenario.get("capacity_scope"))
    other = own.rpartition(":")[0] + wrong_end
    sent = (request.one("scope") or "").replace(",", " ").split()
    if not sent:
        raise DoesNotApply("no scope is sent")
    wrong = [item for item in sent if _bare(item) == _bare(other)]
    if not wrong:
        return None
    return Finding("scope", expected=f"{own}, or nothing", actual=wrong[0])


def _known(request: TokenRequest) -> list[str]:
    own = str(request.scenario.get("capacity_scope") or "")
    stem = own.rpartition(":")[0]
    fla = [f"{stem}:employer", f"{stem}:provider"] if stem else []
    return [*fla, *(request.asked_scope or "").split()]


def _unprefixed(scope: str) -> str:
    return scope[len(PREFIX) :] if scope.lower().startswith(PREFIX) else scope


def _bare(scope: str) -> str:
    return _unprefixed(scope).lower()
