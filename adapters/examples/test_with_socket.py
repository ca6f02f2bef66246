"""Your client on a real socket: `pytest adapters/examples/test_with_socket.py`.

The fixture `socialsecurity` comes with Proefbank. It is the OAuth server and the Federal Learning
Account API on a loopback port; the functions at the top stand for your client.
"""

import time
import uuid

import jwt
import pytest
import requests


def fetch_token(service, **changes):
    now = int(time.time())
    claims = {
        "iss": service.client_id,
        "sub": service.client_id,
        "aud": service.audience,
        "exp": now + 300,
        "jti": str(uuid.uuid4()),
    }
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode(claims | changes, service.private_key, algorithm="RS256"),
    }
    answer = requests.post(
        service.token_endpoint, data=form, verify=str(service.ca_file), timeout=5
    )
    answer.raise_for_status()
    return answer.json()["access_token"]


def test_a_token_is_issued(socialsecurity):
    assert fetch_token(socialsecurity)
    assert socialsecurity.issued_tokens_count == 1
    assert socialsecurity.violations == []


def test_a_wrong_audience_is_refused_and_named(socialsecurity):
    with pytest.raises(requests.HTTPError, match="401"):
        fetch_token(socialsecurity, aud="https://oauth.socialsecurity.be")
    assert [item.code for item in socialsecurity.violations] == ["aud-not-token-url"]


def test_an_unknown_certificate_is_noticed(socialsecurity):
    socialsecurity.arm("tls-unknown-ca")
    with pytest.raises(requests.exceptions.SSLError):
        fetch_token(socialsecurity)
    assert socialsecurity.exchanges == []
