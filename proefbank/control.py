"""The control surface under `/.proefbank/`: state, clock, stimuli and journal over HTTP.

It wraps a provider, so that it works through any door. Only loopback may use it, and a browser
only from a page of its own origin: a web page elsewhere that finds the port (or rebinds its
name to 127.0.0.1) is refused.
"""

from __future__ import annotations

import difflib
import ipaddress
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, Protocol
from urllib.parse import parse_qs, urlsplit

from proefbank.control_page import page
from proefbank.errors import BadInvocation, NotObservable
from proefbank.exchange import Headers, Provider, Request, Response, Trail
from proefbank.journal import Event
from proefbank.serving import Action

__all__ = ["PREFIX", "Controlled", "Controls"]

PREFIX: Final = "/.proefbank/"
_MOST_TIMES: Final = 10_000
_DEFAULT_PORTS: Final = (80, 443)
_NO_SUCH_METHOD: Final = 405
_PAGE_HEADERS: Final[Headers] = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)


class Controls(Protocol):
    """What the surface can move."""

    def stimuli(self) -> Mapping[str, Mapping[str, Any]]:
        """Return every stimulus by name."""
        ...

    def state(self) -> dict[str, Any]:
        """Return what there is to see, as JSON-able values."""
        ...

    def arm(self, stimulus: str, *, times: int = 1, **params: Any) -> None:
        """Arm a stimulus; ValueError or NotObservable tells why not."""
        ...

    def disarm(self, stimulus: str | None = None) -> int:
        """Disarm by name, or all; return how many were armed."""
        ...

    def move_clock(self, *, by: float | None = None, to: float | None = None) -> None:
        """Move by seconds, or to epoch seconds, or back to the system's time."""
        ...

    def reset(self) -> None:
        """Forget tokens, armed stimuli and moves of the clock."""
        ...

    def revoke_tokens(self) -> None:
        """Revoke every token that was issued."""
        ...

    def events(self) -> Iterable[Event]:
        """Return the redacted events that are at hand."""
        ...

    def actions(self) -> Mapping[str, Action]:
        """Return what else the service can be told to do at this moment, by name."""
        ...

    def act(self, name: str, told: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do one of `actions`; ValueError tells why not."""
        ...


class _Refused(Exception):  # noqa: N818 - an answer, not an error of ours
    def __init__(self, status: int, error: str, message: str, **more: object) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": error, "message": message, **more}


class Controlled:
    """A provider with the control surface in front of it."""

    def __init__(self, provider: Provider, controls: Controls) -> None:
        """Answer under `/.proefbank/` from `controls`, and leave the rest to `provider`."""
        self._provider = provider
        self._controls = controls
        self._routes: dict[str, dict[str, Callable[[Request], Response]]] = {
            "": {"GET": self._page},
            "state": {"GET": self._state},
            "reset": {"POST": self._reset},
            "clock": {"GET": self._clock, "POST": self._move_clock},
            "stimuli": {"GET": self._stimuli, "POST": self._arm, "DELETE": self._disarm},
            "tokens/revoke": {"POST": self._revoke},
            "journal": {"GET": self._journal},
            "openapi.json": {"GET": self._document},
        }

    def reset(self) -> None:
        """Have the provider forget."""
        self._provider.reset()

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        if not request.path.startswith(PREFIX) or request.listener == "elsewhere":
            return self._provider.handle(request)
        try:
            _allow(request)
            methods = self._methods(request.path.removeprefix(PREFIX))
            if methods is None:
                paths = [PREFIX + name for name in (*self._routes, *self._controls.actions())]
                raise _Refused(404, "not_found", f"nothing is at {request.path}", paths=paths)
            act = methods.get("GET" if request.method == "HEAD" else request.method)
            if act is None:
                allowed = ", ".join(methods)
                raise _Refused(405, "method_not_allowed", f"use {allowed}", allow=allowed)
            return act(request)
        except _Refused as no:
            more = (("Allow", str(no.body["allow"])),) if no.status == _NO_SUCH_METHOD else ()
            return _json(no.body, no.status, more)

    def _methods(self, name: str) -> Mapping[str, Callable[[Request], Response]] | None:
        if name in self._routes or name not in (actions := self._controls.actions()):
            return self._routes.get(name)
        return {
            "GET": lambda _: _json(actions[name].to_json()),
            "POST": lambda request: self._act(name, request),
        }

    def _act(self, name: str, request: Request) -> Response:
        told = _object(request) if request.body else {}
        try:
            done = self._controls.act(name, told)
        except (ValueError, BadInvocation) as problem:
            raise _Refused(400, f"invalid_{name}", str(problem)) from problem
        return _json(done or self._controls.state(), 201 if done else 200)

    def _page(self, _: Request) -> Response:
        controls = self._controls
        html, policy = page(controls.state(), controls.stimuli(), controls.actions())
        headers = (*_PAGE_HEADERS, ("Content-Security-Policy", policy))
        return Response(200, headers, html.encode(), trail=Trail("control"))

    def _document(self, request: Request) -> Response:
        return self._provider.handle(replace(request, method="GET"))

    def _state(self, _: Request) -> Response:
        return _json(self._controls.state())

    def _reset(self, _: Request) -> Response:
        self._controls.reset()
        return _json(self._controls.state())

    def _clock(self, _: Request) -> Response:
        return _json(self._controls.state()["clock"])

    def _move_clock(self, request: Request) -> Response:
        told = _members(request, "advance", "now", "reset")
        match told:
            case {"advance": int() | float() as by} if not isinstance(by, bool) and len(told) == 1:
                self._in_reach(by=float(by))
            case {"now": int() | float() as to} if not isinstance(to, bool) and len(told) == 1:
                self._in_reach(to=float(to))
            case {"reset": True} if len(told) == 1:
                self._controls.move_clock()
            case _:
                raise _Refused(
                    400,
                    "invalid_clock",
                    'send one of {"advance": seconds}, {"now": epoch seconds}, {"reset": true}',
                )
        return self._clock(request)

    def _in_reach(self, *, by: float | None = None, to: float | None = None) -> None:
        """Move the clock, within the years that the certificates are good for."""
        try:
            self._controls.move_clock(by=by, to=to)
        except ValueError as problem:
            raise _Refused(400, "invalid_clock", str(problem)) from problem

    def _stimuli(self, _: Request) -> Response:
        return _json({"armed": self._controls.state()["armed"], "known": self._controls.stimuli()})

    def _arm(self, request: Request) -> Response:
        told = _members(request, "name", "times", "params")
        name, times, params = told.get("name"), told.get("times", 1), told.get("params", {})
        if not isinstance(name, str):
            raise _Refused(400, "invalid_stimulus", 'send {"name": "…", "times": 1, "params": {}}')
        self._must_know(name)
        if isinstance(times, bool) or not isinstance(times, int) or not 1 <= times <= _MOST_TIMES:
            raise _Refused(400, "invalid_stimulus", f"times is a number from 1 to {_MOST_TIMES}")
        if not isinstance(params, dict):
            raise _Refused(400, "invalid_stimulus", "params is an object")
        if {"self", "stimulus", "times"} & set(params):
            raise _Refused(400, "invalid_stimulus", f"{name} has no such parameter")
        try:
            self._controls.arm(name, times=times, **params)
        except ValueError as problem:
            raise _Refused(400, "invalid_stimulus", str(problem)) from problem
        except NotObservable as state:
            raise _Refused(409, "not_observable", state.reason) from state
        return _json({"armed": self._controls.state()["armed"]}, 201)

    def _disarm(self, request: Request) -> Response:
        name = parse_qs(request.query).get("name", [None])[0]
        if name is not None:
            self._must_know(name)
        gone = self._controls.disarm(name)
        return _json({"disarmed": gone, "armed": self._controls.state()["armed"]})

    def _must_know(self, name: str) -> None:
        known = self._controls.stimuli()
        if name not in known:
            nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
            message = f"no stimulus is called {name!r}; the nearest is {nearest!r}"
            raise _Refused(404, "unknown_stimulus", message, nearest=nearest)

    def _revoke(self, _: Request) -> Response:
        try:
            self._controls.revoke_tokens()
        except ValueError as problem:
            raise _Refused(409, "nothing_to_revoke", str(problem)) from problem
        return _json(self._controls.state())

    def _journal(self, _: Request) -> Response:
        lines = "".join(
            f"{json.dumps(event, ensure_ascii=True)}\n" for event in self._controls.events()
        )
        headers = (("Content-Type", "application/x-ndjson"), ("Cache-Control", "no-store"))
        return Response(200, headers, lines.encode("ascii"), trail=Trail("control"))


def _allow(request: Request) -> None:
    """Refuse who is not on this machine, and web pages of another origin."""
    if not _is_loopback(request.source):
        raise _Refused(403, "not_loopback", "the control surface answers this machine only")
    own = f"[{request.host}]" if ":" in request.host else request.host.lower()
    names = {own, "127.0.0.1", "localhost", "[::1]"}
    hosts = {f"{name}:{request.port}" for name in names}
    if request.port in _DEFAULT_PORTS:
        hosts |= names
    host = request.header("host")
    if host is not None and host.lower() not in hosts:
        raise _Refused(403, "foreign_host", f"this is not {host}: a name was pointed here")
    origin = request.header("origin")
    if origin is not None:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or parts.netloc.lower() not in hosts:
            raise _Refused(403, "foreign_origin", "a page of another origin may not do this")
    if request.header("sec-fetch-site") in ("cross-site", "same-site"):
        if request.method in ("GET", "HEAD") and request.header("sec-fetch-mode") == "navigate":
            return  # somebody followed a link to the page
        raise _Refused(403, "foreign_origin", "a page of another origin may not do this")


def _is_loopback(source: str) -> bool:
    try:
        return ipaddress.ip_address(source.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _members(request: Request, *known: str) -> dict[str, Any]:
    """Return the JSON object of a request; refuse anything else, and members nobody knows."""
    told = _object(request)
    unknown = sorted(set(told) - set(known))
    if unknown:
        words = f"{', '.join(unknown)} is not understood; there are {', '.join(known)}"
        raise _Refused(400, "unknown_member", words)
    return told


def _object(request: Request) -> dict[str, Any]:
    """Return the JSON object of a request; refuse anything else."""
    try:
        told = json.loads(request.body.decode("utf-8"), parse_constant=_constant)
    except (ValueError, RecursionError) as problem:
        raise _Refused(400, "invalid_json", f"the body is not JSON: {problem}") from problem
    if not isinstance(told, dict):
        raise _Refused(400, "invalid_json", "the body is not a JSON object")
    return told


def _constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _json(data: object, status: int = 200, more: Headers = ()) -> Response:
    headers = (("Content-Type", "application/json"), ("Cache-Control", "no-store"), *more)
    body = json.dumps(data, ensure_ascii=True, indent=1) + "\n"
    return Response(status, headers, body.encode("ascii"), trail=Trail("control"))
