"""A realm of a real Keycloak whose keys are renewed in eHealth's three steps."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from keycloak_server import Keycloak

from proefbank.keys import SigningKey
from suites.selftest.keycloak_probes import API, CLIENT, Realm
from suites.selftest.keycloak_shapes import Answer

__all__ = ["STEPS", "RealRealm"]

_PROVIDER = "org.keycloak.keys.KeyProvider"
STEPS = {
    "S0": ("OLD", ("OLD",), ("ENC",)),
    "S1": ("OLD", ("OLD", "NEW"), ("ENC",)),
    "S2": ("NEW", ("OLD", "NEW"), ("ENC", "ENC-NEW")),
    "S3": ("NEW", ("NEW",), ("ENC-NEW",)),
}
"""The key that signs, the signing keys and the encryption keys, by state."""


class RealRealm:
    """A realm made through the admin REST API, with one client and keys of known names."""

    def __init__(self, server: Keycloak, name: str, key: SigningKey) -> None:
        """Make the realm and a client that authenticates with `key`; it has no key of ours yet."""
        self._server, self._name, self._key = server, name, key
        self._components: dict[str, str] = {}
        server.admin("POST", "", {"realm": name, "enabled": True, "accessTokenLifespan": 300})
        mappers = [
            {
                "name": f"audience {audience}",
                "protocol": "openid-connect",
                "protocolMapper": "oidc-audience-mapper",
                "config": {"included.custom.audience": audience, "access.token.claim": "true"},
            }
            for audience in (API, CLIENT)  # as in the published sample of I.AM Connect
        ]
        client = {
            "clientId": CLIENT,
            "enabled": True,
            "protocol": "openid-connect",
            "publicClient": False,
            "serviceAccountsEnabled": True,
            "directAccessGrantsEnabled": False,
            "standardFlowEnabled": False,
            "clientAuthenticatorType": "client-jwt",
            "attributes": {
                "use.jwks.string": "true",
                "jwks.string": json.dumps({"keys": [key.jwk(kid=key.thumbprint, use="sig")]}),
            },
            "protocolMappers": mappers,
        }
        server.admin("POST", f"/{name}/clients", client)

    def _own(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._server.admin(
            "GET", f"/{self._name}/components?type={_PROVIDER}"
        )
        return found

    def enter(self, state: str, way: str) -> None:
        """Bring the keys into a state; `way` is `active_off` or `priority`.

        On the way into S0 the keys with which the realm was born go.
        """
        signs, sig, enc = STEPS[state]
        for name in (*sig, *enc):
            self._keep(name, signs=name == signs, use="enc" if name in enc else "sig", way=way)
        for component in self._own():
            rsa = component["providerId"] in ("rsa-generated", "rsa-enc-generated")
            if rsa and component["name"] not in (*sig, *enc):
                self._server.admin("DELETE", f"/{self._name}/components/{component['id']}")

    def _keep(self, name: str, *, signs: bool, use: str, way: str) -> None:
        """Make the key if it is new, and set its priority and whether it is active."""
        priority, active = 100, True
        if use == "sig" and way == "active_off":
            active = signs
        elif use == "sig":
            priority = 110 if signs else 90
        config = {
            "priority": [str(priority)],
            "enabled": ["true"],
            "active": [str(active).lower()],
            "keySize": ["2048"],
            "algorithm": ["RS256" if use == "sig" else "RSA-OAEP"],
        }
        told: dict[str, Any] = {
            "name": name,
            "providerId": "rsa-generated" if use == "sig" else "rsa-enc-generated",
            "providerType": _PROVIDER,
            "config": config,
        }
        old = next((one for one in self._own() if one["name"] == name), None)
        if old is None:
            self._server.admin("POST", f"/{self._name}/components", told)
        else:
            path = f"/{self._name}/components/{old['id']}"
            self._server.admin("PUT", path, {**old, "config": {**old["config"], **config}})

    def _keys(self) -> list[dict[str, Any]]:
        keys: list[dict[str, Any]] = self._server.admin("GET", f"/{self._name}/keys")["keys"]
        return keys

    def names(self) -> Mapping[str, str]:
        """Return the name of each public key by its kid, whatever its state."""
        called = {one["id"]: one["name"] for one in self._own()}
        return {key["kid"]: called[key["providerId"]] for key in self._keys() if "publicKey" in key}

    def rule(self) -> Sequence[str]:
        """Return the names of the enabled keys by priority, highest first, and then by id."""
        called = {one["id"]: one["name"] for one in self._own()}
        told = [key for key in self._keys() if "publicKey" in key and key["status"] != "DISABLED"]
        told.sort(key=lambda key: (-key["providerPriority"], key["providerId"]))
        return [called[key["providerId"]] for key in told]

    def _send(
        self, method: str, url: str, headers: Sequence[tuple[str, str]], body: bytes
    ) -> Answer:
        target = url.removeprefix(self._server.origin)
        return Answer(*self._answer(method, target, dict(headers), body))

    def _answer(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
        status, fields, said = self._server.http(method, target, headers, body)
        return status, tuple(fields), said

    def realm(self) -> Realm:
        """Return what the probes need."""
        url = f"{self._server.origin}/auth/realms/{self._name}"
        return Realm(url, self._send, time.time, self._key, self.names, self.rule)
