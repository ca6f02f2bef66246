"""The forwarding provider: what goes on, what comes back, and whom it trusts."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from proefbank.clock import Clock
from proefbank.doors.loopback import LoopbackDoor
from proefbank.doors.proxy import Forwarder, Relayed
from proefbank.doors.tls import ServerTls
from proefbank.errors import BadInvocation
from proefbank.exchange import Headers, Request, Response, TlsFacts, WirePlan
from proefbank.pki import CertificateAuthority
from proefbank.profile.credentials import Reference
from proefbank.upstream import Upstream

HOST = "api.acc.example"
ORIGIN = f"https://{HOST}"
HERE = "https://127.0.0.1:8443"
NOW = Clock().now()
AUTHORITY = CertificateAuthority(now=NOW, name="Example Public Root")
PARTNERS = CertificateAuthority(now=NOW, name="Example partners")


class Server:
    """A server at a public name: answers as told, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.answer: Callable[[Request], Response] = lambda _: Response(200, (), b"well")

    def handle(self, request: Request) -> Response:
        self.asked.append(request)
        return self.answer(request)

    def reset(self) -> None:
        self.asked.clear()


@contextmanager
def standing(server: Server, tls: ServerTls, *, ask: bool = False) -> Iterator[LoopbackDoor]:
    door = LoopbackDoor(
        server,
        clock=Clock(),
        on_exchange=lambda *_: None,
        on_connection=lambda _: None,
        server_tls=tls,
        request_client_certificate=ask,
    )
    with door:
        yield door


@pytest.fixture(scope="module")
def tls() -> ServerTls:
    return ServerTls(AUTHORITY, now=NOW, hosts=(HOST,), client_trust=(PARTNERS.certificate,))


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def door(server: Server, tls: ServerTls) -> Iterator[LoopbackDoor]:
    with standing(server, tls, ask=True) as opened:
        yield opened


@pytest.fixture
def ca_file(tmp_path: Path) -> Path:
    path = tmp_path / "acc-ca.pem"
    path.write_bytes(AUTHORITY.pem)
    return path


class Proxy:
    """A forwarder with what it told."""

    def __init__(self, upstream: Upstream, **how: Any) -> None:
        self.told: list[Relayed] = []
        self.forwarder = Forwarder(upstream, tell=self.told.append, **how)

    def ask(
        self,
        target: str = "/",
        *,
        method: str = "GET",
        headers: Headers = (),
        body: bytes = b"",
        tls: TlsFacts | None = None,
    ) -> Response:
        told = (("Host", "127.0.0.1:8443"), *headers)
        return self.forwarder.handle(Request(method, target, told, body, port=8443, tls=tls))

    @property
    def last(self) -> Relayed:
        return self.told[-1]


@pytest.fixture
def proxy(door: LoopbackDoor, ca_file: Path) -> Iterator[Callable[..., Proxy]]:
    made: list[Proxy] = []

    def make(*, origin: str = ORIGIN, **how: Any) -> Proxy:
        about: dict[str, Any] = {
            key: how.pop(key) for key in ("ca_file", "certificate", "key") if key in how
        }
        connect = how.pop("connect", f"127.0.0.1:{door.port}")
        told: dict[str, Any] = {"ca_file": ca_file, **about, "connect": connect}
        made.append(Proxy(Upstream("main", origin, **told), **how))
        return made[-1]

    yield make
    for one in made:
        one.forwarder.close()


def own_words(response: Response) -> str:
    told = json.loads(response.body)
    assert told["error"] == "proefbank_recorder"
    assert response.header("Proefbank-Recorder")
    text: str = told["error_description"]
    assert text.startswith("Not from the server: ")
    return text


def test_a_request_goes_on_as_it_came(proxy: Callable[..., Proxy], server: Server) -> None:
    made = proxy()
    headers = (("X-Odd", "a"), ("x-odd", "b"), ("Content-Type", "text/x"), ("Cookie", "k=v"))
    target = "/a/%2e%2e//b/%C3%A9?x=1&x=%20+2&&y"
    answer = made.ask(target, method="PUT", headers=headers, body=b"\x00\xff body")
    assert (answer.status, answer.body) == (200, b"well")
    asked = server.asked[0]
    assert (asked.method, asked.target, asked.body) == ("PUT", target, b"\x00\xff body")
    assert asked.headers == (("Host", HOST), *headers, ("Content-Length", "7"))
    assert asked.tls is not None
    assert asked.tls.server_name == HOST
    relayed = made.last
    assert (relayed.request.host, relayed.request.port) == (HOST, 443)
    assert relayed.request.origin == ORIGIN
    assert relayed.request.header("host") == HOST
    assert relayed.request.target == target
    assert relayed.upstream_tls is not None
    assert relayed.upstream_tls.version == "TLSv1.3"


def test_nothing_is_added_to_a_bare_request(proxy: Callable[..., Proxy], server: Server) -> None:
    proxy().ask()
    assert server.asked[0].headers == (("Host", HOST),)
    proxy(origin=f"{ORIGIN}:9443").ask()
    assert server.asked[1].headers == (("Host", f"{HOST}:9443"),)


def test_what_concerns_one_connection_stays_there(
    proxy: Callable[..., Proxy], server: Server
) -> None:
    server.answer = lambda _: Response(
        200,
        (("Connection", "x-hop"), ("X-Hop", "1"), ("Keep-Alive", "timeout=5"), ("X-Stays", "1")),
    )
    sent = (("Connection", "keep-alive, x-mine"), ("X-Mine", "1"), ("TE", "trailers"), ("A", "b"))
    answer = proxy().ask(headers=sent)
    assert server.asked[0].headers == (("Host", HOST), ("A", "b"))
    names = {name.lower() for name, _ in answer.headers}
    assert "x-stays" in names
    assert not names & {"connection", "x-hop", "keep-alive", "transfer-encoding"}


def test_an_answer_comes_back_as_it_was(proxy: Callable[..., Proxy], server: Server) -> None:
    cookies = (
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
        ("Date", "Sun, 22 Nov 2026 11:00:00 GMT"),
    )
    server.answer = lambda _: Response(302, (*cookies, ("Location", f"{ORIGIN}/next")), b"moved")
    made = proxy()
    answer = made.ask()
    assert (answer.status, answer.body) == (302, b"moved")
    assert answer.headers[:4] == (*cookies, ("Location", f"{ORIGIN}/next"))
    assert len(server.asked) == 1  # to follow is for the client
    assert made.last.response.header("date") == cookies[2][1]


@pytest.mark.parametrize("status", [200, 204, 304])
@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_answers_without_a_body_are_passed_on(
    proxy: Callable[..., Proxy], server: Server, status: int, method: str
) -> None:
    server.answer = lambda _: Response(status, (("ETag", '"x"'),))
    made = proxy()
    assert made.ask(method=method).status == status
    assert not made.last.own


def test_a_coded_body_reaches_the_client_coded_and_the_record_in_plain(
    proxy: Callable[..., Proxy], server: Server
) -> None:
    coded = gzip.compress(b'{"name": "somebody"}')
    kind = (("Content-Type", "application/json"), ("Content-Encoding", "gzip"))
    server.answer = lambda _: Response(200, kind, coded)
    made = proxy()
    answer = made.ask(headers=(("Accept-Encoding", "gzip"),))
    assert answer.body == coded
    assert answer.header("content-encoding") == "gzip"
    assert made.last.response.body == b'{"name": "somebody"}'
    server.answer = lambda _: Response(200, kind, b"no gzip at all")
    assert made.ask().body == b"no gzip at all"
    assert not made.last.own


DISCOVERY = {
    "issuer": f"{ORIGIN}/realms/r",
    "jwks_uri": f"{ORIGIN}/realms/r/certs",
    "elsewhere": "https://other.example/",
    "nearly": f"{ORIGIN}.evil.example/",
    "inner": [{"url": f"{ORIGIN}/x"}],
}


@pytest.mark.parametrize("coded", [False, True])
def test_addresses_lead_here_where_that_is_wanted(
    proxy: Callable[..., Proxy], server: Server, coded: bool
) -> None:
    body = json.dumps(DISCOVERY).encode()
    kind: Headers = (("Content-Type", "application/json"),)
    if coded:
        body, kind = gzip.compress(body), (*kind, ("Content-Encoding", "gzip"))
    server.answer = lambda _: Response(200, (*kind, ("Location", f"{ORIGIN}/next")), body)
    made = proxy(rewrites=True, origins={ORIGIN: HERE})
    answer = made.ask()
    found = json.loads(answer.body)
    assert found == {
        **DISCOVERY,
        "jwks_uri": f"{HERE}/realms/r/certs",
        "inner": [{"url": f"{HERE}/x"}],
    }
    assert answer.header("content-encoding") is None
    assert answer.header("location") == f"{HERE}/next"
    assert json.loads(made.last.response.body) == DISCOVERY
    assert made.last.response.header("location") == f"{ORIGIN}/next"
    assert set(made.last.changed) == {"Location", "jwks_uri", "url"}
    assert made.ask(method="POST").body == body  # only documents are
    plain = proxy(origins={ORIGIN: HERE})
    assert plain.ask().body == body
    assert not plain.last.changed


def test_a_key_pair_of_the_profile_is_shown(
    proxy: Callable[..., Proxy],
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    issued = PARTNERS.issue_client("partner", now=NOW)
    (tmp_path / "c.pem").write_bytes(issued.pem())
    monkeypatch.setenv("ACC_KEY", issued.pem_private().decode())
    left = set(Path(tempfile.gettempdir()).iterdir())
    made = proxy(certificate=Reference("file", "c.pem", tmp_path), key=Reference("env", "ACC_KEY"))
    shown = TlsFacts(version="TLSv1.2", peer_sha256="ab" * 32)
    assert made.ask(tls=shown).status == 200
    assert server.asked[0].tls is not None
    assert server.asked[0].tls.peer_sha256 == issued.sha256
    # What the client showed us was shown to nobody else.
    assert made.last.request.tls is None
    assert made.last.client_tls == shown
    written = [path for path in set(Path(tempfile.gettempdir()).iterdir()) - left if path.is_file()]
    assert not [path for path in written if b"PRIVATE" in path.read_bytes()]


def test_credentials_that_cannot_be_used_are_told_at_once(
    proxy: Callable[..., Proxy], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = (PARTNERS.issue_client(name, now=NOW) for name in ("one", "other"))
    locked = one.private.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
    )
    (tmp_path / "c.pem").write_bytes(one.pem())
    certificate = Reference("file", "c.pem", tmp_path)
    for text, words in (
        (other.pem_private(), "mismatch"),
        (locked, "encrypted"),
        (b"nothing", "cannot be shown"),
    ):
        monkeypatch.setenv("ACC_KEY", text.decode())
        with pytest.raises(BadInvocation, match=words) as refused:
            proxy(certificate=certificate, key=Reference("env", "ACC_KEY"))
        assert ORIGIN in refused.value.where
        assert "BEGIN" not in str(refused.value)
    (tmp_path / "empty.pem").write_text("nothing")
    with pytest.raises(BadInvocation, match="no authorities"):
        proxy(ca_file=tmp_path / "empty.pem")


@pytest.mark.parametrize("fault", ["unknown-ca", "other-host", "expired"])
def test_a_server_that_is_not_to_be_trusted_is_told_nothing(
    proxy: Callable[..., Proxy], door: LoopbackDoor, server: Server, fault: Any
) -> None:
    made = proxy()
    door.present(fault)
    answer = made.ask("/secret", method="POST", body=b"assertion")
    assert answer.status == 502
    assert "certificate" in own_words(answer).lower()
    assert made.last.own
    assert not server.asked
    assert made.ask().status == 200


def test_a_system_that_does_not_know_the_authority_refuses(proxy: Callable[..., Proxy]) -> None:
    assert "certificate" in own_words(proxy(ca_file=None).ask())


def test_nobody_there_is_the_recorders_own_answer(proxy: Callable[..., Proxy]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    made = proxy(connect=f"127.0.0.1:{port}")
    answer = made.ask("/x")
    assert answer.status == 502
    assert f"{ORIGIN} (at 127.0.0.1:{port}) cannot be asked" in own_words(answer)
    assert made.last.own in json.loads(answer.body)["error_description"]


def test_trouble_on_the_way_is_the_recorders_own_answer(
    proxy: Callable[..., Proxy], server: Server
) -> None:
    impatient = proxy(timeout=httpx.Timeout(60.0, read=0.5))
    made = proxy(largest_answer=100)
    for asker, plan, words in (
        (impatient, WirePlan(delay=30.0), "no answer in time"),
        (made, WirePlan(reset=True), "cannot be asked"),
        (made, WirePlan(cut_after=2), "cannot be asked"),
    ):
        server.answer = lambda _, plan=plan: Response(200, (), b"well", wire=plan)  # type: ignore[misc]
        answer = asker.ask()
        assert answer.status == 502
        assert words in own_words(answer)
    server.answer = lambda _: Response(200, (), b"x" * 101)
    assert "more than 100 bytes" in own_words(made.ask())
    server.answer = lambda _: Response(200, (), b"x" * 100)
    assert made.ask().body == b"x" * 100


def test_it_is_no_proxy_for_anybody(proxy: Callable[..., Proxy], server: Server) -> None:
    for target in ("https://other.example/", "other.example:443", "*"):
        answer = proxy().ask(target)
        assert answer.status == 400
        assert "mitmproxy" in own_words(answer)
    assert not server.asked


def test_behind_a_door_many_can_ask_at_once(proxy: Callable[..., Proxy], server: Server) -> None:
    server.answer = lambda request: Response(200, (), request.body)
    made = proxy()
    front = ServerTls(CertificateAuthority(now=NOW), now=NOW)
    trust = ssl.create_default_context(cadata=front.ca_pem.decode())
    heard: list[tuple[Request, Response]] = []
    with LoopbackDoor(
        made.forwarder,
        clock=Clock(),
        on_exchange=lambda *exchange: heard.append(exchange),
        on_connection=lambda _: None,
        server_tls=front,
    ) as opened:
        failures: list[object] = []

        def talk(number: int) -> None:
            with httpx.Client(verify=trust, trust_env=False, timeout=60.0) as http:
                for turn in range(5):
                    text = f"{number}/{turn}".encode()
                    answer = http.post(opened.origin, content=iter([text, b"!"]))
                    if answer.content != text + b"!":
                        failures.append(answer.text)

        threads = [threading.Thread(target=talk, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not failures
    assert len(made.told) == len(server.asked) == len(heard) == 40
    assert all(response.trail.facts["relayed"] for _, response in heard)
    # A body that came in chunks has its length on the way on.
    assert all(request.header("content-length") for request in server.asked)
