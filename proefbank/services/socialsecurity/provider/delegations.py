"""Delegations of REST accounts to a technical intermediary (ChaMan FAQ; for OCMWs only).

Either side asks, the other accepts or refuses; who was refused sends the request again: the
owner as often as need be, the intermediary 20 times for one enterprise and role, after which
only the enterprise itself can start a delegation. Not told, and so not to be done here: taking a
request back, ending a delegation, delegating an account twice. Where the FAQ leaves room we
read it thus: the first request is no re-send, and the count is never taken back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from .profile import Account

__all__ = [
    "ACCEPTED",
    "INTERMEDIARY",
    "OWNER",
    "REFUSED",
    "REQUESTED",
    "RESENDS",
    "SIDES",
    "Delegation",
    "Ledger",
    "answer",
    "request",
    "resend",
]

RESENDS: Final = 20
OWNER: Final = "owner"
INTERMEDIARY: Final = "intermediary"
SIDES: Final = (OWNER, INTERMEDIARY)
REQUESTED, ACCEPTED, REFUSED = "requested", "accepted", "refused"

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Delegation:
    """What two sides make of one account."""

    account: str
    """Name of the account."""
    owner: str
    role: str
    """Enterprise number and capacity of its owner."""
    intermediary: str
    """Enterprise number of the technical intermediary."""
    asked_by: str
    """`owner` or `intermediary`."""
    state: str = REQUESTED
    """`requested`, `accepted` or `refused`."""

    @property
    def key(self) -> Key:
        """What the intermediary's re-sends are counted by."""
        return self.intermediary, self.owner, self.role


@dataclass(frozen=True, slots=True)
class Ledger:
    """Every delegation, and how often intermediaries sent one again."""

    delegations: tuple[Delegation, ...] = ()
    resends: Mapping[Key, int] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, account: str) -> Delegation | None:
        """Return the delegation of an account that is accepted or asked for, else the last one."""
        found = [item for item in self.delegations if item.account == account]
        alive = [item for item in found if item.state != REFUSED]
        return alive[0] if alive else found[-1] if found else None

    def with_one(self, made: Delegation) -> Ledger:
        """Return the ledger with another state of the delegation between the same two."""
        pair = (made.account, made.intermediary)
        kept = (i for i in self.delegations if (i.account, i.intermediary) != pair)
        return replace(self, delegations=(*kept, made))

    def between(self, account: str, intermediary: str) -> Delegation | None:
        """Return the delegation of an account to an intermediary."""
        pair = (account, intermediary)
        return next((i for i in self.delegations if (i.account, i.intermediary) == pair), None)


def request(ledger: Ledger, account: Account, intermediary: str, *, by: str) -> Ledger:
    """Have one side ask for a delegation; ValueError tells why it cannot."""
    _side(by)
    if not account.ocmw:
        raise ValueError(f"{account.name} is not of an OCMW, and only those delegate")
    if intermediary == account.enterprise_number:
        raise ValueError("nobody is his own intermediary")
    made = Delegation(account.name, account.enterprise_number, account.capacity, intermediary, by)
    now = ledger.of(account.name)
    if now is not None and now.state != REFUSED:
        raise ValueError(f"the delegation of {account.name} is {now.state} already")
    before = ledger.between(account.name, intermediary)
    if by == INTERMEDIARY:
        _must_have_sends_left(ledger, made.key)
    if before is not None and before.asked_by == by:
        raise ValueError("it was asked for and refused: it is sent again")
    return ledger.with_one(made)


def answer(ledger: Ledger, account: str, intermediary: str, *, by: str, accept: bool) -> Ledger:
    """Have the other side accept or refuse what was asked for; ValueError tells why it cannot."""
    _side(by)
    found = ledger.between(account, intermediary)
    if found is None or found.state != REQUESTED:
        raise ValueError(f"nobody waits for an answer about {account} and {intermediary}")
    if found.asked_by == by:
        raise ValueError(f"the {by} asked, so the other side answers")
    return ledger.with_one(replace(found, state=ACCEPTED if accept else REFUSED))


def resend(ledger: Ledger, account: str, intermediary: str, *, by: str) -> Ledger:
    """Have who was refused send the request again; ValueError tells why he cannot."""
    _side(by)
    found = ledger.between(account, intermediary)
    if found is None or found.state != REFUSED or found.asked_by != by:
        raise ValueError(f"no request of the {by} about {account} and {intermediary} was refused")
    now = ledger.of(account)
    if now is not None and now.state != REFUSED:
        raise ValueError(f"the delegation of {account} is {now.state} already")
    after = ledger.with_one(replace(found, state=REQUESTED))
    if by == OWNER:
        return after
    _must_have_sends_left(ledger, found.key)
    count = ledger.resends.get(found.key, 0) + 1
    return replace(after, resends=MappingProxyType({**ledger.resends, found.key: count}))


def _must_have_sends_left(ledger: Ledger, key: Key) -> None:
    if ledger.resends.get(key, 0) >= RESENDS:
        raise ValueError(
            f"the intermediary sent {RESENDS} times again: the enterprise itself starts it now"
        )


def _side(by: str) -> None:
    if by not in SIDES:
        raise ValueError(f"{by!r} is no side of a delegation; there are {', '.join(SIDES)}")
