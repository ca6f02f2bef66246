"""What came of requests that were made from an OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from proefbank.errors import NotObservable
from proefbank.journal import Journal
from proefbank.judge import NotExercised, Reading

__all__ = ["Explored"]


@dataclass(frozen=True, slots=True)
class Explored(Reading):
    """Every operation of a document, fired at with requests made from it."""

    document: str
    cases: int
    strayed: tuple[Mapping[str, Any], ...]
    """Answers that are not in the document: `check`, `operation`, `status`, `told`."""
    exchange: int | None

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return it; `NotExercised` if nothing in the document was ever granted."""
        found = []
        for call in journal.calls:
            if call.op != "explore":
                continue
            value = call.value
            if why := value.get("unusable"):
                raise NotObservable(str(why))
            if not value.get("granted"):
                raise NotExercised("no request made from the document was ever granted")
            told = value.get("strayed")
            rows = (
                tuple(row for row in told if isinstance(row, dict))
                if isinstance(told, list)
                else ()
            )
            last = call.exchanges[-1].number if call.exchanges else None
            found.append(
                cls(str(value.get("document")), int(str(value.get("cases", 0))), rows, last)
            )
        return found

    def first(self, check: str) -> Mapping[str, Any] | None:
        """Return the first answer that this check found wrong."""
        return next((row for row in self.strayed if row["check"] == check), None)
