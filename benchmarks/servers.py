"""The servers that stand in the run beside the peers, and the limit they are held against.

Each is a worker: it tells its ports in its first line and lives until standard input ends.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import random
import socket
import ssl
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import assertions
import jwt
from cryptography import x509

from proefbank.clock import Clock
from proefbank.doors.loopback import LoopbackDoor
from proefbank.doors.tls import ServerTls
from proefbank.exchange import Request, Response
from proefbank.pki import CertificateAuthority
from proefbank.redaction import Redactor
from proefbank.services.socialsecurity.provider import SocialSecurity, load_profile
from proefbank.wire_journal import WireJournal

_SLICE = 50
_KEPT = 1_000
"""Events that `proefbank serve` keeps in memory."""


def ours(given: argparse.Namespace) -> None:
    """Serve the provider behind doors over HTTP and HTTPS: strict, the journal on or off."""
    profile = load_profile(None)
    account = profile.accounts[0]
    certificate = x509.load_pem_x509_certificate(given.certificate.read_bytes())
    provider = SocialSecurity(
        profile,
        origin=assertions.AUDIENCE.removesuffix(assertions.PATH),
        certificates={account.name: [certificate]},
        rng=random.Random(1),
    )
    clock = Clock()
    now = clock.now()
    journal, faults = WireJournal(Redactor(), None, _KEPT), list[str]()

    def write_down(request: Request, response: Response) -> None:
        journal.exchange(request, response)

    def forget(_request: Request, _response: Response) -> None:
        """Keep no journal."""

    tls = ServerTls(CertificateAuthority(now=now), now=now)
    with contextlib.ExitStack() as stack:
        doors = {
            scheme: stack.enter_context(
                LoopbackDoor(
                    provider,
                    clock=clock,
                    on_exchange=write_down if given.journal == "on" else forget,
                    on_connection=lambda _fact: None,
                    on_fault=lambda problem: faults.append(repr(problem)),
                    scheme=scheme,
                    server_tls=tls,
                )
            )
            for scheme in ("http", "https")
        }
        gc.collect()
        gc.freeze()  # as serve does once it stands
        _tell({scheme: door.port for scheme, door in doors.items()})
        for _ in sys.stdin:
            _tell({"journal": len(journal), "faults": faults[:3]})


def fixed(_given: argparse.Namespace) -> None:
    """Answer whatever comes with the same bytes, to see how fast the load generator can be."""
    body = json.dumps({"access_token": "x" * 43, "token_type": "Bearer", "expires_in": 600})
    answer = (
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode("ascii")
    with tempfile.TemporaryDirectory() as folder:
        files = leaf(Path(folder))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*files)
    ports = {}
    for scheme, tls in (("http", None), ("https", context)):
        listener = socket.create_server(("127.0.0.1", 0))
        ports[scheme] = listener.getsockname()[1]
        threading.Thread(target=_accept, args=(listener, tls, answer), daemon=True).start()
    _tell(ports)
    sys.stdin.read()


def _accept(listener: socket.socket, tls: ssl.SSLContext | None, answer: bytes) -> None:
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=_repeat, args=(sock, tls, answer), daemon=True).start()


def _repeat(sock: socket.socket, tls: ssl.SSLContext | None, answer: bytes) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with contextlib.suppress(OSError):
        talk = sock if tls is None else tls.wrap_socket(sock, server_side=True)
        # A request of the load generator comes in one piece and fits.
        while talk.recv(65_536):
            talk.sendall(answer)


def limit(given: argparse.Namespace) -> None:
    """Verify one RS256 assertion and sign one RS256 token through PyJWT, over and over."""
    certificate = x509.load_pem_x509_certificate(given.certificate.read_bytes())
    public: Any = certificate.public_key()
    private: Any = assertions.private_key(given.key.read_bytes())
    pool = json.loads(given.pool.read_text("ascii"))[:2000]
    _tell({"ready": len(pool)})
    turns = _forever(pool)
    for line in sys.stdin:
        seconds = json.loads(line)["seconds"]
        done, began, used = 0, time.perf_counter(), time.process_time()
        while (elapsed := time.perf_counter() - began) < seconds:
            for _ in range(_SLICE):
                told = jwt.decode(
                    next(turns), public, algorithms=["RS256"], audience=assertions.AUDIENCE
                )
                jwt.encode(assertions.claims(told["sub"]), private, algorithm="RS256")
            done += _SLICE
        used = (time.process_time() - used) / done
        _tell({"rate": done / elapsed, "cpu_us": used * 1e6})


def _forever(pool: list[str]) -> Iterator[str]:
    while True:
        yield from pool


def leaf(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for the loopback names and its key; return both files."""
    now = time.time()
    issued = CertificateAuthority(now=now).issue_server(["127.0.0.1", "localhost"], now=now)
    files = folder / "leaf.pem", folder / "leaf.key"
    files[0].write_bytes(issued.pem())
    files[1].touch(mode=0o600)
    files[1].write_bytes(issued.pem_private())
    return files


def _tell(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


def main() -> None:
    """Run the one that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("ours", "fixed", "limit"))
    parser.add_argument("--certificate", type=Path)
    parser.add_argument("--key", type=Path)
    parser.add_argument("--pool", type=Path)
    parser.add_argument("--journal", choices=("on", "off"), default="on")
    given = parser.parse_args()
    {"ours": ours, "fixed": fixed, "limit": limit}[given.kind](given)


if __name__ == "__main__":
    main()
