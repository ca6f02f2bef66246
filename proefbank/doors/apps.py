"""The provider as an ASGI and as a WSGI application.

An application has no say in how its answer travels, and the interfaces lose a part of what
was on the wire; `cannot_express` says which.
"""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from proefbank.doors.carrier import Carrier
from proefbank.exchange import Request, TlsFacts

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["AsgiApp", "asgi_app", "wsgi_app"]

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
AsgiApp = Callable[[MutableMapping[str, Any], _Receive, _Send], Awaitable[None]]

_APPS_CANNOT = frozenset({"tls", "reset", "delay", "dribble", "cut", "close", "header-case"})
_SAFE = "/:@!$&'()*+,;=-._~"
_TLS_VERSIONS = {0x0303: "TLSv1.2", 0x0304: "TLSv1.3"}
_PLAIN_NAMES = {"CONTENT_TYPE": "Content-Type", "CONTENT_LENGTH": "Content-Length"}


def asgi_app(carrier: Carrier) -> AsgiApp:
    """Return an ASGI 3 application; it reads the `tls` extension where a server offers it."""
    carrier.cannot_express |= _APPS_CANNOT

    async def app(scope: MutableMapping[str, Any], receive: _Receive, send: _Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        if scope["type"] != "http":
            message = f"{scope['type']} is not spoken here"
            raise ValueError(message)
        parts: list[bytes] = []
        more = True
        while more:
            event = await receive()
            if event["type"] == "http.disconnect":
                return
            parts.append(event.get("body", b""))
            more = event.get("more_body", False)
        response = carrier.carry(_from_scope(carrier, scope, b"".join(parts)))
        headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in response.headers
        ]
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        body = b"" if scope["method"] == "HEAD" else response.body
        await send({"type": "http.response.body", "body": body})

    return app


async def _live(receive: _Receive, send: _Send) -> None:
    while True:
        event = await receive()
        phase = event["type"].removeprefix("lifespan.")
        await send({"type": f"lifespan.{phase}.complete"})
        if phase == "shutdown":
            return


def _from_scope(carrier: Carrier, scope: Mapping[str, Any], body: bytes) -> Request:
    raw = scope.get("raw_path")
    target = quote(scope["path"], safe=_SAFE) if raw is None else raw.decode("latin-1")
    query = scope.get("query_string", b"").decode("latin-1")
    scheme = scope.get("scheme", "http")
    server = scope.get("server") or ("127.0.0.1", None)
    tls = (scope.get("extensions") or {}).get("tls")
    return Request(
        method=scope["method"],
        target=f"{target}?{query}" if query else target,
        headers=tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in scope["headers"]),
        body=body,
        scheme=scheme,
        host=server[0],
        port=server[1] or (80 if scheme == "http" else 443),
        source=(scope.get("client") or ("127.0.0.1", 0))[0],
        listener=carrier.listener,
        tls=None if tls is None else _tls(tls),
    )


def _tls(extension: Mapping[str, Any]) -> TlsFacts:
    """Read the ASGI TLS extension: a version number and the client's chain in PEM."""
    chain = list(extension.get("client_cert_chain") or ())
    peer = hashlib.sha256(ssl.PEM_cert_to_DER_cert(chain[0])).hexdigest() if chain else None
    version = extension.get("tls_version")
    return TlsFacts(
        version=None if version is None else _TLS_VERSIONS.get(version, hex(version)),
        peer_sha256=peer,
    )


def wsgi_app(carrier: Carrier) -> WSGIApplication:
    """Return a WSGI application; the target is raw only where the server gives `REQUEST_URI`."""
    carrier.cannot_express |= _APPS_CANNOT | {"header-order", "raw-target"}

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        response = carrier.carry(_from_environ(carrier, environ))
        try:
            phrase = HTTPStatus(response.status).phrase
        except ValueError:
            phrase = "Unnamed"
        start_response(f"{response.status} {phrase}", list(response.headers))
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else response.body]

    return app


def _from_environ(carrier: Carrier, environ: WSGIEnvironment) -> Request:
    scheme = environ["wsgi.url_scheme"]
    headers = tuple(
        (_PLAIN_NAMES.get(name) or name[5:].replace("_", "-").title(), value)
        for name, value in environ.items()
        if name.startswith("HTTP_") or (name in _PLAIN_NAMES and value)
    )
    length = environ.get("CONTENT_LENGTH")
    stream = environ["wsgi.input"]
    body = stream.read(int(length)) if length else b""
    if not length and "HTTP_TRANSFER_ENCODING" in environ:
        body = stream.read()
    return Request(
        method=environ["REQUEST_METHOD"],
        target=_target(environ),
        headers=headers,
        body=body,
        scheme=scheme,
        host=environ.get("SERVER_NAME", "127.0.0.1"),
        port=int(environ.get("SERVER_PORT") or (80 if scheme == "http" else 443)),
        source=environ.get("REMOTE_ADDR", "127.0.0.1"),
        listener=carrier.listener,
    )


def _target(environ: WSGIEnvironment) -> str:
    raw: str | None = environ.get("REQUEST_URI") or environ.get("RAW_URI")
    if raw is not None and raw.startswith("/"):
        return raw
    # PEP 3333: the path arrives decoded, as latin-1 in a str.
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    try:
        octets = path.encode("latin-1")
    except UnicodeEncodeError:  # httpx's own transport decodes it as UTF-8 instead
        octets = path.encode()
    target = quote(octets, safe=_SAFE) or "/"
    query = environ.get("QUERY_STRING", "")
    return f"{target}?{query}" if query else target
