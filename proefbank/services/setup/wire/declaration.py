"""The reading of a declared set-up: one for each file, with what rules ask of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

from proefbank.journal import Journal
from proefbank.judge import Reading

from .course import last_state
from .declared import Account, Enterprise, Fact, Flow, Person, Sender
from .ties import Attestation, Delegation, Group, Mandate, Software, Workforce

__all__ = ["ATTESTED", "KIND", "Declaration"]

KIND = "declaration"
"""Kind of the artefact events that hold a declaration."""
ATTESTED = "setup.attested."
"""How the ids of requirements begin that somebody can attest."""


@dataclass(frozen=True, slots=True)
class Declaration(Reading):
    """Everything an organisation declares of its set-up, and the day on which it is judged."""

    file: str
    """Name of the file, for findings."""
    day: str
    """ISO date."""
    enterprises: tuple[Enterprise, ...] = ()
    senders: tuple[Sender, ...] = ()
    people: tuple[Person, ...] = ()
    accounts: tuple[Account, ...] = ()
    flows: tuple[Flow, ...] = ()
    mandates: tuple[Mandate, ...] = ()
    groups: tuple[Group, ...] = ()
    software: tuple[Software, ...] = ()
    delegations: tuple[Delegation, ...] = ()
    workforces: tuple[Workforce, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    exchange: None = None

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return every declaration in the journal."""
        for event in journal.of("artefact"):
            facts = event["facts"]
            if event["kind"] == KIND and isinstance(facts, Mapping):
                yield cls.of(facts)

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """Return the declaration that these facts tell."""
        kinds: Mapping[str, type[Fact]] = {
            "enterprises": Enterprise,
            "senders": Sender,
            "people": Person,
            "accounts": Account,
            "flows": Flow,
            "mandates": Mandate,
            "groups": Group,
            "software": Software,
            "delegations": Delegation,
            "workforces": Workforce,
            "attestations": Attestation,
        }
        lists: dict[str, Any] = {
            key: tuple(kind.of(item) for item in facts[key]) for key, kind in kinds.items()
        }
        return cls(str(facts["file"]), str(facts["day"]), **lists)

    def to_json(self) -> dict[str, Any]:
        """Return the facts that `of` reads."""
        return {
            item.name: _plain(getattr(self, item.name))
            for item in fields(self)
            if item.name != "exchange"
        }

    # What rules ask for.

    def account(self, name: str) -> Account | None:
        """Return the account with this id."""
        return next((item for item in self.accounts if item.id == name), None)

    def number(self, enterprise: str) -> str:
        """Return the id of an enterprise with its number, for findings."""
        found = next((item for item in self.enterprises if item.id == enterprise), None)
        return f"{enterprise} ({found.number})" if found else enterprise

    @property
    def fla(self) -> tuple[Flow, ...]:
        """The flows that carry data of the Federal Learning Account."""
        return tuple(flow for flow in self.flows if flow.is_fla)

    @property
    def fla_accounts(self) -> tuple[Account, ...]:
        """The accounts through which such data goes, each once."""
        used = [flow.account for flow in self.fla]
        return tuple(item for item in self.accounts if item.id in used)

    def mandated(self) -> Iterable[tuple[Flow, str]]:
        """Yield each flow of a mandatary with each principal in it: not the mandatary itself."""
        for flow in self.fla:
            for principal in flow.data_of if flow.role == "mandatary" else ():
                if principal != flow.sender:
                    yield flow, principal

    def mandates_of(self, principal: str, mandatary: str) -> Sequence[Mandate]:
        """Return the mandates that one enterprise gave another, for whatever service."""
        return [
            item
            for item in self.mandates
            if (item.principal, item.mandatary) == (principal, mandatary)
        ]

    def sends_for_its_group(self, flow: Flow) -> bool:
        """Whether the sender is the member of a group that sends for all (2.3, option 2)."""
        return any(item.sender == flow.sender for item in self.groups)

    def may_be_delegated(self, account: Account) -> bool:
        """Whether a technical intermediary holds the account, or is about to."""
        states = [last_state(i.events) for i in self.delegations if i.account == account.id]
        return "accepted" in states or "requested" in states

    def stated(self, requirement: str) -> Attestation | None:
        """Return who stated a requirement that no machine can check, if somebody did."""
        return next((item for item in self.attestations if item.requirement == requirement), None)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    return value
