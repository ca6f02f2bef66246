"""The reference consumer: an API that verifies the tokens of I.AM Connect as it should.

It speaks the Python adapter protocol. Each decision stands in a method of its own, so that a
wayward consumer can get exactly one of them wrong.
"""

from __future__ import annotations

import base64
import json
import re
import ssl
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import jwt

from proefbank import __version__
from proefbank.clock import Clock
from proefbank.errors import Rejected

__all__ = ["KeyStore", "ReferenceConsumer"]

HOURLY = 3600.0
"""Seconds after which the key set is fetched again; the notice advises at least daily."""
DAILY = 86_400.0
"""Seconds after which keys that could not be confirmed are trusted no longer."""
COOLDOWN = 30.0
"""Seconds between two fetches that something else than age asked for."""
LEEWAY = 60.0
"""Seconds that two clocks may differ."""
LONGEST_KID = 256

Keys = dict[str, Mapping[str, Any]]
"""JWKs by kid."""


@dataclass(slots=True)
class KeyStore:
    """The key set of one issuer: usable keys by kid, and when they came."""

    issuer: str
    jwks_uri: str
    audience: str
    algorithms: tuple[str, ...]
    keys: Keys = field(default_factory=dict)
    fetched_at: float | None = None
    """When the set was last fetched with success."""
    tried_at: float | None = None
    """When it was last tried to fetch it."""
    wait_until: float = 0.0
    """Until when the server asked not to be asked again."""


class ReferenceConsumer:
    """An API that trusts the current keys of its realm, and nothing else."""

    name = "proefbank reference consumer"
    version = __version__
    capabilities = ("jwt",)
    concurrency = 16

    def __init__(self) -> None:
        """Start with nothing; `scenario` brings the rest."""
        self.time = Clock()
        self.stores: dict[str, KeyStore] = {}
        self.http: httpx.Client | None = None
        self.lock = threading.RLock()

    # The verbs of the adapter protocol.

    def scenario(self, members: Mapping[str, Any]) -> None:
        """Forget everything and take up the realms of a new scenario."""
        self.close()
        told = members["ehealth"]
        realms = told if isinstance(told, list) else [told]
        self.stores = {item["issuer"]: self.store_of(item) for item in realms}
        self.http = self.connect(members["ca_file"])
        self.time.reset()

    def close(self) -> None:
        """Let go of the connections."""
        if self.http is not None:
            self.http.close()

    def clock(self, now: float) -> None:
        """Live at `now` from here on."""
        self.time.set(now)

    def jwt_verify(self, token: str, issuer: str | None = None) -> dict[str, object]:
        """Verify an access token and return its claims."""
        store = self.stores[issuer] if issuer else next(iter(self.stores.values()))
        header = self.header_of(token)
        self.check_header(header, store)
        with self.lock:  # who comes while a set is being fetched waits for it
            key = self.key_for(header, store)
        claims = self.verified(token, header, key, store)
        self.check_claims(claims, store)
        return {"claims": claims}

    # The header.

    def header_of(self, token: str) -> dict[str, Any]:
        """Return the token's header; three parts and a JSON object, or it is no token."""
        parts = token.split(".")
        if len(parts) != 3:  # noqa: PLR2004 - the three parts of a JWS
            raise Rejected("malformed", f"{len(parts)} parts")
        try:
            padded = parts[0] + "=" * (-len(parts[0]) % 4)
            header = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        except (ValueError, RecursionError) as problem:
            raise Rejected("malformed", "the header is not JSON") from problem
        if not isinstance(header, dict):
            raise Rejected("malformed", "the header is no object")
        return header

    def check_header(self, header: Mapping[str, Any], store: KeyStore) -> None:
        """Go by our own list of algorithms, and refuse what we are told to understand."""
        if header.get("alg") not in store.algorithms:
            raise Rejected("forbidden_algorithm", "the algorithm is not one of ours")
        if "crit" in header:
            raise Rejected("wrong_kind", "the header has critical members that we do not know")

    # The key.

    def key_for(self, header: Mapping[str, Any], store: KeyStore) -> Mapping[str, Any]:
        """Return the key that the header names, fetching the set when it is old or lacks it."""
        kid = header.get("kid")
        if not isinstance(kid, str) or not 0 < len(kid) <= LONGEST_KID:
            raise Rejected("unknown_key", "there is no usable kid")
        if self.is_old(store):
            self.refresh(store)
        self.mind_age(store)
        if self.lookup(kid, store) is None and self.may_refetch(store):
            self.refresh(store)
        if (found := self.lookup(kid, store)) is None:
            raise Rejected("unknown_key", f"the key set has no kid {kid}")
        return found

    def lookup(self, kid: str, store: KeyStore) -> Mapping[str, Any] | None:
        """Return the key of exactly this kid."""
        return store.keys.get(kid)

    def is_old(self, store: KeyStore) -> bool:
        """Whether the set is due, and the last try long enough ago."""
        if store.fetched_at is None:
            return True
        return abs(self.time.now() - store.fetched_at) >= self.lifetime() and self.may_retry(store)

    def lifetime(self) -> float:
        """Seconds for which a set is used before it is fetched again."""
        return HOURLY

    def may_refetch(self, store: KeyStore) -> bool:
        """Whether a kid that we do not know is a reason to fetch at this time."""
        return self.may_retry(store)

    def may_retry(self, store: KeyStore) -> bool:
        """Whether the last try was long enough ago, and nobody asked us to wait."""
        now = self.time.now()
        rested = store.tried_at is None or abs(now - store.tried_at) >= COOLDOWN
        return rested and now >= store.wait_until

    def mind_age(self, store: KeyStore) -> None:
        """Trust no set that is older than a day, whatever kept us from fetching it."""
        if store.fetched_at is None or self.time.now() - store.fetched_at >= DAILY:
            raise Rejected("transport", "the key set could not be fetched for a day")

    def refresh(self, store: KeyStore) -> None:
        """Fetch the set; a failure leaves the last good one as it is."""
        store.tried_at = self.time.now()
        response = self.get(store.jwks_uri)
        if response is None:
            return
        self.mind_waiting(store, response)
        if keys := self.keys_in(response):
            store.keys = self.merged(store, keys)
            store.fetched_at = self.time.now()

    def merged(self, store: KeyStore, keys: Keys) -> Keys:  # noqa: ARG002 - for the wayward
        """Return what is trusted after a fetch: the new set and nothing of the old one."""
        return keys

    def get(self, url: str) -> httpx.Response | None:
        """Return what is at `url`, or None if no answer could be had."""
        for _ in range(2):  # a kept-alive connection may have died
            try:
                return self.send(url)
            except httpx.HTTPError:
                continue
        return None

    def send(self, url: str) -> httpx.Response:
        """Send one request; no redirect is followed."""
        assert self.http is not None  # noqa: S101 - a scenario comes before any call
        return self.http.get(url)

    def mind_waiting(self, store: KeyStore, response: httpx.Response) -> None:
        """Remember for how long we were asked to wait."""
        told = response.headers.get("retry-after", "")
        if not response.is_success and told.isdigit():
            store.wait_until = self.time.now() + int(told)

    def keys_in(self, response: httpx.Response) -> Keys:
        """Return the usable keys by kid; none if the answer holds no key set."""
        if not response.is_success:
            return {}
        try:
            members = response.json()["keys"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return {}
        return self.usable(members) if isinstance(members, list) else {}

    def usable(self, members: Sequence[Any]) -> Keys:
        """Return the members that can verify a signature, by kid; the rest is skipped."""
        return {
            item["kid"]: item
            for item in members
            if isinstance(item, dict) and isinstance(item.get("kid"), str) and self.fits(item)
        }

    def fits(self, member: Mapping[str, Any]) -> bool:
        """Whether a member is an RSA key for signatures."""
        if member.get("kty") != "RSA" or member.get("use", "sig") != "sig":
            return False
        if not str(member.get("alg", "RS256")).startswith("RS"):
            return False
        values = [member.get(part) for part in ("n", "e")]
        return all(isinstance(it, str) and re.fullmatch(r"[A-Za-z0-9_-]+", it) for it in values)

    # The token.

    def verified(
        self, token: str, header: Mapping[str, Any], key: Mapping[str, Any], store: KeyStore
    ) -> dict[str, Any]:
        """Verify the signature with the key, and return the claims unjudged."""
        if key.get("alg", header["alg"]) != header["alg"]:
            raise Rejected("forbidden_algorithm", "the key is for another algorithm")
        try:
            public = jwt.PyJWK({**key, "alg": header["alg"]}).key
            claims = json.loads(jwt.PyJWS().decode(token, public, list(store.algorithms)))
        except jwt.InvalidSignatureError as problem:
            raise Rejected("invalid_signature", "the signature does not verify") from problem
        except (jwt.PyJWTError, ValueError, RecursionError) as problem:
            raise Rejected("malformed", type(problem).__name__) from problem
        if not isinstance(claims, dict):
            raise Rejected("malformed", "the claims are no object")
        return claims

    def check_claims(self, claims: Mapping[str, Any], store: KeyStore) -> None:
        """Refuse a token that is not ours, not now, or not an access token."""
        if claims.get("iss") != store.issuer:
            raise Rejected("wrong_issuer", "the token is of another issuer")
        self.check_audience(claims.get("aud"), store)
        self.check_time(claims)
        if claims.get("typ", "Bearer") != "Bearer":
            raise Rejected("wrong_kind", "the token is no access token")

    def check_audience(self, told: object, store: KeyStore) -> None:
        """Take a text or a list of texts that names us exactly."""
        if store.audience not in (told if isinstance(told, list) else [told]):
            raise Rejected("wrong_audience", "the token is for another API")

    def check_time(self, claims: Mapping[str, Any]) -> None:
        """Take a token from its `nbf` and `iat` to its `exp`, give or take the leeway."""
        now, exp = self.time.now(), claims.get("exp")
        if not _is_number(exp):
            raise Rejected("malformed", "there is no exp")
        if now >= float(str(exp)) + LEEWAY:
            raise Rejected("expired", "the token has expired")
        for claim in ("nbf", "iat"):
            told = claims.get(claim)
            if told is not None and (not _is_number(told) or float(told) > now + LEEWAY):
                raise Rejected("not_yet_valid", f"{claim} lies ahead")

    # Settings.

    def store_of(self, told: Mapping[str, Any]) -> KeyStore:
        """Return an empty store for one realm."""
        return KeyStore(
            issuer=told["issuer"],
            jwks_uri=told["jwks_uri"],
            audience=told["audience"],
            algorithms=tuple(told.get("algorithms") or ("RS256",)),
        )

    def connect(self, ca_file: str) -> httpx.Client:
        """Return the client that key sets are fetched with."""
        return httpx.Client(verify=self.trust(ca_file), timeout=5.0, trust_env=False)

    def trust(self, ca_file: str) -> ssl.SSLContext:
        """Trust the one CA that the scenario names."""
        return ssl.create_default_context(cafile=ca_file)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
