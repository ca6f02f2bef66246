"""Whether a server can be reached, step by step, so that the first thing that is wrong is named.

Name, connection, trust, our certificate, an answer, and its clock: each is a row of its own, and
what cannot be tried because of an earlier one says so. Nothing is asked that provokes an error:
one GET of what a server publishes for everybody, or no request at all.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import socket
import ssl
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Literal, Self
from urllib.parse import unquote, urlsplit

from proefbank.clock import Clock
from proefbank.doors.proxy_tls import context_for
from proefbank.errors import BenchError
from proefbank.upstream import Upstream

__all__ = ["TOLERANCE", "Row", "reach"]

TOLERANCE = 60
"""Seconds that two clocks may differ."""
_PATIENCE = 10.0
"""Seconds of real time for each step."""
_A_MOMENT = 1.0
"""Seconds in which a server that does not want our certificate says so, without a request."""
_STEPS = ("name", "connection", "TLS trust", "client certificate", "HTTP answer", "clock")
_GOOD = range(200, 400)
_ABOUT_US = ("CERTIFICATE", "UNKNOWN_CA", "DECRYPT_ERROR", "ACCESS_DENIED")
"""In the alerts with which a server refuses what we show."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that preflight looked at."""

    check: str
    outcome: Literal["passed", "failed", "skipped", "noted"]
    detail: str = ""
    hint: str = ""
    """What to do about it."""

    def to_json(self) -> dict[str, str]:
        """Return its members; a hint only where there is one."""
        return {key: value for key, value in asdict(self).items() if value or key != "hint"}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        """Return the row that `to_json` told."""
        return cls(**raw)


class _StopError(Exception):
    """The step that failed: what is wrong with it, and what to do."""

    def __init__(self, step: str, detail: str, hint: str) -> None:
        super().__init__(detail)
        self.step, self.detail, self.hint = step, detail, hint


def reach(upstream: Upstream, *, path: str | None, clock: Clock) -> list[Row]:
    """Return a row for each step towards `upstream`; `path` is what it publishes, if anything."""
    told: dict[str, Row] = {}
    try:
        with contextlib.ExitStack() as opened:
            told.update(_steps(upstream, path, clock, opened))
    except _StopError as stop:
        told[stop.step] = Row("", "failed", stop.detail, stop.hint)
    rows, failed = [], ""
    for step in _STEPS:
        why = f"{failed} comes first" if failed else "the handshake did not get that far"
        row = told.get(step, Row("", "skipped", why))
        rows.append(Row(f"{upstream.host}: {step}", row.outcome, row.detail, row.hint))
        failed = failed or (step if row.outcome == "failed" else "")
    return rows


def _steps(
    upstream: Upstream, path: str | None, clock: Clock, opened: contextlib.ExitStack
) -> Iterator[tuple[str, Row]]:
    context = _context(upstream)
    proxy = _proxy_for(upstream)
    yield "name", _resolved(upstream, proxy)
    plain = opened.enter_context(_connected(upstream, proxy))
    through = f"through the proxy {proxy.hostname}" if proxy else ""
    yield "connection", Row("", "passed", through)
    secure = opened.enter_context(_secured(upstream, plain, context))
    yield "TLS trust", Row("", "passed", f"{secure.version()}, {_issuer(secure)}")
    if path is None:
        yield "client certificate", _unasked(upstream, secure)
        why = "no request is documented that provokes no error"
        yield "HTTP answer", Row("", "skipped", why)
        yield "clock", Row("", "skipped", why)
        return
    before = clock.now()
    answer = _answer(upstream, secure, path)
    after = clock.now()
    shown = "accepted" if upstream.certificate else "none is shown, and none was asked for"
    yield "client certificate", Row("", "passed" if upstream.certificate else "skipped", shown)
    if answer.status not in _GOOD:
        raise _StopError(
            "HTTP answer",
            f"GET {path} was answered with {answer.status}",
            "look at origin and the paths of the profile; or the server is out of order",
        )
    yield "HTTP answer", Row("", "passed", f"{answer.status} to GET {path}")
    yield "clock", _clock(answer.getheader("Date"), before, after)


def _context(upstream: Upstream) -> ssl.SSLContext:
    try:
        return context_for(upstream)
    except BenchError as problem:
        step = "client certificate" if "certificate" in problem.where else "TLS trust"
        raise _StopError(step, problem.message, problem.hint) from problem


def _proxy_for(upstream: Upstream) -> Any:
    """Return the way out of a company as its environment tells it; None for the direct way."""
    told = urllib.request.getproxies().get("https")
    if upstream.connect is not None or not told or urllib.request.proxy_bypass(upstream.host):
        return None
    return urlsplit(told if "://" in told else f"http://{told}")


def _resolved(upstream: Upstream, proxy: Any) -> Row:
    if proxy:
        return Row("", "skipped", f"the proxy {proxy.hostname} looks it up")
    host, port = upstream.dialled
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as problem:
        raise _StopError(
            "name",
            f"{host} is not known: {problem.strerror or problem}",
            "look at the spelling in the profile, and at the network (VPN, DNS)",
        ) from problem
    addresses = ", ".join(dict.fromkeys(str(item[4][0]) for item in found))
    return Row("", "passed", addresses if upstream.connect is None else f"{host} is dialled")


@contextlib.contextmanager
def _connected(upstream: Upstream, proxy: Any) -> Iterator[socket.socket]:
    host, port = upstream.dialled
    try:
        if proxy is None:
            plain = socket.create_connection((host, port), timeout=_PATIENCE)
        else:
            plain = _tunnel(proxy, host, port)
    except OSError as problem:
        way = f" through the proxy {proxy.hostname}" if proxy else ""
        raise _StopError(
            "connection",
            f"{host}:{port} does not answer{way}: {problem.strerror or problem}",
            "look at the port, and whether a firewall lets this machine through",
        ) from problem
    with plain:
        yield plain


def _tunnel(proxy: Any, host: str, port: int) -> socket.socket:
    way = http.client.HTTPConnection(proxy.hostname, proxy.port or 3128, timeout=_PATIENCE)
    login = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}" if proxy.username else ""
    known = {"Proxy-Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"}
    way.set_tunnel(host, port, headers=known if login else {})
    way.connect()
    opened: socket.socket = way.sock
    return opened


@contextlib.contextmanager
def _secured(
    upstream: Upstream, plain: socket.socket, context: ssl.SSLContext
) -> Iterator[ssl.SSLSocket]:
    try:
        secure = context.wrap_socket(plain, server_hostname=upstream.host)
    except ssl.SSLCertVerificationError as problem:
        raise _StopError(
            "TLS trust",
            f"its certificate is not trusted: {problem.verify_message}",
            f'name its authority: ca_file = "acc-ca.pem" (now: {_trusted(upstream)})',
        ) from problem
    except ssl.SSLError as problem:
        raise _refused(upstream, problem) from problem
    except OSError as problem:
        raise _StopError(
            "TLS trust",
            f"the handshake broke off: {problem.strerror or problem}",
            "is TLS spoken there? look at the port, and at what stands in between",
        ) from problem
    with secure:
        yield secure


def _trusted(upstream: Upstream) -> str:
    return str(upstream.ca_file or "the authorities of this machine")


def _refused(upstream: Upstream, problem: ssl.SSLError) -> _StopError:
    reason = str(problem.reason or problem).replace("_", " ").lower()
    told = str(problem.reason or "").upper().replace(" ", "_")
    if any(word in told for word in _ABOUT_US):
        said = "refused" if upstream.certificate else "asked for, and there is none to show"
        return _StopError(
            "client certificate",
            f"{said}: {reason}",
            "show the certificate that was registered there: certificate and key of the profile",
        )
    return _StopError("TLS trust", f"the handshake failed: {reason}", "is TLS spoken there?")


def _issuer(secure: ssl.SSLSocket) -> str:
    told: Any = secure.getpeercert() or {}
    names = {key: value for part in told.get("issuer", ()) for key, value in part}
    return f"issued by {names.get('commonName') or names.get('organizationName') or 'nobody named'}"


def _unasked(upstream: Upstream, secure: ssl.SSLSocket) -> Row:
    """Wait a moment for a refusal: in TLS 1.3 it comes when we think that the handshake is over."""
    if upstream.certificate is None:
        return Row("", "skipped", "none is shown")
    secure.settimeout(_A_MOMENT)
    try:
        secure.recv(1)
    except TimeoutError:
        pass
    except ssl.SSLError as problem:
        raise _refused(upstream, problem) from problem
    except OSError as problem:
        raise _StopError("client certificate", f"the connection broke: {problem}", "") from problem
    return Row("", "passed", "no objection to it")


def _answer(upstream: Upstream, secure: ssl.SSLSocket, path: str) -> http.client.HTTPResponse:
    name = (
        upstream.host
        if upstream.port == http.client.HTTPS_PORT
        else (f"{upstream.host}:{upstream.port}")
    )
    asked = (
        f"GET {path} HTTP/1.1\r\nHost: {name}\r\nAccept: application/json\r\n"
        "User-Agent: proefbank\r\nConnection: close\r\n\r\n"
    )
    secure.settimeout(_PATIENCE)
    try:
        secure.sendall(asked.encode("ascii"))
        answer = http.client.HTTPResponse(secure)
        answer.begin()
    except ssl.SSLError as problem:
        raise _refused(upstream, problem) from problem
    except (OSError, http.client.HTTPException) as problem:
        raise _StopError(
            "HTTP answer",
            f"GET {path} was not answered: {problem or type(problem).__name__}",
            "does a web server listen there? look at origin",
        ) from problem
    return answer


def _clock(date: str | None, before: float, after: float) -> Row:
    try:
        there = parsedate_to_datetime(date or "").timestamp()
    except (ValueError, OverflowError):
        return Row("", "skipped", "the answer has no Date")
    apart = max(before - there - 1, there - after, 0.0)  # a Date has whole seconds
    if apart <= TOLERANCE:
        return Row("", "passed", f"the clocks are within {TOLERANCE} s of each other")
    which = "behind" if there > after else "ahead"
    raise _StopError(
        "clock",
        f"the clock of this machine is {apart:.0f} s {which} of the server's",
        "set it (NTP): every assertion and token would be judged at another time than it was made",
    )
