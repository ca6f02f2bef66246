"""Discovery, the realm page, and what else the simulated realms answer, or do not."""

from __future__ import annotations

import base64
import hashlib
import random

import pytest

from proefbank.services.ehealth.provider import EHealth
from proefbank.services.ehealth.provider.facts import SIGNING_ALGS

from .ehealth_bench import (
    CERTS,
    DISCOVERY,
    HEALTHCARE,
    IN,
    INTROSPECT,
    NOW,
    ORIGIN,
    TOKEN,
    USERINFO,
    b64,
    body,
    fresh_provider,
    get,
)


@pytest.fixture
def provider() -> EHealth:
    return fresh_provider()


def test_discovery_document(provider: EHealth) -> None:
    answer = get(provider, HEALTHCARE + DISCOVERY)
    document = body(answer)
    assert document["issuer"] == HEALTHCARE == provider.issuer()
    assert document["jwks_uri"] == HEALTHCARE + CERTS
    assert document["token_endpoint"] == HEALTHCARE + TOKEN
    assert document["introspection_endpoint"] == HEALTHCARE + INTROSPECT
    assert document["token_introspection_endpoint"] == HEALTHCARE + INTROSPECT
    always = (
        "authorization_endpoint userinfo_endpoint end_session_endpoint check_session_iframe "
        "registration_endpoint grant_types_supported response_types_supported "
        "response_modes_supported id_token_signing_alg_values_supported "
        "id_token_encryption_alg_values_supported id_token_encryption_enc_values_supported "
        "userinfo_signing_alg_values_supported request_object_signing_alg_values_supported "
        "token_endpoint_auth_methods_supported token_endpoint_auth_signing_alg_values_supported "
        "claims_supported claim_types_supported claims_parameter_supported scopes_supported "
        "request_parameter_supported request_uri_parameter_supported"
    )
    assert set(always.split()) <= set(document)
    assert document["subject_types_supported"] == ["public", "pairwise"]
    assert document["code_challenge_methods_supported"] == ["plain", "S256"]
    assert document["tls_client_certificate_bound_access_tokens"] is True
    lists = [name for name in document if name.endswith("_signing_alg_values_supported")]
    assert len(lists) >= 5
    for name in lists:
        if not name.startswith(("backchannel", "dpop")):
            assert {"HS256", "HS384", "HS512", "RS256"} <= set(document[name])
    assert set(SIGNING_ALGS) == set(document["id_token_signing_alg_values_supported"])
    assert answer.trail.conversation == "discovery"


def test_realm_page_knows_the_active_key_only(provider: EHealth) -> None:
    for state, name in (("S1", "OLD"), ("S2", "NEW")):
        answer = get(provider, HEALTHCARE, at=IN[state])
        page = body(answer)
        assert list(page) == [
            "realm",
            "public_key",
            "token-service",
            "account-service",
            "tokens-not-before",
        ]
        der = base64.b64decode(page["public_key"], validate=True)
        assert b64(hashlib.sha256(der).digest()) == provider.kid(name)
        assert page["token-service"] == f"{HEALTHCARE}/protocol/openid-connect"
        assert answer.trail.conversation == "realm-page"
        assert answer.trail.facts["kids"] == [provider.kid(name)]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/auth",
        "/auth/realms/",
        "/auth/realms/master",
        "/auth/realms/Healthcare",
        "/auth/realms/healthcare/protocol/openid-connect",
        "/auth/realms/healthcare/protocol/openid-connect/auth",
        "/realms/healthcare",
        "/.proefbank/else",
    ],
)
def test_other_paths_are_not_found(provider: EHealth, path: str) -> None:
    answer = get(provider, ORIGIN + path)
    assert answer.status == 404
    assert "error" in body(answer)


@pytest.mark.parametrize("suffix", ["", DISCOVERY, CERTS, USERINFO])
def test_methods_of_what_can_be_read(provider: EHealth, suffix: str) -> None:
    url = HEALTHCARE + suffix
    whole, head = get(provider, url), get(provider, url, method="HEAD")
    assert head.status == whole.status
    assert head.body == b""
    assert head.header("content-length") == str(len(whole.body))
    options = get(provider, url, method="OPTIONS")
    assert (options.status, options.body) == (200, b"")
    refused = get(provider, url, method="DELETE")
    assert refused.status == 405
    assert "GET" in (refused.header("allow") or "")
    assert "HEAD" in (refused.header("allow") or "")


@pytest.mark.parametrize("suffix", [TOKEN, INTROSPECT])
def test_methods_of_what_is_posted(provider: EHealth, suffix: str) -> None:
    for method in ("GET", "HEAD", "PUT"):
        answer = get(provider, HEALTHCARE + suffix, method=method)
        assert answer.status == 405
        assert answer.header("allow") == "POST, OPTIONS"


def test_the_origin_of_the_request_will_do() -> None:
    to = EHealth(rng=random.Random(1))
    url = "https://localhost:5555/auth/realms/M2M"
    assert body(get(to, url + DISCOVERY))["issuer"] == url
    with pytest.raises(ValueError, match="set `origin` first"):
        to.token("access", at=NOW)
    with pytest.raises(ValueError, match="no realm 'm2m'"):
        to.issuer("m2m")
