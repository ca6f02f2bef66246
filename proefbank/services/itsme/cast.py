"""The signing service made ready for stagings: partners, their certificates, people, policies."""

from __future__ import annotations

import base64
import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cryptography import x509

from proefbank.clock import Clock
from proefbank.errors import NotObservable
from proefbank.exchange import Provider, Secret
from proefbank.pki import CertificateAuthority, IssuedCertificate, sha256_fingerprint
from proefbank.service import Settings

from .profile import ADDRESSES, PartnerEntry, Profile, load_profile
from .provider import CATALOGUE, PEOPLE, Authority, ItsmeSign, Party, make_party
from .provider.facts import LANGUAGES, Dialect
from .provider.people import identifier

__all__ = ["ItsmeCast", "make_cast"]

PARTNERS = ("partner", "single-hash", "stranger")
"""Whom clients play, who ordered no batches, and whose codes are not theirs to use."""
OTHER_PREFIX = "other-prefix"
DIALECTS: Mapping[str, Dialect] = {"swagger": "swagger", "literal": "literal"}
"""Roles in which the same partner meets a provider of another dialect."""


class ItsmeCast:
    """The provider, and the partners a client can be told to be."""

    def __init__(self, clock: Clock, rng: random.Random, profile: Profile | None = None) -> None:
        """Make the partners with their certificates; persons get theirs when they need one.

        Partners of a profile come besides ours, or in the place of ours that have their names.
        """
        self.clock = clock
        self.profile = profile or Profile()
        entries = {entry.name: entry for entry in self.profile.partners}
        names = tuple(dict.fromkeys((*PARTNERS, *entries)))
        now = clock.now()
        self._authority = CertificateAuthority(now=now, name="Proefbank authority of partners")
        self.client_trust: list[x509.Certificate] = [self._authority.certificate]
        self.certificates: dict[str, IssuedCertificate] = {
            name: self._authority.issue_client(f"{name}.sca.example", now=now) for name in names
        }
        parties = [self._party(name, rng, entries.get(name)) for name in names]
        self.here = ItsmeSign(parties, authority=Authority(now=now), rng=rng)
        for choice, value in self.profile.choices.items():
            setattr(self.here, choice, value)
        self.provider: Provider = self.here
        self.origins: Mapping[str, str] = {}
        self._prefixes = (self.here.prefix, f"/{identifier(rng, 7)}")
        self._codes = {
            name: {person.name: self.here.user_code(person.name, name) for person in PEOPLE}
            for name in names
        }

    def _party(self, name: str, rng: random.Random, entry: PartnerEntry | None) -> Party:
        made = make_party(
            name,
            rng=rng,
            redirect_url=f"https://sca.example/{identifier(rng, 8)}/return",
            certificates=(self.certificates[name].sha256,),
            addresses=ADDRESSES,
            batch=name != "single-hash",
        )
        made = replace(made, label=f"Voorbeeld & Zonen ({name})")
        return made if entry is None else self._as_told(made, entry)

    def _as_told(self, made: Party, entry: PartnerEntry) -> Party:
        """Return a partner as a profile has it; its own certificates come besides ours."""
        return replace(
            made,
            redirect_url=entry.redirect_url,
            partner_code=entry.partner_code or made.partner_code,
            service_code=entry.service_code or made.service_code,
            label=entry.label or made.label,
            certificates=(*made.certificates, *(self.trust(one) for one in entry.certificates)),
            addresses=entry.addresses,
            batch=entry.batch,
        )

    def trust(self, certificate: x509.Certificate) -> str:
        """Let a client show this certificate; return its SHA-256 in hex."""
        if certificate not in self.client_trust:
            self.client_trust.append(certificate)
        return sha256_fingerprint(certificate)

    @property
    def pages(self) -> str:
        """Origin of the pages that people see."""
        return self.origins.get("front", self.origins["main"])

    def typed(self, person: str) -> Mapping[str, str]:
        """Return what a person types; ValueError for an unknown one."""
        known = {one.name: one.phone for one in PEOPLE}
        name = person or PEOPLE[0].name
        if name not in known:
            raise ValueError(f"there is no person {name!r}; there are {', '.join(known)}")
        return {"phone": known[name]}

    def meet(self, origins: Mapping[str, str]) -> None:
        """Hear where the doors stand: `main` for back ends, `front` for browsers, `elsewhere`."""
        self.origins = origins
        self.here.front = origins.get("front")
        self.here.elsewhere = origins.get("elsewhere")

    def scenario(
        self,
        account: str,
        scope: str | None,  # noqa: ARG002 - there are no scopes here
        folder: Path,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the scenario members for the role `account`, and the facts for the journal.

        A role is a partner's name (by default the first), a dialect, or `other-prefix`.
        """
        self.here.dialect = DIALECTS.get(account, "documented")
        self.here.prefix = self._prefixes[account == OTHER_PREFIX]
        name = account if account in PARTNERS else PARTNERS[0]
        if account not in {"", name, OTHER_PREFIX, *DIALECTS}:
            raise NotObservable(f"there is no role {account!r} here")
        facts = self.facts(name)
        key_file, certificate_file = self.files(name, folder)
        members = {
            **{
                member: facts[member]
                for member in ("base_url", "partner_code", "service_code", "redirect_url")
            },
            "client_certificate_file": str(certificate_file),
            "client_key_file": str(key_file),
        }
        return members, facts

    def files(self, name: str, folder: Path) -> tuple[Path, Path]:
        """Return key and certificate file of a partner, written the first time."""
        key_file, certificate_file = folder / f"{name}.key", folder / f"{name}.pem"
        if not key_file.exists():
            key_file.touch(mode=0o600)
            key_file.write_bytes(self.certificates[name].pem_private())
            certificate_file.write_bytes(self.certificates[name].pem())
        return key_file, certificate_file

    def facts(self, name: str) -> dict[str, Any]:
        """Return what the journal says of a scenario in which the client is this partner."""
        party, offer = self.here.parties[name], self.here.offer
        others = [other for other in self.here.parties if other.name != name]
        return {
            "base_url": self.here.base_url(self.origins["main"]),
            "partner_code": party.partner_code,
            "service_code": party.service_code,
            "redirect_url": party.redirect_url,
            "login_service_code": party.login_service_code,
            "partner": name,
            "batch": party.batch,
            "certificate_sha256": list(party.certificates),
            "addresses": list(party.addresses),
            "front": self.origins.get("front"),
            "dialect": self.here.dialect,
            "languages": list(LANGUAGES),
            "policies": {
                one.ref: "ENABLED" if one.enabled else "DISABLED" for one in offer.policies
            },
            "policy_of_the_day": offer.of_the_day,
            "commitment_types": sorted(offer.commitments),
            "known_user_codes": dict(self._codes[name]),
            "other_partner_codes": [other.partner_code for other in others],
        }

    def sample(self, kind: str, facts: Mapping[str, object]) -> Mapping[str, object]:
        """Return what an ordinary order to sign one document says."""
        digest = hashlib.sha256(f"document {kind} {facts['partner_code']}".encode()).digest()
        document = {"id": "document-1", "sha256": base64.b64encode(digest).decode("ascii")}
        return {"documents": [document], "lang": "NL"}

    def arm(self, stimulus: str, times: int, params: Mapping[str, Any]) -> str:
        """Arm a stimulus behind those before it; `tls` ones are the door's affair."""
        layer = CATALOGUE[stimulus].layer
        if layer != "tls":
            self.here.arm(stimulus, times, **params)
        return layer

    def for_stagings(self) -> None:
        """Note violations and go on; vary nothing but codes and addresses, stimuli do the rest."""
        self.here.lenient = True
        self.here.varied = False

    def set_lenient(self, *, lenient: bool) -> None:
        """Go on in spite of violations, or refuse as the real one does."""
        self.here.lenient = lenient

    def secrets(self) -> Sequence[Secret]:
        """Return the partners' private keys, and what stands for people: codes, numbers."""
        keys = [
            Secret("private-key", one.pem_private().decode()) for one in self.certificates.values()
        ]
        codes = [code for own in self._codes.values() for code in own.values()]
        codes += [person.phone for person in PEOPLE]
        return [*keys, *(Secret("personal", code) for code in codes)]


def make_cast(settings: Settings, clock: Clock, rng: random.Random) -> ItsmeCast:
    """Make the cast of a run; BadInvocation for a profile that cannot be used."""
    return ItsmeCast(clock, rng, load_profile(settings.profile))
