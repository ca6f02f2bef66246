"""One entry of an HTTP archive: what browsers and proxies write, and how they differ.

Chrome writes HTTP/2's pseudo headers, leaves bodies out that it has let go, and gives 0 as the
status of what was blocked. Firefox writes an empty status for that. Proxies write binary bodies
in base64, in members of their own. What is missing is told as missing, never taken for empty.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import chain
from typing import Any
from urllib.parse import urlencode

from proefbank.doors.heard import Heard
from proefbank.exchange import Headers, Request, Response, header_value

__all__ = ["heard_in_entry", "was_sent"]

_CACHED = frozenset({"memory cache", "disk cache"})
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_ENCODED = re.compile(r"(?:[A-Za-z0-9._~+*-]|%[0-9A-Fa-f]{2})*")


def heard_in_entry(entry: object) -> Heard | None:
    """Return what an entry tells; None for a request that has no answer.

    Raises `ValueError` with a sentence for one that cannot be read.
    """
    request, response = _mapping(entry, "request"), _part(entry, "response")
    url, method = request.get("url"), request.get("method")
    if not isinstance(url, str) or not isinstance(method, str):
        raise ValueError("request.url and request.method are no texts")  # noqa: TRY004 - told alike
    status = _status(response.get("status"))
    if not status:
        return None
    headers, answered = _headers(request), _headers(response)
    sent = _sent(_part(request, "postData"))
    content = _part(response, "content")
    got = _content(content)
    silent = method in _WITH_BODY and not _length(headers) and _may_have_had(request, headers)
    withheld = [
        *(["request headers"] if not headers else []),  # every request has some
        *(["request body"] if not sent and (silent or _missing(headers, request)) else []),
        *(["response body"] if not got and _missing(answered, content, "size") else []),
    ]
    return Heard(
        _request(
            url.partition("#")[0],
            method,
            headers,
            sent,
            _instant(_member(entry, "startedDateTime"), header_value(answered, "date")),
        ),
        Response(status, answered, got),
        only_text=not sent.isascii(),
        withheld=tuple(withheld),
        duration=max(0.0, _number(_member(entry, "time")) / 1000),
    )


def was_sent(entry: object, creator: str) -> bool:
    """Whether a request went out; browsers also list what they had in their cache.

    Chrome says `_fromCache`, Safari `_fetchType`; Firefox gives such an entry, and no other, an
    `afterRequest`. A service worker can have a store of its own.
    """
    if _member(entry, "_fromCache"):
        return False
    if str(_member(entry, "_fetchType") or "").lower() in _CACHED:
        return False
    cache, response = _part(entry, "cache"), _part(entry, "response")
    if creator == "Firefox" and "afterRequest" in cache:
        return False
    return response.get("_serviceWorkerResponseSource") != "cache-storage"


def _request(url: str, method: str, headers: Headers, sent: bytes, at: float) -> Request:
    try:
        return Request.to(url, method=method, headers=headers, body=sent, received_at=at)
    except ValueError:  # it would tell what stands there, and that may be somebody's password
        raise ValueError("request.url is no URL") from None


def _missing(headers: Headers, part: Mapping[str, Any], size: str = "bodySize") -> bool:
    """Whether a body was there that is not: by its size, or by the length in its header."""
    length = _length(headers)
    return _number(part.get(size)) > 0 or (length.isdecimal() and int(length) > 0)


def _may_have_had(request: Mapping[str, Any], headers: Headers) -> bool:
    """Whether a request without a length may have had a body; -1 says that nobody knows."""
    unknown = "bodySize" not in request or _number(request["bodySize"]) < 0
    labelled = ("content-type", "transfer-encoding")
    return unknown or any(header_value(headers, name) for name in labelled)


def _length(headers: Headers) -> str:
    return header_value(headers, "content-length") or ""


def _member(whole: object, name: str) -> object:
    return whole.get(name) if isinstance(whole, Mapping) else None


def _mapping(whole: object, name: str) -> Mapping[str, Any]:
    part = _member(whole, name)
    if not isinstance(part, Mapping):
        raise ValueError(f"{name} is no object")  # noqa: TRY004 - told alike
    return part


def _part(whole: object, name: str) -> Mapping[str, Any]:
    part = _member(whole, name)
    return part if isinstance(part, Mapping) else {}


def _status(told: object) -> int:
    number = _number(told)
    return int(number) if 100 <= number < 1000 else 0  # noqa: PLR2004 - a status has three digits


def _number(told: object) -> float:
    try:
        number = float(told)  # type: ignore[arg-type]  # whatever it is
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return number if number == number and abs(number) < 1e15 else 0.0  # noqa: PLR0124, PLR2004


def _sent(data: Mapping[str, Any]) -> bytes:
    if text := data.get("text"):
        return _bytes(text, data.get("encoding") or data.get("_encoding"))
    params = data.get("params")
    pairs = [
        (str(item.get("name", "")), str(item.get("value") or ""))
        for item in (params if isinstance(params, list) else ())
        if isinstance(item, Mapping)
    ]
    encoded = all(map(_is_encoded, chain.from_iterable(pairs)))
    if encoded and any("%" in value for _, value in pairs):
        return "&".join(f"{name}={value}" for name, value in pairs).encode()
    return urlencode(pairs, errors="replace").encode()


def _is_encoded(text: str) -> bool:
    """Whether a tool left a name or value as it stood in the form."""
    return _ENCODED.fullmatch(text) is not None


def _content(content: Mapping[str, Any]) -> bytes:
    return _bytes(content.get("text") or "", content.get("encoding"))


def _bytes(text: object, encoding: object) -> bytes:
    if encoding != "base64":
        return str(text).encode("utf-8", "replace")
    try:
        return base64.b64decode(str(text).encode("ascii", "replace"), validate=False)
    except binascii.Error:
        return b""


def _headers(part: Mapping[str, Any]) -> Headers:
    raw = part.get("headers")
    pairs = [
        (str(item.get("name") or ""), str(item.get("value") or ""))
        for item in (raw if isinstance(raw, list) else ())
        if isinstance(item, Mapping)
    ]
    return tuple((name, value) for name, value in pairs if name and name[0] != ":")  # HTTP/2


def _instant(told: object, date: str | None) -> float:
    """Return an instant in epoch seconds; 0 for none, and for one that cannot be read.

    One without a zone is of whatever zone the tool was in: then the answer's `Date` stands in.
    """
    try:
        read = datetime.fromisoformat(str(told).strip())
        if read.tzinfo is None:
            read = parsedate_to_datetime(date or "")
        return max(0.0, (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp())
    except (TypeError, ValueError, OverflowError):
        return 0.0
