"""The discovery document of a realm, its key set, and the key set from step to step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from proefbank.journal import Journal
from proefbank.judge import NotExercised, Reading

from .answers import Answer, Good, Status

__all__ = ["Discovery", "DiscoveryStatus", "KeySet", "KeySetStatus", "KeySteps"]


class DiscoveryStatus(Status):
    """The status of the discovery document."""

    notes = ("discovery",)


class Discovery(Good):
    """The discovery document."""

    notes = ("discovery",)

    @property
    def issuer(self) -> str:
        """The realm that was asked."""
        return str(self.call.scenario["issuer"])


class KeySetStatus(Status):
    """The status of the key set."""

    notes = ("key-set",)


def keys_in(answer: Answer) -> list[Mapping[str, Any]]:
    """Return the keys of a key set, whatever they are."""
    keys = answer.members.get("keys")
    return [item for item in keys if isinstance(item, dict)] if isinstance(keys, list) else []


class KeySet(Good):
    """The key set."""

    notes = ("key-set",)

    @property
    def keys(self) -> Sequence[Mapping[str, Any]]:
        """Its keys; `NotExercised` if there are none to look at."""
        found = keys_in(self)
        if not found:
            raise NotExercised("there is no key in the set")
        return found


@dataclass(frozen=True, slots=True)
class KeySteps(Reading):
    """The key ids that were published before and after each step of a renewal."""

    kids: Mapping[str, frozenset[str]]
    """By the question, e.g. `key-set-S1`."""
    old: str
    new: str
    exchange: int

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return one reading of all steps; `NotExercised` unless each key set was shown."""
        answers = [
            answer
            for note in ("key-set-S0", "key-set-S1", "key-set-S2", "key-set-S3")
            for answer in _Step.about(note, journal)
        ]
        named = answers[0].call.scenario["kids"]
        kids = {str(key): str(kid) for key, kid in dict(named).items()}  # type: ignore[call-overload]
        found = {
            answer.note: frozenset(str(key.get("kid")) for key in keys_in(answer))
            for answer in answers
        }
        if not any(found.values()):
            raise NotExercised("no key was published at any step")
        return [cls(found, kids["OLD"], kids["NEW"], answers[-1].exchange)]


class _Step(Good):
    @classmethod
    def about(cls, note: str, journal: Journal) -> Iterable[Self]:
        """Return the answer with this note."""
        made: type[Self] = type(cls.__name__, (cls,), {"notes": (note,)})
        return made.read(journal)
