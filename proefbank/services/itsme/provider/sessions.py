"""Sessions: their states, what moves them, and the two spaces that their ids live in.

An identification session goes CREATED → AT_PAGE → (CERT_ACTION) → READY, or ends REJECTED,
EXPIRED, FAILED or BLOCKED. A sign session goes S_CREATED → S_AT_PAGE → S_DONE, or ends
S_REFUSED, S_EXPIRED or S_FAILED. Time is always handed in; whatever ended stays as it ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal

from .facts import ACTION_SECONDS
from .parties import Party
from .people import People, Person

__all__ = [
    "IDENTIFYING",
    "SIGNING",
    "IdentificationSession",
    "IdentificationState",
    "Sessions",
    "SignSession",
    "SignState",
    "Texts",
]

IdentificationState = Literal[
    "CREATED", "AT_PAGE", "CERT_ACTION", "READY", "REJECTED", "EXPIRED", "FAILED", "BLOCKED"
]
SignState = Literal["S_CREATED", "S_AT_PAGE", "S_DONE", "S_REFUSED", "S_EXPIRED", "S_FAILED"]

IDENTIFYING: frozenset[IdentificationState] = frozenset({"CREATED", "AT_PAGE", "CERT_ACTION"})
"""Still going on."""
SIGNING: frozenset[SignState] = frozenset({"S_CREATED", "S_AT_PAGE"})
"""Likewise."""


@dataclass(slots=True)
class IdentificationSession:
    """From `user_identification` until the person is known and has a certificate."""

    id: str
    """`asyncRespID`."""
    q: str
    """What names it in the address of the page; another value on purpose."""
    party: Party
    redirect_url: str
    """As sent, its own query included."""
    lang: str
    created_at: float
    people: People = field(repr=False)
    person: Person | None = None
    """Known from the start when a userCode was sent."""
    blocks: bool = True
    """Whether a blocked account is found out here, or only when it is to sign."""
    state: IdentificationState = "CREATED"
    action_at: float | None = None
    """When the creation of a certificate was asked of the person."""
    known: bool = field(init=False)
    """Whether a userCode was sent, so that no phone number is asked."""

    def __post_init__(self) -> None:
        self.known = self.person is not None

    def at(self, now: float) -> IdentificationState:
        """Return the state at `now`: an action unconfirmed for *more* than 3 minutes expired."""
        if self.state == "CERT_ACTION" and (end := self.ends_at) is not None and now > end:
            self.state = "EXPIRED"
        return self.state

    @property
    def ends_at(self) -> float | None:
        """The last instant at which the running action can be confirmed."""
        running = self.state == "CERT_ACTION" and self.action_at is not None
        return (self.action_at or 0.0) + ACTION_SECONDS if running else None

    def opened(self, at: float) -> IdentificationState:
        """Have the page opened; somebody known goes through at once, or to the action."""
        if self.at(at) == "CREATED":
            self.state = "AT_PAGE"
            if self.person is not None:
                return self.identified(self.person, at)
        return self.state

    def identified(self, person: Person, at: float) -> IdentificationState:
        """Hear who it is; without a certificate its creation starts by itself (step 4)."""
        if self.at(at) != "AT_PAGE":
            return self.state
        self.person = person
        if person.blocked and self.blocks:
            self.state = "BLOCKED"
        elif self.people.certified(person):
            self.state = "READY"
        else:
            self.state, self.action_at = "CERT_ACTION", at
        return self.state

    def confirmed(self, at: float) -> IdentificationState:
        """Have the creation of a certificate confirmed in the app."""
        if self.at(at) == "CERT_ACTION" and self.person is not None:
            self.people.certify(self.person)
            self.state = "READY"
        return self.state

    def refused(self, at: float) -> IdentificationState:
        """Have it refused: REJECTED is about the certificate only; leaving earlier is a failure."""
        state = self.at(at)
        if state in IDENTIFYING:
            self.state = "REJECTED" if state == "CERT_ACTION" else "FAILED"
        return self.state

    def lapsed(self, at: float) -> IdentificationState:
        """Let the running action expire, however long it has been running."""
        if self.at(at) == "CERT_ACTION":
            self.state = "EXPIRED"
        return self.state

    def failed(self, at: float) -> IdentificationState:
        """Let something go wrong on our side."""
        if self.at(at) in IDENTIFYING:
            self.state = "FAILED"
        return self.state


@dataclass(frozen=True, slots=True)
class Texts:
    """What the signer is shown besides the partner's label; nothing has a default (section 7)."""

    description: dict[str, str] = field(default_factory=dict)
    """By language, large letters; empty when none was sent."""
    role: dict[str, str] = field(default_factory=dict)
    commitment: str | None = None
    policy: str | None = None


@dataclass(slots=True)
class SignSession:
    """From `sign_document` until the person has signed, or has not."""

    id: str
    """`respID`."""
    q: str
    party: Party
    person: Person
    redirect_url: str
    lang: str | None
    """None lets the front end's cookie decide, or else the browser (section 7)."""
    req_id: str
    """`reqID` of the request that started it."""
    hashes: tuple[tuple[str, bytes], ...] = field(repr=False)
    """Document id and digest, in the order in which they came."""
    texts: Texts
    created_at: float
    lifetime: float = ACTION_SECONDS
    """How long the action may wait for the person; undocumented."""
    state: SignState = "S_CREATED"
    action_at: float | None = None
    order: tuple[int, ...] = ()
    """The order in which signatures are given back; empty for that of the request."""
    values: tuple[str, ...] | None = field(default=None, repr=False)
    """Signature values in the order of `hashes`, once made."""
    delivered: bool = False

    def at(self, now: float) -> SignState:
        """Return the state at `now`."""
        if self.state == "S_AT_PAGE" and (end := self.ends_at) is not None and now > end:
            self.state = "S_EXPIRED"
        return self.state

    @property
    def ends_at(self) -> float | None:
        """The last instant at which the person can sign, once the page was opened."""
        running = self.state == "S_AT_PAGE" and self.action_at is not None
        return (self.action_at or 0.0) + self.lifetime if running else None

    def opened(self, at: float) -> SignState:
        """Have the page opened, which sends the action to the app."""
        if self.state == "S_CREATED":
            self.state, self.action_at = "S_AT_PAGE", at
        return self.at(at)

    def confirmed(self, at: float) -> SignState:
        """Have it signed."""
        return self._end(at, "S_DONE")

    def refused(self, at: float) -> SignState:
        """Have it refused."""
        return self._end(at, "S_REFUSED")

    def lapsed(self, at: float) -> SignState:
        """Let it expire, however long it has been waiting."""
        return self._end(at, "S_EXPIRED")

    def failed(self, at: float) -> SignState:
        """Let something go wrong on our side."""
        if self.at(at) in SIGNING:
            self.state = "S_FAILED"
        return self.state

    def _end(self, at: float, state: SignState) -> SignState:
        if self.at(at) == "S_AT_PAGE":
            self.state = state
        return self.state


class Sessions:
    """All sessions, by id and by what stands in their page's address.

    Ids of one kind mean nothing in the other (section 10). Not locked: the provider's lock
    covers it.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._identifications: dict[str, IdentificationSession] = {}
        self._signings: dict[str, SignSession] = {}
        self._pages: dict[str, IdentificationSession | SignSession] = {}
        self._told: dict[str, dict[str, Person]] = {}

    def add(self, session: IdentificationSession | SignSession) -> None:
        """Keep a new session."""
        if isinstance(session, IdentificationSession):
            self._identifications[session.id] = session
        else:
            self._signings[session.id] = session
        self._pages[session.q] = session

    def identification(self, q: str) -> IdentificationSession | None:
        """Return the identification session whose page has this `q`."""
        found = self._pages.get(q)
        return found if isinstance(found, IdentificationSession) else None

    def signing(self, q: str) -> SignSession | None:
        """Return the sign session whose page has this `q`."""
        found = self._pages.get(q)
        return found if isinstance(found, SignSession) else None

    def identification_by_id(self, id_: object) -> IdentificationSession | None:
        """Return the session that an `asyncRespID` names."""
        return self._identifications.get(id_) if isinstance(id_, str) else None

    def signing_by_id(self, id_: object) -> SignSession | None:
        """Return the session that a `respID` names."""
        return self._signings.get(id_) if isinstance(id_, str) else None

    def tell(self, session: IdentificationSession) -> None:
        """Remember that a partner was told who a session's person is."""
        if session.person is not None:
            told = self._told.setdefault(session.party.partner_code, {})
            told.pop(session.person.name, None)
            told[session.person.name] = session.person

    def told(self, party: Party) -> list[Person]:
        """Return the persons that a partner was told of, the last one last."""
        return list(self._told.get(party.partner_code, {}).values())

    def __iter__(self) -> Iterator[IdentificationSession | SignSession]:
        yield from self._identifications.values()
        yield from self._signings.values()

    def latest(self, count: int) -> list[IdentificationSession | SignSession]:
        """Return the sessions opened last, the newest first."""
        some: list[IdentificationSession | SignSession] = []
        some += islice(reversed(self._signings.values()), count)
        some += islice(reversed(self._identifications.values()), count)
        return sorted(some, key=lambda session: -session.created_at)[:count]

    def any(self, id_: str) -> IdentificationSession | SignSession | None:
        """Return the session of that id, of whichever kind."""
        return self._identifications.get(id_) or self._signings.get(id_)

    def state(self, now: float) -> dict[str, Any]:
        """Return counts by state, and when the next running action expires (epoch seconds)."""
        counts: dict[str, int] = {}
        ends = []
        for session in self:
            state = session.at(now)
            counts[state] = counts.get(state, 0) + 1
            if (end := session.ends_at) is not None:
                ends.append(end)
        return {"states": counts, "next_expiry": min(ends, default=None)}
