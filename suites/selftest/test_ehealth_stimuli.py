"""What the simulated realms do on purpose, one answer at a time."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from joserfc.jwk import OctKey

from proefbank.exchange import Request
from proefbank.services.ehealth.provider import EHealth
from proefbank.services.ehealth.provider.material import trap_material
from proefbank.services.ehealth.provider.variants import VARIANTS, oct_secret

from .ehealth_bench import (
    AUDIENCE,
    CERTS,
    DISCOVERY,
    ELSEWHERE,
    HEALTHCARE,
    M2M,
    NOW,
    body,
    fresh_provider,
    get,
    keys_of,
    public_of,
    shaped,
)


@pytest.fixture
def provider() -> EHealth:
    return fresh_provider()


def test_outages(provider: EHealth) -> None:
    for name, status in (("503", 503), ("html-502", 502), ("html-200", 200)):
        answer = shaped(provider, f"jwks-{name}")
        assert answer.status == status
        assert answer.trail.facts["delivered"] is False
        assert answer.trail.facts["kids"] == []
    answer = shaped(provider, "jwks-429-retry-after", seconds=7)
    assert (answer.status, answer.header("retry-after")) == (429, "7")
    assert shaped(provider, "jwks-reset").wire.reset
    assert shaped(provider, "jwks-delay", seconds=3).wire.delay == 3
    assert shaped(provider, "jwks-dribble", interval=0.5).wire.dribble == 0.5


def test_broken_sets(provider: EHealth) -> None:
    whole = get(provider, HEALTHCARE + CERTS).body
    cut = shaped(provider, "jwks-cut-body")
    assert cut.wire.close
    assert cut.wire.cut_after == len(whole) - 12
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        json.loads(shaped(provider, "jwks-truncated-json").body)
    assert body(shaped(provider, "jwks-empty-keys")) == {"keys": []}
    assert "keys" not in body(shaped(provider, "jwks-no-keys-member"))
    assert isinstance(body(shaped(provider, "jwks-bare-list")), list)
    assert shaped(provider, "jwks-empty-body").body == b""
    for name in ("cut-body", "truncated-json", "empty-keys", "no-keys-member", "bare-list"):
        assert shaped(provider, f"jwks-{name}").trail.facts["delivered"] is False


def test_caching_headers(provider: EHealth) -> None:
    whole = get(provider, HEALTHCARE + CERTS).body
    for name, control, expires in (
        ("max-age", "public, max-age=2592000", None),
        ("expires", None, "Fri, 22 Nov 2024 22:00:00 GMT"),
        ("no-cache-headers", None, None),
        ("no-store", "no-store", None),
    ):
        answer = shaped(provider, f"jwks-{name}")
        assert (answer.header("cache-control"), answer.header("expires")) == (control, expires)
        assert answer.body == whole
        assert answer.trail.facts["delivered"] is True
    answer = shaped(provider, "jwks-max-age", seconds=60)
    assert answer.header("cache-control") == "public, max-age=60"
    assert shaped(provider, "jwks-media-type").header("content-type") == "text/plain"


def test_oversized_set(provider: EHealth) -> None:
    answer = shaped(provider, "jwks-oversized", bytes=100_000)
    assert 100_000 <= len(answer.body) < 100_100
    assert body(answer)["keys"] == keys_of(provider)


def test_permutations(provider: EHealth) -> None:
    keys = keys_of(provider)
    seen = set()
    for number in range(6):
        answer = shaped(provider, "jwks-permutation", number=number)
        found = body(answer)["keys"]
        assert sorted(found, key=lambda key: key["kid"]) == sorted(keys, key=lambda k: k["kid"])
        seen.add(tuple(key["kid"] for key in found))
        assert answer.trail.facts["kids"] == [key["kid"] for key in found]
    assert len(seen) == 6


def test_redirect_to_a_set_of_the_attackers(provider: EHealth) -> None:
    answer = shaped(provider, "jwks-redirect-elsewhere")
    assert answer.status == 302
    place = answer.header("location") or ""
    assert place.startswith(f"{ELSEWHERE}/trap/redirect/jwks?kid=")
    there = provider.handle(replace(Request.to(place, received_at=NOW), listener="elsewhere"))
    assert there.trail.facts["led_by"] == "redirect"
    assert parse_qs(urlsplit(place).query)["kid"] == [provider.kid("NEW")]
    key = next(one for one in body(there)["keys"] if one["kid"] == provider.kid("NEW"))
    token = provider.token("forged-known-kid", at=NOW)
    jwt.decode(token, public_of(key), ["RS256"], audience=AUDIENCE, options={"verify_exp": False})


@pytest.mark.parametrize("variant", VARIANTS)
def test_variants_keep_every_signing_key_and_add_no_other(provider: EHealth, variant: str) -> None:
    """A reader that skips what it does not understand finds the same RSA keys for signatures."""
    plain = keys_of(provider)
    members = body(shaped(provider, f"jwks-{variant}"))["keys"]
    objects = [one for one in members if isinstance(one, dict)]
    found = [
        one
        for one in objects
        if one.get("kty") == "RSA"
        and one.get("use", "sig") == "sig"
        and one.get("alg", "RS256") == "RS256"
        and len(one.get("n", "")) == 342
    ]
    wanted = {key["kid"]: key["n"] for key in plain if key["use"] == "sig"}
    assert {one["kid"]: one["n"] for one in found} == wanted
    assert len(found) == len(wanted)
    if variant != "enc-first":  # here it comes first by itself
        assert json.dumps(members) != json.dumps(plain)


def test_variants_of_note(provider: EHealth) -> None:
    def members(variant: str) -> list[Any]:
        return list(body(shaped(provider, f"jwks-{variant}"))["keys"])

    assert members("ec-beside-rsa")[0]["crv"] == "P-256"
    assert members("unknown-kty")[0]["kty"] == "AKP"
    assert OctKey.import_key(members("oct-member")[0]).raw_value == oct_secret()
    assert [one.get("use") for one in members("missing-use")] == ["enc", None, None]
    assert [one.get("alg") for one in members("missing-alg")] == ["RSA-OAEP", None, None]
    assert not any("x5c" in one for one in members("missing-x5c")[1:])
    kids = [one["kid"] for one in members("duplicate-kid")]
    assert kids.count(provider.kid("NEW")) == 2
    first = next(one for one in members("duplicate-kid") if one["kid"] == provider.kid("NEW"))
    assert first["use"] == "enc"
    assert members("mismatching-x5c")[1]["x5c"] == [trap_material().x5c]
    assert [len(one["x5c"]) for one in members("two-certificates")] == [2, 2, 2]
    assert [one["use"] for one in members("enc-last")] == ["sig", "sig", "enc"]
    assert next(iter(members("member-order")[0])) == "e"


def test_discovery_stimuli(provider: EHealth) -> None:
    issuers = {
        "elsewhere": f"{ELSEWHERE}/trap/iss",
        "other-realm": M2M,
        "slash": f"{HEALTHCARE}/",
        "absent": None,
    }
    for choice, issuer in issuers.items():
        provider.arm("discovery-other-issuer", issuer=choice)
        answer = get(provider, HEALTHCARE + DISCOVERY)
        assert body(answer).get("issuer") == issuer
        assert answer.trail.stimulus == "discovery-other-issuer"
        assert answer.trail.facts["issuer"] == issuer
    provider.arm("discovery-503", times=2)
    assert get(provider, HEALTHCARE + CERTS).status == 200
    assert [get(provider, HEALTHCARE + DISCOVERY).status for _ in range(3)] == [503, 503, 200]
    provider.arm("discovery-redirect-elsewhere")
    place = get(provider, HEALTHCARE + DISCOVERY).header("location") or ""
    there = provider.handle(replace(Request.to(place, received_at=NOW), listener="elsewhere"))
    assert there.trail.facts["led_by"] == "redirect"
    assert body(there)["issuer"] == f"{ELSEWHERE}/trap/iss"


def test_arming(provider: EHealth) -> None:
    provider.arm("jwks-503", times=2)
    provider.arm("jwks-empty-keys", realm="M2M")
    assert [one["name"] for one in provider.state()["armed"]] == ["jwks-503", "jwks-empty-keys"]
    provider.disarm("jwks-503")
    assert get(provider, HEALTHCARE + CERTS).trail.stimulus is None
    assert get(provider, M2M + CERTS).trail.stimulus == "jwks-empty-keys"
    provider.arm("jwks-503")
    provider.reset()
    assert get(provider, HEALTHCARE + CERTS).status == 200
    for name, params, told in (
        ("tls-expired", {}, "arm it on the door"),
        ("jwks-503", {"times": 0}, "at least one"),
        ("jwks-503", {"realm": "x"}, "no realm"),
        ("jwks-503", {"seconds": 1}, "no parameter 'seconds'; it has: status"),
        ("jwks-delay", {"seconds": "2"}, "should be like 2"),
        ("jwks-delay", {"seconds": True}, "should be like 2"),
        ("discovery-other-issuer", {"issuer": "x"}, "is one of elsewhere"),
    ):
        with pytest.raises(ValueError, match=told):
            provider.arm(name, **cast("Any", params))
