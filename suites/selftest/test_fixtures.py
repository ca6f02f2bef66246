"""`socialsecurity` and `socialsecurity_inprocess`: what other people's tests ask for by name."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import requests
import respx
from proefbank.fixtures.socialsecurity import (
    SocialSecurity,
    SocialSecurityInProcess,
    SocialSecurityOnSocket,
    _simulator,
)

from proefbank.clock import real_seconds
from proefbank.errors import BadInvocation, NotObservable
from proefbank.keys import mint_key
from proefbank.pki import self_signed
from proefbank.services.socialsecurity.provider import Profile

pytest_plugins = ["pytester"]

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
UNUSED = """
import pytest

def test_unused(socialsecurity_inprocess):
    socialsecurity_inprocess.arm("token-html-500", times=2)

@pytest.fixture
def client(socialsecurity_inprocess):
    return socialsecurity_inprocess

def test_unused_through_a_fixture(client):
    client.arm("api-plain-500")

@pytest.mark.socialsecurity(allow_unused_stimuli=True)
def test_allowed(socialsecurity_inprocess):
    socialsecurity_inprocess.arm("token-html-500")

def test_fails_by_itself(socialsecurity_inprocess):
    socialsecurity_inprocess.arm("token-html-500")
    assert not "by itself"

def test_clean_again(socialsecurity_inprocess):
    assert socialsecurity_inprocess.unused_stimuli == []

def test_unused_on_a_socket(socialsecurity):
    socialsecurity.arm("tls-expired")
"""


def form(service: SocialSecurity, **changes: object) -> dict[str, str]:
    claims = {
        "iss": service.client_id,
        "sub": service.client_id,
        "aud": service.audience,
        "exp": int(time.time()) + 300,
        "jti": str(uuid.uuid4()),
    }
    return {
        "grant_type": "client_credentials",
        "client_assertion_type": JWT_BEARER,
        "client_assertion": jwt.encode(claims | changes, service.private_key, algorithm="RS256"),
    }


def fetch(http: httpx.Client, service: SocialSecurity, **changes: object) -> httpx.Response:
    return http.post(service.token_endpoint, data=form(service, **changes))


def test_an_unused_stimulus_fails_the_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(UNUSED)
    result = pytester.runpytest("-p", "no:cacheprovider", "-q", "--strict-markers")
    result.assert_outcomes(failed=4, passed=2)
    result.stdout.fnmatch_lines(
        [
            "armed, and never met by a request: token-html-500 × 2",
            "*mark the test with @pytest.mark.socialsecurity(allow_unused_stimuli=True).",
            "armed, and never met by a request: api-plain-500 × 1",
            "armed, and never met by a request: tls-expired × 1",
        ]
    )
    told = [line for line in result.outlines if line.startswith("armed, and never met")]
    assert len(told) == 3  # what fails by itself says nothing more


def test_who_does_not_use_it_pays_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_light.py").write_text(
        "import sys\n"
        "def test_light():\n"
        "    heavy = {'cryptography', 'jwt', 'h11', 'httpx', 'proefbank.simulator'}\n"
        "    assert not heavy & set(sys.modules)\n"
    )
    words = [sys.executable, "-m", "pytest", "-q", "-p", "proefbank.plugin", str(tmp_path)]
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(words, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stdout


def test_the_profile_can_be_chosen(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from pathlib import Path

        @pytest.fixture(scope="session")
        def socialsecurity_profile():
            return Path("mine.toml")

        def test_mine(socialsecurity_inprocess, socialsecurity):
            assert socialsecurity.client_id == "mine"
            assert socialsecurity_inprocess.account("here").capacity == "employer"
        """
    )
    pytester.path.joinpath("mine.toml").write_text(
        '[[accounts]]\nname = "here"\nclient_id = "mine"\ncapacity = "employer"\n'
        'enterprise_number = "0000000196"\n'
    )
    pytester.runpytest("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_a_certificate_of_ones_own() -> None:
    key = mint_key("EC P-384")
    now = time.time()
    certificate = self_signed(
        key,
        organisation="Voorbeeld",
        enterprise_number="0000000196",
        valid_from=now - 60,
        valid_to=now + 86_400,
    )
    first = Profile().accounts[0]
    mine = replace(Profile(), accounts=(replace(first, certificates=(certificate,)),))
    simulator = _simulator(mine)
    simulator.mount("https://socialsecurity.test", "https://elsewhere.test")
    service = SocialSecurityInProcess(simulator)
    service.reset()
    claims = {
        "iss": service.client_id,
        "sub": service.client_id,
        "aud": service.audience,
        "exp": int(now) + 300,
        "jti": "1",
    }
    told = {
        "grant_type": "client_credentials",
        "client_assertion_type": JWT_BEARER,
        "client_assertion": jwt.encode(claims, key.private, algorithm="ES384"),
    }
    with httpx.Client(transport=service.httpx_transport()) as http:
        assert http.post(service.token_endpoint, data=told).status_code == 200
    with pytest.raises(BadInvocation, match="yours"):
        _ = service.private_key_file
    with pytest.raises(BadInvocation, match="yours"):
        _ = service.private_key
    simulator.close()


# What the fixtures give.


def test_everything_a_client_is_told(socialsecurity: SocialSecurityOnSocket) -> None:
    assert socialsecurity.token_endpoint.startswith("https://127.0.0.1:")
    assert socialsecurity.audience == socialsecurity.token_endpoint
    assert socialsecurity.api_base.endswith("/REST/federalLearningAccount/v1")
    assert socialsecurity.scope == socialsecurity.account("employer").scope
    assert socialsecurity.account("mandatary").client_id != socialsecurity.client_id
    assert b"PRIVATE KEY" in socialsecurity.private_key_file.read_bytes()
    assert b"BEGIN CERTIFICATE" in socialsecurity.certificate_file.read_bytes()
    with pytest.raises(LookupError, match="training-provider"):
        socialsecurity.account("nobody")


def test_violations_clock_and_tokens_are_seen(
    socialsecurity_inprocess: SocialSecurityInProcess,
) -> None:
    service = socialsecurity_inprocess
    with httpx.Client(transport=service.httpx_transport()) as http:
        assert fetch(http, service, aud="https://example.org").status_code == 401
        service.lenient = True
        assert fetch(http, service, aud="https://example.org").status_code == 200
        service.lenient = False
        token = fetch(http, service).json()["access_token"]
        assert [item.code for item in service.violations] == ["aud-not-token-url"] * 2
        assert service.issued_tokens_count == 2
        assert len(service.exchanges) == 3
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{service.api_base}/registrations"
        assert http.get(url, headers=headers).status_code == 200
        service.revoke_tokens()
        assert http.get(url, headers=headers).status_code == 401
        service.advance(86_400)
        assert round(service.clock.offset) == 86_400
        service.reset()
        assert (service.exchanges, service.issued_tokens_count) == ([], 0)
        assert round(service.clock.offset) == 0


def test_nothing_is_left_of_the_test_before(
    socialsecurity_inprocess: SocialSecurityInProcess,
) -> None:
    assert socialsecurity_inprocess.exchanges == []
    assert not socialsecurity_inprocess.lenient
    started = real_seconds()
    for _ in range(50):
        socialsecurity_inprocess.reset()
    assert (real_seconds() - started) / 50 < 0.01  # 0.2 ms when nothing else runs


def through_transport(service: SocialSecurityInProcess) -> int:
    with httpx.Client(transport=service.httpx_transport()) as http:
        return fetch(http, service).status_code


def through_respx(service: SocialSecurityInProcess) -> int:
    with respx.mock(assert_all_called=False) as router, httpx.Client() as http:
        service.mount_respx(router)
        return fetch(http, service).status_code


def through_requests(service: SocialSecurityInProcess) -> int:
    with requests.Session() as session:
        session.mount("https://", service.requests_adapter())
        return session.post(service.token_endpoint, data=form(service), timeout=5).status_code


def through_wsgi(service: SocialSecurityInProcess) -> int:
    transport = httpx.WSGITransport(app=service.wsgi_app())
    with httpx.Client(transport=transport) as http:
        return fetch(http, service).status_code


@pytest.mark.parametrize(
    "mount", [through_transport, through_respx, through_requests, through_wsgi]
)
def test_every_mount_answers(
    socialsecurity_inprocess: SocialSecurityInProcess,
    mount: Callable[[SocialSecurityInProcess], int],
) -> None:
    assert mount(socialsecurity_inprocess) == 200
    assert socialsecurity_inprocess.violations == []


def test_pytest_httpx_answers(
    socialsecurity_inprocess: SocialSecurityInProcess, httpx_mock: Any
) -> None:
    socialsecurity_inprocess.mount_pytest_httpx(httpx_mock)
    with httpx.Client() as http:
        assert fetch(http, socialsecurity_inprocess).status_code == 200


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_asgi_answers(socialsecurity_inprocess: SocialSecurityInProcess) -> None:
    service = socialsecurity_inprocess
    transport = httpx.ASGITransport(app=service.asgi_app())
    async with httpx.AsyncClient(transport=transport) as http:
        assert (await http.post(service.token_endpoint, data=form(service))).status_code == 200
        state = await http.get(f"{service.origin}/.proefbank/state")
    assert state.json()["tokens_alive"] == 1


def test_a_redirect_leads_to_another_site(
    socialsecurity_inprocess: SocialSecurityInProcess, socialsecurity: SocialSecurityOnSocket
) -> None:
    socialsecurity_inprocess.arm("token-redirect-elsewhere")
    transport = socialsecurity_inprocess.httpx_transport()
    with httpx.Client(transport=transport, follow_redirects=True) as http:
        fetch(http, socialsecurity_inprocess)
    socialsecurity.arm("token-redirect-elsewhere")
    requests.post(
        socialsecurity.token_endpoint,
        data=form(socialsecurity),
        verify=str(socialsecurity.ca_file),
        timeout=5,
    )
    for service in (socialsecurity_inprocess, socialsecurity):
        seen = [item.conversation for item in service.exchanges]
        assert seen == ["token", "elsewhere"]


def test_what_a_mount_cannot_show_cannot_be_armed(
    socialsecurity_inprocess: SocialSecurityInProcess,
) -> None:
    with pytest.raises(NotObservable, match="socket"):
        socialsecurity_inprocess.arm("tls-expired")
    socialsecurity_inprocess.wsgi_app()
    with pytest.raises(NotObservable, match="socket"):
        socialsecurity_inprocess.arm("token-reset")
    with pytest.raises(ValueError, match="nearest is 'token-html-50"):
        socialsecurity_inprocess.arm("token-html-50")
