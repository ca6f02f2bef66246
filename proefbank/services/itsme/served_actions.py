"""What the served signing service can be told to do besides what all can."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from proefbank.serving import Action, Field, Stand

from .provider import PEOPLE
from .provider.acting import ACTS
from .provider.facts import DIALECTS, Dialect

__all__ = ["Signing", "actions_of"]

UNCHANGED: Final = "as it is"
ANY: Final = "any"
_BATCHES: Final[Mapping[str, bool | None]] = {UNCHANGED: None, "batch": True, "single": False}


class Signing(Protocol):
    """A signing service with its partners and people."""

    @property
    def accounts(self) -> Sequence[str]:
        """Names of the partners."""
        ...

    def register(
        self,
        partner: str,
        stand: Stand,
        *,
        redirect_url: str = "",
        batch: bool | None = None,
        certificate: Path | str = "",
        addresses: Sequence[str] | None = None,
    ) -> None:
        """Change what onboarding fixed for a partner."""
        ...

    def choose(self, dialect: Dialect, stand: Stand) -> None:
        """Answer in a dialect from now on."""
        ...

    def play(self, session: str, act: str, person: str, stand: Stand) -> str:
        """Have a person act on a session; return its state."""
        ...


def actions_of(service: Signing) -> Sequence[Action]:
    """Return what it can be told."""
    return (_partner(service), _person(service), _dialect(service))


def _partner(service: Signing) -> Action:
    def act(stand: Stand, told: Mapping[str, Any]) -> Mapping[str, Any]:
        named = told["addresses"]
        service.register(
            told["name"],
            stand,
            redirect_url=told["redirect_url"],
            batch=_BATCHES[told["contract"]],
            certificate=told["certificate"],
            addresses=None if not named else [] if named == ANY else re.split(r"[,\s]+", named),
        )
        return {}

    names = tuple(service.accounts)
    return Action(
        "partner",
        "Register a redirect URL for a partner, as onboarding would (there is one for a service), "
        "its own client certificate, or what else is fixed there.",
        (
            Field("name", "which partner", names[0], names),
            Field("redirect_url", "where browsers come back to; empty: as it is", ""),
            Field("contract", "how many hashes at a time", UNCHANGED, tuple(_BATCHES)),
            Field(
                "certificate",
                "file on this machine with a client certificate to take besides (PEM or DER), or "
                "the certificate itself in PEM; empty: none",
                "",
            ),
            Field(
                "addresses",
                f"where its calls come from, with commas between; {ANY}: from anywhere; empty: "
                "as it is",
                "",
            ),
        ),
        act,
    )


def _person(service: Signing) -> Action:
    def act(stand: Stand, told: Mapping[str, Any]) -> Mapping[str, Any]:
        state = service.play(told["session"], told["act"], told["person"], stand)
        return {"state": state}

    people = tuple(person.name for person in PEOPLE)
    return Action(
        "person",
        "Play the person without a browser: nothing comes back to the redirect URL.",
        (
            Field("act", "what the person does", "approve", ACTS),
            Field("person", "who it is, while nobody was identified", people[0], people),
            Field("session", "its id; empty: the session opened last", ""),
        ),
        act,
    )


def _dialect(service: Signing) -> Action:
    def act(stand: Stand, told: Mapping[str, Any]) -> Mapping[str, Any]:
        service.choose(told["name"], stand)
        return {}

    return Action(
        "dialect",
        "Choose whose words answers follow: the document's, the swagger's, the appendix's.",
        (Field("name", "which one", DIALECTS[0], DIALECTS),),
        act,
    )
