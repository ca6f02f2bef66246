"""What the served realms can be told to do: take up a timeline, take a step, make a token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from proefbank.serving import Action, Field, Stand

from .provider import TOKENS, Timeline, timeline_names
from .provider.facts import LIFETIME, REALMS
from .stages.timetable import ACC

__all__ = ["CLOCK", "OWN_DAYS", "TIMELINE", "TO_CLOCK", "Renewing", "actions_of"]

TO_CLOCK: Final = "present"
OWN_DAYS: Final = "own"
TIMELINE: Final = "timeline"
CLOCK: Final = "clock"
SIGNER: Final = "the one that signs"


class Renewing(Protocol):
    """Realms whose keys are renewed."""

    @property
    def timeline(self) -> Timeline:
        """The timeline in force."""
        ...

    def choose(self, name: str | Path, stand: Stand, *, days: str = TO_CLOCK) -> None:
        """Take up a timeline."""
        ...

    def step(self, name: str, stand: Stand, *, move: str = TIMELINE) -> None:
        """Have a step just taken."""
        ...

    def mint(
        self, recipe: str, stand: Stand, *, realm: str, key: str | None, lifetime: float
    ) -> str:
        """Return a token made now."""
        ...


def actions_of(realms: Renewing) -> Sequence[Action]:
    """Return what they can be told at this moment: steps and keys are those of their timeline."""
    return (_timeline(realms), _step(realms), _tokens(realms))


def _timeline(realms: Renewing) -> Action:
    def act(stand: Stand, told: Mapping[str, Any]) -> Mapping[str, Any]:
        realms.choose(told["name"], stand, days=told["days"])
        return {}

    return Action(
        "timeline",
        "Choose a timeline; it starts before its first step.",
        (
            Field("name", "which one", ACC, timeline_names()),
            Field(
                "days",
                f"{TO_CLOCK}: it is moved to begin now, and the clock stays; {OWN_DAYS}: the "
                "clock is moved to its days, and a product's has to be moved too",
                TO_CLOCK,
                (TO_CLOCK, OWN_DAYS),
            ),
        ),
        act,
    )


def _step(realms: Renewing) -> Action:
    def act(stand: Stand, told: Mapping[str, Any]) -> Mapping[str, Any]:
        realms.step(told["name"], stand, move=told["move"])
        return {}

    steps = realms.timeline.steps
    named = dict.fromkeys((*(one.name for one in steps), *(one.state for one in steps)))
    return Action(
        "step",
        "Have a step of the timeline just taken, or go back to an earlier one.",
        (
            Field("name", "which one; the first of a state", steps[1].name, tuple(named)),
            Field(
                "move",
                f"{TIMELINE}: the step comes now, and the clock stays; {CLOCK}: the clock is "
                "moved to the step, and a product's has to be moved too",
                TIMELINE,
                (TIMELINE, CLOCK),
            ),
        ),
        act,
    )


def _tokens(realms: Renewing) -> Action:
    def act(stand: Stand, told: Mapping[str, Any]) -> Mapping[str, Any]:
        key = None if told["key"] == SIGNER else told["key"]
        token = realms.mint(
            told["recipe"], stand, realm=told["realm"], key=key, lifetime=told["lifetime"]
        )
        recipe = TOKENS[told["recipe"]]
        return {
            "token": token,
            "recipe": recipe.name,
            "an_api_should": recipe.verdict,
            "description": recipe.description,
            "key": key or realms.timeline.signing_key(stand.now),
            "state": realms.timeline.state_at(stand.now),
        }

    recipes = {
        name: {"an_api_should": recipe.verdict, "description": recipe.description}
        for name, recipe in TOKENS.items()
    }
    return Action(
        "tokens",
        "Have a token made now. It is simulated, and written down nowhere.",
        (
            Field("recipe", "what kind of token", "access", tuple(TOKENS)),
            Field("realm", "the realm that issues it", REALMS[0], REALMS),
            Field("key", "who signs", SIGNER, (SIGNER, *realms.timeline.key_names)),
            Field("lifetime", "seconds until it expires", LIFETIME),
        ),
        act,
        shows=True,
        more={"recipes": recipes},
    )
