"""Answers of the signing service to requests in good order, and where its pages lead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from proefbank.journal import Journal
from proefbank.judge import NotExercised, Reading

from .answers import Good, Status

__all__ = [
    "Configuration",
    "ConfigurationStatus",
    "Departed",
    "Identification",
    "IdentificationStatus",
    "Identified",
    "IdentifiedStatus",
    "SignPending",
    "SignStart",
    "SignStartStatus",
    "Signed",
]


class ConfigurationStatus(Status):
    """The status of the configuration."""

    notes = ("configuration",)


class Configuration(Good):
    """The configuration: policies, commitment types, languages."""

    notes = ("configuration",)


class IdentificationStatus(Status):
    """The status of the answer that opens an identification session."""

    notes = ("identification",)


class Identification(Good):
    """The answer that opens an identification session."""

    notes = ("identification",)


class IdentifiedStatus(Status):
    """The status of the answer about somebody who has been identified."""

    notes = ("identified",)


class Identified(Good):
    """The answer about somebody who has been identified."""

    notes = ("identified",)


class SignStartStatus(Status):
    """The status of the answer that opens a sign session."""

    notes = ("sign-start",)


class SignStart(Good):
    """The answer that opens a sign session."""

    notes = ("sign-start",)


class SignPending(Status):
    """The answer about a sign session that nobody has confirmed yet."""

    notes = ("sign-pending",)


@dataclass(frozen=True, slots=True)
class Signed(Reading):
    """The answer about a sign session that was confirmed, and those before it."""

    answer: Good
    start: SignStart
    identified: Identified
    exchange: int

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return it; `NotExercised` unless the whole flow was gone through."""
        (answer,) = _SignDone.read(journal)
        (start,) = SignStart.read(journal)
        (identified,) = Identified.read(journal)
        return [cls(answer, start, identified, answer.exchange)]

    @property
    def documents(self) -> Mapping[str, str]:
        """The documents that were sent: hashes in base64, by their id."""
        hashes = _at(self.start.asked, "inDocs.docHash")
        return {str(item["id"]): str(item["di"][0]["value"]) for item in hashes or []}

    @property
    def signatures(self) -> list[tuple[str, Any]]:
        """What came back: the document's id and the signature, in the order they came."""
        told = self.answer.at("sigObj")
        rows = told if isinstance(told, list) else []
        return [
            (str(_at(row, "whichDoc")), _at(row, "b64Sig.value"))
            for row in rows
            if isinstance(row, dict)
        ]


class _SignDone(Good):
    notes = ("signed",)


@dataclass(frozen=True, slots=True)
class Departed(Reading):
    """Where a browser went when a person was done with a page."""

    returned_to: str
    registered: str
    """The redirect URL that was registered and sent."""
    added: str
    """The query that was added to the page's address."""
    exchange: int | None

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return it for each visit; `NotExercised` if no browser ever came back."""
        scenario = journal.of("scenario")
        facts = scenario[-1].get("facts") if scenario else None
        registered = str(facts["redirect_url"]) if isinstance(facts, dict) else ""
        pages = [item for item in journal.exchanges if item.response.header("Location")]
        last = pages[-1].number if pages else None
        found = [
            cls(
                str(visit["returned_to"]),
                registered,
                str(visit["url"]).partition("&mine=")[2],
                last,
            )
            for visit in journal.of("visit")
            if visit.get("returned_to")
        ]
        if not found:
            raise NotExercised("no browser came back from a page")
        return found


def _at(body: object, path: str) -> Any:
    for step in path.split("."):
        body = body.get(step) if isinstance(body, Mapping) else None
    return body
