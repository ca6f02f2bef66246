"""The simulated realms, and what a client or a prober says to them."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Mapping
from functools import cache
from itertools import count
from typing import Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt as joserfc_jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from proefbank.exchange import Request, Response, WirePlan
from proefbank.keys import key_for
from proefbank.services.ehealth.provider import EHealth, Party, load_timeline
from proefbank.services.ehealth.provider.facts import ASSERTION_TYPE, FORM
from proefbank.services.ehealth.provider.timeline import Timeline

__all__ = [
    "ACC",
    "AUDIENCE",
    "CERTS",
    "CLIENT",
    "COUNT",
    "DISCOVERY",
    "ELSEWHERE",
    "HEALTHCARE",
    "IN",
    "INTROSPECT",
    "M2M",
    "NOW",
    "ORIGIN",
    "TOKEN",
    "USERINFO",
    "assertion",
    "b64",
    "body",
    "fresh_provider",
    "get",
    "header",
    "keys_of",
    "new_provider",
    "payload",
    "post",
    "proven",
    "public_of",
    "second_opinion",
    "shaped",
    "shared_provider",
    "unb64",
    "usable",
    "violation",
]

ORIGIN = "https://127.0.0.1:4433"
ELSEWHERE = "https://localhost:4444"
HEALTHCARE = f"{ORIGIN}/auth/realms/healthcare"
M2M = f"{ORIGIN}/auth/realms/M2M"
CERTS = "/protocol/openid-connect/certs"
TOKEN = "/protocol/openid-connect/token"
INTROSPECT = f"{TOKEN}/introspect"
USERINFO = "/protocol/openid-connect/userinfo"
DISCOVERY = "/.well-known/openid-configuration"
ACC = load_timeline("ehealth-2024-acc")
IN = {
    "S0": ACC.begins,
    "S1": ACC.first("S1") + 2 * 86_400,
    "S2": ACC.first("S2") + 3 * 86_400,
    "S3": ACC.first("S3") + 86_400,
}
NOW = IN["S2"]
AUDIENCE = "sim-api"
CLIENT = "cbe-0000000196"
COUNT = count()


def new_provider(timeline: Timeline | str = ACC) -> EHealth:
    made = EHealth(timeline, origin=ORIGIN, rng=random.Random(7))
    made.elsewhere = ELSEWHERE
    return made


@cache
def shared_provider() -> EHealth:
    made = new_provider()
    made.register(CLIENT, key_for("selftest-ehealth-client", "EC P-384"))
    made.register(CLIENT, key_for("selftest-ehealth-client", "EC P-384"), realm="healthcare")
    made.register("public-client", None, realm="healthcare")
    return made


def fresh_provider() -> EHealth:
    """Return the one provider, as if nobody had used it."""
    made = shared_provider()
    made.reset()
    made.timeline = ACC
    made.elsewhere, made.other_origin, made.party = ELSEWHERE, None, Party()
    return made


def get(to: EHealth, url: str, *, at: float = NOW, method: str = "GET") -> Response:
    return to.handle(Request.to(url, method=method, received_at=at))


def body(answer: Response) -> Any:
    return json.loads(answer.body)


def keys_of(to: EHealth, realm_url: str = HEALTHCARE, *, at: float = NOW) -> list[dict[str, Any]]:
    answer = get(to, realm_url + CERTS, at=at)
    assert answer.status == 200
    return list(body(answer)["keys"])


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def public_of(member: Mapping[str, Any]) -> rsa.RSAPublicKey:
    key = jwt.PyJWK(dict(member), algorithm="RS256").key
    assert isinstance(key, rsa.RSAPublicKey)
    return key


def payload(token: str) -> dict[str, Any]:
    return dict(json.loads(unb64(token.split(".")[1])))


def header(token: str) -> dict[str, Any]:
    return dict(json.loads(unb64(token.partition(".")[0])))


def assertion(realm_url: str = M2M, *, at: float = NOW, **changes: Any) -> str:
    claims = {
        "iss": CLIENT,
        "sub": CLIENT,
        "aud": realm_url,
        "exp": int(at) + 60,
        "jti": f"jti-{next(COUNT)}",
        **changes,
    }
    key = key_for("selftest-ehealth-client", "EC P-384")
    return jwt.encode({k: v for k, v in claims.items() if v is not None}, key.private, "ES384")


def post(to: EHealth, url: str, *, at: float = NOW, **form: str) -> Response:
    request = Request.to(
        url,
        method="POST",
        headers=[("Content-Type", FORM)],
        body=urlencode(form).encode(),
        received_at=at,
    )
    return to.handle(request)


def proven(realm_url: str = M2M, *, at: float = NOW, **changes: Any) -> dict[str, Any]:
    return {
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion(realm_url, at=at, **changes),
    }


def violation(answer: Response) -> str:
    return answer.trail.violations[0].code


def usable(keys: list[dict[str, Any]]) -> KeySet:
    return KeySet([RSAKey.import_key(key) for key in keys if key["use"] == "sig"])


def second_opinion(token: str, keys: KeySet, *, at: float = NOW, issuer: str = HEALTHCARE) -> str:
    """Return why an API should refuse, by joserfc's lights; empty if it should accept."""
    try:
        decoded = joserfc_jwt.decode(token, keys, algorithms=["RS256"])
        registry = joserfc_jwt.JWTClaimsRegistry(
            now=int(at),
            leeway=60,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
        )
        registry.validate(decoded.claims)
    except (JoseError, ValueError, TypeError, AttributeError) as problem:
        return f"{type(problem).__name__}: {problem}"
    kind = decoded.claims.get("typ")
    return "" if kind == "Bearer" else f"typ is {kind}"


def shaped(to: EHealth, name: str, **params: Any) -> Response:
    to.arm(name, **params)
    answer = get(to, HEALTHCARE + CERTS)
    assert answer.trail.stimulus == name
    after = get(to, HEALTHCARE + CERTS)
    assert (after.status, after.trail.stimulus, after.wire) == (200, None, WirePlan())
    return answer
