"""The pages on which a person is identified and signs, and the way back to the client.

The pages themselves are drawn elsewhere; here is what each visit does. A GET opens the page, a
POST of its form is the person's word. Whatever ends a session sends the browser to the redirect
URL with every parameter that the client had appended (sections 3, 4 and 9); that the browser
comes back after a failure too is our choice, like 303.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, unquote_plus

from proefbank.arming import Armed, wire_plan
from proefbank.exchange import Request, Response, Trail, Violation

from .dialects import html
from .facts import LANGUAGES
from .page_view import Step, View, draw
from .people import Person
from .sessions import IDENTIFYING, SIGNING, IdentificationSession, SignSession
from .shared import Shared
from .urls import appended, parameter, way_back

__all__ = ["LANGUAGE_COOKIE", "Front"]

LANGUAGE_COOKIE = "language"
"""Holds the language that a person saw last (section 7, lang)."""
_LONGEST_FORM = 16_384

Session = IdentificationSession | SignSession


@dataclass(slots=True)
class _Visit:
    """One request to a page."""

    request: Request
    session: Session
    at: float
    violations: list[Violation] = field(default_factory=list)
    facts: dict[str, object] = field(default_factory=dict)
    problem: str = ""
    """What the page is to say went wrong, e.g. `phone-unknown`."""


class Front:
    """Answers for the pages."""

    def __init__(self, shared: Shared) -> None:
        """Move the sessions of `shared`."""
        self._shared = shared

    def serves(self, path: str) -> bool:
        """Whether a path is that of a page."""
        return path in self._shared.page_paths

    def elsewhere(self, request: Request) -> Response:
        """Answer one request for a page at an origin that has none."""
        return replace(_lost(request, "GET", "HEAD"), trail=_lost_trail(request))

    def handle(self, request: Request) -> Response:
        """Answer one request of a browser."""
        shared = self._shared
        with shared.lock:
            armed = shared.queue.take("front")
            session = self._find(request)
        if session is None:
            answer, trail = _lost(request), _lost_trail(request)
        else:
            visit = _Visit(request, session, request.received_at)
            answer = self._visited(visit, armed)
            trail = Trail("front", tuple(visit.violations), visit.facts)
        name = armed.stimulus.name if armed else None
        return _around(armed, replace(answer, trail=replace(trail, stimulus=name)))

    def _find(self, request: Request) -> Session | None:
        identification = request.path == self._shared.page_paths[0]
        for q in parameter(request.query, "q"):
            sessions = self._shared.sessions
            found = sessions.identification(q) if identification else sessions.signing(q)
            if found is not None:
                return found
        return None

    def _visited(self, visit: _Visit, armed: Armed | None) -> Response:
        request, session = visit.request, visit.session
        identifying = isinstance(session, IdentificationSession)
        visit.facts = {
            "session": session.id,
            "phase": "identification" if identifying else "signing",
            "appended": [unquote_plus(pair.partition("=")[0]) for pair in appended(request.query)],
            "language_kept": self._language_kept(request, session),
        }
        if request.method == "HEAD":
            return Response(200, (("Content-Type", "text/html; charset=utf-8"),))
        created = session.state in {"CREATED", "S_CREATED"}
        if request.method not in {"GET", "POST"} or (request.method == "POST" and created):
            message = "the page is to be opened with GET"
            visit.violations.append(Violation("page-not-opened-with-get", message))
            visit.facts["state"] = session.state
            allow = (("Allow", "GET"),)
            return html(405, "itsme", "<p>This page is opened with GET.</p>", allow)
        if armed is not None and armed.stimulus.kind == "html-500":
            return html(armed.params["status"], "itsme", "<p>Something went wrong.</p>")
        with self._shared.lock:
            if request.method == "GET":
                session.opened(visit.at)
            else:
                self._act(visit)
            visit.facts["state"] = state = session.at(visit.at)
            if session.person is not None:
                visit.facts["person"] = session.person.name
        if (state in IDENTIFYING or state in SIGNING) or _is(armed, "no-return"):
            return self._page(visit)
        location = way_back(session.redirect_url, request.query, own=_is(armed, "own-parameters"))
        return Response(303, (("Location", location), ("Cache-Control", "no-store")))

    def _act(self, visit: _Visit) -> None:
        """Do what the person decided; the lock is held."""
        form = _form(visit.request)
        act, session, at = form.get("act"), visit.session, visit.at
        visit.facts["act"] = act if act in {"approve", "reject"} else None
        if act == "reject":
            session.refused(at)
        elif act != "approve":
            visit.problem = "nothing-chosen"
        elif isinstance(session, IdentificationSession) and session.at(at) == "AT_PAGE":
            person: Person | None = self._shared.people.dialled(form.get("phone", ""))
            if person is None:
                visit.problem = "phone-unknown"
            else:
                session.identified(person, at)
        else:
            session.confirmed(at)

    def _page(self, visit: _Visit) -> Response:
        session = visit.session
        lang = self._language(visit.request, session)
        cookie = ("Set-Cookie", f"{LANGUAGE_COOKIE}={lang}; Path=/; SameSite=Lax")
        if isinstance(session, SignSession):
            texts = session.texts
            commitments = self._shared.offer.commitments
            policy = self._shared.offer.policy(texts.policy)
            view = View(
                "sign",
                session.state,
                lang,
                session.party.label,
                problem=visit.problem,
                description=texts.description.get(lang),
                role=texts.role.get(lang),
                commitment=commitments.get(texts.commitment or "", {}).get(lang),
                policy=policy.text[lang] if policy else None,
                documents=len(session.hashes),
                ends_at=session.ends_at,
                now=visit.at,
            )
        else:
            creating = session.state == "CERT_ACTION"
            step: Step = "create-certificate" if creating else "identify"
            label = session.party.label
            view = View(
                step,
                session.state,
                lang,
                label,
                problem=visit.problem,
                ends_at=session.ends_at,
                now=visit.at,
            )
        headers = (("Content-Type", "text/html; charset=utf-8"), cookie, *_SAFE)
        return Response(200, headers, draw(view))

    def _language(self, request: Request, session: Session) -> str:
        """Return the language asked for, else the cookie's, else the browser's (section 7)."""
        if session.lang is not None:
            return session.lang
        for part in (request.header("Cookie") or "").split(";"):
            name, _, value = part.strip().partition("=")
            if name == LANGUAGE_COOKIE and value in LANGUAGES:
                return value
        for part in (request.header("Accept-Language") or "").split(","):
            if (wanted := part.strip()[:2].upper()) in LANGUAGES:
                return wanted
        return LANGUAGES[0]

    def _language_kept(self, request: Request, session: Session) -> bool:
        return (session.lang or LANGUAGES[0]) in parameter(request.query, "language")


_SAFE = (
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)


def _is(armed: Armed | None, kind: str) -> bool:
    return armed is not None and armed.stimulus.kind == kind


def _around(armed: Armed | None, answer: Response) -> Response:
    return answer if armed is None else replace(answer, wire=wire_plan(armed, answer))


def _form(request: Request) -> dict[str, str]:
    if len(request.body) > _LONGEST_FORM:
        return {}
    try:
        text = request.body.decode("utf-8", "replace")
        return dict(parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=50))
    except ValueError:
        return {}


def _lost(request: Request, *methods: str) -> Response:
    """Answer an address that no session has, or that is asked at the wrong origin."""
    status = 404 if request.method in (methods or ("GET", "HEAD", "POST")) else 405
    headers = (("Allow", "GET"),) if status == 405 else ()  # noqa: PLR2004 - wrong method
    return html(status, "itsme", "<p>This page does not exist, or no longer.</p>", headers)


def _lost_trail(request: Request) -> Trail:
    sent = bool(parameter(request.query, "q"))
    code = "page-unknown" if sent else "page-without-q"
    message = "no page belongs to this address"
    return Trail("front", (Violation(code, message),), {"session": None})
