"""What a client makes of refusals that come of what people did in ChaMan and in MAHIS.

A staging of this kind holds `control` calls that met the set-up as it was, and `probe` calls
after it was changed: nothing is armed, the service refuses for real.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from proefbank.journal import Call, Exchange, Journal
from proefbank.judge import NotExercised, Reading

from .api_request import bearer_token, issued_token
from .token_answer import Probe, check_controls

__all__ = [
    "ForbiddenBySetUp",
    "MandateEnded",
    "PermissionWithdrawn",
    "RefusedBySetUp",
    "RenewedKey",
    "RenewedKeyUse",
]

_CLIENT_ERROR = range(400, 500)


@dataclass(frozen=True, slots=True)
class RefusedBySetUp(Probe):
    """No certificate of the account is the client's (any more), or its channel is not activated."""

    conversation = "token"
    codes: ClassVar[tuple[str, ...]] = ()
    """Violations of which one has to be there; any if none is named."""

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return the one reading; raises `NotExercised` unless a probe was refused so."""
        check_controls(journal, cls.conversation)
        probes = tuple(call for call in journal.calls if call.note == "probe")
        sent = [
            item
            for call in probes
            for item in call.exchanges
            if item.conversation == cls.conversation
        ]
        if not sent:
            raise NotExercised("the set-up was changed, and the client sent nothing after that")
        struck = [item for item in sent if cls.refuses(item)]
        first = struck[0] if struck else sent[0]
        deed = str(next(iter(journal.of("arranged")), {}).get("deed", "set-up"))
        others = {i.number for c in journal.calls if c.note != "probe" for i in c.exchanges}
        after = tuple(item for item in journal.exchanges if item.number not in others)
        return [cls(f"the change of the {deed}", probes, after, first.number)]

    @classmethod
    def refuses(cls, exchange: Exchange) -> bool:
        """Whether an answer is the refusal that the set-up leads to."""
        found = {item.code for item in exchange.trail.violations}
        fits = not cls.codes or bool(found & set(cls.codes))
        return fits and exchange.response.status in _CLIENT_ERROR

    @property
    def struck(self) -> list[Exchange]:
        """The exchanges that were refused; none if the client sent something else."""
        return [item for item in self.on(self.conversation) if self.refuses(item)]


class ForbiddenBySetUp(RefusedBySetUp):
    """The API says 403: the permission is gone, or the mandate."""

    conversation = "api"
    codes: ClassVar[tuple[str, ...]] = ("scope-missing", "mandate-ended")


class PermissionWithdrawn(ForbiddenBySetUp):
    """The account may not use the FLA any more; another account of the client's may."""

    codes = ("scope-missing",)

    @property
    def strangers(self) -> list[Exchange]:
        """What came after the refusal with another account's credentials or token."""
        mine = {issued_token(i) for i in self.exchanges if _own(i)} - {""}
        found = []
        for item in self.exchanges:
            if not self.struck or item.number <= self.exchange:
                continue
            account = item.scenario.get("account")
            told = item.facts.get("account" if item.conversation == "token" else "token_account")
            unknown = item.conversation == "api" and told is None
            if told not in (None, account) or (unknown and bearer_token(item) not in mine):
                found.append(item)
        return found


class MandateEnded(ForbiddenBySetUp):
    """The principal's mandate ended at midnight, and the client was told to send once more."""

    codes = ("mandate-ended",)

    @property
    def renamed(self) -> list[Exchange]:
        """Calls after the refusal under another enterprise number than the one refused."""
        refused = {item.facts.get("enterprise_number") for item in self.struck[:1]}
        return [
            item
            for item in self.on("api")
            if refused
            and item.number > self.exchange
            and item.facts.get("enterprise_number") not in {None, *refused}
        ]


@dataclass(frozen=True, slots=True)
class RenewedKeyUse:
    """One token request after the old certificate was removed."""

    exchange: int
    with_removed: bool
    """Whether it was signed with the key of a certificate that is not on the account any more."""


@dataclass(frozen=True, slots=True)
class RenewedKey(Reading):
    """A client was told a new key while both certificates were registered; the old one went."""

    uses: tuple[RenewedKeyUse, ...]
    calls: tuple[Call, ...]
    exchange: int

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return the one reading; raises `NotExercised` unless a token was asked for at last."""
        check_controls(journal, "token")
        probes = tuple(call for call in journal.calls if call.note == "probe")
        uses = tuple(
            RenewedKeyUse(item.number, bool(item.facts.get("removed_certificate_sha256")))
            for call in probes
            for item in call.exchanges
            if item.conversation == "token"
        )
        if not uses:
            raise NotExercised("no token was asked for after the old certificate was removed")
        return [cls(uses, probes, uses[0].exchange)]


def _own(exchange: Exchange) -> bool:
    told = exchange.facts.get("account")
    return exchange.conversation == "token" and told == exchange.scenario.get("account")
