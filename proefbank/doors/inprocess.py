"""In-process mounts: the same provider and the same record, without a socket.

A wire plan becomes the exception that the client library raises for it on a real socket; a
delay longer than the client's patience is a timeout at once, nothing sleeps. What a mount
cannot show is added to its carrier's `cannot_express`, and the answer then travels plainly.
The client libraries are imported when their mount is asked for.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from proefbank.doors.apps import asgi_app, wsgi_app
from proefbank.doors.carrier import Carrier
from proefbank.doors.requests_mount import requests_adapter
from proefbank.exchange import Request, Response

if TYPE_CHECKING:
    import httpx
    import respx
    from pytest_httpx import HTTPXMock

__all__ = [
    "Carrier",
    "asgi_app",
    "httpx_transport",
    "mount_pytest_httpx",
    "mount_respx",
    "requests_adapter",
    "respx_callback",
    "wsgi_app",
]

_HTTPX_CANNOT = frozenset({"tls", "dribble", "close"})


def httpx_transport(carrier: Carrier, module: ModuleType | None = None) -> httpx.MockTransport:
    """Return a transport for `httpx.Client` and `httpx.AsyncClient`.

    `module` is httpx, or a library of the same shape such as httpx2 (which then gets a
    transport of its own kind).
    """
    library: Any = module or importlib.import_module("httpx")
    transport: httpx.MockTransport = library.MockTransport(_callback(carrier, library))
    return transport


def respx_callback(carrier: Carrier) -> Callable[[httpx.Request], httpx.Response]:
    """Return a side effect for a respx route; it answers every request it is given."""
    return _callback(carrier, importlib.import_module("httpx"))


def mount_respx(router: respx.MockRouter, carrier: Carrier, base_url: str) -> respx.Route:
    """Let a respx router answer everything under `base_url`; return the route."""
    route = router.route(url__regex=_everything_under(base_url))
    return route.mock(side_effect=respx_callback(carrier))


def mount_pytest_httpx(httpx_mock: HTTPXMock, carrier: Carrier, base_url: str) -> None:
    """Let pytest-httpx answer everything under `base_url`, as often as asked, or never."""
    httpx_mock.add_callback(
        respx_callback(carrier),
        url=re.compile(_everything_under(base_url)),
        is_reusable=True,
        is_optional=True,
    )


def _everything_under(base_url: str) -> str:
    return rf"^{re.escape(base_url.rstrip('/'))}([/?].*)?$"


def _callback(carrier: Carrier, library: Any) -> Callable[[Any], Any]:
    carrier.cannot_express |= _HTTPX_CANNOT

    def answer(request: Any) -> Any:
        response = carrier.carry(_from_httpx(carrier, request))
        _act_out(library, request, response)
        # A new object for each call, because reading a response changes it.
        return library.Response(
            response.status,
            headers=[(n.encode("latin-1"), v.encode("latin-1")) for n, v in response.headers],
            content=b"" if request.method == "HEAD" else response.body,
        )

    return answer


def _from_httpx(carrier: Carrier, request: Any) -> Request:
    url = request.url
    return Request(
        method=request.method,
        target=url.raw_path.decode("latin-1"),
        headers=tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in request.headers.raw),
        body=request.read(),
        scheme=url.scheme,
        host=url.host,
        port=url.port or (80 if url.scheme == "http" else 443),
        listener=carrier.listener,
    )


def _act_out(library: Any, request: Any, response: Response) -> None:
    """Raise what the library raises when a response travels like this."""
    plan = response.wire
    patience = request.extensions.get("timeout", {}).get("read")
    if patience is not None and max(plan.delay, plan.dribble) > patience:
        raise library.ReadTimeout("The read operation timed out", request=request)
    if plan.reset:
        raise library.ReadError("[Errno 104] Connection reset by peer", request=request)
    if plan.cut_after is not None and plan.cut_after < len(response.body):
        message = (
            "peer closed connection without sending complete message body "
            f"(received {plan.cut_after} bytes, expected {len(response.body)})"
        )
        raise library.RemoteProtocolError(message, request=request)
