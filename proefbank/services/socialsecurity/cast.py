"""The social security service made ready for stagings: accounts, keys, certificates, endpoints."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from proefbank.clock import Clock
from proefbank.environments import Environments
from proefbank.exchange import Provider, Secret
from proefbank.judge import DoesNotApply
from proefbank.service import Settings

from .deed import SIBLING, Done
from .deeds import DEEDS
from .key_files import KeyFiles
from .neighbours import elsewhere, with_sibling
from .provider import CATALOGUE, Profile, SocialSecurity, load_profile
from .provider.delegations import INTERMEDIARY
from .provider.facts import API_BASE, EMPLOYER, PROVIDER, TOKEN_PATH, TRAINING_PROVIDER
from .provider.mandates import quarter_begins, quarter_of
from .provider.profile import Account
from .samples import sample

__all__ = ["SocialSecurityCast", "make_cast"]

OTHER = "other-environment"
RENEWED = "renewed"
"""Role of an employer whose key was renewed."""
GO_BETWEEN = "intermediary"
"""Role of the technical intermediary of an OCMW."""


class SocialSecurityCast:
    """The provider and the accounts a client can be told to be.

    Accounts get their key and a self-signed certificate when they are first asked for, so that
    starting up makes no RSA key.
    """

    client_trust: Sequence[x509.Certificate] = ()
    """Nobody is asked for a client certificate."""

    def __init__(self, profile: Profile, clock: Clock, rng: random.Random) -> None:
        """Make the providers of `profile`: its environment, and another one beside it."""
        self.profile = with_sibling(profile)
        self.clock = clock
        self.foreign = elsewhere(self.profile)
        self.here = SocialSecurity(self.profile, certificates={}, rng=rng, lenient=True)
        self.there = SocialSecurity(self.foreign, certificates={}, rng=rng, lenient=True)
        self.provider: Provider = Environments(self.here, self.there)
        self.keys = KeyFiles()
        self.origins: Mapping[str, str] = {}

    def meet(self, origins: Mapping[str, str]) -> None:
        """Hear where the doors stand: `main`, `other` and, for redirects, `elsewhere`."""
        self.origins = origins
        self.here.elsewhere = self.there.elsewhere = origins.get("elsewhere")

    def account(self, role: str) -> Account:
        """Return the account that plays `role`.

        Raises `DoesNotApply` if the profile has none: whoever tells us all their accounts does
        not play that role.
        """
        if role == OTHER:
            return self.foreign.accounts[self.profile.accounts.index(self.account(""))]
        if role == GO_BETWEEN:
            return self._ocmw()
        capacities = {"mandatary": PROVIDER, "training-provider": TRAINING_PROVIDER}
        capacity = capacities.get(role, EMPLOYER)
        found = [item for item in self.profile.accounts if item.capacity == capacity]
        place = 1 if role == "second-employer" else 0
        if len(found) <= place:
            raise DoesNotApply(
                f"the profile has no account for the role {role or 'employer'}; one more "
                f'[[accounts]] with capacity = "{capacity}" says that there is one'
            )
        return found[place]

    def _ocmw(self) -> Account:
        for item in self.profile.accounts:
            if item.ocmw:
                return item
        raise DoesNotApply(
            "no account of the profile is an OCMW's, and nobody else delegates; ocmw = true in "
            "[[accounts]] says that one is"
        )

    def scenario(
        self, account: str, scope: str | None, folder: Path
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the scenario members for the role `account`, and the facts for the journal."""
        entry = self.account(account)
        key_file, certificate_file = self.files(entry, folder)
        if account in (RENEWED, GO_BETWEEN):
            name = f"{entry.environment}-{'2' if account == RENEWED else GO_BETWEEN}-{entry.name}"
            key_file, certificate_file = self.keys.files(entry, name, folder, self.clock.now())
        (self.there if account == OTHER else self.here).assumed = entry.name
        facts = self.facts(entry, scope)
        facts["quarter_ends"] = quarter_begins(quarter_of(self.clock.now()) + 1)
        members = {
            "token_endpoint": facts["token_endpoint"],
            "audience": facts["audience"],
            "api_base": facts["api_base"],
            "client_id": entry.client_id,
            "private_key_file": str(key_file),
            "certificate_file": str(certificate_file),
            "scope": scope,
        }
        return members, facts

    def _is_foreign(self, entry: Account) -> bool:
        return any(entry is item for item in self.foreign.accounts)

    def files(self, entry: Account, folder: Path) -> tuple[Path, Path]:
        """Return key and certificate file of an account, made and registered the first time."""
        name = f"{entry.environment}-{entry.name}"
        new = name not in self.keys
        files = self.keys.files(entry, name, folder, self.clock.now())
        if new:
            certificate = self.keys.certificate(name)
            provider = self.there if self._is_foreign(entry) else self.here
            provider.register(entry.name, [certificate])
            if entry is self.profile.first(PROVIDER):
                provider.register(SIBLING, [certificate])
        return files

    def fresh(
        self, account: str, by: str, folder: Path, instant: float
    ) -> tuple[x509.Certificate, Mapping[str, str]]:
        """Return a certificate that the account never had, and the files of it and its key."""
        entry = self.profile.account(account)
        self.here.chaman.certificates(account, by=by)  # no key is made for who may not add one
        rows = self.here.chaman.rows()["Certificates"]
        used = {row["certificate"] for row in rows if row["account"] == account}
        names = [GO_BETWEEN] if by == INTERMEDIARY else []
        for place in (*names, *range(2, len(used) + 3)):
            name = f"{entry.environment}-{place}-{entry.name}"
            files = self.keys.files(entry, name, folder, instant)
            certificate = self.keys.certificate(name)
            if certificate.fingerprint(hashes.SHA256()).hex() not in used:
                break
        told = dict(zip(("private_key_file", "certificate_file"), map(str, files), strict=True))
        return certificate, told

    def arrange(
        self, deed: str, told: Mapping[str, object], *, instant: float, folder: Path
    ) -> Done:
        """Have people do something on the portal; ValueError tells why it cannot be done.

        A key that nobody has had yet may be made for it: `secrets` knows it afterwards.
        """
        if deed not in DEEDS:
            raise ValueError(f"nobody does {deed!r}; there are {', '.join(DEEDS)}")
        named = told.get("account")
        if isinstance(named, str) and any(named == item.name for item in self.profile.accounts):
            self._register(self.profile.account(named), folder)
        return DEEDS[deed].do(self, told, instant=instant, folder=folder)

    def _register(self, entry: Account, folder: Path) -> None:
        """Have an account its first certificate, unless the profile brings it."""
        if not entry.certificates:
            self.files(entry, folder)

    def facts(self, entry: Account, scope: str | None = None) -> dict[str, Any]:
        """Return what the journal says of a scenario in which the client is this account."""
        origin = self.origins["other" if self._is_foreign(entry) else "main"]
        mine = {entry.client_id}
        return {
            "token_endpoint": origin + TOKEN_PATH,
            "audience": origin + TOKEN_PATH,
            "api_base": origin + API_BASE,
            "client_id": entry.client_id,
            "scope": scope,
            "account": entry.name,
            "capacity": entry.capacity,
            "environment": entry.environment,
            "enterprise_number": entry.enterprise_number,
            "capacity_scope": self.profile.scopes.of(entry.capacity),
            "principals": list(self.profile.principals(entry.enterprise_number)),
            "other_client_ids": sorted(self._client_ids() - mine),
            "foreign_client_ids": sorted(self._client_ids(of=entry.environment, other=True)),
            "max_lifetime_s": self.profile.assertion.max_lifetime_s,
            "grace_s": self.profile.assertion.grace_s,
            "skew_s": self.profile.assertion.skew_s,
        }

    def _client_ids(self, *, of: str = "", other: bool = False) -> set[str]:
        accounts = (*self.profile.accounts, *self.foreign.accounts)
        return {item.client_id for item in accounts if not other or item.environment != of}

    def sample(self, kind: str, facts: Mapping[str, object]) -> Mapping[str, object]:
        """Return the arguments of an ordinary API call for the account that `facts` describe."""
        return sample(self.profile, kind, facts, self.here.sample_call())

    def arm(self, stimulus: str, times: int, params: Mapping[str, object]) -> str:
        """Arm a stimulus at the provider; `tls` ones are the door's affair."""
        layer = CATALOGUE[stimulus].layer
        if layer != "tls":
            self.here.arm(stimulus, times, **params)
        return layer

    def for_stagings(self) -> None:
        """Grant in spite of violations, with tokens that look like JWTs.

        So one defect hides no other, and a client that decodes its token only stumbles where a
        staging issues an opaque one.
        """
        self.set_lenient(lenient=True)
        self.here.readable_tokens = self.there.readable_tokens = True

    def set_lenient(self, *, lenient: bool) -> None:
        """Grant in spite of violations, or refuse them."""
        self.here.lenient = self.there.lenient = lenient

    def secrets(self) -> Sequence[Secret]:
        """Return the private keys that were handed out."""
        return self.keys.secrets()


def make_cast(settings: Settings, clock: Clock, rng: random.Random) -> SocialSecurityCast:
    """Make the cast of a run from the user's settings."""
    profile = load_profile(settings.profile)
    if settings.openapi is not None:
        profile = replace(profile, fla=replace(profile.fla, openapi=settings.openapi))
    return SocialSecurityCast(profile, clock, rng)
