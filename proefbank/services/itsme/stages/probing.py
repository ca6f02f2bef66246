"""Whole flows for the stages on answers: as far as they go, whatever comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proefbank.staging import Answer, Staging

from .scripts import order, resumed, started, value_of

__all__ = ["control", "flow", "probe", "through"]

HOPS = 6
"""Orders after which the staging gives up: two redirects, and some patience."""


def through(
    staging: Staging, session: object, url: object, *, note: str = "", person: str
) -> Answer | None:
    """Visit where the browser is sent and go on, until there is nowhere more to go."""
    answer: Answer | None = None
    returned: str | None = None
    for _ in range(HOPS):
        if url is not None:
            returned = staging.visit(url, person=person)
        answer = resumed(staging, session, returned, note=note)
        url = value_of(answer, "redirect")
        if url is None and value_of(answer, "pending") is not True:
            break
    return answer


def flow(
    staging: Staging,
    asked: Mapping[str, Any] | None = None,
    *,
    note: str = "",
    person: str = "with-certificate",
) -> None:
    """Begin a session and take it as far as it goes."""
    session, url = started(staging, asked, note=note)
    if session is not None:
        through(staging, session, url, note=note, person=person)


def control(staging: Staging, layer: str = "sign-status", count: int = 1) -> None:
    """Show in a scenario of its own that an ordinary order comes as far as a call of `layer`."""
    staging.begin()
    if layer == "identification":
        started(staging, order(count), note="control")
    else:
        flow(staging, order(count), note="control")


def probe(staging: Staging, stimulus: str, count: int = 1, *, shape: str = "") -> None:
    """Spoil one answer of an otherwise ordinary flow, in a scenario of its own."""
    staging.begin()
    if shape:
        staging.arm(stimulus, shape=shape)
    else:
        staging.arm(stimulus)
    flow(staging, order(count), note="probe")
