"""What a service brings to be served: to a client that nobody drives, or to somebody's tests.

A service that can be served has a module `served` with a function `served(cast)`.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from proefbank.errors import BadInvocation
from proefbank.exchange import Secret
from proefbank.names import nearest
from proefbank.service import Cast, Service, module_of

__all__ = ["AccountCard", "Action", "Field", "Served", "Stand", "can_be_served", "served_of"]


_FEW = 20
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class AccountCard:
    """What somebody needs to configure a client as one account."""

    name: str
    client_id: str
    capacity: str
    enterprise_number: str
    scope: str | None
    """The scope of its capacity; None where none is documented."""
    private_key_file: Path | None
    """None when the profile brings the certificate: then the key is with its owner."""
    certificate_file: Path | None
    more: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    """What else a client is told as this account, by name."""

    @property
    def private_key(self) -> PrivateKeyTypes:
        """The private key, parsed; BadInvocation if its owner has it."""
        if self.private_key_file is None:
            raise BadInvocation(
                f"the profile brings the certificate of {self.name}; its key is yours",
                where="private_key",
            )
        # We minted it: checking its primes again would cost 70 ms.
        return load_pem_private_key(
            self.private_key_file.read_bytes(), None, unsafe_skip_rsa_key_validation=True
        )

    def to_json(self) -> dict[str, str | None]:
        """Return it for a file that scripts read."""
        files = {
            "private_key_file": self.private_key_file,
            "certificate_file": self.certificate_file,
        }
        return {
            "name": self.name,
            "client_id": self.client_id,
            "capacity": self.capacity,
            "enterprise_number": self.enterprise_number,
            "scope": self.scope,
            **self.more,
            **{name: None if file is None else str(file) for name, file in files.items()},
        }


class Stand(Protocol):
    """What surrounds a served service, as far as its actions may touch it."""

    @property
    def now(self) -> float:
        """The service's clock, in epoch seconds."""
        ...

    @property
    def folder(self) -> Path:
        """Where key and certificate files lie."""
        ...

    def move_clock(self, *, by: float | None = None, to: float | None = None) -> None:
        """Move the service's clock by seconds, to epoch seconds, or back to the system's time."""
        ...

    def learn(self, secret: Secret) -> None:
        """Keep a value from ever being written down."""
        ...

    def note(self, text: str) -> None:
        """Write down what was done."""
        ...

    def told_anew(self, text: str) -> None:
        """Write down what was done, and the scenario that clients are in from now on."""
        ...


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that an action is told."""

    name: str
    description: str
    default: str | int | None = None
    """None: it has to be told. Another value has to be of the default's type."""
    choices: tuple[str, ...] = ()
    """What it may be, if not anything."""

    def value_in(self, told: Mapping[str, Any]) -> Any:
        """Return the value that was told, or the default; ValueError says what it should be."""
        value = told.get(self.name, self.default)
        if value is None:
            raise ValueError(f"{self.name} is missing: {self.description}")
        number = isinstance(self.default, int)
        wanted = (int, float) if number else (str,)
        if isinstance(value, bool) or not isinstance(value, wanted):
            message = f"{self.name} is a {'number' if number else 'text'}, not {value!r}"
            raise ValueError(message)  # noqa: TRY004 - one kind of error for one mistake
        if self.choices and value not in self.choices:
            told_all = len(self.choices) <= _FEW
            close = f"the nearest is {nearest(str(value), self.choices)}"
            these = f"there are {', '.join(self.choices)}" if told_all else close
            raise ValueError(f"there is no {self.name} {value!r}; {these}")
        return value


@dataclass(frozen=True, slots=True)
class Action:
    """Something a service can be told to do besides what all can: `POST /.proefbank/<name>`."""

    name: str
    description: str
    fields: tuple[Field, ...]
    act: Callable[[Stand, Mapping[str, Any]], Mapping[str, Any]]
    """Does it, and returns what to answer, or nothing: then the state is the answer. ValueError
    tells why it cannot be done."""
    shows: bool = False
    """Whether what it answers is what people want of it."""
    more: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    """What else there is to know before it is done: `GET` of the same address tells."""

    def do(self, stand: Stand, told: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do it; ValueError for what is not understood or cannot be done."""
        known = [one.name for one in self.fields]
        if unknown := sorted(set(told) - set(known)):
            there = f"there are {', '.join(known)}" if known else "there is nothing to tell"
            raise ValueError(f"{', '.join(unknown)} is not understood; {there}")
        return self.act(stand, {one.name: one.value_in(told) for one in self.fields})

    def to_json(self) -> dict[str, Any]:
        """Return what it asks for."""
        fields = {
            one.name: {
                "description": one.description,
                "default": one.default,
                "choices": list(one.choices),
            }
            for one in self.fields
        }
        return {"description": self.description, "fields": fields, **self.more}


class Served(Protocol):
    """A cast as somebody sees it who chooses the account himself."""

    readings: Sequence[str]
    """Names of the readings that ordinary traffic offers, without a stimulus or an order."""

    @property
    def accounts(self) -> Sequence[str]:
        """Names of the accounts, the one to start with first; none where nobody has one."""
        ...

    @property
    def endpoints(self) -> Mapping[str, str]:
        """What a client is told besides its account: name to URL. Needs `Cast.meet` first."""
        ...

    @property
    def stimuli(self) -> Mapping[str, Mapping[str, Any]]:
        """Every stimulus by name, with `layer`, `description` and `params`."""
        ...

    @property
    def actions(self) -> Sequence[Action]:
        """What else it can be told to do at this moment."""
        ...

    def hints(self, cards: Sequence[AccountCard], trust: Sequence[str]) -> Sequence[str]:
        """Return further lines for whoever points a product here; `trust` is what curl is told."""
        ...

    def card(self, account: str, folder: Path) -> AccountCard:
        """Return an account's card, making key and certificate in `folder` unless they exist."""
        ...

    def facts(self, account: str) -> Mapping[str, Any]:
        """Return the scenario of an exchange in which the client is this account.

        The account is empty where nobody has one.
        """
        ...

    def account_in(self, facts: Mapping[str, object]) -> str | None:
        """Return the account that a provider's testimony names, if it names one."""
        ...

    def granted(self, facts: Mapping[str, object]) -> bool:
        """Whether a provider testifies that it issued a token."""
        ...

    def arm(self, stimulus: str, times: int, params: Mapping[str, Any]) -> str:
        """Arm a stimulus and return its layer (`tls` is for the door); ValueError tells why not."""
        ...

    def disarm(self, stimulus: str | None) -> None:
        """Forget what is armed under that name, or everything."""
        ...

    def armed(self) -> Sequence[Mapping[str, Any]]:
        """Return what waits for its requests: `name`, `layer`, `left`, `params`."""
        ...

    def revoke_tokens(self) -> None:
        """Revoke every token that was issued; ValueError where none can be."""
        ...

    def reset(self) -> None:
        """Take back what its actions chose; the provider and the clock were reset before."""
        ...

    def state(self, now: float) -> Mapping[str, Any]:
        """Return what a page may show of the provider at epoch seconds `now`.

        `says` is a sentence for people, `tables` rows by heading, `tokens_alive` a number.
        """
        ...


def can_be_served(service: Service) -> bool:
    """Whether a service has a served side; it is not imported for that."""
    return importlib.util.find_spec(f"{service.package}.served") is not None


def served_of(service: Service, cast: Cast) -> Served:
    """Return the served side of a service; BadInvocation if it has none."""
    module = module_of(service, "served")
    if module is None:
        raise BadInvocation(f"{service.name} cannot be served yet", where="SERVICE")
    made: Served = module.served(cast)
    return made
