"""The mount for `requests`: an adapter for `Session.mount`."""

from __future__ import annotations

import io
from collections.abc import Iterable
from http.client import HTTPMessage
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from proefbank.doors.carrier import Carrier
from proefbank.exchange import Request, Response

if TYPE_CHECKING:
    import requests
    from requests.adapters import BaseAdapter

__all__ = ["requests_adapter"]


def requests_adapter(carrier: Carrier) -> BaseAdapter:
    """Return an adapter that answers everything; mount it under the provider's origin.

    A reset raises ConnectionError, a cut body ChunkedEncodingError, a delay beyond the
    client's timeout ReadTimeout, as on a socket.
    """
    from requests import exceptions  # noqa: PLC0415 - only who mounts it needs requests
    from requests.adapters import BaseAdapter, HTTPAdapter  # noqa: PLC0415

    carrier.cannot_express |= {"tls", "dribble", "close"}
    builder = HTTPAdapter()

    class Adapter(BaseAdapter):
        """Hands requests to the carrier."""

        def send(
            self, request: requests.PreparedRequest, *_args: Any, **settings: Any
        ) -> requests.Response:
            response = carrier.carry(_from_requests(carrier, request))
            plan, timeout = response.wire, settings.get("timeout")
            patience = timeout[1] if isinstance(timeout, tuple) else timeout
            if isinstance(patience, int | float) and max(plan.delay, plan.dribble) > patience:
                raise exceptions.ReadTimeout("Read timed out.", request=request)
            if plan.reset:
                raise exceptions.ConnectionError("Connection reset by peer", request=request)
            return builder.build_response(request, _to_urllib3(request, response))

        def close(self) -> None:
            """Nothing is open."""

    return Adapter()


def _from_requests(carrier: Carrier, request: requests.PreparedRequest) -> Request:
    parts = urlsplit(request.url or "")
    headers = [(_text(name), _text(value)) for name, value in request.headers.items()]
    if not any(name.lower() == "host" for name, _ in headers):
        headers.insert(0, ("Host", parts.netloc.rpartition("@")[2]))
    return Request(
        method=request.method or "GET",
        target=request.path_url,
        headers=tuple(headers),
        body=_body(request.body),
        scheme=parts.scheme,
        host=parts.hostname or "127.0.0.1",
        port=parts.port or (80 if parts.scheme == "http" else 443),
        listener=carrier.listener,
    )


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _body(body: object) -> bytes:
    """Return what the adapter of `requests` would have sent."""
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes):
        return body
    read = getattr(body, "read", None)
    if read is not None:
        return _body(read())
    return b"".join(_body(part) for part in body) if isinstance(body, Iterable) else b""


def _to_urllib3(request: requests.PreparedRequest, response: Response) -> Any:
    from urllib3 import HTTPHeaderDict, HTTPResponse  # noqa: PLC0415 - comes with requests

    body = response.body[: response.wire.cut_after]  # urllib3 finds that a part is missing
    message = HTTPMessage()  # where requests looks for cookies
    for name, value in response.headers:
        message.add_header(name, value)
    return HTTPResponse(
        body=io.BytesIO(b"" if request.method == "HEAD" else body),
        request_method=request.method,
        headers=HTTPHeaderDict(response.headers),
        status=response.status,
        preload_content=False,
        original_response=SimpleNamespace(  # type: ignore[arg-type]  # the part that is used
            msg=message, isclosed=lambda: True, close=lambda: None
        ),
    )
