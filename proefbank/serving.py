"""What a service brings to be served: to a client that nobody drives, or to somebody's tests.

A service that can be served has a module `served` with a function `served(cast)`.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from proefbank.errors import BadInvocation
from proefbank.service import Cast, Service

__all__ = ["AccountCard", "Served", "can_be_served", "served_of"]


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
            **{name: None if file is None else str(file) for name, file in files.items()},
        }


class Served(Protocol):
    """A cast as somebody sees it who chooses the account himself."""

    readings: Sequence[str]
    """Names of the readings that ordinary traffic offers, without a stimulus or an order."""

    @property
    def accounts(self) -> Sequence[str]:
        """Names of the accounts, the one to start with first."""
        ...

    @property
    def endpoints(self) -> Mapping[str, str]:
        """What a client is told besides its account: name to URL. Needs `Cast.meet` first."""
        ...

    @property
    def stimuli(self) -> Mapping[str, Mapping[str, Any]]:
        """Every stimulus by name, with `layer`, `description` and `params`."""
        ...

    def card(self, account: str, folder: Path) -> AccountCard:
        """Return an account's card, making key and certificate in `folder` unless they exist."""
        ...

    def facts(self, account: str) -> Mapping[str, Any]:
        """Return the scenario of an exchange in which the client is this account."""
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
        """Revoke every token that was issued."""
        ...

    def state(self, now: float) -> Mapping[str, Any]:
        """Return what a page may show of the provider at epoch seconds `now`."""
        ...


def can_be_served(service: Service) -> bool:
    """Whether a service has a served side."""
    return importlib.util.find_spec(f"{service.package}.served") is not None


def served_of(service: Service, cast: Cast) -> Served:
    """Return the served side of a service; BadInvocation if it has none."""
    name = f"{service.package}.served"
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as problem:
        if problem.name != name:
            raise
        raise BadInvocation(f"{service.name} cannot be served yet", where="SERVICE") from problem
    made: Served = module.served(cast)
    return made
