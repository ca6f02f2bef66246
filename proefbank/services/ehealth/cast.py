"""The realms of I.AM Connect made ready for stagings: timelines, tokens, and a made-up person."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from math import isfinite
from pathlib import Path
from string import ascii_lowercase
from typing import Any

from cryptography import x509

from proefbank.clock import Clock
from proefbank.environments import Environments
from proefbank.errors import NotObservable
from proefbank.exchange import Provider, Secret
from proefbank.service import Minted, Settings

from .provider import CATALOGUE, STATES, EHealth, Timeline, load_timeline
from .provider.facts import CERTS, LIFETIME, REALMS
from .provider.timeline import Step
from .stages.timetable import SUDDEN, present

__all__ = ["EHealthCast", "make_cast"]

QUERY = "?client=sim-api"
"""What the address of the key set ends with where a staging wants a query; it changes nothing."""
OWN: Mapping[str, Mapping[str, Any]] = {"exp-zero": {"exp": 0}}
"""Access tokens in good order with other claims, beside the recipes of the provider."""
BEFORE = 120
"""Seconds between the issue of an old key's last tokens and the step that ends it."""
LONGEST_KID = 100


class EHealthCast:
    """The provider, the timeline of the scenario in play, and the tokens that are shown."""

    client_trust: Sequence[x509.Certificate] = ()
    """Nobody is asked for a client certificate."""

    def __init__(self, clock: Clock, rng: random.Random) -> None:
        """Make both environments, and a person whom all tokens of the run are about."""
        self.clock = clock
        self.here, self.there = EHealth(rng=rng), EHealth(rng=rng)
        self.provider: Provider = Environments(self.here, self.there)
        self.person = _person(rng)
        self.realms: tuple[str, ...] = REALMS[:1]
        self._keys: dict[str, str] = {}

    def meet(self, origins: Mapping[str, str]) -> None:
        """Hear where the doors stand: `main`, `other` and, for the trap, `elsewhere`."""
        self.here.origin = self.there.other_origin = origins["main"]
        self.there.origin = self.here.other_origin = origins.get("other")
        self.here.elsewhere = self.there.elsewhere = origins.get("elsewhere")

    def scenario(
        self,
        account: str,
        scope: str | None,  # noqa: ARG002 - nobody fetches a token here
        folder: Path,  # noqa: ARG002 - no key is handed out
    ) -> tuple[Any, dict[str, Any]]:
        """Return what the consumer is told, and the facts for the journal.

        `account` is a state that holds at present (`S0` to `S3`, the default is `S0`) or the
        name of a timeline in its own days, then `query` for an address with a query, or
        `realms` for a consumer that trusts both realms.
        """
        name, *more = account.split() or ["S0"]
        self.take_up(self._timeline(name))
        self.realms = REALMS if "realms" in more else REALMS[:1]
        query = QUERY if "query" in more else ""
        self.here.jwks_query = query
        told = [self.told(realm, query) for realm in self.realms]
        return (told if len(told) > 1 else told[0]), self.facts()

    def facts(self) -> dict[str, Any]:
        """Return the facts of the scenario in play for the journal."""
        timeline = self.here.timeline
        return self.told(self.realms[0], self.here.jwks_query) | {
            "realms": list(self.realms),
            "timeline": timeline.id,
            "kids": {key: self._kid(key) for key in timeline.key_names},
            "steps": [_told_of(step) for step in timeline.steps],
        }

    def _timeline(self, name: str) -> Timeline:
        if name in STATES:
            return present(name, self.clock.now())
        return SUDDEN if name == SUDDEN.id else load_timeline(name)

    def take_up(self, timeline: Timeline) -> None:
        """Let both environments go by this timeline."""
        elsewhere = "acc" if timeline.environment == "prod" else "prod"
        self.here.timeline = timeline
        self.there.timeline = replace(timeline, environment=elsewhere)

    def told(self, realm: str, query: str = "") -> dict[str, Any]:
        """Return what a consumer is told of a realm."""
        issuer = self.here.issuer(realm)
        return {
            "issuer": issuer,
            "jwks_uri": issuer + CERTS + query,
            "audience": self.here.party.audience,
            "algorithms": ["RS256"],
        }

    def _kid(self, key: str) -> str:
        """Return the kid of a key, and keep its private half from being written anywhere."""
        ring = self.here.ring(self.realms[0])
        named = ring.named(key)
        if named.kid not in self._keys:
            self._keys[named.kid] = named.material.key.pem_private().decode()
        return named.kid

    def sample(self, kind: str, facts: Mapping[str, object]) -> Mapping[str, object]:
        """There is no API call here, of any kind: raises `NotObservable`."""
        raise NotObservable(
            f"there is no API to call ({kind or 'ordinary'} call, {len(facts)} facts); tokens of "
            "eHealth's are shown by jwt.verify"
        )

    def token(self, recipe: str, *, at: float, **how: Any) -> Minted:
        """Return a token made for a showing at `at`; ValueError for an unknown recipe.

        `key` signs it (by default the one that does at `at`): a key that signs no more did so
        just before it ceased to. `realm` issues it, `life` is how many seconds it is still good
        for.
        """
        realm, key = how.get("realm", REALMS[0]), how.get("key")
        issued = self._issued(key, at)
        made = self.here.token(
            "access" if recipe in OWN else recipe,
            at=issued,
            realm=realm,
            key=key,
            lifetime=round(at - issued + how.get("life", LIFETIME)),
            claims={**self.person, **OWN.get(recipe, {})},
        )
        header, claims = (_json(part) for part in [*made.split("."), "", ""][:2])
        kid = header.get("kid")
        facts = {
            "recipe": recipe,
            "key": key or self.here.timeline.signing_key(at),
            "kid": kid if isinstance(kid, str) and len(kid) <= LONGEST_KID else None,
            "realm": realm,
            "state": self.here.timeline.state_at(at),
            "expires_at": _number(claims.get("exp")),
        }
        several = len(self.realms) > 1
        return Minted(made, {"issuer": self.here.issuer(realm)} if several else {}, facts)

    def _issued(self, key: str | None, at: float) -> float:
        timeline = self.here.timeline
        if key is None or timeline.signing_key(at) == key:
            return at
        ceased = [two.at for one, two in pairwise(timeline.steps) if one.signs == key]
        return next((end - BEFORE for end in reversed(ceased) if end <= at), at)

    def arm(self, stimulus: str, times: int, params: Mapping[str, Any]) -> str:
        """Arm a stimulus in place of those before it; `tls` ones are the door's affair."""
        layer = CATALOGUE[stimulus].layer
        if layer != "tls":
            self.here.disarm()
            self.here.arm(stimulus, times, **params)
        return layer

    def for_stagings(self) -> None:
        """Nothing to choose: a scenario brings its timeline."""

    def set_lenient(self, *, lenient: bool) -> None:
        """Nothing to grant or refuse here: consumers only read."""

    def secrets(self) -> Sequence[Secret]:
        """Return the private keys in play, and what tokens say of their person."""
        about = [Secret("personal", value) for value in self.person.values()]
        return [*about, *(Secret("private-key", pem) for pem in self._keys.values())]


def _told_of(step: Step) -> dict[str, Any]:
    """Return a step for the journal; `at` is None for the situation at the start."""
    return {
        "name": step.name,
        "at": step.at if isfinite(step.at) else None,
        "date": step.date,
        "state": step.state,
        "signs": step.signs,
        "published": list(step.published),
    }


def _person(rng: random.Random) -> dict[str, str]:
    """Make a person up: nobody was born in the month 99, and the names are mere letters."""
    given, family = ("".join(rng.choices(ascii_lowercase, k=10)).title() for _ in range(2))
    number = rng.randrange(10_000_000_000)
    return {
        "name": f"{given} {family}",
        "given_name": given,
        "family_name": family,
        "preferred_username": f"{given}.{family}".lower(),
        "ssin": f"{number // 10**8:02d}99{number % 10**7:07d}",
    }


def _json(part: str) -> dict[str, Any]:
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _number(value: object) -> float | None:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return float(str(value)) if plain else None


def make_cast(
    settings: Settings,  # noqa: ARG001 - nothing of the user's is read yet
    clock: Clock,
    rng: random.Random,
) -> EHealthCast:
    """Make the cast of a run."""
    return EHealthCast(clock, rng)
