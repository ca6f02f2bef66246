"""Signatures per second beside the RSA-2048 limit, and a thousand sign sessions side by side.

    python benchmarks/signing.py [--sessions 1000] [--threads 16] [--json FILE]

Loopback only; ends by itself. README.md in this folder says what the figures mean.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from machine import today, words
from sign_calls import OK, ROOT, Json, identification, poll, start, status_of
from sign_crowd import crowd

from proefbank.clock import Clock
from proefbank.exchange import Request
from proefbank.services.itsme.cast import ItsmeCast

SECONDS = 1.0
ROUNDS = 3
BATCHES = (1, 70)


def rate(act: Callable[[], int]) -> float:
    """Return how many a second `act` does; it returns how many it did."""
    began, done = time.perf_counter(), 0
    while (spent := time.perf_counter() - began) < SECONDS:
        done += act()
    return done / spent


def limit() -> Callable[[], int]:
    """Make one RSA-2048 signature over a digest, and nothing else."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    digest = hashlib.sha256(b"").digest()

    def act() -> int:
        private.sign(digest, PKCS1v15(), Prehashed(SHA256()))
        return 1

    return act


class InProcess:
    """Calls to the provider as a back end and a browser make them, without a socket."""

    def __init__(self) -> None:
        self.cast = ItsmeCast(Clock(), random.Random(1))
        self.cast.meet({"main": "https://127.0.0.1:1", "front": "https://localhost:2"})
        self.facts = self.cast.facts("partner")
        self.codes = {name: self.facts[name] for name in ("partner_code", "service_code")}

    def post(self, path: str, body: Json) -> Json:
        """Send a call and return the answer."""
        request = _request(f"{self.facts['base_url']}{ROOT}{path}", "main", json.dumps(body))
        answer = self.cast.provider.handle(request)
        assert answer.status == OK, answer
        return dict(json.loads(answer.body))

    def visit(self, url: str) -> None:
        """Open a page and approve."""
        self.cast.provider.handle(_request(url, "front"))
        typed = urlencode({"phone": self.cast.typed("")["phone"], "act": "approve"})
        self.cast.provider.handle(_request(url, "front", typed))

    def signed(self, hashes: int) -> Callable[[], int]:
        """Return an act that has so many new hashes signed, from start to signatures."""
        opened = self.post("/user_identification", identification(self.facts))
        self.visit(opened["identificationUrl"])
        told = self.post("/user_identification/status", status_of(self.facts, opened))

        def act() -> int:
            answer = self.post("/sign_document", start(self.facts, told["userCode"], hashes))
            self.visit(answer["optOutp"]["itsme"]["signingUrl"])
            return len(self.post("/sign_document", poll(self.facts, answer["respID"]))["sigObj"])

        return act


def _request(url: str, listener: str, body: str = "") -> Request:
    kind = "application/json" if listener == "main" else "application/x-www-form-urlencoded"
    parts = urlsplit(url)
    return Request(
        method="POST" if body else "GET",
        target=f"{parts.path}?{parts.query}" if parts.query else parts.path,
        headers=(("Content-Type", kind),) if body else (),
        body=body.encode(),
        host=parts.hostname or "",
        port=parts.port or 443,
        listener=listener,
        received_at=time.time(),
    )


def signatures() -> Json:
    """Return signatures per second in rounds, each between two readings of the limit."""
    alone, provider = limit(), InProcess()
    acts = {hashes: provider.signed(hashes) for hashes in BATCHES}
    rates: dict[str, list[float]] = {"limit": [rate(alone)]}
    ratios: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for hashes, act in acts.items():
            found = rate(act)
            rates["limit"].append(rate(alone))
            around = sum(rates["limit"][-2:]) / 2
            ratios.setdefault(f"{hashes} a session", []).append(found / around)
            rates.setdefault(f"{hashes} a session", []).append(found)
    return {
        "rates": {name: round(statistics.median(values)) for name, values in rates.items()},
        "of_limit": {name: round(statistics.median(found), 2) for name, found in ratios.items()},
    }


def main() -> int:
    """Measure, print, and write JSON where asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sessions", type=int, default=1000, help="side by side")
    parser.add_argument("--threads", type=int, default=16, help="of the crowd, a connection each")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    given = parser.parse_args()
    found = {
        "date": today(),
        "machine": words(),
        **signatures(),
        "crowd": crowd(given.sessions, given.threads),
    }
    print(f"{found['machine']}, {found['date']}\n\nsignatures a second, in one process")
    for name, value in found["rates"].items():
        ratio = found["of_limit"].get(name)
        print(f"  {name:14} {value:6}" + (f"   {ratio:.2f} of the limit" if ratio else ""))
    told = found["crowd"]
    print(
        f"\n{told['sessions']} sessions over HTTPS, {told['threads']} connections: "
        f"{told['signed']} signed in {told['seconds']} s, {told['calls_a_second']} calls/s, "
        f"memory {told['memory_mb']['before']} -> {told['memory_mb']['after']} MB"
    )
    for name, value in told["latency_ms"].items():
        print(f"  {name:14} p50 {value['p50']:6} ms   p99 {value['p99']:6} ms")
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    return 0 if told["signed"] == told["sessions"] else 1


if __name__ == "__main__":
    sys.exit(main())
