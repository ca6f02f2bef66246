"""The workers of realm.py: what signs, what serves key sets, and what fetches them.

Each tells that it is ready in its first line, answers questions, and lives until standard input
ends.
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
import threading
import time
from collections.abc import Callable
from typing import Any

import jwt
from load import receive

from proefbank.clock import Clock
from proefbank.doors.loopback import LoopbackDoor
from proefbank.doors.tls import ServerTls
from proefbank.exchange import Request, Response
from proefbank.keys import key_for
from proefbank.pki import CertificateAuthority
from proefbank.redaction import Redactor
from proefbank.services.ehealth.provider import EHealth
from proefbank.wire_journal import WireJournal

_SLICE = 20
_KEPT = 1_000
_PATIENCE = 10.0
ORIGIN = "https://realm.invalid"
PATH = "/auth/realms/healthcare/protocol/openid-connect/certs"


def signing() -> None:
    """Sign through PyJWT alone, and have tokens minted: in turns, so that the same load counts."""
    private: Any = key_for("benchmark", "RSA-2048").private
    clock, provider = Clock(), EHealth(origin=ORIGIN, rng=random.Random(1))
    now = clock.now()
    provider.elsewhere = "https://elsewhere.invalid"
    claims = jwt.decode(provider.token("access", at=now), options={"verify_signature": False})
    request = Request.to(ORIGIN + PATH)
    kinds: dict[str, Callable[[], object]] = {
        "limit": lambda: jwt.encode(claims, private, algorithm="RS256", headers={"kid": "k" * 43}),
        "access": lambda: provider.token("access", at=now),
        "unknown-kid": lambda: provider.token("unknown-kid", at=now),
        "jwks": lambda: provider.handle(request),
    }
    for made in kinds.values():
        made()  # keys are there from now on
    _tell({"ready": sorted(kinds)})
    for line in sys.stdin:
        _tell(_each(kinds, json.loads(line)["seconds"]))


def _each(kinds: dict[str, Callable[[], object]], seconds: float) -> dict[str, Any]:
    spent = dict.fromkeys(kinds, 0.0)
    used = dict.fromkeys(kinds, 0.0)
    done = 0
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends:
        for name, make in kinds.items():
            began, before = time.perf_counter(), time.process_time()
            for _ in range(_SLICE):
                make()
            spent[name] += time.perf_counter() - began
            used[name] += time.process_time() - before
        done += _SLICE
    return {name: {"rate": done / spent[name], "cpu_us": used[name] / done * 1e6} for name in kinds}


def serving(journal_on: bool) -> None:  # noqa: FBT001 - from the command line
    """Serve the realms behind doors over HTTP and HTTPS."""
    clock = Clock()
    now = clock.now()
    provider, faults = EHealth(rng=random.Random(1)), list[str]()
    journal = WireJournal(Redactor(), None, _KEPT)

    def write_down(request: Request, response: Response) -> None:
        if journal_on:
            journal.exchange(request, response)

    tls = ServerTls(CertificateAuthority(now=now), now=now)
    with contextlib.ExitStack() as stack:
        doors = {
            scheme: stack.enter_context(
                LoopbackDoor(
                    provider,
                    clock=clock,
                    on_exchange=write_down,
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
            _tell({"faults": faults[:3]})


def fetching() -> None:
    """Fetch the key set over kept-alive connections, every answer read and looked at."""
    _tell({"ready": True})
    for line in sys.stdin:
        question = json.loads(line)
        counts: list[int] = []
        trouble: list[str] = []
        ends = time.perf_counter() + question["seconds"]
        began = time.perf_counter()
        threads = [
            threading.Thread(target=_fetch, args=(question, ends, counts, trouble))
            for _ in range(question["connections"])
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        elapsed = time.perf_counter() - began
        _tell({"fetched": sum(counts), "seconds": elapsed, "trouble": trouble[:3]})


def _fetch(question: dict[str, Any], ends: float, counts: list[int], trouble: list[str]) -> None:
    request = f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{question['port']}\r\n\r\n".encode("ascii")
    sock = socket.create_connection(("127.0.0.1", question["port"]), _PATIENCE)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if question["scheme"] == "https":
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
        sock = tls.wrap_socket(sock)
    count = 0
    with sock:
        while time.perf_counter() < ends:
            sock.sendall(request)
            head, body = receive(sock)
            if not head.startswith(b"http/1.1 200") or b'"keys"' not in body:
                trouble.append(f"{head[:40]!r}")
                break
            count += 1
    counts.append(count)


def _tell(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


def main() -> None:
    """Be the worker that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=("signing", "serving", "fetching"))
    parser.add_argument("--journal", choices=("on", "off"), default="on")
    given = parser.parse_args()
    if given.kind == "serving":
        serving(given.journal == "on")
    else:
        {"signing": signing, "fetching": fetching}[given.kind]()


if __name__ == "__main__":
    main()
