"""Where the simulated realm differs from a real Keycloak on purpose, and the comparison of both."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypedDict

from .keycloak_shapes import Shape

__all__ = ["DECLARED", "Difference", "Outcome", "Seen", "compare", "recorded", "replayed"]

Shapes = Mapping[str, Mapping[str, Shape]]
"""Shapes of answers by situation and request."""


class Seen(TypedDict):
    """A shape and the situations in which the answer had it."""

    situations: list[str]
    shape: Shape


@dataclass(frozen=True, slots=True)
class Difference:
    """A deliberate difference: in which requests, where in the answer, and why."""

    where: str
    """Pattern of the request's name."""
    place: str
    """Pattern of the place in its answer."""
    why: str


_SAMPLE = "the claims are those of a published sample of I.AM Connect, in its acceptance"
_WORDS = "ours tells whoever tests what is wrong with the request"
_OLDER = "which Keycloak I.AM Connect runs is not known, and older ones take this"

_CLAIMS = (
    r"( members|\.(jti|aud|acr|scope|email_verified|clientHost|clientAddress)"
    r"|\.(realm|resource)_access.*)"
)

DECLARED: tuple[Difference, ...] = (
    Difference(
        ".*",
        "header Strict-Transport-Security",
        "it would stick to localhost in the browser of whoever tests",
    ),
    Difference(".*", "header Allow", "RFC 9110, 15.5.6 wants it with 405; Keycloak leaves it out"),
    Difference(
        "discovery.*",
        r"body( members|\.token_introspection_endpoint)",
        "older servers have token_introspection_endpoint, this one no more; ours has both",
    ),
    Difference("token.*", rf"body\.access_token\.claims{_CLAIMS}", _SAMPLE),
    Difference("token.*", r"body\.scope", _SAMPLE),
    Difference("introspect a token of .*", f"body{_CLAIMS}", _SAMPLE),
    Difference("(token|introspect), .*", r"body\.error_description", _WORDS),
    Difference("POST discovery", "status", "an accident of Keycloak's routing: nothing posts here"),
    Difference(
        "token, aud is the token endpoint",
        "status",
        "the documents say that aud is the URL of the realm; Keycloak takes both",
    ),
    Difference(
        "token, (aud is a list of two|no iat, for an hour|issued (in the future|an hour ago))",
        "status",
        "which Keycloak I.AM Connect runs is not known, and older ones take this",
    ),
    Difference("token, a scope it does not know", "status", "ours knows no scopes"),
)


@dataclass(slots=True)
class Outcome:
    """What a comparison found; each line names situation, request and place."""

    agreed: list[str] = field(default_factory=list)
    undeclared: list[str] = field(default_factory=list)
    declared: dict[int, list[str]] = field(default_factory=dict)
    """By number of the declared difference."""

    @property
    def gone(self) -> list[Difference]:
        """Declared differences that nothing shows any more."""
        return [one for number, one in enumerate(DECLARED) if number not in self.declared]


def compare(real: Shapes, ours: Shapes) -> Outcome:
    """Compare every place of every answer."""
    outcome = Outcome()
    for situation in dict.fromkeys([*real, *ours]):
        one, other = real.get(situation, {}), ours.get(situation, {})
        for request in dict.fromkeys([*one, *other]):
            theirs, mine = one.get(request, {}), other.get(request, {})
            places = dict.fromkeys([*theirs, *mine])
            if theirs.get("status") != mine.get("status"):
                places = {"status": None}  # of two different answers nothing else compares
            for place in places:
                _note(outcome, situation, request, place, theirs.get(place), mine.get(place))
    return outcome


def _note(
    outcome: Outcome,
    situation: str,
    request: str,
    place: str,
    theirs: str | None,
    mine: str | None,
) -> None:
    line = f"{situation} | {request} | {place}: "
    if theirs == mine:
        outcome.agreed.append(line + str(mine))
        return
    line += f"Keycloak {theirs!r}, simulator {mine!r}"
    for number, one in enumerate(DECLARED):
        if re.fullmatch(one.where, request) and re.fullmatch(one.place, place):
            outcome.declared.setdefault(number, []).append(line)
            return
    outcome.undeclared.append(line)


def recorded(shapes: Shapes) -> dict[str, list[Seen]]:
    """Return the shapes by request, each once, for a file."""
    found: dict[str, list[Seen]] = {}
    for situation, answers in shapes.items():
        for request, shape in answers.items():
            kept = found.setdefault(request, [])
            same = next((one for one in kept if one["shape"] == shape), None)
            if same is None:
                same = Seen(situations=[], shape=shape)
                kept.append(same)
            same["situations"].append(situation)
    return found


def replayed(kept: Mapping[str, list[Seen]]) -> dict[str, dict[str, Shape]]:
    """Return what `recorded` was given."""
    found: dict[str, dict[str, Shape]] = {}
    for request, seen in kept.items():
        for one in seen:
            for situation in one["situations"]:
                found.setdefault(situation, {})[request] = one["shape"]
    return found
