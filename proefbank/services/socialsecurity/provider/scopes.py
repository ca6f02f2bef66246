"""Which scope an account gets (5.1; P1: left out means the account's own; RFC 6749, 3.3)."""

from __future__ import annotations

import re

from .facts import CAPACITIES
from .findings import Findings, printable
from .profile import Account, ErrorPolicy, Scopes

__all__ = ["decide_scope", "default_scope"]

_SYNTAX = re.compile(r"[!#-\[\]-~]+(?: [!#-\[\]-~]+)*", re.ASCII)


def default_scope(account: Account, scopes: Scopes) -> str | None:
    """Return the scope an account has by its capacity and its ticked authorisations."""
    return scopes.of(account.capacity) if account.may_use_fla else None


def further_scopes(account: Account, scopes: Scopes) -> list[str]:
    """Return the scopes of the account's other authorisations."""
    ticked = " | ".join(account.authorisations).casefold()
    return [scope for name, scope in scopes.further.items() if name.casefold() in ticked]


def decide_scope(
    requested: str | None,
    account: Account,
    scopes: Scopes,
    policy: ErrorPolicy,
    findings: Findings,
) -> str | None:
    """Return the scope to grant, and write down what was asked wrongly."""
    default = default_scope(account, scopes)
    if requested is None:
        return default
    if not _SYNTAX.fullmatch(requested):
        findings.add("scope-malformed", f"the scope {printable(requested)} is not space-separated")
        return default
    narrow = policy.scope_policy == "narrow"
    granted, refused = [], []
    for value in dict.fromkeys(requested.split(" ")):
        problem = _problem(value, account, default, scopes, findings)
        if problem is None:
            granted.append(value)
        else:
            refused.append((problem, f"the scope {printable(value)} is not granted"))
    for problem, detail in refused:
        findings.add(problem, detail, refuse=not (narrow and granted))
    return " ".join(granted) or default


def _problem(
    value: str, account: Account, default: str | None, scopes: Scopes, findings: Findings
) -> str | None:
    own = scopes.of(account.capacity)
    known = {scope for capacity in CAPACITIES if (scope := scopes.of(capacity))}
    if value == default or value in further_scopes(account, scopes):
        return None
    if value == own or value in scopes.further.values():
        return "scope-not-authorised"
    if value in known:
        return "scope-of-other-capacity"
    if f"scope:{value}" in known:
        return "scope-without-prefix"
    if own is None and account.may_use_fla and "," not in value:
        # The source leaves this capacity's scope blank, so no value can be called wrong.
        findings.note("scope-undocumented")
        return None
    return "scope-malformed" if "," in value else "scope-unknown"
