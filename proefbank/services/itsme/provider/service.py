"""The provider: one `handle` over the interface for back ends, the pages, and the trap."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from proefbank.arming import Armable
from proefbank.exchange import Request, Response, Trail, Violation
from proefbank.kept import Kept

from .acting import acted
from .authority import Authority
from .configuration import Configuration
from .desk import Desk
from .dialects import html, json_answer
from .discovery import Offer, make_offer
from .facts import (
    CONFIGURATION,
    IDENTIFICATION,
    IDENTIFICATION_STATUS,
    ROOT,
    SIGN_DOCUMENT,
    Conversation,
    Dialect,
)
from .front import Front
from .identification import Identification, IdentificationStatus
from .parties import Parties, Party
from .people import PEOPLE, People, Person, identifier
from .sessions import Sessions
from .shared import Shared
from .sign_document import SignDocument
from .simulator_openapi import Sample, simulator_openapi

__all__ = ["ItsmeSign"]

_CONTROL = "/.proefbank/"
_DOCUMENT = "/.proefbank/openapi.json"


class ItsmeSign(Armable):
    """The simulated itsme Sign. It never looks at a clock: requests bring their instant.

    A lenient provider notes every violation and goes on as if things were right wherever an
    answer is possible, so that one defect of a client does not hide the others. What is
    documented as a refusal of a *session* (pending, rejected, unknown id) is refused all the
    same.
    """

    _shared: Shared

    def __init__(
        self,
        parties: Iterable[Party],
        *,
        authority: Authority,
        people: Iterable[Person] = PEOPLE,
        rng: random.Random,
    ) -> None:
        """Serve these partners, the first of whom a lenient provider assumes.

        Prefix, paths of the pages, policies, ids and codes come from `rng`.
        """
        prefix = f"/{identifier(rng, 6)}" + (f"/{identifier(rng, 4)}" if rng.random() < 0.5 else "")  # noqa: PLR2004
        below = f"/qes-{identifier(rng, 4)}"
        pages = f"{below}/identify-{identifier(rng, 5)}", f"{below}/prove-{identifier(rng, 5)}"
        self._shared = Shared(
            parties=Parties(parties),
            people=People(people, rng),
            authority=authority,
            rng=rng,
            offer=make_offer(rng),
            prefix=prefix,
            page_paths=pages,
        )
        desk = Desk(self._shared)
        self._front = Front(self._shared)
        self._calls: dict[str, Callable[[Request], Response]] = {
            CONFIGURATION: Configuration(self._shared, desk).handle,
            IDENTIFICATION: Identification(self._shared, desk).handle,
            IDENTIFICATION_STATUS: IdentificationStatus(self._shared, desk).handle,
            SIGN_DOCUMENT: SignDocument(self._shared, desk).handle,
        }
        self._last_seen = 0.0

    lenient = Kept[bool]("Whether violations are only written down where an answer is possible.")
    dialect = Kept[Dialect]("Whose words answers follow: documented, swagger or literal.")
    prefix = Kept[str]("What stands between origin and /qes-partners.")
    front = Kept[str | None]("Origin of the pages; None puts them where the calls come in.")
    varied = Kept[bool](
        "Whether answers vary in what clients must not rely on: order of members and of "
        "signatures, members nobody defined, an error's msg."
    )
    exact_redirect = Kept[bool]("Whether another query makes redirectUrl another URL.")
    hash_alphabet = Kept[str]("What a hash is to be written in: any, base64 or base64url.")
    single_digest = Kept[bool]("Whether a second entry in one di is refused.")
    delivers_once = Kept[bool]("Whether a session is gone once its signatures were fetched.")
    ready_at_once = Kept[bool]("Whether a known person's session is READY before any visit.")
    blocked_at_sign = Kept[bool]("Whether a blocked account is refused at the sign start only.")
    sign_lifetime = Kept[float]("Seconds that a person has to sign, once the page is open.")

    @property
    def offer(self) -> Offer:
        """Policies, commitment types and languages of this run."""
        return self._shared.offer

    @property
    def people(self) -> People:
        """The persons and their codes."""
        return self._shared.people

    @property
    def parties(self) -> Parties:
        """The partners; `register` changes them."""
        return self._shared.parties

    @property
    def sessions(self) -> Sessions:
        """The sessions of now, for whoever plays the person; `lock` covers them."""
        return self._shared.sessions

    @property
    def lock(self) -> Any:
        """What to hold while touching sessions or people."""
        return self._shared.lock

    def base_url(self, origin: str) -> str:
        """Return what a client is told, given the origin of the door."""
        return f"{origin}{self._shared.prefix}"

    def user_code(self, person: str, party: str) -> str:
        """Return a person's code at a partner, both by our names for them; KeyError."""
        with self._shared.lock:
            partner = self._shared.parties[party]
            return self._shared.people.code(self._shared.people[person], partner.partner_code)

    def register(self, party: Party) -> None:
        """Add a partner, or change the one of that name, e.g. its certificates."""
        with self._shared.lock:
            self._shared.parties.put(party)

    def play(self, session: str, act: str, *, person: str, at: float) -> str:
        """Have a person do something without a browser, at epoch seconds; return the new state.

        `act` is one of `ACTS`; `person` matters while nobody was identified. The page is opened
        first. ValueError for a session or a person that does not exist.
        """
        with self._shared.lock:
            found = self._shared.sessions.any(session)
            if found is None:
                raise ValueError(f"there is no session {session!r}")
            if person not in {one.name for one in self.people}:
                raise ValueError(f"there is no person {person!r}")
            return acted(found, act, self.people[person], at)

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        self._last_seen = request.received_at
        if request.listener == "elsewhere":
            return _elsewhere(request)
        if request.path.startswith(_CONTROL):
            return self._control(request)
        if request.listener == "front" or self._front.serves(request.path):
            return self._page(request)
        base, below = self._shared.prefix, request.path
        if below.startswith(base) and below.removeprefix(base) in self._calls:
            return self._calls[below.removeprefix(base)](request)
        return _not_here(request, base)

    def _control(self, request: Request) -> Response:
        status: int = 404
        data: dict[str, Any] = {"error": "not_found"}
        if request.path == _DOCUMENT and request.method in {"GET", "HEAD"}:
            status, data = 200, self.openapi()
        return replace(json_answer(status, data), trail=Trail("control"))

    def _page(self, request: Request) -> Response:
        """Answer for a page: at the pages' own origin, if they have one."""
        if not self._front.serves(request.path):
            return replace(html(404, "itsme", "<p>No such page.</p>"), trail=Trail("front"))
        here = request.listener == "front" or self._shared.front is None
        return self._front.handle(request) if here else self._front.elsewhere(request)

    def openapi(self, party: str | None = None) -> dict[str, Any]:
        """Return the OpenAPI document, with the codes of a partner, the first if not named."""
        shared = self._shared
        with shared.lock:
            whose = shared.assumed() if party is None else shared.parties[party]
            codes = tuple(
                shared.people.code(person, whose.partner_code)
                for person in shared.people
                if person.certificate and not person.blocked
            )
        spelled = "asyncRespId" if shared.dialect == "swagger" else "asyncRespID"
        sample = Sample(
            whose.partner_code, whose.service_code, whose.redirect_url, codes, shared.front, spelled
        )
        return simulator_openapi(shared.prefix, shared.page_paths, sample)

    def reset(self) -> None:
        """Forget sessions, created certificates and armed stimuli; keep codes and settings."""
        self._shared.reset()

    def set_lenient(self, *, lenient: bool) -> None:
        """Go on in spite of violations, or refuse as the real one does."""
        self.lenient = lenient

    def state(self, now: float | None = None) -> dict[str, Any]:
        """Return partners, people, sessions and what is armed, at `now` or of late."""
        shared, instant = self._shared, self._last_seen if now is None else now
        with shared.lock:
            return {
                "partners": [
                    {
                        "name": party.name,
                        "partner_code": party.partner_code,
                        "service_code": party.service_code,
                        "redirect_url": party.redirect_url,
                        "batch": party.batch,
                        "certificates": list(party.certificates),
                        "addresses": list(party.addresses),
                    }
                    for party in shared.parties
                ],
                "people": [
                    {
                        "name": person.name,
                        "phone": person.phone,
                        "certificate": shared.people.certified(person),
                        "blocked": person.blocked,
                    }
                    for person in shared.people
                ],
                "sessions": shared.sessions.state(instant),
                "armed": shared.queue.state(),
                "dialect": shared.dialect,
                "lenient": shared.lenient,
                "elsewhere": shared.elsewhere,
            }


_NEAR: dict[str, Conversation] = {
    "/well-known": "discovery",
    "/.well-known": "discovery",
    "/user_identification/": "identification-status",
    "/user_identification": "identification",
    "/sign_document/": "sign-status",
    "/sign_document": "sign-start",
}
"""What a client means by a path that we do not have."""


def _not_here(request: Request, base: str) -> Response:
    """Answer a path that does not exist, telling the trail what was probably meant."""
    _, found, tail = request.path.partition(ROOT)
    meant = next((name for start, name in _NEAR.items() if found and tail.startswith(start)), None)
    outside = not request.path.startswith(f"{base}{ROOT}/")
    code = "path-outside-base-url" if outside else "path-unknown"
    violation = Violation(code, "nothing is documented at this path")
    trail = Trail(meant or "other", (violation,), {"meant": meant})
    return replace(json_answer(404, {"error": "not_found"}), trail=trail)


def _elsewhere(request: Request) -> Response:
    """Answer as another site would that gets a request not meant for it."""
    shown = request.tls.peer_sha256 if request.tls else None
    facts = {"showed_certificate": shown is not None, "carried_body": bool(request.body)}
    return replace(json_answer(200, {"status": "OK"}), trail=Trail("elsewhere", facts=facts))
