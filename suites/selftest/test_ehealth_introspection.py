"""Introspection and userinfo of the simulated realms, and what they never tell."""

from __future__ import annotations

from typing import Any

import pytest

from proefbank.exchange import Request, Response
from proefbank.services.ehealth.provider import CATALOGUE, TOKENS, EHealth
from proefbank.services.ehealth.provider.keyring import KeyRing

from .ehealth_bench import (
    ACC,
    HEALTHCARE,
    IN,
    INTROSPECT,
    NOW,
    USERINFO,
    b64,
    body,
    fresh_provider,
    get,
    keys_of,
    payload,
    post,
    proven,
    shaped,
    violation,
)


@pytest.fixture
def provider() -> EHealth:
    return fresh_provider()


def introspected(to: EHealth, token: str, *, at: float = NOW) -> Any:
    answer = post(to, HEALTHCARE + INTROSPECT, at=at, token=token, **proven(HEALTHCARE, at=at))
    assert answer.status == 200
    assert answer.trail.conversation == "introspect"
    return body(answer)


@pytest.mark.parametrize(
    ("state", "active"),
    [("S0", {"OLD"}), ("S1", {"OLD", "NEW"}), ("S2", {"OLD", "NEW"}), ("S3", {"NEW"})],
)
def test_introspection_goes_by_enabled_keys(
    provider: EHealth, state: str, active: set[str]
) -> None:
    at = IN[state]
    for key in ("OLD", "NEW"):
        token = provider.token("access", at=at, key=key)
        assert introspected(provider, token, at=at)["active"] is (key in active)


def test_introspection_of_anything_else(provider: EHealth) -> None:
    token = provider.token("access", at=NOW)
    found = introspected(provider, token)
    assert found["active"] is True
    assert (found["client_id"], found["token_type"]) == ("sim-client", "Bearer")
    late = introspected(provider, token, at=NOW + 300)
    assert late == {"active": False}
    for name, recipe in TOKENS.items():
        if recipe.verdict == "refuse" and name.startswith(("alg", "hs", "kid", "tampered", "enc")):
            found = provider.token(name, at=NOW)
            assert introspected(provider, found) == {"active": False}, name
    provider.arm("introspect-inactive")
    assert introspected(provider, token) == {"active": False}


def test_introspection_is_for_confidential_clients(provider: EHealth) -> None:
    url = HEALTHCARE + INTROSPECT
    token = provider.token("access", at=NOW)
    assert post(provider, url, token=token).status == 401
    public = post(provider, url, token=token, client_id="public-client")
    assert public.status == 401
    assert violation(public) == "client-public"
    missing = post(provider, url, **proven(HEALTHCARE))
    assert (missing.status, violation(missing)) == (400, "token-missing")
    provider.arm("introspect-503")
    assert post(provider, url, token=token).status == 503


def test_userinfo(provider: EHealth) -> None:
    def ask(token: str) -> Response:
        headers = [("Authorization", f"Bearer {token}")]
        return provider.handle(Request.to(HEALTHCARE + USERINFO, headers=headers, received_at=NOW))

    token = provider.token("access", at=NOW)
    assert body(ask(token))["sub"] == payload(token)["sub"]
    refused = ask(provider.token("expired", at=NOW))
    assert refused.status == 401
    assert "invalid_token" in (refused.header("www-authenticate") or "")
    assert refused.body == b""
    assert get(provider, HEALTHCARE + USERINFO).status == 401
    lacks = ask(provider.mint("access", at=NOW, claims={"scope": "profile"}))
    assert lacks.status == 403
    assert "insufficient_scope" in (lacks.header("www-authenticate") or "")


def test_private_keys_stay_inside(provider: EHealth) -> None:
    """No answer has a private member in it, whatever is asked for or armed."""
    ring = KeyRing(ACC, "healthcare")
    numbers = [one.material.private.private_numbers() for one in ring.components(IN["S2"])]
    planted = [b64(n.d.to_bytes(256, "big")) for n in numbers]
    for name, stimulus in CATALOGUE.items():
        if stimulus.layer == "jwks":
            answer = shaped(provider, name)
            assert not any(secret.encode() in answer.body for secret in planted)
            for one in keys_of(provider):
                assert not {"d", "p", "q", "dp", "dq", "qi"} & set(one)
