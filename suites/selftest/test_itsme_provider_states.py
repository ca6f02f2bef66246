"""Every state of both kinds of session, and what each event makes of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from proefbank.services.itsme.provider.people import PEOPLE, People
from proefbank.services.itsme.provider.sessions import (
    IdentificationSession,
    SignSession,
    Texts,
)

from .itsme_bench import NOW, bench

WITH, _, WITHOUT, BLOCKED = PEOPLE

IDENTIFY: dict[str, Callable[[Any], Any]] = {
    "opened": lambda session: session.opened(NOW),
    "identified": lambda session: session.identified(WITH, NOW),
    "identified without": lambda session: session.identified(WITHOUT, NOW),
    "identified blocked": lambda session: session.identified(BLOCKED, NOW),
    "confirmed": lambda session: session.confirmed(NOW),
    "refused": lambda session: session.refused(NOW),
    "lapsed": lambda session: session.lapsed(NOW),
    "failed": lambda session: session.failed(NOW),
    "later": lambda session: session.at(NOW + 180.5),
}
NEXT: dict[str, dict[str, str]] = {
    "CREATED": {"opened": "AT_PAGE", "refused": "FAILED", "failed": "FAILED"},
    "AT_PAGE": {
        "identified": "READY",
        "identified without": "CERT_ACTION",
        "identified blocked": "BLOCKED",
        "refused": "FAILED",
        "failed": "FAILED",
    },
    "CERT_ACTION": {
        "confirmed": "READY",
        "refused": "REJECTED",
        "lapsed": "EXPIRED",
        "failed": "FAILED",
        "later": "EXPIRED",
    },
    **{state: {} for state in ("READY", "REJECTED", "EXPIRED", "FAILED", "BLOCKED")},
}
"""What is not listed leaves a state as it is."""


@pytest.mark.parametrize("event", IDENTIFY)
@pytest.mark.parametrize("state", NEXT)
def test_identification(state: Any, event: str) -> None:
    made = IdentificationSession(
        id="id",
        q="q",
        party=bench().party,
        redirect_url="https://sca.example/",
        lang="EN",
        created_at=NOW,
        people=People(PEOPLE, random.Random(1)),
    )
    made.state = state
    if state == "CERT_ACTION":
        made.person, made.action_at = WITHOUT, NOW
    expected = NEXT[state].get(event, state)
    assert IDENTIFY[event](made) == expected
    assert made.state == expected
    assert made.people.certified(WITHOUT) == ((state, event) == ("CERT_ACTION", "confirmed"))


SIGN: dict[str, Callable[[Any], Any]] = {
    event: IDENTIFY[event]
    for event in ("opened", "confirmed", "refused", "lapsed", "failed", "later")
}
SIGN_NEXT: dict[str, dict[str, str]] = {
    "S_CREATED": {"opened": "S_AT_PAGE", "failed": "S_FAILED"},
    "S_AT_PAGE": {
        "confirmed": "S_DONE",
        "refused": "S_REFUSED",
        "lapsed": "S_EXPIRED",
        "failed": "S_FAILED",
        "later": "S_EXPIRED",
    },
    **{state: {} for state in ("S_DONE", "S_REFUSED", "S_EXPIRED", "S_FAILED")},
}


@pytest.mark.parametrize("event", SIGN)
@pytest.mark.parametrize("state", SIGN_NEXT)
def test_signing(state: Any, event: str) -> None:
    made = SignSession(
        id="id",
        q="q",
        party=bench().party,
        person=WITH,
        redirect_url="https://sca.example/",
        lang=None,
        req_id="r",
        hashes=(),
        texts=Texts(),
        created_at=NOW - 10_000,
    )
    made.state = state
    if state == "S_AT_PAGE":
        made.action_at = NOW
    expected = SIGN_NEXT[state].get(event, state)
    assert SIGN[event](made) == expected
    assert made.state == expected


@pytest.mark.parametrize("lifetime", [1.0, 180.0, 600.0])
def test_how_long_a_signature_may_take_can_be_chosen(lifetime: float) -> None:
    on = bench(sign_lifetime=lifetime)
    on.start()
    session = on.provider.sessions.latest(1)[0]
    session.opened(NOW)
    assert session.at(NOW + lifetime) == "S_AT_PAGE"
    assert session.at(NOW + lifetime + 0.001) == "S_EXPIRED"
    assert session.at(NOW) == "S_EXPIRED"


def test_somebody_known_passes_from_the_first_look() -> None:
    people = People(PEOPLE, random.Random(1))
    for person, state in ((WITH, "READY"), (WITHOUT, "CERT_ACTION"), (BLOCKED, "BLOCKED")):
        made = IdentificationSession(
            id="id",
            q="q",
            party=bench().party,
            redirect_url="https://sca.example/",
            lang="EN",
            created_at=NOW,
            people=people,
            person=person,
        )
        assert made.known
        assert made.opened(NOW) == state
