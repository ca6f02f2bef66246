"""Key sets of the simulated realms: members, headers, timelines, outages."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any, cast

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from joserfc.jwk import RSAKey

from proefbank.exchange import Request
from proefbank.services.ehealth.provider import EHealth, load_timeline

from .ehealth_bench import (
    ACC,
    AUDIENCE,
    CERTS,
    DISCOVERY,
    HEALTHCARE,
    IN,
    M2M,
    NOW,
    ORIGIN,
    b64,
    body,
    fresh_provider,
    get,
    header,
    keys_of,
    new_provider,
    public_of,
)


@pytest.fixture
def provider() -> EHealth:
    return fresh_provider()


@pytest.mark.parametrize("realm_url", [HEALTHCARE, M2M])
def test_members_are_keycloaks(provider: EHealth, realm_url: str) -> None:
    """Names, order, types and lengths of members; each derived value by a second opinion."""
    keys = keys_of(provider, realm_url)
    assert [(key["use"], key["alg"]) for key in keys] == [
        ("enc", "RSA-OAEP"),
        ("sig", "RS256"),
        ("sig", "RS256"),
    ]
    for key in keys:
        assert list(key) == ["kid", "kty", "alg", "use", "x5c", "x5t", "x5t#S256", "n", "e"]
        assert {name: len(key[name]) for name in ("kid", "x5t", "x5t#S256", "n", "e")} == {
            "kid": 43,
            "x5t": 27,
            "x5t#S256": 43,
            "n": 342,
            "e": 4,
        }
        (x5c,) = key["x5c"]
        der = base64.b64decode(x5c, validate=True)
        certificate = x509.load_der_x509_certificate(der)
        assert certificate.version is x509.Version.v1
        assert certificate.subject == certificate.issuer
        assert certificate.subject.rfc4514_string() == f"CN={realm_url.rpartition('/')[2]}"
        public = certificate.public_key()
        assert isinstance(public, rsa.RSAPublicKey)
        public.verify(
            certificate.signature,
            certificate.tbs_certificate_bytes,
            padding.PKCS1v15(),
            cast("Any", certificate.signature_hash_algorithm),
        )
        spki = public.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        assert key["kid"] == b64(hashlib.sha256(spki).digest())
        assert key["x5t"] == b64(hashlib.sha1(der).digest())
        assert key["x5t#S256"] == b64(hashlib.sha256(der).digest())
        second = RSAKey.import_key({"kty": "RSA", "n": key["n"], "e": key["e"]})
        assert second.as_der(private=False) == spki
        assert second.thumbprint() != key["kid"]
        assert certificate.not_valid_before_utc.timestamp() < ACC.begins


def test_headers_are_keycloaks(provider: EHealth) -> None:
    answer = get(provider, f"{HEALTHCARE}{CERTS}?nocache=1&x=%20")
    assert answer.header("content-type") == "application/json"
    assert answer.header("cache-control") == "no-cache"
    assert answer.header("access-control-allow-origin") is None
    assert answer.header("etag") is None
    assert answer.header("last-modified") is None
    assert answer.body == get(provider, HEALTHCARE + CERTS).body
    assert 4_000 < len(answer.body) < 5_000


@pytest.mark.parametrize("suffix", ["", DISCOVERY, CERTS])
def test_scripts_of_any_origin_may_read_what_is_public(provider: EHealth, suffix: str) -> None:
    for method in ("GET", "OPTIONS"):
        request = Request.to(
            HEALTHCARE + suffix,
            method=method,
            headers=[("Origin", "https://app.example")],
            received_at=NOW,
        )
        answer = provider.handle(request)
        assert answer.header("access-control-allow-origin") == "https://app.example"
        assert answer.header("access-control-allow-credentials") == "true"
    assert answer.header("access-control-allow-methods") == "GET"


def test_a_head_delivers_no_keys(provider: EHealth) -> None:
    facts = get(provider, HEALTHCARE + CERTS, method="HEAD").trail.facts
    assert facts["delivered"] is False


def test_realms_and_environments_share_no_key(provider: EHealth) -> None:
    seen = [key["kid"] for url in (HEALTHCARE, M2M) for key in keys_of(provider, url)]
    prod = load_timeline("ehealth-2025-prod")
    provider.timeline = prod
    seen += [key["kid"] for key in keys_of(provider, at=prod.first("S2"))]
    assert len(seen) == len(set(seen)) == 9


def test_the_set_and_the_signer_follow_the_timeline(provider: EHealth) -> None:
    kid = {name: provider.kid(name) for name in ("OLD", "NEW", "ENC")}
    wanted = {
        "S0": (["ENC", "OLD"], "OLD"),
        "S1": (["ENC", "NEW", "OLD"], "OLD"),
        "S2": (["ENC", "NEW", "OLD"], "NEW"),
        "S3": (["ENC", "NEW"], "NEW"),
    }
    for state, (names, signer) in wanted.items():
        answer = get(provider, HEALTHCARE + CERTS, at=IN[state])
        kids = [key["kid"] for key in body(answer)["keys"]]
        assert kids == [kid[name] for name in names]
        facts = answer.trail.facts
        assert answer.trail.conversation == "jwks"
        assert (facts["realm"], facts["state"], facts["order"]) == ("healthcare", state, names)
        assert (facts["kids"], facts["delivered"], facts["enc_first"]) == (kids, True, True)
        assert facts["signer"] == kid[signer]
        token = provider.token("access", at=IN[state])
        assert header(token) == {"alg": "RS256", "typ": "JWT", "kid": kid[signer]}


def test_the_same_keys_serve_every_timeline_of_an_environment() -> None:
    one, two = new_provider("rollback"), new_provider("two-renewals")
    assert one.kid("NEW") == two.kid("NEW")
    with pytest.raises(ValueError, match="has no key 'NEXT'"):
        one.kid("NEXT")


def test_an_outage_of_the_timeline() -> None:
    to = new_provider("outage-across-step")
    (outage,) = to.timeline.outages
    answer = get(to, HEALTHCARE + CERTS, at=outage.since)
    assert (answer.status, answer.trail.stimulus) == (503, "timeline-outage")
    assert answer.trail.facts["delivered"] is False
    assert get(to, HEALTHCARE + DISCOVERY, at=outage.since).status == 200
    assert get(to, HEALTHCARE + CERTS, at=outage.until).status == 200


def test_a_new_key_under_an_old_kid() -> None:
    to = new_provider("same-kid-new-key")
    (old,) = (key for key in keys_of(to, at=to.timeline.begins) if key["use"] == "sig")
    (new,) = (key for key in keys_of(to, at=to.timeline.ends) if key["use"] == "sig")
    assert old["kid"] == new["kid"]
    assert old["n"] != new["n"]
    token = to.token("access", at=to.timeline.ends)
    jwt.decode(token, public_of(new), ["RS256"], audience=AUDIENCE, options={"verify_exp": False})
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(token, public_of(old), ["RS256"], audience=AUDIENCE)


def test_nothing_is_made_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_key(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("proefbank.services.ehealth.provider.material._make", no_key)
    to = new_provider()
    state = to.state(IN["S2"])
    assert get(to, HEALTHCARE + DISCOVERY).status == 200
    assert get(to, f"{ORIGIN}/.proefbank/openapi.json").status == 200
    names = [one["name"] for one in state["realms"]["healthcare"]]
    assert names == ["ENC", "NEW", "OLD"]
    assert state["state"] == "S2"
    json.dumps(state)
