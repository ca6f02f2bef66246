"""Providers may differ in what no source fixes, and are not blamed for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from proefbank.exchange import Request, Response, WirePlan
from proefbank.service import services

from .contract_matrix import SpoiledBench, judged, opened, stages

Change = Callable[[Request, Response], Response]
GOOD = {"passed", "not_applicable"}


@pytest.fixture(scope="module", params=list(services()))
def bench(request: pytest.FixtureRequest) -> Iterator[SpoiledBench]:
    with opened(request.param) as made:
        yield made


def in_json(change: Callable[[Any], Any], **how: Any) -> Change:
    def made(_: Request, answer: Response) -> Response:
        try:
            told = json.loads(answer.body)
        except ValueError:
            return answer
        headers = [(k, v) for k, v in answer.headers if k.lower() != "content-length"]
        body = json.dumps(change(told), **how).encode()
        return replace(answer, headers=tuple(headers), body=body)

    return made


def in_headers(change: Callable[[str, str], list[tuple[str, str]]]) -> Change:
    def made(_: Request, answer: Response) -> Response:
        headers = [made for name, value in answer.headers for made in change(name, value)]
        return replace(answer, headers=tuple(headers))

    return made


def turned(told: Any) -> Any:
    if isinstance(told, dict):
        return {name: turned(value) for name, value in reversed(told.items())}
    return [turned(item) for item in told] if isinstance(told, list) else told


def more(told: Any) -> Any:
    if isinstance(told, dict):
        return {name: more(value) for name, value in told.items()} | {"x-new": {"a": [1]}}
    return [more(item) for item in told] if isinstance(told, list) else told


def without(told: Any) -> Any:
    return {k: v for k, v in told.items() if k != "error_description"} if "error" in told else told


def other_refusal(request: Request, answer: Response) -> Response:
    """Both statuses are documented for a client that is not let in (RFC 6749, 5.2)."""
    if b"invalid_client" not in answer.body:
        return answer
    challenge = ("WWW-Authenticate", 'Basic realm="x"')
    status = {400: 401, 401: 400}.get(answer.status, answer.status)
    return replace(answer, status=status, headers=(*answer.headers, challenge))


def labelled(name: str, value: str) -> list[tuple[str, str]]:
    json_ = name.lower() == "content-type" and "json" in value
    return [(name.upper(), f"{value.upper()}; charset=UTF-8" if json_ else value)]


def in_two_fields(name: str, value: str) -> list[tuple[str, str]]:
    before = {"cache-control": "private", "pragma": "x", "www-authenticate": "Negotiate"}
    first = [(name, before[name.lower()])] if name.lower() in before else []
    return [*first, (name, value)]


FREE: dict[str, Change] = {
    "other order": in_json(turned),
    "more members": in_json(more),
    "blanks": in_json(lambda told: told, indent=4),
    "no description": in_json(without),
    "other status": other_refusal,
    "capitals": in_headers(labelled),
    "two fields": in_headers(in_two_fields),
    "cookies": lambda _, a: replace(a, headers=(*a.headers, ("Set-Cookie", "lb=1"))),
    "slow": lambda _, a: replace(a, wire=WirePlan(delay=0.1)),
    "closing": lambda _, a: replace(a, wire=WirePlan(close=True)),
}


@pytest.mark.parametrize("free", FREE)
def test_what_is_free_is_no_fault(bench: SpoiledBench, free: str) -> None:
    bench.spoiled.spoil = FREE[free]
    try:
        verdicts = judged(bench, stages(bench.service.name))
    finally:
        bench.spoiled.spoil = None
    assert verdicts
    assert [v for v in verdicts if v.outcome not in GOOD] == []
