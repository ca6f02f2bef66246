"""One answer of a provider, to a question that the bench asked.

A stage gives each question a note of its own; a reading names the notes it is about. Readings of
good requests are there only if the provider did not refuse them, so that one who refuses
everything passes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl

from proefbank.errors import NotObservable
from proefbank.exchange import Headers, header_value
from proefbank.holes import find_holes
from proefbank.journal import Call, Journal
from proefbank.judge import NotExercised, Reading

__all__ = ["Answer", "Good", "Refused", "Status", "readable"]

_REFUSED, _FAULT = 400, 500


@dataclass(frozen=True, slots=True)
class Answer(Reading):
    """An answer, as it stands in the journal: secrets are holes."""

    notes: ClassVar[tuple[str, ...]] = ()
    """The questions it answers."""

    exchange: int
    note: str
    status: int
    headers: Headers
    text: str
    sent: str
    """The body of the request, as the journal has it."""
    call: Call

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return the answers; `NotExercised` where a question was not asked or not answered."""
        asked = [call for call in journal.calls if call.note in cls.notes]
        if not asked:
            raise NotExercised("it was not asked, because what has to come before was refused")
        found = [cls._of(call) for call in asked]
        return [item for item in found if item.counts()] or cls._none(found)

    @classmethod
    def _of(cls, call: Call) -> Self:
        heard = [item for item in call.exchanges if not item.response.wire.reset]
        if not heard:
            raise NotExercised(f"no answer came ({call.reject_class or 'nothing was heard'})")
        last = heard[-1]
        text = last.response.body.decode("utf-8", "replace")
        head = last.response.status, last.response.headers
        return cls(last.number, call.note, *head, text, last.text, call)

    @classmethod
    def _none(cls, found: Iterable[Self]) -> list[Self]:
        told = ", ".join(str(item.status) for item in found)
        raise NotExercised(f"it was answered with status {told}, which shows nothing of it")

    def counts(self) -> bool:
        """Whether the answer shows what the reading is about."""
        return True

    @property
    def asked(self) -> Mapping[str, Any]:
        """The members that were sent, of a JSON object or a form; empty if there were none."""
        try:
            parsed = json.loads(self.sent)
        except (ValueError, RecursionError):
            return dict(parse_qsl(self.sent, keep_blank_values=True))
        return parsed if isinstance(parsed, dict) else {}

    def has_header(self, name: str) -> bool:
        """Whether there is a header with a value, be it cut out."""
        return bool(header_value(self.headers, name))

    def header(self, name: str) -> str:
        """Return what a header says, in however many fields; empty if it is not there.

        Raises `NotObservable` if something of it was cut out. Of several fields there is one list
        (RFC 9110, 5.2).
        """
        said = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(readable(value, f"header {name}") for value in said)

    @property
    def media_type(self) -> str:
        """The media type in small letters, without parameters."""
        told = readable(header_value(self.headers, "Content-Type"), "header Content-Type")
        return told.partition(";")[0].strip().lower()

    @property
    def parsed(self) -> object:
        """The body as JSON; None if it is none."""
        try:
            parsed: object = json.loads(self.text)
        except (ValueError, RecursionError):
            return None
        return parsed

    @property
    def members(self) -> Mapping[str, Any]:
        """The members of the JSON object in the body; `NotExercised` if it holds none."""
        parsed = self.parsed
        if not isinstance(parsed, dict):
            raise NotExercised(f"the answer with status {self.status} is no JSON object")
        return parsed

    def at(self, path: str) -> Any:
        """Return what stands at a dotted path in the body; None if nothing does."""
        place: Any = self.members
        for step in path.split("."):
            place = place.get(step) if isinstance(place, Mapping) else None
        return place

    def told(self, path: str) -> Any:
        """Return what stands at a dotted path; `NotObservable` if it was cut out of a recording."""
        value = self.at(path)
        for item in value if isinstance(value, list) else [value]:
            readable(item, path)
        return value


class Status(Answer):
    """Base: the status of an answer, whatever it is."""


class Good(Answer):
    """Base: the answer to a request in good order, which was not refused."""

    def counts(self) -> bool:
        """Refusals show nothing of a good answer."""
        return self.status < _REFUSED


class Refused(Answer):
    """Base: a refusal that lays the blame on the request."""

    def counts(self) -> bool:
        """Neither grants nor faults show how it refuses."""
        return _REFUSED <= self.status < _FAULT


def readable(value: object, name: str) -> str:
    """Return a text that has to be read whole; `NotObservable` if a recording cut it out."""
    text = value if isinstance(value, str) else ""
    if find_holes(text):
        raise NotObservable(f"{name} was cut out of the record; unredact {name} to judge it")
    return text
