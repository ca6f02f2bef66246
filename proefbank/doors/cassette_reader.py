"""Cassettes of vcrpy (and so of pytest-recording), VCR and Betamax: YAML or JSON, as text.

Nothing in them is made into an object. vcrpy writes no instants: the `Date` of the answer stands
in where there is one. VCR and Betamax write `recorded_at`.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from proefbank.doors.heard import Gathered, Heard, Wanted
from proefbank.doors.packed import unpacked
from proefbank.errors import BadInvocation
from proefbank.exchange import Headers, Request, Response, header_value

__all__ = ["gather_cassette"]

_NO_YAML = "it cannot be read as YAML"

_LISTS = ("interactions", "http_interactions")
_OF_A_CLIENT = frozenset(
    {
        *("host", "user-agent", "accept-encoding", "connection", "content-length"),
        "transfer-encoding",
    }
)
"""Headers of which every client adds some by itself; where none is, they were not recorded."""


def gather_cassette(path: Path, text: str, wanted: Wanted) -> Gathered:
    """Read a cassette and keep what is wanted, in the order of the cassette.

    Raises `BadInvocation` if the file is none, holds no requests, or none that can be read.
    """
    import yaml  # noqa: PLC0415 - seldom needed

    try:
        # The safe loader: a cassette is somebody's file, and could otherwise run code.
        loaded = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except (yaml.YAMLError, RecursionError, ValueError) as problem:
        raise BadInvocation(
            "this is neither a record, nor a HAR archive, nor a cassette",
            where=str(path),
            # A parser quotes what it stumbled over, which may be a secret or somebody's.
            hint=re.sub(r"'[^']*'", "…", str(getattr(problem, "problem", None) or _NO_YAML)),
        ) from problem
    told = loaded if isinstance(loaded, dict) else {}
    interactions = next((told[name] for name in _LISTS if name in told), None)
    if not isinstance(interactions, list):
        raise BadInvocation(
            "this is neither a record, nor a HAR archive, nor a cassette",
            where=str(path),
            hint="proefbank judge --help tells which files it reads, and how to export them",
        )
    found = Gathered(wanted)
    for number, item in enumerate(interactions, start=1):
        found.entries = number
        try:
            found.take(_heard(item))
        except (AttributeError, KeyError, TypeError, ValueError) as problem:
            why = f"no {problem}" if isinstance(problem, KeyError) else type(problem).__name__
            found.complain(f"interaction {number} cannot be read ({why})")
    if not interactions:
        raise BadInvocation("the cassette holds no requests", where=str(path))
    if found.faulty == found.entries:
        raise BadInvocation(found.unreadable[0], where=str(path))
    found.settle()
    return found


def _heard(item: Mapping[str, Any]) -> Heard:
    request, response = item["request"], item["response"]
    headers, asked = _headers(response.get("headers")), _headers(request.get("headers"))
    whole = _is_text(request.get("body"))
    sent = _bytes(request.get("body")) if whole else b""
    got = _bytes(response.get("body"))
    plain = unpacked(got, header_value(headers, "content-encoding") or "")
    withheld = [
        # What aiohttp was handed: neither the bytes it made of that nor the headers it added.
        *(["request headers"] if not _OF_A_CLIENT & {name.lower() for name, _ in asked} else []),
        *(["request body"] if not whole or (not sent and _length(asked)) else []),
        *(["response body"] if plain is None or (not got and _length(headers)) else []),
    ]
    return Heard(
        Request.to(
            str(request["uri"]).partition("#")[0],
            method=str(request["method"]).upper(),
            headers=asked,
            body=sent,
            received_at=_instant(item.get("recorded_at"), header_value(headers, "date")),
        ),
        Response(int(response["status"]["code"]), headers, plain or b""),
        only_text=not sent.isascii(),
        withheld=tuple(withheld),
    )


def _is_text(body: object) -> bool:
    """Whether a body is what was sent, and not what a library was to make it of."""
    if isinstance(body, Mapping):
        return bool({"string", "base64_string"} & body.keys())
    return body is None or isinstance(body, str | bytes)


def _length(headers: Headers) -> int:
    told = header_value(headers, "content-length") or ""
    return int(told) if told.isdecimal() else 0


def _bytes(body: object) -> bytes:
    match body:
        case {"base64_string": str(packed)}:
            try:
                return base64.b64decode(packed)
            except binascii.Error:
                return b""
        case {"string": inner}:
            return _bytes(inner)
        case bytes():
            return body
        case None:
            return b""
        case _:
            return str(body).encode("utf-8", "replace")


def _headers(raw: object) -> Headers:
    if not isinstance(raw, dict):
        return ()
    return tuple(
        (str(name), value.decode("latin-1") if isinstance(value, bytes) else str(value))
        for name, values in raw.items()
        for value in (values if isinstance(values, list) else [values])
    )


def _instant(*told: object) -> float:
    """Return the first instant that can be read, in epoch seconds; 0 if none can."""
    for text in told:
        for read in (datetime.fromisoformat, parsedate_to_datetime):
            try:
                found = text if isinstance(text, datetime) else read(str(text))
                return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
            except (TypeError, ValueError, OverflowError):
                continue
    return 0.0
