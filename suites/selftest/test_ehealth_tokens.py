"""Tokens of the simulated realms: each recipe against a second opinion."""

from __future__ import annotations

import base64
import hmac
import json
import random
from dataclasses import replace
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from joserfc import jws as joserfc_jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from proefbank.services.ehealth.provider import TOKENS, EHealth
from proefbank.services.ehealth.provider import tokens_claims as claims_recipes
from proefbank.services.ehealth.provider.elsewhere import LED_BY
from proefbank.services.ehealth.provider.material import trap_material
from proefbank.services.ehealth.provider.variants import oct_secret

from .ehealth_bench import (
    ACC,
    AUDIENCE,
    ELSEWHERE,
    HEALTHCARE,
    IN,
    M2M,
    NOW,
    fresh_provider,
    header,
    keys_of,
    payload,
    public_of,
    second_opinion,
    unb64,
    usable,
)


@pytest.fixture
def provider() -> EHealth:
    return fresh_provider()


@pytest.mark.parametrize("name", TOKENS)
def test_each_recipe_is_what_it_says(provider: EHealth, name: str) -> None:
    recipe = TOKENS[name]
    token = provider.token(name, at=NOW)
    why_not = second_opinion(token, usable(keys_of(provider)))
    if recipe.verdict == "accept":
        assert why_not == ""
    elif recipe.verdict == "refuse":
        assert why_not
    assert recipe.name == name
    assert recipe.description
    assert token.isascii()
    assert recipe.leads in {"", *LED_BY}


@pytest.mark.parametrize("name", [n for n, recipe in TOKENS.items() if recipe.verdict == "accept"])
@pytest.mark.parametrize("realm", ["healthcare", "M2M"])
def test_good_tokens_in_every_state(provider: EHealth, name: str, realm: str) -> None:
    """Each is accepted in every state, by PyJWT too, and no key of another state's will do."""
    for at in IN.values():
        token = provider.token(name, realm=realm, at=at)
        url = provider.issuer(realm)
        keys = keys_of(provider, url, at=at)
        assert second_opinion(token, usable(keys), at=at, issuer=url) == ""
        (member,) = (key for key in keys if key["kid"] == header(token)["kid"])
        options: Any = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
        jwt.decode(
            token, public_of(member), ["RS256"], audience=AUDIENCE, issuer=url, options=options
        )


def raw_signature_holds(token: str, key: Any, alg: str) -> bool:
    try:
        joserfc_jws.deserialize_compact(token, key, algorithms=[alg])
    except JoseError:
        return False
    return True


@pytest.mark.parametrize("name", [n for n in claims_recipes.BOOK.recipes if n != "iss-elsewhere"])
def test_claims_recipes_are_well_signed(provider: EHealth, name: str) -> None:
    """So that whoever refuses them does so because of the claims."""
    token = provider.token(name, at=NOW)
    assert raw_signature_holds(token, usable(keys_of(provider)), "RS256")


@pytest.mark.parametrize("alg", ["RS384", "RS512", "PS256", "PS384", "PS512"])
def test_other_algorithms_of_the_same_key_are_well_signed(provider: EHealth, alg: str) -> None:
    token = provider.token(alg.lower(), at=NOW)
    assert header(token)["alg"] == alg
    signer = next(key for key in keys_of(provider) if key["kid"] == header(token)["kid"])
    bare = RSAKey.import_key({name: signer[name] for name in ("kty", "n", "e")})
    assert raw_signature_holds(token, bare, alg)


def test_whose_signature_it_is(provider: EHealth) -> None:
    for name in ("unknown-kid", "forged-known-kid", "jku", "x5u", "jwk", "x5c", "iss-elsewhere"):
        signed, _, signature = provider.token(name, at=NOW).rpartition(".")
        trap = public_of(trap_material().jwk())
        trap.verify(unb64(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    embedded = header(provider.token("jwk", at=NOW))["jwk"]
    assert embedded["n"] == trap_material().jwk()["n"]
    enc = next(key for key in keys_of(provider) if key["use"] == "enc")
    token = provider.token("enc-key", at=NOW)
    assert header(token)["kid"] == enc["kid"]
    bare = RSAKey.import_key({name: enc[name] for name in ("kty", "n", "e")})
    assert raw_signature_holds(token, bare, "RS256")
    sibling = usable(keys_of(provider, M2M))
    token = provider.token("other-realm", at=NOW)
    assert second_opinion(token, sibling, issuer=M2M) == ""
    assert payload(provider.token("other-realm-key", at=NOW))["iss"] == HEALTHCARE
    assert raw_signature_holds(provider.token("other-realm-key", at=NOW), sibling, "RS256")


def test_a_token_of_another_environment_is_good_there(provider: EHealth) -> None:
    there = EHealth(replace(ACC, environment="prod"), origin=ELSEWHERE, rng=random.Random(2))
    provider.other_origin = ELSEWHERE
    token = provider.token("other-environment", at=NOW)
    url = there.issuer()
    assert second_opinion(token, usable(keys_of(there, url)), issuer=url) == ""


@pytest.mark.parametrize("name", [name for name in TOKENS if name.startswith(("hs256", "hs512"))])
def test_hmac_recipes_are_keyed_with_what_is_public(provider: EHealth, name: str) -> None:
    signer = next(key for key in keys_of(provider) if key["kid"] == provider.kid("NEW"))
    public = public_of(signer)
    encoding, spki = serialization.Encoding, serialization.PublicFormat.SubjectPublicKeyInfo
    pem, der = public.public_bytes(encoding.PEM, spki), public.public_bytes(encoding.DER, spki)
    certificate = base64.b64decode(signer["x5c"][0])
    secrets = {
        "public-key": pem,
        "public-key-stripped": pem.strip(),
        "public-key-der": der,
        "public-key-base64": base64.b64encode(der),
        "modulus": signer["n"].encode(),
        "modulus-octets": unb64(signer["n"]),
        "certificate": x509.load_der_x509_certificate(certificate).public_bytes(encoding.PEM),
        "certificate-der": certificate,
        "x5c": signer["x5c"][0].encode(),
        "jwk": json.dumps(signer).encode(),
        "kid": signer["kid"].encode(),
        "nothing": b"",
        "oct-member": oct_secret(),
    }
    alg, _, what = name.partition("-with-")
    token = provider.token(name, at=NOW)
    signed, _, signature = token.rpartition(".")
    made = hmac.digest(secrets[what], signed.encode(), f"sha{alg[2:]}")
    assert unb64(signature) == made
    assert header(token)["alg"] == alg.upper()


@pytest.mark.parametrize("name", [name for name in TOKENS if name.startswith("kid-")])
def test_odd_kids(provider: EHealth, name: str) -> None:
    kids = {key["kid"] for key in keys_of(provider)}
    found = header(provider.token(name, at=NOW)).get("kid")
    assert not isinstance(found, str) or found not in kids


def test_kids_of_note(provider: EHealth) -> None:
    def kid(name: str) -> Any:
        return header(provider.token(name, at=NOW)).get("kid", "absent")

    assert kid("kid-absent") == "absent"
    assert kid("kid-case-changed").swapcase() == provider.kid("NEW")
    assert len(kid("kid-64k")) == 65_536
    assert kid("kid-number") == 1
    assert kid("kid-null") is None
    assert kid("kid-url").startswith(f"{ELSEWHERE}/trap/kid")
    assert kid("unknown-kid") != kid("unknown-kid")
    assert len(kid("unknown-kid")) == 43


def test_spellings_of_none(provider: EHealth) -> None:
    for name, spelling in (
        ("alg-none", "none"),
        ("alg-none-capital", "None"),
        ("alg-none-capitals", "NONE"),
        ("alg-none-mixed", "nOnE"),
    ):
        token = provider.token(name, at=NOW)
        assert token.endswith(".")
        assert header(token)["alg"] == spelling
        assert payload(token)["iss"] == HEALTHCARE


def test_shapes(provider: EHealth) -> None:
    parts = {
        name: provider.token(name, at=NOW).count(".") + 1
        for name in ("two-parts", "four-parts", "jwe", "opaque", "dots", "huge")
    }
    assert parts == {
        "two-parts": 2,
        "four-parts": 4,
        "jwe": 5,
        "opaque": 1,
        "dots": 3,
        "huge": 3,
    }
    assert len(provider.token("huge", at=NOW)) > 250_000
    assert provider.token("empty", at=NOW) == ""
