"""When which key is published and which one signs: pure functions of an instant.

Keys go by name here (`OLD`, `NEW`, `NEXT`, `ENC`, …); what stands behind a name is the key
ring's affair. Instants are epoch seconds. A step takes effect at its very instant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from .placing import Place, places

__all__ = ["DAY", "STATES", "ClockChange", "Outage", "Step", "Timeline"]

DAY = 86_400.0
STATES = ("S0", "S1", "S2", "S3")
"""Before the renewal; new key published but passive; new key signs, old one passive; old key
gone. "step 1" to "step 3" of the notice lead from each to the next."""

_NO_KIDS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Step:
    """What holds from one instant on, until the next step."""

    name: str
    at: float
    """Epoch seconds; minus infinity for the situation at the start."""
    state: str
    """One of `STATES`."""
    signs: str
    """The key that signs every token."""
    published: tuple[str, ...]
    """Signing keys in the key set, whatever their order there."""
    enc: tuple[str, ...] = ("ENC",)
    """Encryption keys in the key set."""
    date: str | None = None
    """The local date that the source gives without an hour, or None if the instant is exact."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which the key set cannot be had."""

    since: float
    until: float
    status: int = 503


@dataclass(frozen=True, slots=True)
class ClockChange:
    """A change to or from summer time: a daily job at a fixed local hour runs 23 or 25 h apart."""

    at: float
    shift_s: int
    """Seconds that the local clock jumps ahead; negative when it is put back."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """One renewal of the keys of one environment; the same for each of its realms."""

    id: str
    title: str
    environment: str
    """`acc`, `prod`, …: environments share no key."""
    begins: float
    """An instant at which a rehearsal can begin, before anything happens."""
    ends: float
    """An instant at which everything has happened and settled."""
    steps: tuple[Step, ...]
    """In order of time; the first is the situation at the start."""
    passive_by: str = "active_off"
    """How a published key is kept from signing: `active_off` or a lower `priority`."""
    key_order: str = "new_first"
    """`new_first` or `new_last`, with `active_off`; by priority the key that signs comes first."""
    enc_order: str = "first"
    """Where encryption keys stand among keys of the same priority: `first` or `last`."""
    same_kid: Mapping[str, str] = field(default_factory=lambda: _NO_KIDS)
    """Keys that wrongly take over the kid of another, by name."""
    outages: tuple[Outage, ...] = ()
    clock_changes: tuple[ClockChange, ...] = ()
    knowingly: frozenset[str] = frozenset()
    """Oddities that are meant: see `oddities`."""
    source: str = ""
    notes: tuple[str, ...] = ()

    def index_at(self, instant: float) -> int:
        """Return the number of steps taken at `instant`, 0 at the start."""
        return sum(step.at <= instant for step in self.steps[1:])

    def step_at(self, instant: float) -> Step:
        """Return the step in force."""
        return self.steps[self.index_at(instant)]

    def steps_between(self, since: float, until: float) -> tuple[Step, ...]:
        """Return the steps taken after `since` and up to `until`, in order."""
        return tuple(step for step in self.steps[1:] if since < step.at <= until)

    def state_at(self, instant: float) -> str:
        """Return the state, one of `STATES`."""
        return self.step_at(instant).state

    def signing_key(self, instant: float) -> str:
        """Return the name of the key that signs."""
        return self.step_at(instant).signs

    def places(self, instant: float) -> tuple[Place, ...]:
        """Return every key that came so far, gone ones too, in the order of the key set."""
        taken = self.steps[: self.index_at(instant) + 1]
        return places(
            [(step.signs, step.published, step.enc) for step in taken],
            passive_by=self.passive_by,
            key_order=self.key_order,
            enc_order=self.enc_order,
        )

    def published(self, instant: float) -> tuple[str, ...]:
        """Return the names of the keys in the key set, in its order, encryption keys included."""
        return tuple(place.name for place in self.places(instant) if place.enabled)

    def outage_at(self, instant: float) -> Outage | None:
        """Return the outage at `instant`, if there is one."""
        return next((one for one in self.outages if one.since <= instant < one.until), None)

    def unsettled(self, instant: float) -> bool:
        """Whether a step's hour is unknown and may lie on either side of `instant`.

        So it is for the whole day of a step that has only a date: no verdict is due then.
        """
        return any(step.date and step.at <= instant < step.at + DAY for step in self.steps)

    def first(self, state: str, *, after: float = float("-inf")) -> float:
        """Return the instant of the first step into `state` at or after `after`; LookupError."""
        for step in self.steps[1:]:
            if step.state == state and step.at >= after:
                return step.at
        raise LookupError(f"{self.id} has no step into {state}")

    @property
    def key_names(self) -> tuple[str, ...]:
        """Every signing key that ever appears, in order of appearance."""
        return tuple(dict.fromkeys(name for step in self.steps for name in step.published))

    def shifted(self, seconds: float) -> Timeline:
        """Return the same course of events `seconds` later, for a clock that cannot be moved.

        The dates go, and so do the changes of the clocks: they belong to the calendar.
        """
        return replace(
            self,
            begins=self.begins + seconds,
            ends=self.ends + seconds,
            steps=tuple(replace(step, at=step.at + seconds, date=None) for step in self.steps),
            outages=tuple(
                replace(one, since=one.since + seconds, until=one.until + seconds)
                for one in self.outages
            ),
            clock_changes=(),
        )
