"""What an application says to open a sign session."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from proefbank.journal import Journal
from proefbank.judge import NotExercised, Reading

from .channel import Sent
from .members import Members, Missing, at
from .requests import requests_of

__all__ = ["ContentSent", "DescribedStart", "Hash", "SeveralStart", "SignStart", "Starts"]


@dataclass(frozen=True, slots=True)
class Hash:
    """One entry of `di`."""

    entry: int
    """Which entry of docHash it stands in, from 0."""
    place: int
    alg: object
    value: object

    @property
    def where(self) -> str:
        """Its path in the request."""
        return f"sign_document, inDocs.docHash[{self.entry}].di[{self.place}]"


class SignStart(Sent):
    """A request that opens a sign session."""

    kinds = frozenset({"sign-start"})

    @property
    def entries(self) -> list[Members] | None:
        """The entries of docHash; None if that is no array of objects."""
        found = at(self.call.said, "inDocs", "docHash")
        if isinstance(found, list) and all(isinstance(item, Members) for item in found):
            return found
        return None

    @property
    def hashes(self) -> list[Hash]:
        """Every hash of every entry, where `di` is an array of objects."""
        return [
            Hash(number, place, at(item, "alg"), at(item, "value"))
            for number, entry in enumerate(self.entries or [])
            for place, item in enumerate(_listed(at(entry, "di")))
            if isinstance(item, Members)
        ]

    @property
    def itsme(self) -> object:
        """The part `optInp.itsme`."""
        return at(self.call.said, "optInp", "itsme")

    @property
    def wishes(self) -> dict[str, str]:
        """What the caller asked for in words: policy, commitment type, language."""
        asked = self.call.wishes.items()
        return {name: value for name, value in asked if isinstance(value, str)}

    @property
    def policy(self) -> object:
        """The part `signPolicy`; null counts as left out."""
        found = at(self.itsme, "signPolicy")
        return Missing if found is None else found

    @property
    def description(self) -> object:
        """The description; null counts as left out."""
        found = at(self.itsme, "description")
        return Missing if found is None else found

    @property
    def role(self) -> object:
        """The signer role; null counts as left out."""
        found = at(self.policy, "signerRole")
        return Missing if found is None else found


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


class SeveralStart(SignStart):
    """A request that opens a session for several documents."""

    @property
    def ordered(self) -> list[object]:
        """The documents that the caller handed over."""
        return _listed(self.call.wishes.get("documents"))


class DescribedStart(SignStart):
    """A request made for a caller who gave texts, a policy and a commitment type."""


@dataclass(frozen=True, slots=True)
class Starts(Reading):
    """The requests that opened sign sessions, side by side; at least two."""

    requests: tuple[SignStart, ...]
    exchange: int

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return one reading; raises `NotExercised` for fewer than two requests."""
        requests = tuple(SignStart.read(journal))
        if len(requests) < 2:  # noqa: PLR2004
            raise NotExercised(
                f"{len(requests)} sign sessions were opened where two were asked for"
            )
        return [cls(requests, requests[-1].exchange)]


@dataclass(frozen=True, slots=True)
class ContentSent(Reading):
    """All that was sent while a document was handed over with its content."""

    bodies: tuple[tuple[int, str], ...]
    """Exchange and body of each call to the B2B interface."""
    contents: tuple[str, ...]
    """The contents, in base64 as they were handed over."""
    exchange: int

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return one reading; raises `NotExercised` unless a sign session was opened."""
        calls = requests_of(journal)
        starts = [call for call in calls if call.kind == "sign-start"]
        if not starts:
            raise NotExercised("no sign session was opened for the document")
        contents = [
            str(document["content"])
            for call in journal.calls
            for document in _listed(call.args.get("documents"))
            if isinstance(document, dict) and document.get("content")
        ]
        bodies = tuple((call.number, call.text) for call in calls)
        return [cls(bodies, tuple(contents), starts[-1].number)]
