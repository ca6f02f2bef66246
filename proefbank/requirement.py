"""What a source asks for: levels, bases and the rows of the requirement files.

Requirements are data (TOML), so that someone who reads no Python can review, date and count
them. Rules point at them by id; a row without a rule shows as uncovered in every report.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from importlib.resources.abc import Traversable

from proefbank.errors import NotAssessed

__all__ = ["REQUIREMENT_SET", "Basis", "Binds", "Catalogue", "Level", "Requirement"]


REQUIREMENT_SET = "2026-11"
"""Name of the requirements as they stand now; a report says by which set it judged."""


class Level(StrEnum):
    """How strongly the source asks (RFC 2119)."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Binds(StrEnum):
    """Who has to do it."""

    CLIENT = "client"
    SETUP = "setup"
    PROVIDER = "provider"


class Basis(StrEnum):
    """Who asks. Everything but practice decides the verdict."""

    DOCUMENTED = "documented"
    """The documents of the service itself, as published to integrators."""
    PROVIDER_DOCS = "provider-docs"
    """The provider's wider public documentation."""
    STANDARD = "standard"
    """An RFC, OpenID or the Belgif guide, which the documents build on."""
    PRACTICE = "practice"
    """Good engineering that no source demands: shown as hardening, never decisive."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing a source asks, in our own words, with its citation."""

    id: str
    code: str
    """Code of the catalogue row it comes from, e.g. `SSOAUTH-015`; rows may be split."""
    level: Level
    binds: Binds
    basis: Basis
    statement: str
    source: str
    section: str
    url: str = ""
    note: str = ""
    excluded: str = ""
    """Why nothing in a run can check it; empty when something can."""
    since: date | None = None
    until: date | None = None

    @property
    def service(self) -> str:
        """First part of the id."""
        return self.id.partition(".")[0]

    @property
    def deciding(self) -> bool:
        """Whether it may decide the verdict; practice never does."""
        return self.basis is not Basis.PRACTICE

    @property
    def citation(self) -> str:
        """Source and section as a failure prints them."""
        return f"{self.source}, {self.section}" if self.section else self.source

    def in_force(self, day: date) -> bool:
        """Whether `day` lies within the requirement's dates."""
        return (self.since is None or self.since <= day) and (
            self.until is None or day <= self.until
        )


class Catalogue(Mapping[str, Requirement]):
    """Requirements by id, in the order of their files."""

    def __init__(self, rows: Iterable[Requirement]) -> None:
        """Take rows; an id that stands twice is a fault of ours, told with both codes."""
        self._rows: dict[str, Requirement] = {}
        for row in rows:
            if row.id in self._rows:
                raise NotAssessed(
                    f"requirement {row.id} stands twice ({self._rows[row.id].code}, {row.code})"
                )
            self._rows[row.id] = row

    def __getitem__(self, key: str) -> Requirement:
        """Return the requirement with this id."""
        return self._rows[key]

    def __iter__(self) -> Iterator[str]:
        """Iterate over ids in file order."""
        return iter(self._rows)

    def __len__(self) -> int:
        """Count the rows."""
        return len(self._rows)

    @classmethod
    def load(cls, folder: Traversable) -> Catalogue:
        """Read every `*.toml` in `folder`, in name order."""
        pages = sorted(
            (page for page in folder.iterdir() if page.name.endswith(".toml")),
            key=lambda page: page.name,
        )
        return cls(row for page in pages for row in _rows(page))


def _rows(page: Traversable) -> Iterator[Requirement]:
    known = {item.name for item in fields(Requirement)}
    for raw in tomllib.loads(page.read_text(encoding="utf-8")).get("requirement", []):
        if strange := set(raw) - known:
            raise NotAssessed(
                f"requirement {raw.get('id')} has unknown keys: {', '.join(sorted(strange))}",
                where=page.name,
            )
        try:
            yield Requirement(
                **{
                    **raw,
                    "level": Level(raw["level"]),
                    "binds": Binds(raw["binds"]),
                    "basis": Basis(raw["basis"]),
                }
            )
        except (KeyError, TypeError, ValueError) as problem:
            raise NotAssessed(
                f"requirement {raw.get('id')} cannot be read: {problem}", where=page.name
            ) from problem
