"""What an FTP or SFTP account is made with, as facts: public key, user name, password."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from proefbank.journal import Journal
from proefbank.judge import Reading

__all__ = ["Artefact", "Password", "PublicKey", "UserName"]


@dataclass(frozen=True, slots=True)
class Artefact(Reading):
    """Base: what was handed over, of one kind."""

    kind: ClassVar[str]

    file: str
    """The file it came in; empty for words."""
    facts: Mapping[str, Any]
    exchange: int | None = None

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return the artefacts of this kind in the journal."""
        found: list[Any] = [
            event["facts"] for event in journal.of("artefact") if event["kind"] == cls.kind
        ]
        return [cls(str(facts.get("file", "")), facts) for facts in found]


@dataclass(frozen=True, slots=True)
class PublicKey(Artefact):
    """The public key of an SFTP account."""

    kind: ClassVar[str] = "public key"

    @property
    def bits(self) -> int:
        """Size of the key."""
        return int(self.facts["bits"])

    @property
    def words(self) -> str:
        """The key as people say it: `RSA, 2048 bits`."""
        return f"{self.facts['type']}, {self.bits} bits"


@dataclass(frozen=True, slots=True)
class UserName(Artefact):
    """The user name of an FTP or SFTP account; it is no secret."""

    kind: ClassVar[str] = "user name"

    @property
    def text(self) -> str:
        """The name itself."""
        return str(self.facts["text"])


@dataclass(frozen=True, slots=True)
class Password(Artefact):
    """An FTP password, of which only counts are known, and no more than its faults need."""

    kind: ClassVar[str] = "password"

    @property
    def length(self) -> int | None:
        """Number of characters if there are too many; None if there are not."""
        told = self.facts["too_long"]
        return None if told is None else int(told)

    @property
    def special(self) -> int:
        """Number of special characters, counted no further than is asked for."""
        return int(self.facts["special"])

    def places(self, what: str) -> list[int]:
        """Return where `spaces`, `foreign`, `doubtful` or `accented` characters stand, from 1."""
        return [int(place) for place in self.facts[what]]
