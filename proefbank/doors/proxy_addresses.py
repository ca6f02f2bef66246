"""Addresses in what a server answers: where they send a client, and how they lead it here.

A client is sent somewhere by `Location`, and by the endpoints of a discovery document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from proefbank.exchange import Request, Response

__all__ = ["leads_to", "led_here"]

_ENDPOINT: Final = re.compile(r"(?:_endpoint|jwks_uri)\Z")
"""Members of discovery (OpenID Connect Discovery, 3) whose addresses a client asks."""
_KEPT: Final = frozenset({"issuer", "iss"})
"""Members that name somebody; they stay what they are when addresses are replaced."""


def leads_to(request: Request, said: Response) -> Iterator[str]:
    """Yield the hosts that an answer sends a client to: in `Location`, and in discovery."""
    places = [said.header("location") or ""]
    if _is_document(request, said):
        told = _json(said.body)
        members = told.items() if isinstance(told, dict) else ()
        places += [at for name, at in members if isinstance(at, str) and _ENDPOINT.search(name)]
    for place in places:
        try:
            yield urlsplit(place.strip().replace("\\", "/")).hostname or ""
        except ValueError:  # nothing that a client can go to either
            continue


def led_here(
    request: Request, said: Response, answer: Response, origins: Mapping[str, str]
) -> tuple[Response, tuple[str, ...]]:
    """Return an answer whose addresses lead here, and the names of what was replaced.

    `said` is the answer in plain, `answer` as it goes to the client. An address that begins with
    a key of `origins` begins with its value afterwards.
    """
    changed = []
    headers = tuple(
        (name, _here(value, origins) if name.lower() == "location" else value)
        for name, value in answer.headers
    )
    if headers != answer.headers:
        answer = replace(answer, headers=headers)
        changed.append("Location")
    if _is_document(request, said):
        places: list[str] = []
        try:
            tree = _tree(_json(said.body), "", places, origins)
        except RecursionError:  # no document that anybody reads: it stays as it is
            tree, places = None, []
        if places:
            plain = tuple(h for h in headers if h[0].lower() != "content-encoding")
            body = json.dumps(tree, ensure_ascii=False).encode()
            answer = replace(answer, headers=plain, body=body)
            changed += places
    return answer, tuple(changed)


def _is_document(request: Request, said: Response) -> bool:
    return request.method == "GET" and "json" in (said.header("content-type") or "").lower()


def _here(text: str, origins: Mapping[str, str]) -> str:
    """Return an address below an upstream as one below the listener in front of it."""
    for origin, own in origins.items():
        if text == origin or text.startswith((f"{origin}/", f"{origin}?")):
            return own + text.removeprefix(origin)
    return text


def _tree(value: object, name: str, places: list[str], origins: Mapping[str, str]) -> object:
    match value:
        case dict():
            return {key: _tree(inner, key, places, origins) for key, inner in value.items()}
        case list():
            return [_tree(inner, name, places, origins) for inner in value]
        case str() if name not in _KEPT:
            here = _here(value, origins)
            if here != value:
                places.append(name)
            return here
        case _:
            return value


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
