"""The trap of the simulated realms: where hostile headers and redirects lead."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jwt
import pytest
from cryptography import x509

from proefbank.exchange import Request
from proefbank.services.ehealth.provider import TOKENS, EHealth

from .ehealth_bench import (
    AUDIENCE,
    CERTS,
    DISCOVERY,
    ELSEWHERE,
    NOW,
    body,
    fresh_provider,
    header,
    payload,
    public_of,
)


@pytest.fixture
def provider() -> EHealth:
    return fresh_provider()


@pytest.mark.parametrize("name", [name for name, recipe in TOKENS.items() if recipe.leads])
def test_what_leads_to_the_trap_works_there(provider: EHealth, name: str) -> None:
    """Whoever follows the lead finds a key that verifies the token, and is seen."""
    recipe, token = TOKENS[name], provider.token(name, at=NOW)
    head, claims = header(token), payload(token)
    url = head.get(recipe.leads) or claims["iss"] + CERTS
    url = claims["iss"] + CERTS if recipe.leads == "iss" else url
    assert url.startswith(f"{ELSEWHERE}/trap/{recipe.leads}")
    answer = provider.handle(replace(Request.to(url, received_at=NOW), listener="elsewhere"))
    assert answer.status == 200
    assert answer.trail.conversation == "trap"
    assert answer.trail.facts["led_by"] == recipe.leads
    if recipe.leads == "x5u":
        key: Any = x509.load_pem_x509_certificate(answer.body).public_key()
    else:
        kid = provider.kid("NEW") if recipe.leads == "kid" else head["kid"]
        key = next(public_of(one) for one in body(answer)["keys"] if one["kid"] == kid)
    if recipe.verdict == "refuse":
        jwt.decode(token, key, ["RS256"], audience=AUDIENCE, options={"verify_exp": False})


def test_the_issuer_of_the_trap_has_discovery(provider: EHealth) -> None:
    issuer = payload(provider.token("iss-elsewhere", at=NOW))["iss"]
    request = Request.to(issuer + DISCOVERY, received_at=NOW)
    answer = provider.handle(replace(request, listener="elsewhere"))
    document = body(answer)
    assert document["issuer"] == issuer
    assert document["jwks_uri"] == issuer + CERTS
    assert answer.trail.facts["led_by"] == "iss"


def test_the_trap_needs_a_place(provider: EHealth) -> None:
    provider.elsewhere = None
    with pytest.raises(ValueError, match="set `elsewhere` first"):
        provider.token("jku", at=NOW)
    with pytest.raises(ValueError, match="set `elsewhere` first"):
        provider.arm("jwks-redirect-elsewhere")
    provider.token("jwk", at=NOW)


def test_anything_else_on_the_other_origin_is_noted(provider: EHealth) -> None:
    request = Request.to(
        f"{ELSEWHERE}/auth/realms/healthcare{CERTS}",
        headers=[("Authorization", "Bearer abcdefgh.ijk.l")],
        received_at=NOW,
    )
    answer = provider.handle(replace(request, listener="elsewhere"))
    assert answer.status == 404
    assert answer.trail.facts["led_by"] == "unknown"
    assert answer.trail.facts["carried_authorization"] is True
    assert [secret.kind for secret in answer.trail.secrets] == ["token"]
