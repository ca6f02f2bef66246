"""Claims of the tokens of the simulated realms, as documented and as wished."""

from __future__ import annotations

import pytest

from proefbank.errors import BadInvocation
from proefbank.services.ehealth.provider import DROP, EHealth, Party

from .ehealth_bench import (
    AUDIENCE,
    HEALTHCARE,
    IN,
    M2M,
    NOW,
    fresh_provider,
    header,
    new_provider,
    payload,
)


@pytest.fixture
def provider() -> EHealth:
    return fresh_provider()


def test_access_token_as_documented(provider: EHealth) -> None:
    claims = payload(provider.token("access", at=NOW + 0.7))
    assert claims["iat"] == int(NOW)
    assert claims["exp"] - claims["iat"] == 300
    assert claims["aud"] == [AUDIENCE, "sim-client"]
    assert (claims["typ"], claims["azp"], claims["iss"]) == ("Bearer", "sim-client", HEALTHCARE)
    assert set(claims) == set(
        "exp iat auth_time jti iss aud sub typ azp nonce session_state sid allowed-origins "
        "resource_access scope ssin preferred_username name given_name family_name locale "
        "userProfile".split()
    )
    assert "nbf" not in claims
    assert "acr" not in claims
    number = int(claims["ssin"][:9])
    assert int(claims["ssin"][9:]) not in {97 - number % 97, 97 - (2_000_000_000 + number) % 97}


def test_exchanged_token_as_documented(provider: EHealth) -> None:
    claims = payload(provider.mint("exchanged", at=NOW))
    assert claims["aud"] == [AUDIENCE]
    assert claims["azp"] == AUDIENCE
    assert claims["act"] == {"azp": "sim-client"}
    assert claims["client_id"] == "sim-client"
    assert "ssin" not in claims
    before = payload(provider.mint("access", at=NOW))["resource_access"][AUDIENCE]["roles"]
    assert set(claims["resource_access"][AUDIENCE]["roles"]) < set(before)


def test_other_kinds(provider: EHealth) -> None:
    claims = payload(provider.mint("id", at=NOW))
    assert (claims["typ"], claims["aud"]) == ("ID", "sim-client")
    claims = payload(provider.token("refresh-token", at=NOW))
    assert (claims["typ"], claims["aud"]) == ("Refresh", HEALTHCARE)
    assert header(provider.token("refresh-token", at=NOW))["alg"] == "HS512"
    assert "ssin" not in payload(provider.mint("machine", at=NOW))
    with pytest.raises(ValueError, match="no kind of token"):
        provider.mint("cookie", at=NOW)


def test_what_may_be_chosen(provider: EHealth) -> None:
    provider.party = Party(audience="my-api", client_id="my-client")
    token = provider.mint(
        "access",
        at=NOW,
        realm="M2M",
        key="OLD",
        lifetime=7 * 86_400,
        claims={"locale": DROP, "scope": "openid"},
        header={"typ": "at+jwt"},
    )
    claims = payload(token)
    assert claims["exp"] - claims["iat"] == 7 * 86_400
    assert "locale" not in claims
    assert (claims["scope"], claims["iss"]) == ("openid", M2M)
    assert claims["aud"] == ["my-api", "my-client"]
    kid = provider.kid("OLD", realm="M2M")
    assert header(token) == {"alg": "RS256", "typ": "at+jwt", "kid": kid}
    # A key that is not published yet, or no longer, can be made to sign as well.
    assert header(provider.token("access", at=IN["S0"], key="NEW"))["kid"] == provider.kid("NEW")
    assert header(provider.token("iss-wrong", at=IN["S3"], key="OLD"))["kid"] == provider.kid("OLD")


def test_tokens_differ_and_seeds_repeat_them() -> None:
    one, two = (payload(new_provider().token("access", at=NOW)) for _ in range(2))
    assert one == two
    to = new_provider()
    assert payload(to.token("access", at=NOW))["jti"] != payload(to.token("access", at=NOW))["jti"]


def test_unknown_names_get_the_nearest(provider: EHealth) -> None:
    with pytest.raises(ValueError, match="nearest is 'alg-none'"):
        provider.token("algnone", at=NOW)
    with pytest.raises(ValueError, match="nearest is 'jwks-503'"):
        provider.arm("jwks-504")
    with pytest.raises(BadInvocation, match="Did you mean 'rollback'"):
        provider.timeline = "rolback"
    with pytest.raises(ValueError, match="has no key 'NEWER'"):
        provider.token("access", at=NOW, key="NEWER")
