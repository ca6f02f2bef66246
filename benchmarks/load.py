"""The load generator: plain sockets in threads, every answer checked, nothing verified.

A worker: reads questions as JSON lines from standard input, answers them on standard output.
"""

from __future__ import annotations

import argparse
import itertools
import json
import socket
import ssl
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import assertions

_PATIENCE = 10.0
_MARK = b'"access_token"'
_CHUNKED = b"transfer-encoding: chunked"


@dataclass(slots=True)
class Tally:
    """What one thread saw."""

    granted: int = 0
    trouble: Counter[str] = field(default_factory=Counter)
    connects: int = 0
    seconds: list[float] = field(default_factory=list)


class Target:
    """A server to send token requests to."""

    def __init__(self, question: dict[str, Any]) -> None:
        """Prepare what all requests have in common."""
        self.port: int = question["port"]
        self._tls: ssl.SSLContext | None = None
        if question["scheme"] == "https":
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            self._tls.check_hostname = False  # the server is measured, not the client's care
            self._tls.verify_mode = ssl.CERT_NONE
        self._head = (
            f"POST {question['path']} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            "Accept: application/json\r\nUser-Agent: benchmark\r\nConnection: keep-alive\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: "
        )

    def connect(self) -> socket.socket:
        """Return a new connection."""
        sock = socket.create_connection(("127.0.0.1", self.port), _PATIENCE)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock if self._tls is None else self._tls.wrap_socket(sock)

    def request(self, assertion: str) -> bytes:
        """Return a whole request."""
        body = assertions.FORM + assertion
        return f"{self._head}{len(body)}\r\n\r\n{body}".encode("ascii")


def receive(sock: socket.socket) -> tuple[bytes, bytes]:
    """Return the head of an answer in lower case, and its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _some(sock)
    head, _, body = data.partition(b"\r\n\r\n")
    head = head.lower()
    if _CHUNKED in head:
        while not body.endswith(b"0\r\n\r\n"):
            body += _some(sock)
    elif b"content-length:" in head:
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        while len(body) < length:
            body += _some(sock)
    else:  # the answer ends with the connection
        while more := sock.recv(65_536):
            body += more
    return head, body


def _some(sock: socket.socket) -> bytes:
    data = sock.recv(65_536)
    if not data:
        raise ConnectionError("closed in the middle of an answer")
    return data


def drive(target: Target, taken: Iterator[str], until: Callable[[], bool], tally: Tally) -> None:
    """Send one request after another over one connection, reopened where the server closes."""
    sock: socket.socket | None = None
    while until():
        assertion = next(taken, None)
        if assertion is None:
            tally.trouble["the pool of assertions is used up"] += 1
            break
        request = target.request(assertion)
        began = time.perf_counter()
        try:
            if sock is None:
                sock = target.connect()
                tally.connects += 1
            sock.sendall(request)
            head, body = receive(sock)
        except OSError as problem:
            tally.trouble[type(problem).__name__] += 1
            sock = None
            continue
        if head.startswith((b"http/1.1 200", b"http/1.0 200")) and _MARK in body:
            tally.granted += 1
        else:
            tally.trouble[f"{head[:40]!r} {body[:160]!r}"] += 1
        tally.seconds.append(time.perf_counter() - began)
        framed = b"content-length:" in head or _CHUNKED in head
        if b"connection: close" in head or not framed:
            sock.close()
            sock = None
    if sock is not None:
        sock.close()


def measure(question: dict[str, Any], pool: list[str]) -> dict[str, Any]:
    """Keep `connections` connections busy for `seconds`; tell what came of it."""
    target, seconds = Target(question), float(question["seconds"])
    counter = itertools.count(
        int(question["start"])
    )  # `next` on it is atomic, so no assertion is sent twice
    tallies = [Tally() for _ in range(question["connections"])]
    ends = time.perf_counter() + seconds
    began = time.perf_counter()
    threads = [
        threading.Thread(
            target=drive,
            args=(target, _each(pool, counter), lambda: time.perf_counter() < ends, tally),
        )
        for tally in tallies
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - began
    times = sorted(itertools.chain.from_iterable(tally.seconds for tally in tallies))
    trouble: Counter[str] = sum((tally.trouble for tally in tallies), Counter())
    return {
        "granted": sum(tally.granted for tally in tallies),
        "seconds": elapsed,
        "trouble": dict(trouble.most_common(3)),
        "connects": sum(tally.connects for tally in tallies),
        "median_ms": times[len(times) // 2] * 1000 if times else None,
        "p99_ms": times[len(times) * 99 // 100] * 1000 if times else None,
        "next": next(counter),
    }


def _each(pool: list[str], counter: Iterator[int]) -> Iterator[str]:
    for place in counter:
        if place >= len(pool):
            return
        yield pool[place]


def main() -> None:
    """Answer questions until there are none."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pool", type=Path)
    pool = json.loads(parser.parse_args().pool.read_text("ascii"))
    print(json.dumps({"ready": len(pool)}), flush=True)
    for line in sys.stdin:
        print(json.dumps(measure(json.loads(line), pool)), flush=True)


if __name__ == "__main__":
    main()
