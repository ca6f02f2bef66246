"""The simulated realms under random fire, and held to their own OpenAPI document."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlencode

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proefbank.exchange import Request, Response
from proefbank.keys import key_for
from proefbank.services.ehealth.provider import CATALOGUE, EHealth, simulator_openapi
from proefbank.services.ehealth.provider.facts import ASSERTION_TYPE, FORM
from proefbank.services.ehealth.provider.keyring import KeyRing

from .contract import FUZZ, statuses_of
from .ehealth_bench import (
    ACC,
    CERTS,
    CLIENT,
    DISCOVERY,
    HEALTHCARE,
    INTROSPECT,
    M2M,
    NOW,
    ORIGIN,
    TOKEN,
    USERINFO,
    body,
    fresh_provider,
    get,
    payload,
    proven,
    shared_provider,
)
from .wsgi import application


@pytest.fixture
def provider() -> EHealth:
    return fresh_provider()


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


def mended(to: EHealth, request: Request) -> Request:
    """Put what nobody generates by luck into a request: a good assertion, a good token."""
    realm_url = ORIGIN + request.path.partition("/protocol")[0]
    if b"client_assertion" in request.body:  # now and then, or nothing is granted
        form = {name: values[-1] for name, values in parse_qs(request.body.decode()).items()}
        request = replace(request, body=urlencode(form | proven(realm_url)).encode())
    if realm_url in {HEALTHCARE, M2M} and request.path.endswith(USERINFO):
        token = to.token("access", at=NOW, realm=realm_url.rpartition("/")[2])
        request = replace(request, headers=(("Authorization", f"Bearer {token}"),))
    return request


def test_simulator_keeps_its_own_contract() -> None:
    to = shared_provider()
    to.reset()
    app = application(to.handle, received_at=NOW, mend=partial(mended, to))
    statuses = statuses_of(simulator_openapi(), app)
    assert len(statuses) == 7
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
