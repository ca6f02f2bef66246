"""A document handed over whole: what was signed for it, and what came of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from proefbank.journal import Journal
from proefbank.judge import Reading

from .containers import Container, opened
from .journeys import Journey, journeys_of, listed, signed_documents
from .members import Members, at
from .outcomes import Ended, der_in, loose

__all__ = ["ContainerMade", "ContentHashed"]


@dataclass(frozen=True, slots=True)
class ContentHashed(Reading):
    """The hash that was sent for a document that the caller handed over whole."""

    document: str
    digest: bytes
    bare: frozenset[bytes]
    """Digests of the document as it was handed over, without anything added."""
    container: Container | None
    """What the application made in the end, where it shows and can be read."""
    certificate: bytes | None
    exchange: int

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return one for each document in each request to sign."""
        return [made for journey in journeys_of(journal) for made in cls._of(journey)]

    @classmethod
    def _of(cls, journey: Journey) -> Iterable[Self]:
        contents = {
            str(one.get("id")): str(one["content"])
            for one in journey.documents
            if one.get("content")
        }
        made = containers_of(journey)
        texts = journey.told("identification-status", "certificate")
        signer = [one for text in texts for one in der_in(text)]
        for call in journey.sent("sign-start"):
            for entry in listed(at(call.said, "inDocs", "docHash")):
                name = str(entry.get("id")) if isinstance(entry, Members) else ""
                # An application may call its documents otherwise; with one there is no doubt.
                name = next(iter(contents)) if len(contents) == 1 else name
                if name not in contents or not isinstance(entry, Members):
                    continue
                for item in listed(entry.get("di")):
                    digest = loose(at(item, "value"))
                    if digest is not None:
                        yield cls(
                            name,
                            digest,
                            _bare(contents[name]),
                            made.get(name),
                            signer[0] if signer else None,
                            call.number,
                        )


def _bare(content: str) -> frozenset[bytes]:
    octets = loose(content) or b""
    return frozenset(hashlib.sha256(one).digest() for one in (octets, content.encode()))


@dataclass(frozen=True, slots=True)
class ContainerMade(Reading):
    """The end of a session for a document that was handed over whole."""

    told: Mapping[str, bytes]
    """The signatures that itsme gave, by document."""
    digests: tuple[bytes, ...]
    """The hashes that were sent."""
    files: Mapping[str, bytes | None]
    """The signed files that the application hands over; None for one that is no base64."""
    exchange: int | None

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return one for each session that came to its end."""
        found = []
        for end in Ended.read(journal):
            values = [pair for call in end.journey.successes for pair in signed_documents(call)]
            digests = [
                loose(at(item, "value"))
                for call in end.journey.sent("sign-start")
                for entry in listed(at(call.said, "inDocs", "docHash"))
                for item in listed(at(entry, "di"))
            ]
            found.append(
                cls(
                    told={name: loose(value) or b"" for name, value in values},
                    digests=tuple(one for one in digests if one),
                    files=_files(end.journey),
                    exchange=end.exchange,
                )
            )
        return found


def _files(journey: Journey) -> dict[str, bytes | None]:
    given = listed(journey.end.call.value.get("containers")) if journey.end else []
    return {
        str(one.get("id")): loose(one.get("content")) for one in given if isinstance(one, Mapping)
    }


def containers_of(journey: Journey) -> dict[str, Container]:
    """Return what can be read of the signed files that the application hands over."""
    read = {name: opened(content) for name, content in _files(journey).items() if content}
    return {name: made for name, made in read.items() if made is not None}
