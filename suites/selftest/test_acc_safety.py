"""What must not happen near acceptance: production is reached, or something private is told."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from proefbank.acceptance.known import environments_of, production_hosts
from proefbank.acceptance.recorder import Recorder
from proefbank.clock import Clock
from proefbank.command_words import command_said, words_said
from proefbank.doors.loopback import LoopbackDoor
from proefbank.doors.proxy import Forwarder, Relayed
from proefbank.doors.recordings import read_recording
from proefbank.doors.tls import ServerTls
from proefbank.errors import BadInvocation
from proefbank.exchange import Headers, Request, Response
from proefbank.pki import CertificateAuthority
from proefbank.upstream import Upstream

HOST = "api.acc.example"
SECRET = "canary-secret-Zx81-7Gq2-Lm"
PERSON = "Zebedeus.Canarie@example.org"
NOW = Clock().now()
AUTHORITY = CertificateAuthority(now=NOW, name="Example Public Root")


@pytest.mark.parametrize(
    ("service", "key", "value"),
    [
        ("socialsecurity", "origin", "https://SERVICES.SocialSecurity.be."),
        ("socialsecurity", "origin", "https://services.socialsecurity.be:8443"),
        ("socialsecurity", "origin", "https://a@services.socialsecurity.be"),
        ("socialsecurity", "origin", "https://services\u3002socialsecurity\u3002be"),
        ("socialsecurity", "origin", "https://\uff53ervices.socialsecurity.be"),
        ("socialsecurity", "origin", "https://%73ervices.socialsecurity.be"),
        ("socialsecurity", "origin", "https://services.social\u00adsecurity.be"),
        ("socialsecurity", "origin", "https://api.ehealth.fgov.be."),
        ("socialsecurity", "connect", "Services.socialsecurity.be.:443"),
        ("socialsecurity", "connect", "api.ehealth.fgov.be:443"),
        ("ehealth", "connect", "services.socialsecurity.be:443"),
        ("ehealth", "origin", "https://api\u3002ehealth.fgov.be"),
        ("itsme", "origin", "https://www.socialsecurity.be"),
        ("itsme", "origin", "https://idp.prd.itsme.services"),
    ],
)
def test_production_is_refused_however_it_is_written(
    service: str, key: str, value: str, tmp_path: Path
) -> None:
    profile = tmp_path / "proefbank.toml"
    profile.write_text(f'[acc.{service}]\n{key} = "{value}"\n', encoding="utf-8")
    with pytest.raises(BadInvocation, match=r"production|is not an origin"):
        Recorder(
            environments_of([service], profile),
            sink=lambda _: None,
            ca_file=tmp_path / "ca.pem",
            profile=profile,
        )


class Server:
    """Answers as told, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.answer = Response(200, (), b"well")

    def handle(self, request: Request) -> Response:
        self.asked.append(request)
        return self.answer

    def reset(self) -> None:
        self.asked.clear()


def forwarder(port: int, folder: Path, told: list[Relayed]) -> Forwarder:
    ca_file = folder / "acc-ca.pem"
    ca_file.write_bytes(AUTHORITY.pem)
    upstream = Upstream("main", f"https://{HOST}", ca_file=ca_file, connect=f"127.0.0.1:{port}")
    return Forwarder(upstream, tell=told.append, rewrites=True, production=production_hosts())


@contextmanager
def behind(server: Server | Forwarder, tls: ServerTls | None) -> Iterator[LoopbackDoor]:
    with LoopbackDoor(
        server,
        clock=Clock(),
        on_exchange=lambda *_: None,
        on_connection=lambda _: None,
        server_tls=tls,
        also_plain=tls is None,
    ) as door:
        yield door


@pytest.fixture
def tls() -> ServerTls:
    return ServerTls(AUTHORITY, now=NOW, hosts=(HOST,))


JSON: Headers = (("Content-Type", "application/json"),)


@pytest.mark.parametrize(
    "answer",
    [
        Response(302, (("Location", "https://Services.SocialSecurity.be./x"),)),
        Response(302, (("Location", "//api.ehealth.fgov.be/x"),)),
        Response(200, JSON, b'{"jwks_uri": "https://api.ehealth.fgov.be/certs"}'),
        Response(200, JSON, b'{"token_endpoint": "https://api\\u3002ehealth.fgov.be/token"}'),
    ],
)
def test_no_answer_leads_a_client_to_production(
    answer: Response, tls: ServerTls, tmp_path: Path
) -> None:
    server, told = Server(), list[Relayed]()
    server.answer = answer
    with behind(server, tls) as there:
        made = forwarder(there.port, tmp_path, told)
        got = made.handle(Request("GET", "/"))
        assert got.status == 502
        assert "production" in told[-1].own
        server.answer = Response(302, (("Location", "https://api-acpt.ehealth.fgov.be/x"),))
        assert made.handle(Request("GET", "/")).status == 302
        server.answer = Response(200, JSON, b'{"a":' * 900 + b"1" + b"}" * 900)
        assert made.handle(Request("GET", "/")).body == server.answer.body
        made.close()


@pytest.mark.parametrize(
    "location", [f"https://{SECRET}:port/", f"https:\\\\{PERSON}", "https://\u00ad"]
)
def test_a_location_that_is_none_is_not_quoted(
    location: str, tls: ServerTls, tmp_path: Path
) -> None:
    server, told = Server(), list[Relayed]()
    server.answer = Response(302, (("Location", location),))
    with behind(server, tls) as there:
        made = forwarder(there.port, tmp_path, told)
        answer = made.handle(Request("GET", "/"))
        assert SECRET not in told[-1].own
        assert PERSON not in told[-1].own
        assert answer.status in (302, 502)
        made.close()


SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    ("head", "body", "wanted"),
    [
        (b"Content-Length: 3\r\nTransfer-Encoding: chunked", b"5\r\nhello\r\n0\r\n\r\n", b"hello"),
        (b"Content-Length: 60\r\nTransfer-Encoding: chunked", b"0\r\n\r\n" + SMUGGLED, b""),
        (b"Connection: host\r\nContent-Length: 2", b"ok", b"ok"),
    ],
)
def test_requests_keep_their_borders_and_their_host(
    head: bytes, body: bytes, wanted: bytes, tls: ServerTls, tmp_path: Path
) -> None:
    server, told = Server(), list[Relayed]()
    with behind(server, tls) as there:
        made = forwarder(there.port, tmp_path, told)
        with (
            behind(made, ServerTls(AUTHORITY, now=NOW)) as front,
            socket.create_connection(("127.0.0.1", front.port)) as raw,
            _trusting().wrap_socket(raw, server_hostname="localhost") as secured,
        ):
            secured.settimeout(60)
            secured.sendall(
                b"POST /a HTTP/1.1\r\nHost: evil.example\r\n" + head + b"\r\n\r\n" + body
            )
            assert secured.recv(20).startswith(b"HTTP/1.1 200")
        made.close()
    first = server.asked[0]
    assert (first.method, first.target, first.body) == ("POST", "/a", wanted)
    assert {item.header("host") for item in server.asked} == {HOST}


def _trusting() -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=AUTHORITY.pem.decode())
    context.check_hostname = False
    return context


def test_an_answer_that_is_no_http_is_not_quoted(tls: ServerTls, tmp_path: Path) -> None:
    """The library's own words hold the line that it could not read."""
    context = tls.context("good", ask_client=False)
    told: list[Relayed] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            for line in (f"Set Cookie: {SECRET} {PERSON}", f"{SECRET} {PERSON}"):
                taken, _ = listening.accept()
                with taken, context.wrap_socket(taken, server_side=True) as secured:
                    secured.recv(65_536)
                    start = b"" if line.startswith(SECRET) else b"HTTP/1.1 200 OK\r\n"
                    secured.sendall(start + line.encode() + b"\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        made = forwarder(listening.getsockname()[1], tmp_path, told)
        for _ in range(2):
            answer = made.handle(Request("GET", "/"))
            assert answer.status == 502
            assert "is no HTTP/1.1" in told[-1].own
            for text in (told[-1].own, answer.body.decode()):
                assert SECRET not in text
                assert PERSON not in text
        made.close()
        thread.join()


@pytest.mark.parametrize(
    "text",
    [
        "node a.mjs --client-secret=S",
        "node a.mjs --client-secret S",
        "java -Dclient.secret=S -jar a.jar",
        "env ACC_PASSWORD=S node a.mjs",
        "sh -c 'curl -H \"Authorization: Bearer S\"'",
        "node a.mjs https://me:S@proxy.example/",
        "node a.mjs --token S",
        "node a.mjs S",
    ],
)
def test_what_is_secret_in_a_command_is_not_written_down(text: str) -> None:
    secret = "Zx8Qq1Lm9Rr2Kk3Jj4Hh5Gg6Ff7Dd8"
    told = text.replace(" S", f" {secret}").replace("=S", f"={secret}").replace(":S", f":{secret}")
    assert secret in told
    assert secret not in command_said(told)
    assert secret not in " ".join(words_said(["proefbank", "run", "--client-command", told]))
    assert secret not in " ".join(words_said(["run", "--token", secret]))


@pytest.mark.parametrize(
    "text",
    [
        "proefbank run socialsecurity --stage token --client-command 'node token.mjs'",
        "python -m tests.token_adapter --token-url https://x.example/y --password-env PW",
        "java -jar /home/me/My-Adapter1.2-SNAPSHOT-jar-with-dependencies.jar --key-file k.pem",
        "my_company.module:ClientWithALongName2OfOurs",
        "--profile proefbank.toml --credentials-file a.json",
    ],
)
def test_an_ordinary_command_stays_as_it_is(text: str) -> None:
    assert command_said(text) == text
    assert words_said(text.split()) == text.split()


@pytest.mark.parametrize(
    ("key", "value"), [("origin", f"https://me:{SECRET}@acc.example"), ("connect", f"{SECRET}@x")]
)
def test_a_profile_that_lets_somebody_in_is_not_quoted(
    key: str, value: str, tmp_path: Path
) -> None:
    profile = tmp_path / "proefbank.toml"
    profile.write_text(f'[acc.socialsecurity]\n{key} = "{value}"\n', encoding="utf-8")
    with pytest.raises(BadInvocation, match="is not an") as refused:
        environments_of(["socialsecurity"], profile)
    assert SECRET not in str(refused.value)


def test_a_cassette_that_cannot_be_read_is_not_quoted(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(f"interactions:\n- request: !{SECRET} x\nversion: 1\n", encoding="utf-8")
    with pytest.raises(BadInvocation) as refused:
        read_recording(path)
    assert SECRET not in str(refused.value)
