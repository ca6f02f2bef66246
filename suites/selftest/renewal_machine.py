"""Renewals of keys at random, and what whoever fetches the key set daily makes of them.

`shortest_story` has Hypothesis walk virtual time with a consumer, without sockets: keys come,
sign and go a day or more apart, and tokens are shown at any hour. What the consumer must do
follows from the history of the key set alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from proefbank.services.ehealth.reference import ReferenceConsumer

from .renewal_world import SHAPES, STRANGER, Deed, Failed, World

__all__ = ["SETTINGS", "Renewal", "shortest_story"]

SETTINGS = settings(
    max_examples=150,
    stateful_step_count=14,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.generate,),
    report_multiple_bugs=False,
    verbosity=Verbosity.quiet,
    suppress_health_check=tuple(HealthCheck),
)
AFTERS = (0, 1, 6, 12, 25, 240)
GAPS = (24, 25, 26, 30, 36, 48, 240)
AFTER, GAP = st.sampled_from(AFTERS), st.sampled_from(GAPS)
WHICH = st.integers(0, STRANGER)


class Renewal(RuleBasedStateMachine):
    """Timelines in which nothing odd is done, and tokens at any hour of them."""

    def __init__(self, make: Callable[[], ReferenceConsumer]) -> None:
        """Try what `make` makes, anew for each story."""
        super().__init__()
        self.make = make
        self.world: World

    @initialize(shape=st.sampled_from(tuple(SHAPES)))
    def begin(self, shape: tuple[str, str]) -> None:
        """Begin with one key."""
        self.world = World(self.make, shape)

    @rule(hours=AFTER, which=WHICH)
    def token(self, hours: int, which: int) -> None:
        """Show the consumer a token."""
        self.world.act(Deed("token", hours, which))

    @rule(hours=AFTER)
    def fetch(self, hours: int) -> None:
        """Have everybody fetch whose key set is due."""
        self.world.act(Deed("fetch", hours))

    @rule(hours=GAP, which=WHICH)
    def step(self, hours: int, which: int) -> None:
        """Take a step."""
        self.world.act(Deed("step", hours, which))


def shortest_story(
    consumer: Callable[[], ReferenceConsumer], *, how: settings = SETTINGS
) -> str | None:
    """Return in words the shortest course of events that a consumer fails in; None for none.

    Hypothesis finds one, and what can be left out of it or made smaller is.
    """

    def machine() -> Renewal:
        return Renewal(consumer)

    try:
        run_state_machine_as_test(machine, settings=how)  # type: ignore[arg-type]
    except Failed as found:
        return shortened(consumer, found)
    return None


def shortened(consumer: Callable[[], ReferenceConsumer], found: Failed) -> str:
    """Return in words what is left of a course of events when nothing more can be left out."""
    while True:
        better = (played(consumer, *simpler) for simpler in _simpler(found.world))
        smaller = next((one for one in better if one is not None), None)
        if smaller is None:
            return str(found)
        found = smaller


def played(
    make: Callable[[], ReferenceConsumer], shape: tuple[str, str], deeds: Sequence[Deed]
) -> Failed | None:
    """Play deeds again with a new consumer; return how it failed, if it did."""
    world = World(make, shape)
    try:
        for deed in deeds:
            world.act(deed)
    except Failed as failed:
        return failed
    return None


def _simpler(world: World) -> Iterator[tuple[tuple[str, str], list[Deed]]]:
    """Yield what is simpler than a story by one thing, or shorter by two."""
    shape, deeds = world.shape, world.deeds
    for size in (8, 4, 2, 1):
        for first in range(len(deeds) - size, -1, -1):
            yield shape, deeds[:first] + deeds[first + size :]
    for number, deed in enumerate(deeds[1:]):  # without the one before it, it may need more time
        if deed.kind != "step":
            for hours in AFTERS:
                yield shape, [*deeds[:number], replace(deed, hours=hours), *deeds[number + 2 :]]
    for number, deed in enumerate(deeds):
        spans = GAPS if deed.kind == "step" else AFTERS
        smaller = [replace(deed, hours=less) for less in spans if less < deed.hours]
        smaller += [replace(deed, which=less) for less in range(deed.which)]
        for less in smaller:
            yield shape, [*deeds[:number], less, *deeds[number + 1 :]]
    for other in tuple(SHAPES)[: tuple(SHAPES).index(shape)]:
        yield other, deeds
    for one, two in combinations(range(len(deeds)), 2):
        yield shape, [deed for number, deed in enumerate(deeds) if number not in {one, two}]
