"""Conversations with acceptance, replayed by pytest-recording to the reference clients.

The cassettes in `cassettes/<service>/replayed/` were recorded at the stand-in, and cut by the
cutter of foreign traffic before anything was written. To record them anew:

    pytest suites/selftest/test_acc_replayed.py --record-mode=rewrite

Otherwise nothing is listening, and no connection is allowed.
"""

from __future__ import annotations

import importlib
import socket
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from vcr.request import Request as VcrRequest

from proefbank.clients.python import PythonClient
from proefbank.clock import Clock
from proefbank.doors.heard import Heard
from proefbank.doors.recordings import read_recording
from proefbank.exchange import Request, Response
from proefbank.keys import key_for
from proefbank.pki import self_signed
from proefbank.profile.key_pairs import KeyPair
from proefbank.recordings.cutting import ForeignCutter
from proefbank.recordings.judging import judged_events
from proefbank.recordings.uncut import secrets_in
from proefbank.redaction import Redactor, find_holes
from proefbank.service import service

from . import acc_profiles
from .stand_in import HOSTS, StandIn

ROOM = Path(__file__).parents[2] / "cassettes"
PASSED = {"socialsecurity": 30, "ehealth": 0, "itsme": 8}
"""Requirements that a recording shows to be met, at least; one fetch of a key set shows none."""
TELLING = ("content-type", "retry-after")


class Cut(VcrRequest):  # type: ignore[misc]
    """A request that was cut: it goes by several times."""


class Scissors:
    """Cuts what pytest-recording is about to write."""

    def __init__(self, name: str) -> None:
        self.about: Any = importlib.import_module(f"{service(name).package}.recorded")
        self.redactor = Redactor()
        self.conversation = ""

    def request(self, asked: VcrRequest) -> VcrRequest | None:
        """Return what may be kept of a request; None for one that is no conversation."""
        if isinstance(asked, Cut):
            return asked
        body = asked.body if isinstance(asked.body, bytes) else str(asked.body or "").encode()
        heads = tuple((str(key), str(value)) for key, value in asked.headers.items())
        told = Request.to(asked.uri, method=asked.method, headers=heads, body=body)
        conversation = self.about.conversation_of(told)
        if conversation is None:
            return None
        self.conversation = conversation
        for secret in secrets_in(Heard(told, Response(0))):
            self.redactor.learn(secret)
        kept = ForeignCutter(self.redactor, self.about, conversation).request(told)
        parts = urlsplit(asked.uri)
        lines = {
            key: " ".join(self.redactor.headers(((key, value),))[0][1:])
            for key, value in kept.headers
        }
        uri = f"{parts.scheme}://{parts.netloc}{self.redactor.target(kept.target)}"
        text = self.redactor.body(kept.body, kept.header("content-type") or "")["text"]
        return Cut(asked.method, uri, str(text), lines)

    def response(self, told: dict[str, Any]) -> dict[str, Any]:
        """Return what may be kept of a response to the request before it."""
        heads = tuple(
            (key, value)
            for key, values in told["headers"].items()
            if key.lower() in TELLING
            for value in (values if isinstance(values, list) else [values])
        )
        body = told["body"]["string"]
        said = Response(told["status"]["code"], heads, body or b"")
        for secret in secrets_in(Heard(Request.to("https://acc.example/"), said)):
            self.redactor.learn(secret)
        kept = ForeignCutter(self.redactor, self.about, self.conversation).response(said)
        return {
            "status": told["status"],
            "headers": {key: [value] for key, value in kept.headers},
            "body": {"string": kept.body},
        }


@pytest.fixture(params=sorted(HOSTS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def vcr_cassette_dir(name: str) -> str:
    return str(ROOM / name / "replayed")


@pytest.fixture
def default_cassette_name() -> str:
    return "right"


@pytest.fixture
def vcr_config(name: str) -> dict[str, Any]:
    scissors = Scissors(name)

    def request(asked: VcrRequest) -> VcrRequest | None:  # copied as it is, unlike a method
        return scissors.request(asked)

    def response(told: dict[str, Any]) -> dict[str, Any]:
        return scissors.response(told)

    return {
        "before_record_request": request,
        "before_record_response": response,
        "decode_compressed_response": True,
        "match_on": ["method", "scheme", "host", "path"],  # each time another assertion
    }


@pytest.fixture
def members(
    name: str, record_mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Mapping[str, Any]]:
    """What the client is told: of the stand-in while recording, else of what was recorded."""
    if record_mode == "none":
        yield _told_again(name, tmp_path)
        return
    with StandIn(name, folder=tmp_path) as acc:
        doors = acc_profiles.Dialled(acc).ports
        dial = socket.create_connection

        def create_connection(address: Any, *rest: Any, **more: Any) -> socket.socket:
            host, port = address[:2]
            where = ("127.0.0.1", doors[host]) if host in doors else (host, port)
            return dial(where, *rest, **more)

        monkeypatch.setattr(socket, "create_connection", create_connection)
        yield {**acc.members(name), "ca_file": str(acc.ca_file)}


def _told_again(name: str, folder: Path) -> dict[str, Any]:
    """Return members that lead to what was recorded, with a key made a moment ago."""
    now = Clock().now()
    key = key_for("replayed", "RSA-2048")
    certificate = self_signed(
        key, organisation="Replayed", enterprise_number="0000000196",
        valid_from=now - 3600, valid_to=now + 3600,
    )  # fmt: skip
    key_file, certificate_file = KeyPair(certificate, key.pem_private(), b"").files(folder, "acc")
    heard = yaml.safe_load((ROOM / name / "replayed" / "right.yaml").read_text(encoding="utf-8"))
    first = heard["interactions"][0]["request"]["uri"]
    origin = f"https://{HOSTS[name]}"
    ca_file = {"ca_file": str(certificate_file)}
    if name == "socialsecurity":
        token = f"{origin}/REST/oauth/v5/token"
        return ca_file | {
            "token_endpoint": token,
            "audience": token,
            "api_base": f"{origin}/REST/federalLearningAccount/v1",
            "client_id": "self_service_chaman_000001_proefbank1",
            "private_key_file": str(key_file),
            "certificate_file": str(certificate_file),
            "scope": None,
        }
    if name == "ehealth":
        issuer = f"{origin}/auth/realms/healthcare"
        return ca_file | {
            "issuer": issuer,
            "jwks_uri": f"{issuer}/protocol/openid-connect/certs",
            "audience": "sim-api",
            "algorithms": ["RS256"],
        }
    return ca_file | {
        "base_url": first.partition("/qes-partners")[0],
        "partner_code": "PARTNER",
        "service_code": "SERVICE_SIGN",
        "redirect_url": "https://sca.example/return",
        "client_certificate_file": str(certificate_file),
        "client_key_file": str(key_file),
    }


def orders(name: str) -> list[tuple[str, Mapping[str, Any], str]]:
    """Return orders, and what comes of them when what is secret or personal is cut."""
    if name == "socialsecurity":
        call = acc_profiles.CALL
        return [("token.fetch", {"scope": None}, "accepted"), ("api.call", call, "accepted")]
    if name == "ehealth":
        parts = (b'{"alg":"RS256","kid":"n"}', b"{}", b"no signature")
        unknown = b".".join(map(urlsafe_b64encode, parts)).replace(b"=", b"").decode()
        return [("jwt.verify", {"token": unknown}, "rejected")]
    digest = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="
    documents = [{"id": "voorbeeld.txt", "sha256": digest}]
    return [("sign.start", {"documents": documents, "lang": "FR"}, "")]


@pytest.mark.vcr
@pytest.mark.block_network(allowed_hosts=["127.0.0.1", "localhost", "::1"])
def test_the_reference_client_finds_its_way_through_what_was_recorded(
    name: str, members: Mapping[str, Any], vcr: Any
) -> None:
    client = client_of(name, members)
    try:
        for op, args, expected in orders(name):
            outcome = client.call(op, args, 30.0)
            assert expected in ("", outcome.kind), outcome
    finally:
        client.bye()
    assert vcr.all_played or vcr.dirty
    assert vcr.play_count or vcr.dirty


def client_of(name: str, members: Mapping[str, Any]) -> PythonClient:
    module, _, made = service(name).reference.partition(":")
    client = PythonClient(getattr(importlib.import_module(module), made))
    client.hello()
    told = {key: value for key, value in members.items() if key != "ca_file"}
    bad = client.scenario({"run": "replayed", "ca_file": members["ca_file"], name: told})
    assert bad is None, bad
    return client


def test_nothing_uncut_was_written(name: str, record_mode: str) -> None:
    text = (ROOM / name / "replayed" / "right.yaml").read_text(encoding="utf-8")
    for word in ("PRIVATE KEY", "Zoë", "Müller", "Voorbeeldopleiding", "eyJ", "q="):
        assert word not in text.replace("client_assertion", ""), word
    assert find_holes(text)
    for event in read_recording(ROOM / name / "replayed" / "right.yaml").heard:
        assert event.request.host == HOSTS[name]


def test_what_was_recorded_is_judged_like_any_recording(name: str) -> None:
    recording = read_recording(ROOM / name / "replayed" / "right.yaml")
    verdicts = [e for e in judged_events(recording, "again") if e["event"] == "verdict"]
    bad = {e["requirement"] for e in verdicts if e["outcome"] in ("failed", "warned", "broken")}
    assert bad == set()
    assert verdicts
    passed = {e["requirement"] for e in verdicts if e["outcome"] == "passed"}
    assert len(passed) >= PASSED[name], passed
