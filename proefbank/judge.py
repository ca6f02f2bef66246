"""Rules, and how one is put to a journal.

A rule is a small function from one reading to a `Finding`, or to None when it found nothing
wrong. It is found by being in a module of its service's `rules` folder, and is tied to one
requirement. It chooses no outcome: `proefbank.verdict` does that, from the level.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from importlib import resources

from proefbank.errors import NotAssessed, NotObservable
from proefbank.fingerprint import fingerprint
from proefbank.journal import Journal
from proefbank.requirement import Catalogue
from proefbank.verdict import Evidence, Finding, Outcome, Verdict, outcome_of, worst

__all__ = [
    "DoesNotApply",
    "NotExercised",
    "Reading",
    "Rule",
    "catalogue",
    "judge",
    "known_of",
    "rule",
    "rules_of",
]


class DoesNotApply(Exception):  # noqa: N818 - a state of affairs, not an error
    """The requirement speaks of something this client does not do."""


class NotExercised(Exception):  # noqa: N818 - a state of affairs, not an error
    """What the rule needs to see was not there; the message says what."""


class Reading:
    """A typed view taken from a journal; a base class that every reading extends.

    `exchange` is the number of the exchange that a finding points at.
    """

    exchange: int | None

    @classmethod
    def read(cls, journal: Journal) -> Iterable[typing.Self]:
        """Return the readings of this kind in the journal; none if the conversation never came.

        Raises `NotExercised` to say what was missing, `NotObservable` where the journal cannot
        show it.
        """
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Rule:
    """One judgement: which requirement, on which reading, by which function."""

    requirement: str
    reading: type[Reading]
    function: Callable[[typing.Any], Finding | None]
    package: str
    """Package of the service it belongs to."""

    @property
    def why(self) -> str:
        """Why the requirement matters: the function's docstring."""
        return inspect.getdoc(self.function) or ""

    @property
    def place(self) -> str:
        """Module and function, for messages."""
        return f"{self.function.__module__}.{self.function.__qualname__}"


F = typing.TypeVar("F", bound=Callable[..., Finding | None])

_RULES: dict[tuple[str, str], Rule] = {}


@cache
def catalogue(package: str) -> Catalogue:
    """Return the requirements of the service whose package this is."""
    return Catalogue.load(resources.files(package) / "requirements")


def rule(requirement: str) -> Callable[[F], F]:
    """Tie the decorated function to a requirement.

    Raises `NotAssessed` at import when the requirement is unknown or excluded, or when another
    rule already judges it on the same reading; the message names both places.
    """

    def decorate(function: F) -> F:
        package = function.__module__.partition(".rules")[0]
        place = f"{function.__module__}.{function.__qualname__}"
        rows = catalogue(package)
        if requirement not in rows:
            raise NotAssessed(f"{place} judges {requirement}, which no requirement file has")
        if rows[requirement].excluded:
            raise NotAssessed(f"{place} judges {requirement}, which is excluded")
        hints = typing.get_type_hints(function)
        reading = hints[next(iter(inspect.signature(function).parameters))]
        made = Rule(requirement, reading, function, package)
        other = _RULES.get((requirement, reading.__qualname__))
        if other is not None and other.place != made.place:
            raise NotAssessed(
                f"{requirement} is judged twice on {reading.__name__}: "
                f"by {other.place} and by {made.place}"
            )
        _RULES[requirement, reading.__qualname__] = made
        return function

    return decorate


@cache
def rules_of(package: str) -> tuple[Rule, ...]:
    """Return every rule of a service, in the order of its requirement files."""
    folder = importlib.import_module(f"{package}.rules")
    for module in pkgutil.iter_modules(folder.__path__):
        importlib.import_module(f"{package}.rules.{module.name}")
    order = {name: place for place, name in enumerate(catalogue(package))}
    mine = [item for item in _RULES.values() if item.package == package]
    return tuple(sorted(mine, key=lambda item: order[item.requirement]))


def known_of(packages: Iterable[str]) -> tuple[list[Catalogue], dict[str, str]]:
    """Return what a report tells of services besides verdicts, by their packages.

    Their requirements, and by its id why each of them matters.
    """
    chosen = list(packages)
    whys = {item.requirement: item.why for package in chosen for item in rules_of(package)}
    return [catalogue(package) for package in chosen], whys


def judge(rule: Rule, journal: Journal) -> Verdict:
    """Judge one staging by one rule; the same for a live journal and a recorded one."""
    requirement = catalogue(rule.package)[rule.requirement]

    def say(outcome: Outcome, reason: str) -> Verdict:
        return Verdict(requirement.id, journal.stage, outcome, reason=reason)

    ended = journal.ended
    state, reason = str(ended.get("state", "")), str(ended.get("reason", ""))
    if state in ("broken", "not_observable", "not_exercised", "not_applicable"):
        return say(Outcome(state), reason)
    day = datetime.fromtimestamp(_instant(journal), UTC).date()
    if not requirement.in_force(day):
        return say(Outcome.NOT_APPLICABLE, f"not in force on {day.isoformat()}")
    try:
        _refuse_withheld(ended, rule.reading.__name__)
        readings = list(rule.reading.read(journal))
        if not readings:
            raise NotExercised(f"no {_words(rule.reading)} came in this staging{_why(journal)}")
        results = [_one(rule, reading, journal) for reading in readings]
    except NotObservable as state_of_affairs:
        return say(Outcome.NOT_OBSERVABLE, state_of_affairs.reason)
    except NotExercised as missing:
        refused = ended.get("refused")  # by a service that stops where ours would go on
        outcome = Outcome.NOT_OBSERVABLE if refused else Outcome.NOT_EXERCISED
        return say(outcome, f"{missing}; {refused}" if refused else str(missing))
    except Exception as fault:  # noqa: BLE001 - a fault of ours must never blame the client
        return say(Outcome.BROKEN, f"{rule.place}: {type(fault).__name__}: {fault}")
    return _summed(journal.stage, requirement.id, results)


_MOST_FINDINGS = 50
"""Different findings against one requirement that one staging shows; nobody reads more."""

_Result = tuple[Outcome, Finding | None, str]


def _one(rule: Rule, reading: Reading, journal: Journal) -> _Result:
    try:
        finding = rule.function(reading)
    except DoesNotApply as reason:
        return Outcome.NOT_APPLICABLE, None, str(reason)
    except NotObservable as state_of_affairs:
        return Outcome.NOT_OBSERVABLE, None, state_of_affairs.reason
    if finding is not None:
        number = getattr(reading, "exchange", None) if finding.exchange is None else None
        name = fingerprint(rule.requirement, finding.where, finding.actual, _given(journal))
        finding = replace(finding, id=name, exchange=finding.exchange if number is None else number)
    return outcome_of(catalogue(rule.package)[rule.requirement], finding), finding, ""


def _summed(stage: str, requirement: str, results: Sequence[_Result]) -> Verdict:
    outcome = worst(item[0] for item in results)
    shown = next(item for item in results if item[0] is outcome)
    evidence = tuple(
        Evidence(stage, finding.exchange, finding.where)
        for kind, finding, _ in results
        if kind is outcome and finding is not None
    )
    also = {
        finding.id: finding
        for kind, finding, _ in results
        if kind is outcome and finding is not None and shown[1] and finding.id != shown[1].id
    }
    others = tuple(also.values())[:_MOST_FINDINGS]
    return Verdict(requirement, stage, outcome, shown[1], evidence, reason=shown[2], also=others)


def _given(journal: Journal) -> Mapping[str, object]:
    """Return what the client was told in this staging; where it changed, also what it was."""
    told = [facts for e in journal.of("scenario") if isinstance(facts := e.get("facts"), Mapping)]
    return {**(told[-1] if told else {}), **({"former": told[:-1]} if told[:-1] else {})}


def _instant(journal: Journal) -> float:
    at = journal.header.get("at")
    return float(at) if isinstance(at, int | float) else 0.0


def _refuse_withheld(ended: Mapping[str, object], reading: str) -> None:
    """Raise `NotObservable` for a reading that a staging does not show, though it was played."""
    told = ended.get("withheld")
    for part in told if isinstance(told, list) else ():
        if reading in part["readings"]:
            raise NotObservable(str(part["reason"]))


def _why(journal: Journal) -> str:
    """Return what the client said of the call that went wrong, if it said so."""
    for call in journal.calls:
        if call.outcome not in ("", "accepted"):
            told = call.reject_class or next(iter(call.detail.strip().splitlines()), "")
            return f"; {call.op} was {call.outcome}{f' ({told})' if told else ''}"
    return ""


def _words(reading: type[Reading]) -> str:
    words = "".join(f" {c.lower()}" if c.isupper() else c for c in reading.__name__)
    return words.strip()
