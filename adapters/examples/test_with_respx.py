"""Your client under respx: no line of the client changes, the mocked service answers for real.

`respx_mock` comes with respx, `socialsecurity_inprocess` with Proefbank.
"""

import time
import uuid

import httpx
import jwt
import pytest


@pytest.fixture
def service(socialsecurity_inprocess, respx_mock):
    socialsecurity_inprocess.mount_respx(respx_mock)
    return socialsecurity_inprocess


def fetch_token(service):
    claims = {
        "iss": service.client_id,
        "sub": service.client_id,
        "aud": service.audience,
        "exp": int(time.time()) + 300,
        "jti": str(uuid.uuid4()),
    }
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode(claims, service.private_key, algorithm="RS256"),
    }
    for _ in range(2):  # this client tries once more after a fault of the server
        answer = httpx.post(service.token_endpoint, data=form)
        if answer.status_code < 500:
            break
        form["client_assertion"] = jwt.encode(
            claims | {"jti": str(uuid.uuid4())}, service.private_key, algorithm="RS256"
        )
    return answer.raise_for_status().json()["access_token"]


@pytest.mark.respx(assert_all_called=False)
def test_one_fault_is_survived(service):
    service.arm("token-html-500")
    assert fetch_token(service)
    assert [item.response.status for item in service.exchanges] == [500, 200]


@pytest.mark.respx(assert_all_called=False)
def test_two_faults_are_told(service):
    service.arm("token-503-retry-after", times=2)
    with pytest.raises(httpx.HTTPStatusError, match="503"):
        fetch_token(service)
