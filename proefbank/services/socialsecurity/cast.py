"""The social security service made ready for stagings: accounts, keys, certificates, endpoints."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cryptography import x509

from proefbank.certificates import to_pem
from proefbank.clock import Clock
from proefbank.environments import Environments
from proefbank.errors import NotObservable
from proefbank.exchange import Provider, Secret
from proefbank.keys import SigningKey, key_for
from proefbank.pki import self_signed
from proefbank.service import Settings

from .provider import CATALOGUE, Profile, SocialSecurity, load_profile
from .provider.facts import API_BASE, EMPLOYER, PROVIDER, TOKEN_PATH, TRAINING_PROVIDER
from .provider.profile import Account
from .samples import sample

__all__ = ["SocialSecurityCast", "make_cast"]

YEAR = 365 * 86_400.0
OTHER = "other-environment"
SIBLING = "second-mandatary"


class SocialSecurityCast:
    """The provider and the accounts a client can be told to be.

    Accounts get their key and a self-signed certificate when they are first asked for, so that
    starting up makes no RSA key.
    """

    client_trust: Sequence[x509.Certificate] = ()
    """Nobody is asked for a client certificate."""

    def __init__(self, profile: Profile, clock: Clock, rng: random.Random) -> None:
        """Make the providers of `profile`: its environment, and another one beside it."""
        self.profile = _with_sibling(profile)
        self.clock = clock
        self.foreign = _elsewhere(self.profile)
        self.here = SocialSecurity(self.profile, certificates={}, rng=rng, lenient=True)
        self.there = SocialSecurity(self.foreign, certificates={}, rng=rng, lenient=True)
        self.provider: Provider = Environments(self.here, self.there)
        self.keys: dict[str, tuple[SigningKey, x509.Certificate]] = {}
        self.origins: Mapping[str, str] = {}

    def meet(self, origins: Mapping[str, str]) -> None:
        """Hear where the doors stand: `main`, `other` and, for redirects, `elsewhere`."""
        self.origins = origins
        self.here.elsewhere = self.there.elsewhere = origins.get("elsewhere")

    def account(self, role: str) -> Account:
        """Return the account that plays `role`; not observable if the profile has none."""
        if role == OTHER:
            return self.foreign.accounts[self.profile.accounts.index(self.account(""))]
        capacities = {"mandatary": PROVIDER, "training-provider": TRAINING_PROVIDER}
        capacity = capacities.get(role, EMPLOYER)
        found = [item for item in self.profile.accounts if item.capacity == capacity]
        place = 1 if role == "second-employer" else 0
        if len(found) <= place:
            raise NotObservable(
                f"the profile has no account for the role {role or 'employer'}; one more "
                f'[[accounts]] with capacity = "{capacity}" would show it'
            )
        return found[place]

    def scenario(
        self, account: str, scope: str | None, folder: Path
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the scenario members for the role `account`, and the facts for the journal."""
        entry = self.account(account)
        key_file, certificate_file = self.files(entry, folder)
        (self.there if account == OTHER else self.here).assumed = entry.name
        facts = self.facts(entry, scope)
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
        key_file, certificate_file = folder / f"{name}.key", folder / f"{name}.cer"
        if name not in self.keys:
            key = key_for(name, "RSA-2048")
            now = self.clock.now()
            certificate = self_signed(
                key,
                organisation=f"Proefbank {entry.name}",
                enterprise_number=entry.enterprise_number,
                valid_from=now - YEAR,
                valid_to=now + 3 * YEAR,
            )
            self.keys[name] = key, certificate
            provider = self.there if self._is_foreign(entry) else self.here
            provider.register(entry.name, [certificate])
            if entry is self.profile.first(PROVIDER):
                provider.register(SIBLING, [certificate])
        if not key_file.exists():
            key_file.touch(mode=0o600)
            key_file.write_bytes(self.keys[name][0].pem_private())
            certificate_file.write_bytes(to_pem(self.keys[name][1]))
        return key_file, certificate_file

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
        return [
            Secret("private-key", text)
            for key, _ in self.keys.values()
            for text in key.secret_texts()
        ]


def _with_sibling(profile: Profile) -> Profile:
    """Give the mandatary a second account, which a client may wrongly use for a principal."""
    mandatary = profile.first(PROVIDER)
    if mandatary is None or any(item.name == SIBLING for item in profile.accounts):
        return profile
    client_id = mandatary.client_id.replace("000002_", "000005_")
    if client_id == mandatary.client_id:
        client_id += "_second"
    sibling = replace(mandatary, name=SIBLING, client_id=client_id)
    return replace(profile, accounts=(*profile.accounts, sibling))


def _elsewhere(profile: Profile) -> Profile:
    """Return the other environment: the same accounts under client ids of its own."""
    name = "prod" if profile.environment != "prod" else "acc"
    accounts = tuple(
        replace(item, environment=name, client_id=f"{item.client_id}_{name}", certificates=())
        for item in profile.accounts
    )
    return replace(profile, environment=name, accounts=accounts)


def make_cast(settings: Settings, clock: Clock, rng: random.Random) -> SocialSecurityCast:
    """Make the cast of a run from the user's settings."""
    profile = load_profile(settings.profile)
    if settings.openapi is not None:
        profile = replace(profile, fla=replace(profile.fla, openapi=settings.openapi))
    return SocialSecurityCast(profile, clock, rng)
