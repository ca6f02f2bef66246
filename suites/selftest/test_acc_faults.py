"""Acceptance on a bad day, and clients with a defect: neither is taken for the other."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from proefbank.errors import NotAssessed
from proefbank.exchange import Request, Response, WirePlan
from proefbank.judge import catalogue
from proefbank.service import service
from proefbank.verdict import outcome_of_row

from . import acc_bench, acc_profiles, stand_in
from .stand_in import HOSTS, StandIn
from .test_acc import played, reference

Answer = Callable[[int, Request, Callable[[], Response]], Response]
"""What is answered to which request: its number, the request, and how to have it answered well."""

PAGE = Response(503, (("Content-Type", "text/html"),), b"<html>back at noon</html>")
OTHER_KEY = {
    "kid": "other",
    "kty": "RSA",
    "use": "sig",
    "alg": "RS256",
    "n": "x" * 342,
    "e": "AQAB",
}


@pytest.fixture(scope="module")
def acc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    with StandIn(folder=tmp_path_factory.mktemp("acc")) as made:
        acc_profiles.complete(made)
        yield made


@pytest.fixture(scope="module")
def person(acc: StandIn) -> Iterator[Callable[[str], str | None]]:
    with acc_profiles.somebody(acc) as somebody:
        yield somebody


def told(status: int, body: object, **headers: str) -> Response:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Response(
        status, (("Content-Type", "application/json"), *named), json.dumps(body).encode()
    )


def always(answer: Response) -> Answer:
    return lambda number, request, go: answer


def after(count: int, answer: Response) -> Answer:
    return lambda number, request, go: go() if number <= count else answer


def to(part: str, answer: Response) -> Answer:
    return lambda number, request, go: answer if part in request.target else go()


BAD_DAYS: dict[str, Answer] = {
    "a page with 503": always(PAGE),
    "a page with 200": always(replace(PAGE, status=200)),
    "led away": always(Response(302, (("Location", "https://away.example/"),))),
    "500": always(told(500, {})),
    "gone after three": after(3, PAGE),
    "the account is suspended": to("/token", told(400, {"error": "invalid_client"})),
    "the account is unknown": to("/token", told(401, {"error": "invalid_client"})),
    "asked to wait": to("/token", told(429, {}, Retry_After="60")),
    "no token in the answer": to("/token", told(200, {"message": "closed"})),
    "the token is of no use": to("registrations", told(401, {"type": "invalidAccessToken"})),
    "not allowed": to("registrations", told(403, {"type": "missingPermission"})),
    "no key": to("certs", told(200, {"keys": []})),
    "another key": to("certs", told(200, {"keys": [OTHER_KEY]})),
    "another key midway": lambda number, request, go: (
        told(200, {"keys": [OTHER_KEY]}) if number > 3 and "certs" in request.target else go()
    ),
    "unchanged": to("certs", Response(304)),
    "NOK": to("user_identification", told(200, {"status": "NOK", "statusReason": "x"})),
}


def on(monkeypatch: pytest.MonkeyPatch, day: Answer) -> None:
    """Have the stand-in answer as it does on such a day."""
    well, count = stand_in._Named.handle, iter(range(1, 10_000))

    def handle(self: Any, request: Request) -> Response:
        return day(next(count), request, lambda: well(self, request))

    monkeypatch.setattr(stand_in._Named, "handle", handle)


@pytest.mark.parametrize("name", HOSTS)
@pytest.mark.parametrize("day", BAD_DAYS)
def test_a_bad_day_of_acceptance_blames_nobody(
    acc: StandIn, person: Any, monkeypatch: pytest.MonkeyPatch, name: str, day: str
) -> None:
    on(monkeypatch, BAD_DAYS[day])
    found = played(acc, name, reference(name), person)
    assert found.bad == {}
    assert all(v.reason for v in found.verdicts if v.outcome == "not_observable")


@pytest.mark.parametrize("name", HOSTS)
@pytest.mark.parametrize(
    "plan", [WirePlan(reset=True), WirePlan(cut_after=5)], ids=["reset", "cut"]
)
def test_a_line_that_breaks_is_not_assessed(
    acc: StandIn, person: Any, monkeypatch: pytest.MonkeyPatch, name: str, plan: WirePlan
) -> None:
    on(monkeypatch, lambda number, request, go: replace(go(), wire=plan))
    with pytest.raises(NotAssessed, match="acceptance was not reached"):
        played(acc, name, reference(name), person)


def test_it_is_told_what_stood_in_the_way(
    acc: StandIn, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, always(replace(PAGE, status=200)))
    found = played(acc, "socialsecurity", reference("socialsecurity"), person)
    calls = [v for v in found.verdicts if v.requirement.endswith("api-request.carries-a-token")]
    assert calls
    assert all("had answered POST token with a page" in v.reason for v in calls)


GREEN: dict[str, dict[str, str]] = {
    "socialsecurity": {},
    "ehealth": {},
    "itsme": {
        "reads-small-d": "its defect is for several documents; acceptance signs one",
        "signs-before-identifying": "its defect is for users who are known beforehand",
        "commitment-without-policy": "its defect is for callers who ask for a commitment type",
    },
}
"""Wayward clients that are right in what acceptance has them do: what was seen was good."""


@pytest.mark.matrix
@pytest.mark.parametrize("name", HOSTS)
def test_what_fails_on_a_simulated_service_never_passes_at_acceptance(
    acc: StandIn, person: Any, name: str
) -> None:
    home = service(name)
    green = []
    for wayward, one in importlib.import_module(home.wayward).WAYWARD.items():
        with acc_bench.bench_at(name, acc.profile, one.client, person=person) as bench:
            found = acc_bench.play(bench)
        seen = [v.outcome for v in found.verdicts if v.requirement == one.requirement]
        row = catalogue(home.package)[one.requirement]
        if seen and outcome_of_row(row, seen) == "passed":
            green.append(wayward)
    assert set(green) == set(GREEN[name])
