"""Partners and what onboarding fixed for each: codes, one redirect URL, certificate, addresses."""

from __future__ import annotations

import random
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

__all__ = ["Parties", "Party", "make_party"]

_CODE = string.ascii_uppercase + string.digits


@dataclass(frozen=True, slots=True)
class Party:
    """One partner with its one SIGN service (Prerequisites; 9: one URL per serviceCode)."""

    name: str
    """What we call it; never on the wire."""
    partner_code: str
    service_code: str
    redirect_url: str
    label: str
    """What signers see in place of the code (sections 2, 5, 7)."""
    certificates: tuple[str, ...] = ()
    """Hex SHA-256 of the registered client certificates; more than one during a renewal."""
    addresses: tuple[str, ...] = ()
    """Registered addresses; none means that addresses are not looked at."""
    batch: bool = True
    """Whether more than one hash in a request was ordered."""
    login_service_code: str = ""
    """Code of another service of this partner, which is not for signing."""

    def admits(self, address: str) -> bool:
        """Whether calls may come from that address."""
        return not self.addresses or address in self.addresses


def make_party(
    name: str,
    *,
    rng: random.Random,
    redirect_url: str,
    label: str | None = None,
    certificates: tuple[str, ...] = (),
    addresses: tuple[str, ...] = (),
    batch: bool = True,
) -> Party:
    """Return a partner with codes of its own, as long as the swagger allows (10 and 45)."""

    def code(length: int) -> str:
        return "".join(rng.choices(_CODE, k=length))

    return Party(
        name=name,
        partner_code=f"PB{code(8)}",
        service_code=f"{code(6)}_SIGN",
        redirect_url=redirect_url,
        label=label or f"Voorbeeld {name.replace('-', ' ')}",
        certificates=certificates,
        addresses=addresses,
        batch=batch,
        login_service_code=f"{code(6)}_LOGIN",
    )


class Parties:
    """All partners of one provider. Not locked: the provider's lock covers it."""

    def __init__(self, parties: Iterable[Party]) -> None:
        """Start with these; the first one is whom a lenient provider assumes."""
        self._by_name = {party.name: party for party in parties}
        if not self._by_name:
            raise ValueError("there must be a partner at least")

    def __iter__(self) -> Iterator[Party]:
        return iter(self._by_name.values())

    def __getitem__(self, name: str) -> Party:
        return self._by_name[name]

    def put(self, party: Party) -> None:
        """Add a partner, or change the one of that name."""
        self._by_name[party.name] = party

    def find(self, partner_code: object, service_code: object) -> Party | None:
        """Return the partner that has both codes, the service being its SIGN service."""
        for party in self:
            if party.partner_code == partner_code and party.service_code == service_code:
                return party
        return None

    def showing(self, fingerprint: str) -> list[Party]:
        """Return the partners on which a certificate is registered."""
        return [party for party in self if fingerprint in party.certificates]
