"""Requests to a realm, in each state of a renewal: to a real Keycloak and to the simulator alike.

`probe` asks one realm everything and describes the answers with `keycloak_shapes`; it does not
know which of the two it asks.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import jwt

from proefbank.keys import SigningKey

from .keycloak_shapes import Answer, Names, Shape, shape_of_answer, shape_of_keys

__all__ = ["API", "CLIENT", "STATES", "Realm", "probe", "probe_refusals"]

CLIENT, API = "sim-client", "sim-api"
STATES = ("S0", "S1", "S2", "S3")
CERTS = "/protocol/openid-connect/certs"
DISCOVERY = "/.well-known/openid-configuration"
TOKEN = "/protocol/openid-connect/token"
INTROSPECT = f"{TOKEN}/introspect"
USERINFO = "/protocol/openid-connect/userinfo"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
BEARER = "Authorization"
CROSS = (("Origin", "https://client.invalid"),)
PREFLIGHT = (*CROSS, ("Access-Control-Request-Method", "GET"))

Send = Callable[[str, str, Sequence[tuple[str, str]], bytes], Answer]
"""Method, URL, headers and body."""


@dataclass(frozen=True, slots=True)
class Realm:
    """A realm that can be asked, and what whoever set it up knows of it."""

    url: str
    send: Send
    now: Callable[[], float]
    key: SigningKey = field(repr=False)
    """The key of the registered client."""
    names: Callable[[], Mapping[str, str]]
    """Name of every key in the key set, by kid."""
    rule: Callable[[], Sequence[str]]
    """Names of enabled keys, by priority from high to low and then by component id."""

    def ask(self, method: str, suffix: str, headers: Sequence[tuple[str, str]] = ()) -> Answer:
        """Send a request without a body."""
        return self.send(method, self.url + suffix, headers, b"")

    def post(self, suffix: str, form: Mapping[str, str] | Sequence[tuple[str, str]]) -> Answer:
        """Send a form."""
        media = (("Content-Type", "application/x-www-form-urlencoded"),)
        return self.send("POST", self.url + suffix, media, urlencode(form).encode())

    def assertion(self, *, by: SigningKey | None = None, **changes: Any) -> str:
        """Return a client assertion; None as a change leaves a claim out."""
        now = int(self.now())
        claims = {"iss": CLIENT, "sub": CLIENT, "aud": self.url, "jti": str(uuid.uuid4())}
        told = {**claims, "iat": now, "exp": now + 50, **changes}
        told = {name: value for name, value in told.items() if value is not None}
        key = by or self.key
        return jwt.encode(told, key.private, "RS256", headers={"kid": self.key.thumbprint})

    def authenticated(self, assertion: str = "", **more: str) -> dict[str, str]:
        """Return a form with the client's identity in it."""
        return {
            "client_assertion_type": ASSERTION,
            "client_assertion": assertion or self.assertion(),
            **more,
        }

    def granted(self) -> str:
        """Return an access token by client credentials; AssertionError if there is none."""
        answer = self.post(TOKEN, self.authenticated(grant_type="client_credentials"))
        assert answer.status == 200, answer.body
        return str(json.loads(answer.body)["access_token"])


def probe(realm: Realm, kept: dict[str, str], state: str) -> dict[str, Shape]:
    """Return what each plain request gives now, by name of the request.

    `kept` holds a token of each state so far: the one of `state` comes in.
    """
    names = Names(realm.url, CLIENT, API, realm.names())
    kept[state] = realm.granted()
    found = {
        "keys": shape_of_answer(realm.ask("GET", CERTS), names),
        "page": shape_of_answer(realm.ask("GET", ""), names),
        "discovery": shape_of_answer(realm.ask("GET", DISCOVERY), names),
        "token": shape_of_answer(
            realm.post(TOKEN, realm.authenticated(grant_type="client_credentials")), names
        ),
        "userinfo of a machine": shape_of_answer(
            realm.ask("GET", USERINFO, ((BEARER, f"Bearer {kept[state]}"),)), names
        ),
    }
    found["keys"] |= shape_of_keys(realm.ask("GET", CERTS), names, realm.rule())
    for born, token in kept.items():
        form = realm.authenticated(token=token)
        found[f"introspect a token of {born}"] = shape_of_answer(
            realm.post(INTROSPECT, form), names
        )
    return found


def probe_refusals(realm: Realm, stranger: SigningKey) -> dict[str, Shape]:
    """Return what odd and wrong requests give, by name of the request; the state is all one."""
    names = Names(realm.url, CLIENT, API, realm.names())
    said = {name: shape_of_answer(answer, names) for name, answer in _odd(realm)}
    said |= {
        f"token, {name}": shape_of_answer(realm.post(TOKEN, form), names)
        for name, form in _token_forms(realm, stranger).items()
    }
    said |= {
        f"introspect, {name}": shape_of_answer(realm.post(INTROSPECT, form), names)
        for name, form in {
            "no client": {"token": "x"},
            "no token": realm.authenticated(),
            "no JWT": realm.authenticated(token="nothing"),
            "by a stranger": realm.authenticated(realm.assertion(by=stranger), token="x"),
        }.items()
    }
    return said


def _odd(realm: Realm) -> list[tuple[str, Answer]]:
    ask = realm.ask
    nobody = realm.url.rpartition("/")[0] + "/nobody"
    odd = [
        ("HEAD keys", ask("HEAD", CERTS)),
        ("OPTIONS keys", ask("OPTIONS", CERTS)),
        ("preflight keys", ask("OPTIONS", CERTS, PREFLIGHT)),
        ("keys from another origin", ask("GET", CERTS, CROSS)),
        ("keys with a query", ask("GET", f"{CERTS}?kid=1&x")),
        ("keys with a slash", ask("GET", f"{CERTS}/")),
        ("keys below", ask("GET", f"{CERTS}/below")),
        ("keys in capitals", ask("GET", CERTS.upper())),
        ("page with a slash", ask("GET", "/")),
        ("page from another origin", ask("GET", "", CROSS)),
        ("discovery with a query", ask("GET", f"{DISCOVERY}?x=1")),
        ("discovery from another origin", ask("GET", DISCOVERY, CROSS)),
        ("unknown well-known", ask("GET", "/.well-known/nothing")),
        ("unknown path", ask("GET", "/nothing")),
        ("unknown protocol path", ask("GET", "/protocol/openid-connect/nothing")),
        ("GET token", ask("GET", TOKEN)),
        ("GET introspect", ask("GET", INTROSPECT)),
        ("OPTIONS token", ask("OPTIONS", TOKEN)),
        ("userinfo, no token", ask("GET", USERINFO)),
        ("userinfo, no JWT", ask("GET", USERINFO, ((BEARER, "Bearer nothing"),))),
    ]
    odd += [(f"{verb} keys", ask(verb, CERTS)) for verb in ("POST", "PUT", "DELETE", "PATCH")]
    odd += [
        (f"POST {name}", ask("POST", path))
        for name, path in (("page", ""), ("discovery", DISCOVERY))
    ]
    odd += [
        (f"unknown realm, {name}", realm.send("GET", nobody + path, (), b""))
        for name, path in (("page", ""), ("keys", CERTS), ("discovery", DISCOVERY))
    ]
    return odd


def _token_forms(realm: Realm, stranger: SigningKey) -> dict[str, Any]:
    now, grant = int(realm.now()), {"grant_type": "client_credentials"}
    used = realm.assertion()
    realm.post(TOKEN, realm.authenticated(used, **grant))

    def claims(**changes: Any) -> dict[str, str]:
        return realm.authenticated(realm.assertion(**changes), **grant)

    return {
        "no client": grant,
        "a client that names itself": {**grant, "client_id": CLIENT},
        "an unknown client": claims(iss="nobody", sub="nobody"),
        "by a stranger": claims(by=stranger),
        "no JWT": realm.authenticated("nothing", **grant),
        "another assertion type": {**claims(), "client_assertion_type": "urn:nothing"},
        "another client_id": {**claims(), "client_id": "nobody"},
        "iss is not sub": claims(iss="nobody"),
        "another aud": claims(aud="https://other.invalid"),
        "aud is the token endpoint": claims(aud=realm.url + TOKEN),
        "aud is a list of one": claims(aud=[realm.url]),
        "aud is a list of two": claims(aud=[realm.url, "https://other.invalid"]),
        "no aud": claims(aud=None),
        "no exp": claims(exp=None),
        "no iat": claims(iat=None),
        "no iat, for an hour": claims(iat=None, exp=now + 3600),
        "no jti": claims(jti=None),
        "expired": claims(iat=now - 600, exp=now - 300),
        "expired half a minute ago": claims(iat=now - 60, exp=now - 30),
        "not valid yet": claims(nbf=now + 300),
        "issued in the future": claims(iat=now + 300, exp=now + 600),
        "for an hour": claims(exp=now + 3600),
        "issued an hour ago": claims(iat=now - 3600, exp=now + 50),
        "used before": realm.authenticated(used, **grant),
        "no grant": realm.authenticated(),
        "unknown grant": realm.authenticated(grant_type="nothing"),
        "a parameter twice": [*claims().items(), ("grant_type", "client_credentials")],
        "a scope it does not know": {**claims(), "scope": "nothing"},
    }
