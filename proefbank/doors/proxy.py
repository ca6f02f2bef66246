"""The recording proxy: a provider that asks another one, with TLS, in place of its client.

What the client says goes on unchanged but for `Host` and what concerns one connection only; what
is answered comes back unchanged but for absolute addresses, where those are to lead here. Whoever
records is told what both sides really said. Redirects are not followed: that is the client's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import httpx

from proefbank.clock import Clock
from proefbank.doors.packed import unpacked
from proefbank.doors.proxy_addresses import leads_to, led_here
from proefbank.doors.proxy_tls import context_for
from proefbank.exchange import Headers, Request, Response, TlsFacts, Trail
from proefbank.upstream import Upstream, plain_host, refuse_production

__all__ = ["LARGEST_ANSWER", "Forwarder", "Relayed"]

LARGEST_ANSWER: Final = 64 * 1024 * 1024
"""Bytes of an answer that are passed on; a longer one becomes a 502 of our own."""
_TIMEOUT: Final = httpx.Timeout(connect=10.0, read=60.0, write=30.0, pool=10.0)
_PER_CONNECTION: Final = frozenset(
    {
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization"),
        *("proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "expect"),
    }
)
"""RFC 9110, 7.6.1; and `Expect`, which our own door has answered already."""
_QUOTING: Final = (httpx.ProtocolError, httpx.InvalidURL)
_PLAIN: Final = re.compile(r"[\w ,.()]*")
"""What a library says of HTTP in its own words; the others quote what it was said."""


@dataclass(frozen=True, slots=True)
class Relayed:
    """One exchange as both sides meant it. Holds secrets and persons: never write it as it is."""

    request: Request
    """As the upstream was asked: with its host and port. The scheme is the client's, which may
    have left TLS out; `tls` is None, because what it showed in a handshake with us was shown to
    nobody else."""
    response: Response
    """What the upstream said, content coding undone; what the proxy said, if `own`."""
    own: str = ""
    """Why the proxy answered itself; such an exchange is about no client."""
    changed: tuple[str, ...] = ()
    """What the client got otherwise than the upstream said it, e.g. `Location`."""
    client_tls: TlsFacts | None = None
    """The client's handshake with the proxy."""
    upstream_tls: TlsFacts | None = None
    """The proxy's handshake with the upstream."""
    answered_at: float = 0.0
    """The proxy's clock when the answer had come, in epoch seconds; compare it with `Date`."""


class Forwarder:
    """Answers as its upstream does, over TLS; thread-safe.

    `tell` hears of each exchange before its answer leaves.
    """

    def __init__(  # noqa: PLR0913 - all by name but the first
        self,
        upstream: Upstream,
        *,
        tell: Callable[[Relayed], None],
        clock: Clock | None = None,
        origins: Mapping[str, str] | None = None,
        rewrites: bool = False,
        production: Collection[str] = (),
        timeout: httpx.Timeout = _TIMEOUT,
        largest_answer: int = LARGEST_ANSWER,
    ) -> None:
        """Load trust and certificate; raises BadInvocation where they cannot be used.

        With `rewrites` addresses that begin with a key of `origins` (an upstream's) begin with
        its value (a listener's) for the client; `origins` may be filled in later. Hosts of
        `production` are refused, and no answer that would lead a client there is passed on.
        """
        for host in (upstream.host, upstream.dialled[0]):
            refuse_production(host, production, where=f"where {upstream.origin} is reached")
        self._production = production
        self.upstream = upstream
        self._tell = tell
        self._clock = clock or Clock()
        self._origins = origins if origins is not None else {}
        self._rewrites = rewrites
        self._largest = largest_answer
        host, port = upstream.dialled
        self._dialled = f"https://{f'[{host}]' if ':' in host else host}:{port}"
        default = "" if upstream.port == 443 else f":{upstream.port}"  # noqa: PLR2004 - of https
        name = f"[{upstream.host}]" if ":" in upstream.host else upstream.host
        self._authority = f"{name}{default}"
        self._http = httpx.Client(
            verify=context_for(upstream),
            timeout=timeout,
            # A kept connection may die under a request that must not be repeated.
            limits=httpx.Limits(max_keepalive_connections=0, max_connections=128),
            trust_env=upstream.connect is None,  # a company's way out, not for an address given
        )

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    def reset(self) -> None:
        """Nothing is remembered."""

    def handle(self, request: Request) -> Response:
        """Ask the upstream and return its answer; 502 with the reason if there is none."""
        asked = replace(
            request,
            headers=self._addressed(request.headers),
            host=self.upstream.host,
            port=self.upstream.port,
            tls=None,
        )
        relayed = Relayed(asked, Response(502), client_tls=request.tls)
        if not request.target.startswith("/"):
            why = "it stands in front of one server and is no proxy for any; mitmproxy is"
            return self._own(relayed, 400, why)
        try:
            said, coded, upstream_tls = self._ask(asked)
        except _TooLargeError:
            why = f"the answer of {self.upstream.origin} has more than {self._largest} bytes"
            return self._own(relayed, 502, why)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as problem:
            return self._own(relayed, 502, self._why(problem))
        if host := next(filter(self._is_production, leads_to(request, said)), ""):
            why = f"the answer leads to {host}, which belongs to production"
            return self._own(relayed, 502, why)
        answered_at = self._clock.now()
        answer, changed = self._for_client(request, said, coded)
        self._tell(
            replace(
                relayed,
                response=said,
                changed=changed,
                upstream_tls=upstream_tls,
                answered_at=answered_at,
            )
        )
        return answer

    def _is_production(self, host: str) -> bool:
        return plain_host(host) in self._production

    def _ask(self, asked: Request) -> tuple[Response, bytes, TlsFacts | None]:
        """Return the answer in plain, its body as it came, and the handshake's facts."""
        ask = httpx.Request(
            asked.method,
            self._dialled,
            headers=[
                (name.encode("latin-1"), value.encode("latin-1"))
                for name, value in _lasting(asked.headers)
            ],
            content=asked.body,
            extensions={
                "target": asked.target.encode("latin-1"),  # as it came, not as it could be written
                "sni_hostname": self.upstream.host,
            },
        )
        answer = self._http.send(ask, stream=True, follow_redirects=False)
        try:
            tls = _handshake(answer)  # gone with the connection, which the last byte ends
            parts: list[bytes] = []
            room = self._largest
            for part in answer.iter_raw():
                room -= len(part)
                if room < 0:
                    raise _TooLargeError
                parts.append(part)
        finally:
            answer.close()
        headers = tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in answer.headers.raw)
        coded = b"".join(parts)
        plain = unpacked(coded, answer.headers.get("content-encoding", ""))
        body = coded if plain is None else plain  # coded in a way of its own: told as it came
        return Response(answer.status_code, headers, body), coded, tls

    def _addressed(self, headers: Headers) -> Headers:
        told = [(name, value) for name, value in headers if name.lower() != "host"]
        return (("Host", self._authority), *told)

    def _for_client(
        self, request: Request, said: Response, coded: bytes
    ) -> tuple[Response, tuple[str, ...]]:
        """Return the answer as the client gets it, and which parts of it were replaced."""
        trail = Trail(facts={"relayed": True})
        answer = Response(said.status, _lasting(said.headers), coded, trail=trail)
        if not self._rewrites:
            return answer, ()
        return led_here(request, said, answer, self._origins)

    def _own(self, relayed: Relayed, status: int, why: str) -> Response:
        """Answer ourselves, and say so to both."""
        told = {"error": "proefbank_recorder", "error_description": f"Not from the server: {why}"}
        answer = Response(
            status,
            (("Content-Type", "application/json"), ("Proefbank-Recorder", "answered itself")),
            json.dumps(told, ensure_ascii=False).encode(),
            trail=Trail(facts={"relayed": True}),
        )
        self._tell(replace(relayed, response=answer, own=why))
        return answer

    def _why(self, problem: Exception) -> str:
        """Say what kept us from an answer, in the words of who knows it best."""
        reached = self.upstream.origin
        if self.upstream.connect is not None:
            reached = f"{reached} (at {self.upstream.connect})"
        if isinstance(problem, httpx.TimeoutException):
            return f"{reached} gave no answer in time"
        if isinstance(problem, _QUOTING) and not _PLAIN.fullmatch(str(problem)):
            mine = isinstance(problem, httpx.LocalProtocolError)
            told = "this cannot be sent in HTTP/1.1" if mine else "its answer is no HTTP/1.1"
            return f"{reached} cannot be asked: {told}"
        cause = problem.__cause__.__cause__ if problem.__cause__ else None
        told = str(cause or problem) or type(problem).__name__
        return f"{reached} cannot be asked: {told}"


class _TooLargeError(Exception):
    """The upstream's answer is over the limit."""


def _lasting(headers: Headers) -> Headers:
    """Return headers without those that concern one connection only."""
    named = {
        name.strip().lower()
        for key, value in headers
        if key.lower() == "connection"
        for name in value.split(",")
    }
    # A sender that names `Host` there cannot take it away from the server that is asked.
    left_out = (_PER_CONNECTION | named) - {"host"}
    if any(key.lower() == "transfer-encoding" for key, _ in headers):
        left_out |= {"content-length"}  # RFC 9112, 6.3: it was not what told the length
    return tuple(pair for pair in headers if pair[0].lower() not in left_out)


def _handshake(answer: httpx.Response) -> TlsFacts | None:
    stream: Any = answer.extensions.get("network_stream")
    tls: Any = stream.get_extra_info("ssl_object") if stream is not None else None
    if tls is None:
        return None
    cipher = tls.cipher()
    return TlsFacts(version=tls.version(), cipher=cipher[0] if cipher else None)
