"""Timelines from TOML: those that ship, and anybody's own; checked before anything uses them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from proefbank.errors import BadInvocation
from proefbank.names import nearest
from proefbank.tables import Table, read_toml

from .oddities import ODDITIES, oddities
from .placing import KEY_ORDERS, PASSIVE_BY
from .timeline import STATES, ClockChange, Outage, Step, Timeline

__all__ = ["load_timeline", "timeline_names"]

_FOLDER = Path(__file__).parent.parent / "timelines"
_ALONE = ("S0", "S3")
_MOST_KEYS = 8


@cache
def timeline_names() -> tuple[str, ...]:
    """Return the names of the timelines that ship, the notice's first."""
    names = sorted(path.stem for path in _FOLDER.glob("*.toml"))
    return tuple(sorted(names, key=lambda name: not name.startswith("ehealth-")))


def load_timeline(name: str | Path) -> Timeline:
    """Return the timeline that ships under `name`, or the one in the TOML file at that path.

    Raise BadInvocation, naming file and key, for one that cannot be read, has an unknown key,
    or contradicts itself: steps out of order, a key that signs unpublished, a gap that is too
    short without saying so.
    """
    if isinstance(name, str) and name in timeline_names():
        return _shipped(name)
    path = Path(name)
    if path.suffix != ".toml" and not path.exists():
        hint = f"Did you mean {nearest(str(name), timeline_names())!r}? Or give a .toml file."
        raise BadInvocation(f"there is no timeline called {name}", where="timeline", hint=hint)
    return _read(path)


@cache
def _shipped(name: str) -> Timeline:
    return _read(_FOLDER / f"{name}.toml")


def _read(path: Path) -> Timeline:
    table = Table(read_toml(path, "the timeline"), file=str(path))
    by = table.text("passive_by", "active_off", choices=PASSIVE_BY)
    order = table.text("key_order", "", choices=("", *KEY_ORDERS))
    if order and by == "priority":
        hint = 'Leave key_order out, or write passive_by = "active_off".'
        raise table.complain("key_order", "by priority the key that signs comes first", hint)
    timeline = Timeline(
        id=table.text("id", path.stem),
        title=table.needed_text("title"),
        environment=table.text("environment", "acc"),
        begins=table.instant("begins"),
        ends=table.instant("ends"),
        steps=_steps(table),
        passive_by=by,
        key_order=order or KEY_ORDERS[0],
        enc_order=table.text("enc_order", "first", choices=("first", "last")),
        same_kid=_same_kid(table.table("keys")),
        outages=tuple(_outage(one) for one in table.tables("outages") or ()),
        clock_changes=tuple(_clock_change(one) for one in table.tables("clock_changes") or ()),
        knowingly=frozenset(table.texts("knowingly", (), choices=tuple(ODDITIES), distinct=True)),
        source=table.text("source", ""),
        notes=table.texts("notes", ()),
    )
    table.done()
    _check(timeline, table)
    return timeline


def _steps(table: Table) -> tuple[Step, ...]:
    start = table.table("start")
    before = Step(
        "start",
        float("-inf"),
        start.text("state", "S0", choices=STATES),
        start.text("signs", "OLD"),
        start.texts("published", ("OLD",), distinct=True),
        start.texts("enc", ("ENC",), distinct=True),
    )
    _check_step(before, start)
    start.done()
    steps = [before]
    for number, one in enumerate(table.tables("steps") or (), 1):
        step = Step(
            one.text("name", f"step {number}"),
            one.instant("at"),
            one.needed_text("state", choices=STATES),
            one.needed_text("signs"),
            one.texts("published", None, distinct=True),
            one.texts("enc", steps[-1].enc, distinct=True),
            one.date("date"),
        )
        if step.at <= steps[-1].at:
            raise one.complain("at", f"is not after {steps[-1].name!r}", "Put steps in order.")
        _check_step(step, one)
        one.done()
        steps.append(step)
    if len(steps) == 1:
        raise table.complain("steps", "is missing", "A timeline has one [[steps]] at least.")
    return tuple(steps)


def _check_step(step: Step, table: Table) -> None:
    if step.signs not in step.published:
        hint = f"Add {step.signs!r} to published, or let another key sign."
        raise table.complain("signs", f"{step.signs!r} signs but is not published", hint)
    if (len(step.published) == 1) != (step.state in _ALONE):
        many = "one signing key" if step.state in _ALONE else "two signing keys or more"
        raise table.complain("state", f"{step.state} has {many}", "Correct state or published.")
    shared = set(step.published) & set(step.enc)
    if shared:
        raise table.complain("enc", f"{min(shared)!r} is a signing key already")


def _same_kid(table: Table) -> dict[str, str]:
    found = {}
    for name, values in table.rest().items():
        if not isinstance(values, dict):
            raise table.complain(name, "should be a table", f"Write it as [keys.{name}].")
        one = table.table_of(name, values)
        found[name] = one.needed_text("same_kid_as")
        one.done()
    return found


def _outage(table: Table) -> Outage:
    found = Outage(table.instant("since"), table.instant("until"), table.number("status", 503))
    table.done()
    if found.until <= found.since:
        raise table.complain("until", "is not after since", "Put them in order.")
    if found.status not in range(500, 600):
        raise table.complain("status", f"{found.status} is no status of an outage", "Take 503.")
    return found


def _clock_change(table: Table) -> ClockChange:
    found = ClockChange(table.instant("at"), table.number("shift_s", None, least=None))
    table.done()
    return found


def _check(timeline: Timeline, table: Table) -> None:
    steps = timeline.steps[1:]
    if not timeline.begins < steps[0].at:
        raise table.complain("begins", "is not before the first step", "Leave time to look.")
    if not timeline.ends > steps[-1].at:
        raise table.complain("ends", "is not after the last step", "Leave time to look.")
    for number, step in enumerate(steps, 1):
        newest = _newest(timeline.steps[: number + 1])
        if (step.state == "S1" and step.signs == newest) or (
            step.state == "S2" and step.signs != newest
        ):
            which = "an older key signs" if step.state == "S1" else "the newest key signs"
            message = f"{step.state} means that {which}; {step.signs} is not that"
            raise table.complain(f"steps[{number}].state", message)
    if len(timeline.key_names) > _MOST_KEYS:
        raise table.complain("steps", f"name more than {_MOST_KEYS} signing keys")
    known = set(timeline.key_names)
    for name, other in timeline.same_kid.items():
        for unknown in {name, other} - known:
            raise table.complain(f"keys.{name}", f"no step publishes {unknown!r}")
    found = oddities(timeline)
    for oddity in sorted(set(found) - timeline.knowingly):
        hint = f'If it is meant, add "{oddity}" to knowingly.'
        raise table.complain("steps", found[oddity], hint)
    for oddity in sorted(timeline.knowingly - set(found)):
        raise table.complain("knowingly", f"says {oddity!r}, but that does not happen")


def _newest(steps: Sequence[Step]) -> str:
    """Return the key, of those published last, that appeared last."""
    came = dict.fromkeys(name for step in steps for name in step.published)
    return [name for name in came if name in steps[-1].published][-1]
