"""The simulated I.AM Connect realms on trial: key sets, tokens, stimuli, endpoints, fuzz."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from itertools import count
from typing import Any, cast
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
import schemathesis
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from joserfc import jws as joserfc_jws
from joserfc import jwt as joserfc_jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey, RSAKey
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from proefbank.errors import BadInvocation
from proefbank.exchange import Request, Response, WirePlan
from proefbank.keys import key_for
from proefbank.services.ehealth.provider import (
    CATALOGUE,
    DROP,
    TOKENS,
    EHealth,
    Party,
    load_timeline,
    simulator_openapi,
)
from proefbank.services.ehealth.provider import tokens_claims as claims_recipes
from proefbank.services.ehealth.provider.elsewhere import LED_BY
from proefbank.services.ehealth.provider.facts import (
    ASSERTION_TYPE,
    FORM,
    SIGNING_ALGS,
    TOKEN_EXCHANGE,
    TOKEN_TYPE,
)
from proefbank.services.ehealth.provider.keyring import KeyRing
from proefbank.services.ehealth.provider.material import trap_material
from proefbank.services.ehealth.provider.timeline import Timeline
from proefbank.services.ehealth.provider.variants import VARIANTS, oct_secret

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


@pytest.fixture
def provider() -> EHealth:
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


# --- Key sets


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
    assert answer.header("access-control-allow-origin") == "*"
    assert answer.header("etag") is None
    assert answer.header("last-modified") is None
    assert answer.body == get(provider, HEALTHCARE + CERTS).body
    assert 4_000 < len(answer.body) < 5_000


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


# --- Discovery, realm page, paths and methods


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
        if not name.startswith("backchannel"):
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
    assert options.status == 200
    assert "GET" in (options.header("access-control-allow-methods") or "")
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


# --- Tokens: each recipe against a second opinion


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


# --- Claims


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


# --- The trap


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


# --- Stimuli


def shaped(to: EHealth, name: str, **params: Any) -> Response:
    to.arm(name, **params)
    answer = get(to, HEALTHCARE + CERTS)
    assert answer.trail.stimulus == name
    after = get(to, HEALTHCARE + CERTS)
    assert (after.status, after.trail.stimulus, after.wire) == (200, None, WirePlan())
    return answer


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


# --- Token endpoint, introspection, userinfo


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


def test_client_credentials(provider: EHealth) -> None:
    answer = post(provider, M2M + TOKEN, grant_type="client_credentials", **proven())
    assert answer.status == 200
    granted = body(answer)
    assert (granted["token_type"], granted["expires_in"]) == ("Bearer", 300)
    assert answer.header("cache-control") == "no-store"
    token = granted["access_token"]
    assert second_opinion(token, usable(keys_of(provider, M2M)), issuer=M2M) == ""
    assert payload(token)["azp"] == CLIENT
    assert answer.trail.facts["granted"] is True
    assert {secret.kind for secret in answer.trail.secrets} == {"token", "assertion"}
    assert answer.trail.conversation == "token"


def violation(answer: Response) -> str:
    return answer.trail.violations[0].code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"aud": M2M + TOKEN}, "aud-not-realm-url"),
        ({"aud": [HEALTHCARE]}, "aud-not-realm-url"),
        ({"exp": None}, "exp-missing"),
        ({"exp": int(NOW) - 61}, "assertion-expired"),
        ({"nbf": int(NOW) + 61}, "nbf-in-future"),
        ({"jti": None}, "jti-missing"),
        ({"iss": "other"}, "iss-not-sub"),
        ({"sub": "other", "iss": "other"}, "client-unknown"),
    ],
)
def test_assertions_that_prove_nothing(
    provider: EHealth, changes: dict[str, Any], code: str
) -> None:
    answer = post(provider, M2M + TOKEN, grant_type="client_credentials", **proven(**changes))
    assert (answer.status, body(answer)["error"]) == (401, "invalid_client")
    assert violation(answer) == code


def test_assertions_that_do_prove_it(provider: EHealth) -> None:
    for changes in ({"aud": [M2M]}, {"exp": int(NOW) + 3_600}, {"nbf": int(NOW) - 300}):
        form = proven(**changes)
        assert post(provider, M2M + TOKEN, grant_type="client_credentials", **form).status == 200
        again = post(provider, M2M + TOKEN, grant_type="client_credentials", **form)
        assert violation(again) == "jti-replayed"


def test_requests_that_are_no_token_requests(provider: EHealth) -> None:
    url = M2M + TOKEN
    for form, status, error, code in (
        (proven(), 400, "invalid_request", "grant-type-missing"),
        (
            {"grant_type": "password", **proven()},
            400,
            "unsupported_grant_type",
            "grant-type-unknown",
        ),
        (
            {"grant_type": "client_credentials"},
            401,
            "invalid_client",
            "client-authentication-missing",
        ),
        (
            {"grant_type": "client_credentials", **proven(), "client_assertion_type": "x"},
            401,
            "invalid_client",
            "assertion-type-wrong",
        ),
        (
            {"grant_type": "client_credentials", **proven(), "client_assertion": "x.y.z"},
            401,
            "invalid_client",
            "assertion-unreadable",
        ),
        (
            {"grant_type": "client_credentials", **proven(), "client_id": "x"},
            401,
            "invalid_client",
            "client-id-differs",
        ),
    ):
        answer = post(provider, url, **cast("dict[str, Any]", form))
        assert (answer.status, body(answer)["error"]) == (status, error)
        assert violation(answer) == code
    forged = jwt.encode({"iss": CLIENT, "sub": CLIENT, "aud": M2M}, b"x" * 32, "HS256")
    form = {"grant_type": "client_credentials", **proven(), "client_assertion": forged}
    assert violation(post(provider, url, **form)) == "signature-not-registered"
    json_request = Request.to(
        url, method="POST", headers=[("Content-Type", "application/json")], body=b"{}"
    )
    assert provider.handle(json_request).status == 400


def exchange(to: EHealth, subject: str, *, at: float = NOW, **changes: str) -> Response:
    form = {
        "grant_type": TOKEN_EXCHANGE,
        "subject_token": subject,
        "subject_token_type": TOKEN_TYPE,
        "requested_token_type": TOKEN_TYPE,
        "client_id": "public-client",
        "audience": "target-api",
        **changes,
    }
    return post(to, HEALTHCARE + TOKEN, at=at, **form)


def test_token_exchange(provider: EHealth) -> None:
    subject = provider.token("access", at=NOW)
    answer = exchange(provider, subject)
    assert answer.status == 200
    assert body(answer)["issued_token_type"] == TOKEN_TYPE
    claims = payload(body(answer)["access_token"])
    assert claims["aud"] == ["target-api"]
    assert claims["act"] == {"azp": "public-client"}
    assert claims["sub"] == payload(subject)["sub"]
    assert "ssin" not in claims
    proof = proven(HEALTHCARE)
    assert exchange(provider, subject, client_id=CLIENT, **proof).status == 200


def test_tokens_that_cannot_be_exchanged(provider: EHealth) -> None:
    for name in ("forged-known-kid", "expired", "other-realm", "alg-none", "empty"):
        answer = exchange(provider, provider.token(name, at=NOW))
        assert answer.status == 400
    old = provider.token("access", at=IN["S2"], key="OLD", lifetime=10**8)
    assert exchange(provider, old, at=IN["S2"]).status == 200
    assert violation(exchange(provider, old, at=IN["S3"])) == "subject-token-inactive"
    good = provider.token("access", at=NOW)
    assert violation(exchange(provider, good, audience="")) == "audience-missing"
    wrong = exchange(provider, good, subject_token_type="x")
    assert violation(wrong) == "subject-token-type-wrong"
    wrong = exchange(provider, good, requested_token_type="x")
    assert violation(wrong) == "requested-token-type-wrong"


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
    assert get(provider, HEALTHCARE + USERINFO).status == 401


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


# --- Fuzz

FUZZ = settings(
    max_examples=120,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)
FEW = settings(FUZZ, max_examples=25)
REALM = "/auth/realms/healthcare"

latin = st.text(st.characters(codec="latin-1"), max_size=40)
methods = st.one_of(st.sampled_from(["GET", "POST", "HEAD", "OPTIONS", "PUT"]), latin)
paths = st.one_of(
    st.sampled_from(
        [
            REALM,
            REALM + CERTS,
            REALM + DISCOVERY,
            REALM + TOKEN,
            REALM + INTROSPECT,
            REALM + USERINFO,
            f"{REALM}/",
            f"{REALM}{CERTS}//",
            "/trap/jku",
            "/trap/redirect/jwks",
            "/.proefbank/openapi.json",
            "",
        ]
    ),
    latin,
)
some_headers = st.lists(
    st.tuples(
        st.one_of(st.sampled_from(["Content-Type", "Authorization", "Origin"]), latin),
        st.one_of(st.sampled_from([FORM, "Bearer x", "Bearer a.b.c", "Basic eDp5"]), latin),
    ),
    max_size=4,
)


def fire(request: Request) -> Response:
    answer = shared_provider().handle(request)
    assert 200 <= answer.status < 500
    json.dumps(dict(answer.trail.facts)).encode("ascii")
    for _, value in answer.headers:
        value.encode("latin-1")
        assert not set(value) & set("\r\n")
    return answer


@FUZZ
@given(methods, paths, latin, some_headers, st.binary(max_size=200), st.booleans())
def test_any_request(
    method: str,
    path: str,
    query: str,
    headers: list[tuple[str, str]],
    content: bytes,
    elsewhere: bool,
) -> None:
    fire(
        Request(
            method=method,
            target=f"{path}?{query}" if query else path,
            headers=tuple(headers),
            body=content,
            port=4433,
            listener="elsewhere" if elsewhere else "main",
            received_at=NOW,
        )
    )


claim_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=20),
        st.sampled_from([CLIENT, HEALTHCARE, int(NOW) + 60]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
claim_sets = st.dictionaries(
    st.sampled_from(["iss", "sub", "aud", "exp", "nbf", "iat", "jti"]), claim_values, max_size=7
)


@FUZZ
@given(claim_sets, st.booleans())
def test_any_assertion(claims: dict[str, Any], signed: bool) -> None:
    """Claims of any shape, under the client's own signature as well."""
    key: Any = key_for("selftest-ehealth-client", "EC P-384").private if signed else b"k" * 32
    made = jwt.PyJWS().encode(json.dumps(claims).encode(), key, "ES384" if signed else "HS256")
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": made,
    }
    answer = fire(
        Request.to(
            HEALTHCARE + TOKEN,
            method="POST",
            headers=[("Content-Type", FORM)],
            body=urlencode(form).encode(),
            received_at=NOW,
        )
    )
    found = [one.code for one in answer.trail.violations]
    assert (answer.status == 200) == (not found) == answer.trail.facts["granted"]


@FUZZ
@given(st.dictionaries(st.sampled_from(["exp", "nbf", "iss", "aud", "typ"]), claim_values))
def test_any_subject_token(changes: dict[str, Any]) -> None:
    """Claims of any shape, under the realm's own signature."""
    to = shared_provider()
    token = jwt.PyJWS().encode(
        json.dumps(payload(to.token("access", at=NOW)) | changes).encode(),
        KeyRing(ACC, "healthcare").signer(NOW).material.private,
        "RS256",
        headers={"kid": to.kid("NEW")},
    )
    headers = [("Authorization", f"Bearer {token}")]
    answer = fire(Request.to(HEALTHCARE + USERINFO, headers=headers, received_at=NOW))
    assert answer.status in {200, 401}


def wsgi(to: EHealth) -> Callable[..., list[bytes]]:
    """Return a WSGI application over one `handle`, at the middle of S2."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        headers = [
            (name.removeprefix("HTTP_").replace("_", "-").title(), value)
            for name, value in environ.items()
            if name.startswith("HTTP_")
        ]
        if environ.get("CONTENT_TYPE"):
            headers.append(("Content-Type", environ["CONTENT_TYPE"]))
        content = environ["wsgi.input"].read(length)
        path = environ["PATH_INFO"]
        if b"client_assertion" in content:  # a good one now and then, or nothing is granted
            form = {name: values[-1] for name, values in parse_qs(content.decode()).items()}
            realm_url = ORIGIN + path.partition("/protocol")[0]
            content = urlencode(form | proven(realm_url)).encode()
        if path.endswith(USERINFO):
            realm = path.split("/")[3]
            if realm in {"healthcare", "M2M"}:
                token = to.token("access", at=NOW, realm=realm)
                headers = [("Authorization", f"Bearer {token}")]
        query = environ.get("QUERY_STRING")
        answer = to.handle(
            Request(
                method=environ["REQUEST_METHOD"],
                target=f"{path}?{query}" if query else path,
                headers=tuple(headers),
                body=content,
                port=4433,
                received_at=NOW,
            )
        )
        start_response(f"{answer.status} -", list(answer.headers))
        return [answer.body]

    return app


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def test_simulator_keeps_its_own_contract() -> None:
    to = shared_provider()
    to.reset()
    schema = schemathesis.openapi.from_dict(simulator_openapi())
    schema.app = wsgi(to)
    operations: list[Any] = [result.ok() for result in cast("Any", schema.get_all_operations())]
    assert len(operations) == 7
    statuses: dict[str, set[int]] = {}
    for operation in operations:
        seen = statuses.setdefault(operation.definition.raw["operationId"], set())

        @FEW
        @given(operation.as_strategy())
        def fire_at(case: Any) -> None:
            answer = case.call()
            seen.add(answer.status_code)  # noqa: B023 - fired at once
            case.validate_response(answer, checks=CHECKS)

        fire_at()
    # What is generated can read everything; a token it would have to be lucky to get.
    assert {name for name, found in statuses.items() if 200 not in found} <= {"token", "introspect"}


def test_the_contract_declares_what_is_provoked(provider: EHealth) -> None:
    """Every stimulus answers with a status that the document declares."""
    paths = simulator_openapi()["paths"]
    suffixes = {"jwks": CERTS, "discovery": DISCOVERY, "introspect": INTROSPECT}
    for name, stimulus in CATALOGUE.items():
        if stimulus.layer not in suffixes:
            continue
        provider.reset()
        provider.arm(name)
        suffix = suffixes[stimulus.layer]
        method = "POST" if stimulus.layer == "introspect" else "GET"
        status = get(provider, HEALTHCARE + suffix, method=method).status
        assert str(status) in paths[f"/auth/realms/{{realm}}{suffix}"][method.lower()]["responses"]


def test_the_document_is_served(provider: EHealth) -> None:
    answer = get(provider, f"{ORIGIN}/.proefbank/openapi.json")
    assert body(answer) == simulator_openapi()
    assert answer.trail.conversation == "control"
