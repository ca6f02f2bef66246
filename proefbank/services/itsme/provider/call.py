"""One call while it is examined: everything found against it, and the first thing answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from proefbank.exchange import Request, Secret, Trail, Violation

from .facts import Conversation, Dialect
from .parties import Party
from .reasons import Refusal

__all__ = ["Call"]


@dataclass(slots=True)
class Call:
    """A request to the interface for back ends."""

    request: Request
    lenient: bool
    dialect: Dialect = "documented"
    conversation: Conversation = "other"
    body: dict[str, Any] = field(default_factory=dict)
    """Empty when there is none that can be read."""
    party: Party | None = None
    certificate: str = "unseen"
    """`registered`, `other`, `none`, or `unseen` where no handshake can be seen."""
    owners: list[Party] = field(default_factory=list)
    """Partners on which the shown certificate is registered."""
    source: str = "allowed"
    """`allowed` or `foreign`."""
    refusal: Refusal | None = None
    violations: list[Violation] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Slugs of what is odd and not wrong."""
    facts: dict[str, Any] = field(default_factory=dict)
    echo: dict[str, str] = field(default_factory=dict)
    """`reqID`, and `respID` where there is one, for answers of `sign_document`."""
    secrets: list[Secret] = field(default_factory=list)
    """Codes of persons, which the journal only ever names by number."""
    tells: bool = True
    """Whether refusals of `sign_document` have a `msg`, which is optional."""

    why: str = "the bench wants it so"
    """What an error tells in words, if it tells anything."""

    def message(self) -> str | None:
        """Return what an error may tell in words."""
        return self.why if self.tells else None

    def refuse(self, refusal: Refusal, why: str) -> None:
        """Refuse the call unless it is refused already; being too early is no violation."""
        if self.refusal is None:
            self.refusal, self.why = refusal, why

    def add(
        self,
        code: str,
        detail: str,
        refusal: Refusal | None,
        *,
        forgivable: bool = True,
    ) -> None:
        """Write down a violation; it refuses the call unless it is forgiven or not the first.

        Without a refusal it is only written down. A lenient provider forgives what is
        `forgivable`: what an answer is possible in spite of.
        """
        self.violations.append(Violation(code, detail))
        if refusal is not None and not (forgivable and self.lenient):
            self.refuse(refusal, detail)

    def note(self, slug: str) -> None:
        """Write down, once, something odd."""
        if slug not in self.notes:
            self.notes.append(slug)

    def personal(self, code: object) -> None:
        """Keep a person's code out of the journal."""
        if isinstance(code, str):
            self.secrets.append(Secret("personal", code))

    def trail(self, stimulus: str | None, reason: str | None) -> Trail:
        """Return the testimony about this call; `reason` is what the answer says."""
        facts = {
            "certificate": self.certificate,
            "source": self.source,
            "party": self.party.name if self.party else None,
            "reason": reason,
            **self.facts,
            "notes": list(self.notes),
        }
        secrets = tuple(self.secrets)
        return Trail(self.conversation, tuple(self.violations), facts, stimulus, secrets)
