"""Your client under pytest-httpx: no line of the client changes.

`httpx_mock` comes with pytest-httpx, `socialsecurity_inprocess` with Proefbank.
"""

import time
import uuid

import httpx
import jwt
import pytest


@pytest.fixture
def service(socialsecurity_inprocess, httpx_mock):
    socialsecurity_inprocess.mount_pytest_httpx(httpx_mock)
    return socialsecurity_inprocess


def fetch_token(service, jti):
    claims = {
        "iss": service.client_id,
        "sub": service.client_id,
        "aud": service.audience,
        "exp": int(time.time()) + 300,
        "jti": jti,
    }
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode(claims, service.private_key, algorithm="RS256"),
    }
    answer = httpx.post(service.token_endpoint, data=form)
    return answer.raise_for_status().json()["access_token"]


def test_a_token_is_issued(service):
    assert fetch_token(service, str(uuid.uuid4()))


def test_a_jti_serves_once(service):
    jti = str(uuid.uuid4())
    fetch_token(service, jti)
    with pytest.raises(httpx.HTTPStatusError):
        fetch_token(service, jti)
    assert [item.code for item in service.violations] == ["jti-replayed"]
