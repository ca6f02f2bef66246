"""The acceptance environment of I.AM Connect: its realm, and a genuine token of it.

    [acc.ehealth]
    audience = "…"                        # of the API that is judged
    token = { env = "EHEALTH_ACC_TOKEN" } # an access token that acceptance issued for it just now
    realm = "healthcare"                  # or issuer = "https://acc.example/auth/realms/healthcare"
    algorithms = ["RS256"]

The consumer hears of the key set at the recorder's door; the issuer stays that of acceptance. A
consumer that starts from the issuer's discovery document passes the door by.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from proefbank.clock import Clock, to_iso
from proefbank.errors import BadInvocation, NotObservable
from proefbank.exchange import Request, Response, Secret
from proefbank.ordinary import SIMULATED, Ordinary
from proefbank.profile.credentials import Reference, reference
from proefbank.service import Minted, Settings
from proefbank.staging import Stage, Staging
from proefbank.tables import Table
from proefbank.upstream import Environment, Upstream, acc_table, refuse_production, upstream

from .provider.facts import CERTS, DISCOVERY, REALMS, REALMS_PATH
from .recorded import ENVIRONMENTS
from .wire.key_set_traffic import KeySetTraffic
from .wire.keys_age import FirstAcceptance
from .wire.output import ConsumerOutput

__all__ = ["OWN", "PLAYED", "PRODUCTION", "PROVOKING", "READINGS", "environment", "make_cast",
           "published"]  # fmt: skip

PRODUCTION = frozenset(host for host, name in ENVIRONMENTS.items() if name == "prod")
READINGS = (FirstAcceptance, ConsumerOutput, KeySetTraffic)
"""Readings that need nothing of what only a simulated realm testifies or does.

Whether a process lives through a renewal no stage here shows: acceptance renews nothing in a run.
"""
PLAYED: Mapping[str, int] = {"keys-cold-start": 2, "acc-genuine-token": 8}
"""Stages that need no stimulus and do no harm, with the requests that each makes at most."""
PROVOKING: Mapping[str, int] = {}
_ORIGIN = next(f"https://{host}" for host, name in ENVIRONMENTS.items() if name == "acc")
_SPARE = 120
"""Seconds that a token should still live when the run begins."""
_PERSONAL = frozenset(
    {
        *("name", "given_name", "family_name", "preferred_username", "email", "ssin", "sub"),
        *("nihii", "firstName", "lastName", "phone_number", "birthdate"),
    }
)
_SHORTEST = 4


def _genuine_token(staging: Staging) -> None:
    """A genuine token is shown to a consumer that was just started, and shown again."""
    staging.begin("S0")
    staging.show(note="opening")
    for _ in range(4):
        staging.show(note="control")


_PACKAGE = __name__.rpartition(".")[0]
OWN = (
    Stage(
        "acc-genuine-token",
        (ConsumerOutput, KeySetTraffic),
        frozenset({"jwt"}),
        frozenset(),
        _genuine_token,
        _PACKAGE,
    ),
)
"""Stages of acceptance alone: the simulated realms show more."""


@dataclass(frozen=True, slots=True)
class _Told:
    upstream: Upstream
    issuer: str
    audience: str | None
    algorithms: tuple[str, ...]
    token: Reference | None
    table: Table


def _told(profile: Path | None) -> _Told:
    table = acc_table(profile, "ehealth")
    folder = profile.parent if profile else Path()
    site = upstream(table, folder=folder, production=PRODUCTION, origin=_ORIGIN)
    realm = table.text("realm", REALMS[0])
    issuer = table.text("issuer", f"{site.origin}{REALMS_PATH}{realm}")
    host = urlsplit(issuer).hostname or ""
    refuse_production(host, PRODUCTION, where=f"{table.file}: {table.name}.issuer")
    if not issuer.startswith(f"{site.origin}{REALMS_PATH}"):
        raise table.complain(
            "issuer",
            f"{issuer} is no realm of {site.origin}",
            f"Write it as {site.origin}{REALMS_PATH}{REALMS[0]}, or change origin.",
        )
    told = _Told(
        site,
        issuer.rstrip("/"),
        table.optional_text("audience"),
        table.texts("algorithms", ("RS256",)),
        reference(table, "token", folder=folder),
        table,
    )
    table.done()
    return told


def environment(profile: Path | None) -> Environment:
    """Return where acceptance stands; BadInvocation for a table that cannot be used."""
    return Environment("ehealth", (_told(profile).upstream,), PRODUCTION, rewrites=True)


def published(profile: Path | None) -> Mapping[str, str]:
    """Return the path of what acceptance publishes for everybody: the realm's discovery."""
    return {"main": urlsplit(_told(profile).issuer).path + DISCOVERY}


class AcceptanceCast(Ordinary):
    """A realm of acceptance at the recorder's door, and one token that it issued."""

    parts: ClassVar[tuple[str, ...]] = ("", "S0")
    passed_by: ClassVar[str] = (
        "no key set was asked for at the recorder's door; a consumer that starts from the issuer's "
        f"discovery document passes it by; {SIMULATED}"
    )

    def __init__(self, told: _Told, now: float) -> None:
        """Read the token; BadInvocation for one that a consumer would refuse rightly."""
        super().__init__()
        if told.audience is None:
            raise told.table.complain(
                "audience", "is missing", "A run needs it: the consumer is told to be this API."
            )
        self.told = told
        self.upstreams = (told.upstream,)
        self.genuine = told.token.text().strip() if told.token is not None else None
        self.claims = self._claims(now) if self.genuine is not None else {}

    def _claims(self, now: float) -> Mapping[str, Any]:
        parts = [_json(part) for part in str(self.genuine).split(".")[:2]]
        if len(parts) < 2 or None in parts:  # noqa: PLR2004 - header and claims
            raise self._unfit("is no signed token (JWT)")
        claims = parts[1] or {}
        expires = claims.get("exp")
        if not isinstance(expires, int | float) or expires < now + _SPARE:
            when = to_iso(expires) if isinstance(expires, int | float) else "at no instant"
            raise self._unfit(f"expires {when}, and a run takes {_SPARE} seconds of its life")
        if claims.get("iss") != self.told.issuer:
            raise self._unfit(f"is not issued by {self.told.issuer}")
        audiences = claims.get("aud")
        listed = audiences if isinstance(audiences, list) else [audiences]
        if self.told.audience not in listed:
            raise self._unfit(f"is not for the audience {self.told.audience}")
        return claims

    def _unfit(self, what: str) -> BadInvocation:
        assert self.told.token is not None  # noqa: S101 - it was read
        return BadInvocation(
            f"the token in {self.told.token.words} {what}",
            where=self.told.token.where,
            hint="Have acceptance issue another access token for this API, just before the run.",
        )

    def scenario(
        self,
        account: str,
        scope: str | None,  # noqa: ARG002 - nobody fetches a token here
        folder: Path,  # noqa: ARG002 - no key is handed out
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what the consumer is told, and the facts for the journal."""
        self.only(account)
        path = urlsplit(self.told.issuer).path
        members = {
            "issuer": self.told.issuer,
            "jwks_uri": f"{self.origins['main']}{path}{CERTS}",
            "audience": self.told.audience,
            "algorithms": list(self.told.algorithms),
        }
        return members, dict(members)

    def sample(self, kind: str, facts: Mapping[str, object]) -> Mapping[str, object]:  # noqa: ARG002
        """There is no API call here, of any kind: raises `NotObservable`."""
        raise NotObservable(f"there is no API to call; {SIMULATED}")

    def token(self, recipe: str, *, at: float, **how: Any) -> Minted:  # noqa: ARG002 - issued already
        """Return the genuine token; not observable without one, and for any other recipe."""
        if recipe != "access" or how:
            raise NotObservable(f"needs a token made for it ({recipe}); {SIMULATED}")
        if self.genuine is None:
            raise NotObservable(
                "the profile has no genuine token to show; token = { env = … } in [acc.ehealth] "
                f"would show it, and {SIMULATED}"
            )
        header = _json(self.genuine.partition(".")[0]) or {}
        facts = {
            "recipe": recipe,
            "key": None,
            "kid": header.get("kid"),
            "realm": self.told.issuer.rpartition("/")[2],
            "state": None,
            "expires_at": self.claims.get("exp"),
        }
        return Minted(self.genuine, {}, facts)

    def testimony(self, request: Request, response: Response) -> Mapping[str, object]:
        """Return of a key set whether it came whole, and its kids: that shows on the wire."""
        if not request.path.endswith(CERTS):
            return {}
        try:
            told = json.loads(response.body)
        except (ValueError, RecursionError):
            told = None
        keys = told.get("keys") if isinstance(told, dict) else None
        listed = [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []
        kids = [key["kid"] for key in listed if isinstance(key.get("kid"), str)]
        return {"delivered": response.status == 200 and bool(listed), "kids": kids}  # noqa: PLR2004

    def answers(self, request: Request, response: Response) -> bool:
        """Whether a key set holds the key of the genuine token."""
        if not request.path.endswith(CERTS) or self.genuine is None:
            return True
        listed = self.testimony(request, response).get("kids")
        kid = (_json(self.genuine.partition(".")[0]) or {}).get("kid")
        return isinstance(listed, list) and kid in listed

    def secrets(self) -> Sequence[Secret]:
        """Return the token, and what it says of a person."""
        if self.genuine is None:
            return []
        about = [Secret("personal", text) for text in _persons(self.claims)]
        return [Secret("token", self.genuine), *about]


def _persons(value: object, name: str = "") -> Iterator[str]:
    match value:
        case dict():
            inside = name == "userProfile"
            for key, inner in value.items():
                yield from _persons(inner, "name" if inside else key)
        case list():
            for inner in value:
                yield from _persons(inner, name)
        case str() | int() if name in _PERSONAL and len(str(value)) >= _SHORTEST:
            yield str(value)


def _json(part: str) -> dict[str, Any] | None:
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def make_cast(
    settings: Settings,
    clock: Clock,
    rng: random.Random,  # noqa: ARG001 - nothing is made up
) -> AcceptanceCast:
    """Make the cast of a run against acceptance; BadInvocation for a profile without audience."""
    return AcceptanceCast(_told(settings.profile), clock.now())
