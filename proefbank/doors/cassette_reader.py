"""Cassettes of vcrpy (and so of pytest-recording): YAML or JSON, as text and never as objects.

They hold no instants of their own; the `Date` of the answer stands in where there is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from proefbank.doors.heard import Heard
from proefbank.errors import BadInvocation
from proefbank.exchange import Headers, Request, Response

__all__ = ["heard_in_cassette"]


def heard_in_cassette(path: Path, text: str) -> Iterator[Heard]:
    """Yield every interaction, in the order of the cassette.

    Raises `BadInvocation` if the file is none, or holds none.
    """
    import yaml  # noqa: PLC0415 - seldom needed

    try:
        # The safe loader: a cassette is somebody's file, and could otherwise run code.
        loaded = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except (yaml.YAMLError, RecursionError, ValueError) as problem:
        raise BadInvocation(
            "this is neither a record, nor a HAR archive, nor a cassette",
            where=str(path),
            hint=str(getattr(problem, "problem", None) or "it cannot be read as YAML"),
        ) from problem
    interactions = loaded.get("interactions") if isinstance(loaded, dict) else None
    if not isinstance(interactions, list):
        raise BadInvocation(
            "this is neither a record, nor a HAR archive, nor a cassette", where=str(path)
        )
    if not interactions:
        raise BadInvocation("the cassette holds no requests", where=str(path))
    for number, item in enumerate(interactions, start=1):
        try:
            yield _heard(item["request"], item["response"])
        except (AttributeError, KeyError, TypeError, ValueError) as problem:
            raise BadInvocation(
                f"interaction {number} cannot be read ({type(problem).__name__}: {problem})",
                where=str(path),
            ) from problem


def _heard(request: Mapping[str, Any], response: Mapping[str, Any]) -> Heard:
    headers = _headers(response.get("headers"))
    sent = _bytes(request.get("body"))
    date = next((value for name, value in headers if name.lower() == "date"), "")
    return Heard(
        Request.to(
            str(request["uri"]),
            method=str(request["method"]),
            headers=_headers(request.get("headers")),
            body=sent,
            received_at=_instant(date),
        ),
        Response(int(response["status"]["code"]), headers, _bytes(response.get("body"))),
        only_text=not sent.isascii(),
    )


def _bytes(body: object) -> bytes:
    match body:
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
        (str(name), str(value))
        for name, values in raw.items()
        for value in (values if isinstance(values, list) else [values])
    )


def _instant(date: str) -> float:
    try:
        return parsedate_to_datetime(date).timestamp()
    except ValueError:
        return 0.0
