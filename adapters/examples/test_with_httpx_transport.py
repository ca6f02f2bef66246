"""Your client without a socket, through a transport of httpx: sync or async.

`socialsecurity_inprocess` comes with Proefbank; the class at the top stands for your client, which
takes its `httpx.Client` from outside.
"""

import time
import uuid

import httpx
import jwt
import pytest


class Client:
    def __init__(self, http, service):
        self.http, self.service = http, service

    def token(self):
        claims = {
            "iss": self.service.client_id,
            "sub": self.service.client_id,
            "aud": self.service.audience,
            "exp": int(time.time()) + 300,
            "jti": str(uuid.uuid4()),
        }
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": jwt.encode(claims, self.service.private_key, algorithm="RS256"),
        }
        answer = self.http.post(self.service.token_endpoint, data=form)
        return answer.raise_for_status().json()["access_token"]

    def registrations(self, token):
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        return self.http.get(f"{self.service.api_base}/registrations", headers=headers)


@pytest.fixture
def client(socialsecurity_inprocess):
    with httpx.Client(transport=socialsecurity_inprocess.httpx_transport()) as http:
        yield Client(http, socialsecurity_inprocess)


def test_the_token_opens_the_api(client):
    assert client.registrations(client.token()).status_code == 200


def test_a_token_ends(client, socialsecurity_inprocess):
    token = client.token()
    socialsecurity_inprocess.advance(3600)
    assert client.registrations(token).status_code == 401
    assert socialsecurity_inprocess.violations[-1].code == "token-expired"
