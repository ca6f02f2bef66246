"""Many sign sessions side by side, over HTTPS with mutual TLS; the provider has its own process."""

from __future__ import annotations

import http.client
import json
import random
import ssl
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from threading import local
from urllib.parse import urlencode, urlsplit

from sign_calls import OK, ROOT, Json, identification, poll, start, status_of

from proefbank.clock import Clock
from proefbank.doors.loopback import LoopbackDoor
from proefbank.doors.tls import ServerTls
from proefbank.exchange import Request, Response
from proefbank.journal import Journal
from proefbank.pki import CertificateAuthority
from proefbank.service import Listener
from proefbank.services.itsme import SERVICE
from proefbank.services.itsme.cast import ItsmeCast

__all__ = ["crowd"]

CALLS = ("identification", "page", "identified", "status", "sign", "sign page", "signed", "fetch")


def serve(told: Connection, folder: str) -> None:
    """Stand behind two doors until told to stop; a journal is kept, as in a run."""
    clock = Clock()
    cast = ItsmeCast(clock, random.Random(1))
    now = clock.now()
    authority = CertificateAuthority(now=now)
    tls = ServerTls(authority, now=now, client_trust=cast.client_trust)
    journal = Journal("benchmark")

    def door(site: Listener) -> LoopbackDoor:
        return LoopbackDoor(
            cast.provider,
            clock=clock,
            on_exchange=lambda request, response: _kept(journal, request, response),
            on_connection=lambda _: None,
            host=site.host,
            listener=site.name,
            server_tls=tls,
            request_client_certificate=site.asks_client,
        ).start()

    doors = {site.name: door(site) for site in SERVICE.listeners}
    cast.meet({name: one.origin for name, one in doors.items()})
    key, certificate = cast.files("partner", Path(folder))
    Path(folder, "ca.pem").write_bytes(authority.pem)
    facts = cast.facts("partner") | {"phone": cast.typed("")["phone"]}
    told.send({"facts": facts, "key": str(key), "certificate": str(certificate)})
    while told.recv() != "stop":
        told.send(_resident())
    for one in doors.values():
        one.stop()


def _kept(journal: Journal, request: Request, response: Response) -> None:
    journal.exchange(request, response)


def _resident() -> float:
    """Return the resident memory of this process in MB; 0 where /proc tells nothing."""
    try:
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
    except OSError:
        return 0.0
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


class Crowd:
    """Many sessions, each step taken by all of them before the next."""

    def __init__(self, sessions: int, threads: int, told: Json, folder: Path) -> None:
        self.threads, self.facts = threads, told["facts"]
        self.context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
        self.context.load_cert_chain(told["certificate"], told["key"])
        self.kept = local()
        self.sessions: list[Json] = [{} for _ in range(sessions)]

    def times(self) -> dict[str, list[float]]:
        """Return the latency of each call in seconds."""
        steps = dict(zip(CALLS, self._steps(), strict=True))
        with ThreadPoolExecutor(self.threads) as pool:
            return {name: list(pool.map(step, self.sessions)) for name, step in steps.items()}

    def _steps(self) -> Sequence[Callable[[Json], float]]:
        facts, base = self.facts, f"{self.facts['base_url']}{ROOT}"

        def call(path: str, body: Callable[[Json], Json]) -> Callable[[Json], float]:
            def act(session: Json) -> float:
                spent, answer = self._send(f"{base}{path}", json.dumps(body(session)))
                session.update(json.loads(answer))
                return spent

            return act

        def page(url: Callable[[Json], str], *, approve: bool) -> Callable[[Json], float]:
            typed = urlencode({"phone": facts["phone"], "act": "approve"})
            return lambda session: self._send(url(session), typed if approve else "")[0]

        def identify(session: Json) -> str:
            return str(session["identificationUrl"])

        def sign(session: Json) -> str:
            return str(session["optOutp"]["itsme"]["signingUrl"])

        return (
            call("/user_identification", lambda _: identification(facts)),
            page(identify, approve=False),
            page(identify, approve=True),
            call("/user_identification/status", lambda told: status_of(facts, told)),
            call("/sign_document", lambda told: start(facts, told["userCode"], 1)),
            page(sign, approve=False),
            page(sign, approve=True),
            call("/sign_document", lambda told: poll(facts, told["respID"])),
        )

    def _send(self, url: str, body: str) -> tuple[float, bytes]:
        parts = urlsplit(url)
        connections = self.kept.__dict__.setdefault("open", {})
        if parts.netloc not in connections:
            made = http.client.HTTPSConnection(parts.netloc, context=self.context, timeout=60)
            connections[parts.netloc] = made
        connection = connections[parts.netloc]
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        json_said = body.startswith("{")
        kind = "application/json" if json_said else "application/x-www-form-urlencoded"
        began = time.perf_counter()
        headers = {"Content-Type": kind} if body else {}
        connection.request("POST" if body else "GET", target, body or None, headers)
        answer = connection.getresponse()
        read = answer.read()
        spent = time.perf_counter() - began
        if json_said and answer.status != OK:
            sys.exit(f"{target}: {answer.status} {read!r}")
        return spent, read


def crowd(sessions: int, threads: int) -> Json:
    """Return latency by call, and what the sessions cost in memory."""
    spawn = get_context("spawn")
    with tempfile.TemporaryDirectory(prefix="proefbank-") as folder:
        ours, theirs = spawn.Pipe()
        server = spawn.Process(target=serve, args=(theirs, folder), daemon=True)
        server.start()
        people = Crowd(sessions, threads, ours.recv(), Path(folder))
        ours.send("memory")
        before = ours.recv()
        began = time.perf_counter()
        times = people.times()
        took = time.perf_counter() - began
        done = sum(len(one.get("sigObj", ())) == 1 for one in people.sessions)
        kept = len({one["sigObj"][0]["b64Sig"]["value"] for one in people.sessions})
        ours.send("memory")
        after = ours.recv()
        ours.send("stop")
        server.join(10)
    return {
        "sessions": sessions,
        "threads": threads,
        "signed": done,
        "different": kept,
        "seconds": round(took, 2),
        "calls_a_second": round(len(CALLS) * sessions / took),
        "memory_mb": {"before": round(before), "after": round(after)},
        "latency_ms": {name: _quantiles(values) for name, values in times.items()},
    }


def _quantiles(values: Sequence[float]) -> dict[str, float]:
    cut = statistics.quantiles(values, n=100)
    return {"p50": round(cut[49] * 1000, 1), "p99": round(cut[98] * 1000, 1)}
