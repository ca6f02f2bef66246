"""The doors: one conversation through each of them, and every fault that a socket can show."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
import requests
import respx
from pytest_httpx import HTTPXMock

from proefbank.clock import Clock
from proefbank.doors import inprocess
from proefbank.doors.carrier import Carrier
from proefbank.doors.facts import ConnectionFact, Limits, Presented
from proefbank.doors.loopback import LoopbackDoor
from proefbank.doors.tls import ServerTls
from proefbank.errors import BadInvocation, NotObservable
from proefbank.exchange import Provider, Request, Response, WirePlan
from proefbank.pki import CertificateAuthority, IssuedCertificate

JSON = (("Content-Type", "application/json"),)


class Echo:
    """Says back what it was asked; `plans` and `status` come from the path."""

    def __init__(self) -> None:
        """Know no plans yet."""
        self.plans: dict[str, WirePlan] = {}

    def handle(self, request: Request) -> Response:
        """Answer with method, target and size; `/status/N`, `/boom` and plans as named."""
        if request.path == "/boom":
            raise RuntimeError("echo is broken")
        if request.path == "/bad-header":
            return Response(200, (("X-Bad", "one\r\ntwo"),))
        status = int(request.path.removeprefix("/status/")) if "/status/" in request.path else 200
        said = {"method": request.method, "target": request.target, "size": len(request.body)}
        plan = self.plans.get(request.path, WirePlan())
        body = b"" if status == 204 else json.dumps(said).encode()
        return Response(status, (*JSON, ("X-Twice", "a"), ("X-Twice", "b")), body, wire=plan)

    def reset(self) -> None:
        """Nothing to forget."""


@dataclass
class Bench:
    """A started door and everything that was told about it."""

    authority: CertificateAuthority
    tls: ServerTls
    clock: Clock
    echo: Echo = field(default_factory=Echo)
    exchanges: list[tuple[Request, Response]] = field(default_factory=list)
    facts: list[ConnectionFact] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)
    doors: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def door(self, **settings: Any) -> LoopbackDoor:
        """Open a door on the echo."""
        provider: Provider = self.echo
        door = LoopbackDoor(
            provider,
            clock=self.clock,
            on_exchange=lambda request, response: self.exchanges.append((request, response)),
            on_connection=self.facts.append,
            on_fault=self.faults.append,
            server_tls=self.tls,
            **settings,
        )
        return self.doors.enter_context(door)

    def carrier(self) -> Carrier:
        """Return a carrier for in-process mounts that records in the same place."""
        return Carrier(
            self.echo,
            clock=self.clock,
            on_exchange=lambda request, response: self.exchanges.append((request, response)),
            on_fault=self.faults.append,
        )

    def trust(self, shown: IssuedCertificate | None = None, folder: Path | None = None) -> Any:
        """Return a client context that trusts the bench, perhaps showing a certificate."""
        context = ssl.create_default_context(cadata=self.authority.pem.decode())
        if shown is not None and folder is not None:
            (folder / "client.pem").write_bytes(shown.pem_private() + shown.pem())
            context.load_cert_chain(folder / "client.pem")
        return context

    def raw(self, door: LoopbackDoor, context: ssl.SSLContext | None = None) -> ssl.SSLSocket:
        """Connect and shake hands as a bare TLS client."""
        plain = socket.create_connection(("127.0.0.1", door.port), timeout=3)
        return (context or self.trust()).wrap_socket(plain, server_hostname="127.0.0.1")


@pytest.fixture(scope="module")
def authority() -> tuple[CertificateAuthority, ServerTls]:
    """One authority for the module."""
    made = CertificateAuthority(now=Clock().now())
    return made, ServerTls(made, now=Clock().now())


@pytest.fixture
def bench(authority: tuple[CertificateAuthority, ServerTls]) -> Iterator[Bench]:
    """Give a bench that closes its doors."""
    made = Bench(*authority, Clock())
    with made.doors:
        yield made


@pytest.fixture
def door(bench: Bench) -> LoopbackDoor:
    """Open the main door."""
    return bench.door()


@pytest.fixture
def client(bench: Bench, door: LoopbackDoor) -> Iterator[httpx.Client]:
    """Give an httpx client of the main door."""
    with httpx.Client(verify=bench.trust(), base_url=door.origin, trust_env=False) as made:
        yield made


def ask(target: str = "/x", *lines: str, method: str = "GET") -> bytes:
    """Return the bytes of a request."""
    return "\r\n".join((f"{method} {target} HTTP/1.1", "Host: x", *lines, "", "")).encode()


def talk(bench: Bench, door: LoopbackDoor, context: ssl.SSLContext) -> bytes:
    """Connect, ask, and return the first bytes of the answer."""
    with bench.raw(door, context) as sock:
        sock.sendall(ask())
        return sock.recv(12)


def read_all(sock: socket.socket) -> bytes:
    """Read to the end."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := sock.recv(65_536):
            parts.append(part)
    return b"".join(parts)


# --- one table, every door ------------------------------------------------------------------

TABLE: tuple[tuple[str, str, bytes, int], ...] = (
    ("GET", "/", b"", 200),
    ("GET", "/a/b?x=1&x=2&y=%20z", b"", 200),
    ("POST", "/REST/oauth/v5/token", b"grant_type=client_credentials&scope=a%3Ab", 200),
    ("PUT", "/bytes", bytes(range(256)), 200),
    ("GET", "/status/401", b"", 401),
    ("DELETE", "/status/204", b"", 204),
    ("PATCH", "/status/404?q", b"{}", 404),
    ("HEAD", "/head", b"", 200),
    ("OPTIONS", "/options", b"", 200),
    ("GET", "/boom", b"", 500),
)
Speak = Callable[[str, str, bytes], Any]


def over_loopback(bench: Bench, stack: contextlib.ExitStack, _request: Any) -> Speak:
    """Use real HTTPS."""
    door = bench.door()
    client = stack.enter_context(httpx.Client(verify=bench.trust(), trust_env=False))
    return lambda method, target, body: client.request(method, door.origin + target, content=body)


def over_plain_http(bench: Bench, stack: contextlib.ExitStack, _request: Any) -> Speak:
    """Use real HTTP without TLS."""
    door = bench.door(scheme="http")
    client = stack.enter_context(httpx.Client(verify=bench.trust(), trust_env=False))
    return lambda method, target, body: client.request(method, door.origin + target, content=body)


def over_httpx(bench: Bench, stack: contextlib.ExitStack, _request: Any) -> Speak:
    """Use a transport for httpx."""
    transport = inprocess.httpx_transport(bench.carrier())
    client = stack.enter_context(httpx.Client(transport=transport, base_url="https://127.0.0.1"))
    return lambda method, target, body: client.request(method, target, content=body)


def over_httpx2(bench: Bench, stack: contextlib.ExitStack, _request: Any) -> Speak:
    """Use a transport for httpx2."""
    transport: Any = inprocess.httpx_transport(bench.carrier(), httpx2)
    client = stack.enter_context(httpx2.Client(transport=transport, base_url="https://127.0.0.1"))
    return lambda method, target, body: client.request(method, target, content=body)


def over_async_httpx(bench: Bench, _stack: contextlib.ExitStack, _request: Any) -> Speak:
    """Use the transport under an asynchronous client."""
    transport = inprocess.httpx_transport(bench.carrier())
    return asynchronously(transport)


def over_asgi(bench: Bench, _stack: contextlib.ExitStack, _request: Any) -> Speak:
    """Use an ASGI application."""
    app: Any = inprocess.asgi_app(bench.carrier())
    return asynchronously(httpx.ASGITransport(app=app))


def asynchronously(transport: httpx.AsyncBaseTransport) -> Speak:
    """Speak through an asynchronous transport, one loop for each request."""

    async def go(method: str, target: str, body: bytes) -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="https://127.0.0.1") as client:
            return await client.request(method, target, content=body)

    return lambda method, target, body: asyncio.run(go(method, target, body))


def over_wsgi(bench: Bench, stack: contextlib.ExitStack, _request: Any) -> Speak:
    """Use a WSGI application."""
    transport = httpx.WSGITransport(app=inprocess.wsgi_app(bench.carrier()))
    client = stack.enter_context(httpx.Client(transport=transport, base_url="https://127.0.0.1"))
    return lambda method, target, body: client.request(method, target, content=body)


def over_respx(bench: Bench, stack: contextlib.ExitStack, _request: Any) -> Speak:
    """Use a respx router."""
    router = stack.enter_context(respx.mock(assert_all_called=False))
    inprocess.mount_respx(router, bench.carrier(), "https://provider.invalid:44885")
    client = stack.enter_context(httpx.Client(verify=bench.trust(), trust_env=False))
    base = "https://provider.invalid:44885"
    return lambda method, target, body: client.request(method, base + target, content=body)


def over_pytest_httpx(bench: Bench, stack: contextlib.ExitStack, request: Any) -> Speak:
    """Use callbacks of pytest-httpx."""
    httpx_mock: HTTPXMock = request.getfixturevalue("httpx_mock")
    inprocess.mount_pytest_httpx(httpx_mock, bench.carrier(), "https://provider.invalid/")
    client = stack.enter_context(httpx.Client(verify=bench.trust(), trust_env=False))
    base = "https://provider.invalid"
    return lambda method, target, body: client.request(method, base + target, content=body)


def over_requests(bench: Bench, stack: contextlib.ExitStack, _request: Any) -> Speak:
    """Use an adapter for requests."""
    session = stack.enter_context(requests.Session())
    session.mount("https://", inprocess.requests_adapter(bench.carrier()))
    base = "https://127.0.0.1"
    return lambda method, target, body: session.request(method, base + target, data=body)


DOORS = (
    over_loopback,
    over_plain_http,
    over_httpx,
    over_httpx2,
    over_async_httpx,
    over_asgi,
    over_wsgi,
    over_respx,
    over_pytest_httpx,
    over_requests,
)


@pytest.mark.parametrize("through", DOORS)
def test_the_same_table_gives_the_same_record_through_every_door(
    bench: Bench, request: pytest.FixtureRequest, through: Callable[..., Speak]
) -> None:
    """Method, target, body, status and the answer's body, in order; each with its instant."""
    with contextlib.ExitStack() as stack:
        speak = through(bench, stack, request)
        for method, target, body, status in TABLE:
            response = speak(method, target, body)
            assert response.status_code == status, (method, target)
            said, answer = bench.exchanges[-1]
            assert response.content == (b"" if method == "HEAD" else answer.body)
            assert response.headers.get("date") == answer.header("Date") is not None
            assert said.header("Host") is not None
            assert abs(said.received_at - bench.clock.now()) < 5
    record = [(said.method, said.target, said.body, got.status) for said, got in bench.exchanges]
    assert record == list(TABLE)
    assert [type(fault) for fault in bench.faults] == [RuntimeError]


def test_every_mount_says_what_it_cannot_show(bench: Bench) -> None:
    """No in-process mount shows a handshake; an application shows no fault at all."""
    transport, app = bench.carrier(), bench.carrier()
    inprocess.httpx_transport(transport)
    inprocess.wsgi_app(app)
    assert "tls" in transport.cannot_express
    assert {"reset", "cut", "delay"}.isdisjoint(transport.cannot_express)
    assert {"tls", "reset", "cut", "delay"} <= app.cannot_express


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_wire_plans_become_the_exceptions_of_httpx(bench: Bench, library: Any) -> None:
    """And a delay of an hour is a timeout at once."""
    bench.echo.plans = {
        "/reset": WirePlan(reset=True),
        "/cut": WirePlan(cut_after=5),
        "/slow": WirePlan(delay=3600),
    }
    client = library.Client(transport=inprocess.httpx_transport(bench.carrier(), library))
    for path, expected in (
        ("/reset", library.ReadError),
        ("/cut", library.RemoteProtocolError),
        ("/slow", library.ReadTimeout),
    ):
        with pytest.raises(expected):
            client.get(f"https://127.0.0.1{path}")
    assert len(bench.exchanges) == 3


def test_wire_plans_become_the_exceptions_of_requests(bench: Bench) -> None:
    """The classes that requests raises over a socket."""
    bench.echo.plans = {
        "/reset": WirePlan(reset=True),
        "/cut": WirePlan(cut_after=5),
        "/slow": WirePlan(delay=3600),
    }
    with requests.Session() as session:
        session.mount("https://", inprocess.requests_adapter(bench.carrier()))
        for path, expected in (
            ("/reset", requests.ConnectionError),
            ("/cut", requests.exceptions.ChunkedEncodingError),
            ("/slow", requests.ReadTimeout),
        ):
            with pytest.raises(expected):
                session.get(f"https://127.0.0.1{path}", timeout=(1, 2))


# --- faults on the wire ---------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_faults_are_real_on_the_socket(bench: Bench, scheme: str) -> None:
    """Reset, cut, delay, dribble and close, as httpx lives through them, over TLS too."""
    door = bench.door(scheme=scheme)
    bench.echo.plans = {
        "/reset": WirePlan(reset=True),
        "/cut": WirePlan(cut_after=5),
        "/slow": WirePlan(delay=60),
        "/late": WirePlan(delay=0.02),
        "/dribble": WirePlan(dribble=0.0005),
        "/close": WirePlan(close=True),
    }
    with httpx.Client(verify=bench.trust(), base_url=door.origin, trust_env=False) as client:
        # Python's ssl module tells a reset as an end, so httpx has another word for it there.
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            client.get("/reset")
        with pytest.raises(httpx.RemoteProtocolError, match="received 5 bytes, expected"):
            client.get("/cut")
        with pytest.raises(httpx.ReadTimeout):
            client.get("/slow", timeout=0.05)
        start = time.monotonic()
        assert client.get("/late").status_code == 200
        assert time.monotonic() - start >= 0.02
        assert client.get("/dribble").json()["target"] == "/dribble"
        assert client.get("/close").headers["connection"] == "close"
        assert client.get("/after").status_code == 200
    assert [said.path for said, _ in bench.exchanges] == [*bench.echo.plans, "/after"]
    assert bench.faults == []


def test_a_reset_is_a_reset_under_tls_too(bench: Bench, door: LoopbackDoor) -> None:
    """Looked at below TLS, because the ssl module hides it."""
    bench.echo.plans = {"/reset": WirePlan(reset=True)}
    with bench.raw(door) as sock:
        sock.sendall(ask("/reset"))
        with pytest.raises(ConnectionResetError):
            socket.socket.recv(sock, 1)


def test_a_cut_is_an_end_without_farewell_under_tls_too(bench: Bench, door: LoopbackDoor) -> None:
    """The promised length stays, five bytes come, and no close_notify."""
    bench.echo.plans = {"/cut": WirePlan(cut_after=5)}
    with bench.raw(door) as sock:
        sock.sendall(ask("/cut"))
        head, _, body = sock.recv(1000).partition(b"\r\n\r\n")
        assert f"Content-Length: {len(bench.exchanges[0][1].body)}".encode() in head
        assert len(body) == 5
        assert socket.socket.recv(sock, 1) == b""


def test_the_record_is_there_before_the_answer_is(bench: Bench, client: httpx.Client) -> None:
    """Whoever has an answer finds its exchange, every time."""
    for count in range(1, 200):
        client.get("/x")
        assert len(bench.exchanges) == count


def test_a_fault_of_the_bench_is_a_500_and_the_connection_lives(
    bench: Bench, client: httpx.Client
) -> None:
    """A raising provider, and one whose headers cannot travel."""
    for path in ("/boom", "/bad-header"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()) == (500, {"error": "bench_fault"})
    assert client.get("/fine").status_code == 200
    assert len(bench.faults) == 2
    assert [response.status for _, response in bench.exchanges] == [500, 500, 200]


def test_a_recorder_that_raises_is_a_fault_and_no_silence(bench: Bench) -> None:
    """The client gets its answer; the bench hears of the trouble."""

    def refuse(_request: Request, _response: Response) -> None:
        raise OSError("disk full")

    door = LoopbackDoor(
        bench.echo,
        clock=bench.clock,
        on_exchange=refuse,
        on_connection=bench.facts.append,
        on_fault=bench.faults.append,
        scheme="http",
    )
    with door:
        assert httpx.get(door.origin, verify=bench.trust(), trust_env=False).status_code == 200
    assert [str(fault) for fault in bench.faults] == ["disk full"]


# --- certificates ---------------------------------------------------------------------------

BAD: tuple[Presented, ...] = ("unknown-ca", "other-host", "expired")


@pytest.mark.parametrize("kind", BAD)
def test_a_careful_client_turns_away_from_a_bad_leaf(
    bench: Bench, door: LoopbackDoor, client: httpx.Client, kind: Presented
) -> None:
    """One fact, no request, the alert's name; the next connection is good again."""
    client.get("/before")
    door.present(kind)
    assert door.drop_idle()
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        client.get("/never")
    assert door.settle()
    bad = [fact for fact in bench.facts if fact.presented == kind]
    assert [(fact.outcome, fact.requests) for fact in bad] == [("refused", 0)]
    alerts = {"unknown-ca": "unknown_ca", "expired": "certificate_expired"}
    assert bad[0].alert == alerts.get(kind, "bad_certificate")
    assert client.get("/after").status_code == 200
    assert [said.path for said, _ in bench.exchanges] == ["/before", "/after"]


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_bare_client_of_either_version_turns_away(
    bench: Bench, door: LoopbackDoor, kind: Presented, version: ssl.TLSVersion
) -> None:
    """TLS 1.2 and 1.3 both tell the alert."""
    context = bench.trust()
    context.minimum_version = context.maximum_version = version
    door.present(kind)
    with pytest.raises(ssl.SSLCertVerificationError):
        bench.raw(door, context)
    assert door.settle()
    assert [(fact.presented, fact.outcome) for fact in bench.facts] == [(kind, "refused")]
    assert bench.facts[0].alert


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_client_that_looks_only_after_the_handshake_refuses_too(
    bench: Bench, door: LoopbackDoor, kind: Presented, version: ssl.TLSVersion
) -> None:
    """It shakes hands, looks at the name, and closes without a word."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = version
    door.present(kind)
    bench.raw(door, context).close()
    assert door.settle()
    fact = bench.facts[0]
    assert (fact.outcome, fact.requests, fact.presented) == ("refused", 0, kind)
    assert fact.tls_version == version.name.replace("_", ".")


def test_a_careless_client_is_seen_to_talk(bench: Bench, door: LoopbackDoor) -> None:
    """Without verification the request comes, and the fact says after which leaf."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    door.present("unknown-ca", connections=2)
    for _ in range(3):
        with bench.raw(door, context) as sock:
            sock.sendall(ask("/careless", "Connection: close"))
            assert read_all(sock).startswith(b"HTTP/1.1 200 OK\r\n")
    assert door.settle()
    told = [(fact.presented, fact.outcome, fact.requests) for fact in bench.facts]
    assert sorted(told) == [
        ("good", "established", 1),
        ("unknown-ca", "established", 1),
        ("unknown-ca", "established", 1),
    ]


def test_a_resumed_session_still_sees_the_bad_leaf(bench: Bench, door: LoopbackDoor) -> None:
    """A client that keeps its session must look at the certificate again."""
    context = bench.trust()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with bench.raw(door, context) as first:
        session = first.session
    door.present("unknown-ca")
    plain = socket.create_connection(("127.0.0.1", door.port), timeout=3)
    with pytest.raises(ssl.SSLCertVerificationError), plain:
        context.wrap_socket(plain, server_hostname="127.0.0.1", session=session)


def test_plans_for_certificates_can_be_taken_back(door: LoopbackDoor, client: httpx.Client) -> None:
    """What was not used is counted and forgotten."""
    door.present("expired", connections=3)
    assert door.present_good() == 3
    assert client.get("/x").status_code == 200


def test_a_plain_door_shows_no_certificate(bench: Bench) -> None:
    """It says so, instead of passing."""
    with pytest.raises(NotObservable, match="https"):
        bench.door(scheme="http").present("expired")


def test_a_client_certificate_shows_its_fingerprint(bench: Bench, tmp_path: Path) -> None:
    """With one, without one, and on a door that does not ask."""
    shown = bench.authority.issue_client("Relying party", now=bench.clock.now())
    asking = bench.door(request_client_certificate=True)
    context = bench.trust(shown, tmp_path)
    with httpx.Client(verify=context, trust_env=False) as client:
        client.get(asking.origin)
        client.get(bench.door().origin)
    with httpx.Client(verify=bench.trust(), trust_env=False) as client:
        client.get(asking.origin)
    seen = [said.tls.peer_sha256 if said.tls else "no tls" for said, _ in bench.exchanges]
    assert seen == [shown.sha256, None, None]
    asking.stop()  # a good connection is told when it has ended, and not when it is idle
    assert shown.sha256 in {fact.peer_sha256 for fact in bench.facts}


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_strangers_client_certificate_gets_an_alert(
    bench: Bench, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    """The client learns why, at the handshake or at the first read; we tell that we rejected."""
    stranger = CertificateAuthority(now=bench.clock.now(), name="A stranger")
    context = bench.trust(stranger.issue_client("x", now=bench.clock.now()), tmp_path)
    context.minimum_version = context.maximum_version = version
    door = bench.door(request_client_certificate=True)
    with pytest.raises(ssl.SSLError, match="ALERT_UNKNOWN_CA"):
        talk(bench, door, context)
    assert door.settle()
    assert [(f.outcome, f.requests, f.alert) for f in bench.facts] == [("rejected", 0, None)]
    assert bench.facts[0].detail == "CERTIFICATE_VERIFY_FAILED"


def test_a_self_signed_client_certificate_can_be_trusted_as_it_is(
    bench: Bench, tmp_path: Path
) -> None:
    """By handing it to the server's side."""
    own = CertificateAuthority(now=bench.clock.now(), name="My own")
    shown = own.issue_client("x", now=bench.clock.now())
    bench.tls = ServerTls(bench.authority, now=bench.clock.now(), client_trust=[own.certificate])
    door = bench.door(request_client_certificate=True)
    with bench.raw(door, bench.trust(shown, tmp_path)) as sock:
        sock.sendall(ask())
        assert sock.recv(12) == b"HTTP/1.1 200"
    assert bench.exchanges[0][0].tls is not None
    assert bench.exchanges[0][0].tls.peer_sha256 == shown.sha256


def test_the_name_asked_for_is_told(bench: Bench) -> None:
    """SNI comes with host names only; the second listener is another host."""
    door = bench.door(host="localhost", listener="elsewhere")
    with httpx.Client(verify=bench.trust(), trust_env=False) as client:
        assert client.get(door.origin).status_code == 200
    said = bench.exchanges[0][0]
    assert (said.listener, said.host, said.origin) == ("elsewhere", "localhost", door.origin)
    assert said.tls is not None
    assert (said.tls.version, said.tls.server_name) == ("TLSv1.3", "localhost")
    assert said.tls.cipher


# --- limits ---------------------------------------------------------------------------------


def test_ten_megabytes_are_answered_with_413(bench: Bench, client: httpx.Client) -> None:
    """With a declared length and in chunks; the record has the head without the body."""
    big = b"x" * 10_000_000
    assert client.post("/big", content=big).status_code == 413
    assert client.post("/big", content=(big[:50_000] for _ in range(200))).status_code == 413
    assert client.post("/fits", content=big[: 1024 * 1024]).status_code == 200
    assert client.get("/after").status_code == 200
    record = [(said.path, len(said.body), got.status) for said, got in bench.exchanges]
    assert record[:2] == [("/big", 0, 413), ("/big", 0, 413)]
    assert record[2:] == [("/fits", 1024 * 1024, 200), ("/after", 0, 200)]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (ask("/x", *(f"X-{n}: {'v' * 100}" for n in range(2000))), 431),
        (ask("/" + "a" * 200_000), 431),
        (b"GET /x HTTP/1.1\r\nX: " + b"y" * 500_000, 431),
        (b"NONSENSE\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (ask("/x", "Content-Length: minus one"), 400),
    ],
)
def test_what_is_no_request_is_answered_and_closed(
    bench: Bench, door: LoopbackDoor, sent: bytes, status: int
) -> None:
    """The client sees the status although it was still sending; nothing reaches the provider."""
    with bench.raw(door) as sock:
        sock.sendall(sent)
        answer = read_all(sock)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert b"connection: close" in answer.lower()
    assert door.settle()
    assert bench.exchanges == []
    assert [(fact.outcome, fact.requests) for fact in bench.facts] == [("closed", 0)]
    assert bench.facts[0].detail


def test_expect_100_continue(bench: Bench, door: LoopbackDoor) -> None:
    """A polite client is told to go on, or told 413 at once."""
    with bench.raw(door) as sock:
        sock.sendall(ask("/e", "Content-Length: 3", "Expect: 100-continue", method="POST"))
        assert sock.recv(100).startswith(b"HTTP/1.1 100 ")
        sock.sendall(b"abc")
        assert sock.recv(1000).startswith(b"HTTP/1.1 200 ")
        sock.sendall(ask("/e", "Content-Length: 9999999", "Expect: 100-continue", method="POST"))
        assert sock.recv(1000).startswith(b"HTTP/1.1 413 ")
    assert bench.exchanges[0][0].body == b"abc"


def test_pipelined_requests_are_answered_in_order(bench: Bench, door: LoopbackDoor) -> None:
    """Two requests in one segment, and a third in two."""
    with bench.raw(door) as sock:
        third = ask("/3", "Connection: close")
        sock.sendall(ask("/1") + ask("/2") + third[:20])
        sock.sendall(third[20:])
        assert read_all(sock).count(b"HTTP/1.1 200 OK") == 3
    assert [said.target for said, _ in bench.exchanges] == ["/1", "/2", "/3"]


def test_silent_peers_block_nobody_and_are_told(bench: Bench) -> None:
    """Half-open connections, before and after the handshake and in the middle of a request."""
    quick = Limits(handshake_seconds=0.1, message_seconds=0.05, idle_seconds=0.1)
    door, context = bench.door(limits=quick), bench.trust()
    with (
        socket.create_connection(("127.0.0.1", door.port), timeout=3) as mute,
        bench.raw(door, context) as shy,
        bench.raw(door, context) as halting,
    ):
        halting.sendall(b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Le")
        assert talk(bench, door, context) == b"HTTP/1.1 200"
        assert read_all(halting).startswith(b"HTTP/1.1 408 ")
        assert read_all(mute) == b""
        assert read_all(shy) == b""
        assert door.settle()
    outcomes = sorted(fact.outcome for fact in bench.facts)
    assert outcomes == ["closed", "established", "silent", "silent"]


def test_a_slow_sender_cannot_stretch_its_time(bench: Bench) -> None:
    """A byte now and then does not start the limit anew."""
    door = bench.door(scheme="http", limits=Limits(message_seconds=0.05))
    with socket.create_connection(("127.0.0.1", door.port), timeout=0.01) as sock:
        start = time.monotonic()
        answer = b""
        while not answer and time.monotonic() - start < 2:
            sock.sendall(b"G")
            with contextlib.suppress(TimeoutError):
                answer = sock.recv(100)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - start < 0.5


def test_too_many_connections_are_turned_away(bench: Bench) -> None:
    """With 503 and a close; when one goes there is room again."""
    door = bench.door(limits=replace(Limits(), connections=2))
    with bench.raw(door), bench.raw(door):
        with bench.raw(door) as third:
            third.sendall(ask())
            assert read_all(third).startswith(b"HTTP/1.1 503 ")
        assert bench.exchanges == []
        assert [fact.outcome for fact in bench.facts] == ["rejected"]
    for _ in range(100):
        with bench.raw(door) as again:
            again.sendall(ask("/x", "Connection: close"))
            if read_all(again).startswith(b"HTTP/1.1 200 "):
                return
    pytest.fail("no room again")


# --- ports, start and stop ------------------------------------------------------------------


def test_wished_ports_and_demanded_ports(bench: Bench) -> None:
    """A wish falls back to another port; a demand is refused, naming the option."""
    first = bench.door()
    second = bench.door(ports=[first.port])
    assert second.port not in {0, first.port}
    with pytest.raises(BadInvocation, match="--port") as caught:
        bench.door(port=first.port)
    assert caught.value.hint
    free = second.port
    second.stop()
    assert bench.door(ports=[first.port, free]).port == free


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "example.invalid", "::"])
def test_a_public_address_is_refused(bench: Bench, host: str) -> None:
    """Unless it was asked for in so many words."""
    with pytest.raises(BadInvocation, match="--host"):
        bench.door(host=host)


def test_a_public_address_can_be_meant(bench: Bench) -> None:
    """With `allow_public`."""
    assert bench.door(host="0.0.0.0", allow_public=True).port


def test_start_and_stop_are_quick_with_idle_clients(bench: Bench) -> None:
    """Kept-alive, silent and delayed clients hold nothing up, and every one is told."""
    start = time.perf_counter()
    authority = CertificateAuthority(now=bench.clock.now())
    ServerTls(authority, now=bench.clock.now()).context("good", ask_client=False)
    door = bench.door()
    assert time.perf_counter() - start < 0.1, "aim: 0.03 s"
    bench.echo.plans = {"/slow": WirePlan(delay=60)}
    with contextlib.ExitStack() as stack:
        for _ in range(5):
            sock = stack.enter_context(bench.raw(door))
            sock.sendall(ask())
            sock.recv(1000)
        stack.enter_context(socket.create_connection(("127.0.0.1", door.port)))
        slow = stack.enter_context(bench.raw(door))
        slow.sendall(ask("/slow"))
        while len(bench.exchanges) < 6:
            time.sleep(0.001)
        start = time.perf_counter()
        door.stop()
        assert time.perf_counter() - start < 0.15, "aim: 0.05 s"
        assert read_all(slow) == b""
    assert sorted(fact.outcome for fact in bench.facts) == ["closed"] + ["established"] * 6
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", door.port), timeout=1)
    door.stop()


def test_a_stopped_door_leaves_no_thread(bench: Bench) -> None:
    """Not one, after ten starts."""
    before = threading.active_count()
    for _ in range(10):
        with bench.door() as door, bench.raw(door) as sock:
            sock.sendall(ask())
            sock.recv(100)
    bench.doors.close()
    assert threading.active_count() <= before + 1


def test_a_moved_clock_shows_in_the_record_and_on_the_wire(
    bench: Bench, client: httpx.Client
) -> None:
    """`received_at` and `Date` follow the bench's clock."""
    bench.clock.set(1_750_000_000.0)
    answer = client.get("/x")
    assert answer.headers["date"] == "Sun, 15 Jun 2025 15:06:40 GMT"
    assert 0 <= bench.exchanges[0][0].received_at - 1_750_000_000.0 < 5
