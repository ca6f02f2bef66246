"""An adapter around the reference client that misbehaves in the way its first argument names."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from proefbank.errors import Rejected
from proefbank.services.socialsecurity.reference import ReferenceClient

Json = dict[str, Any]
MODE = sys.argv[1]
CLIENT = ReferenceClient()
HELLO = {
    "protocol": 1,
    "implementation": {"name": f"adapter, {MODE}", "version": "1", "language": "Python"},
    "capabilities": {"token-only": ["token"], "api-only": ["api"]}.get(MODE, ["token", "api"]),
    "clock": "settable",
}


def say(**members: object) -> None:
    sys.stdout.write(json.dumps(members) + "\n")
    sys.stdout.flush()


def hang() -> None:
    while True:
        time.sleep(60)


def call(op: str, args: Json) -> Json:
    methods: dict[str, Callable[..., object]] = {
        "token.fetch": CLIENT.token_fetch,
        "api.call": CLIENT.api_call,
    }
    try:
        return {"outcome": "accepted", "value": methods[op](**args)}
    except Rejected as refusal:
        told = {"class": refusal.reject_class, "detail": refusal.detail}
        return {"outcome": "rejected", **told}
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is told
        return {"outcome": "crashed", "detail": repr(fault)}


def noise() -> None:
    sys.stdout.write("Starting up…\nnot json {\n")
    sys.stdout.write('{"seq": "one"}\n[1, 2]\nnull\n"text"\n')
    sys.stdout.flush()
    sys.stdout.buffer.write(b"\xff\xfe\x00 raw bytes \x1b[31m\n")
    sys.stdout.flush()


def flood() -> None:
    for _ in range(400):
        sys.stderr.write("x" * 5000 + "\n")


BEFORE: dict[tuple[str, str], Callable[[], object]] = {
    ("hangs-in-scenario", "scenario"): hang,
    ("hangs-in-call", "call"): hang,
    ("dies-in-call", "call"): lambda: os._exit(7),
    ("dies-in-scenario", "scenario"): lambda: os._exit(8),
    ("dies-in-hello", "hello"): lambda: os._exit(9),
    ("raises-in-hello", "hello"): lambda: HELLO["no such key"],
    ("floods-stderr", "call"): flood,
    ("noise", "hello"): noise,
    ("noise", "call"): noise,
}


def answer(seq: int, line: Json) -> Json:
    match line["cmd"]:
        case "hello":
            return HELLO
        case "scenario":
            CLIENT.scenario(line)
        case "clock":
            CLIENT.clock(line["now"])
        case "call":
            return call(line["op"], line["args"])
    return {}


def main() -> None:
    for text in sys.stdin:
        line = json.loads(text)
        seq, cmd = line["seq"], line["cmd"]
        BEFORE.get((MODE, cmd), lambda: None)()
        told = answer(seq, line)
        if MODE == "garbage" and cmd != "hello":
            sys.stdout.write("}{ garbage\n")
            sys.stdout.flush()
        elif MODE == "unknown-seq" and cmd == "call":
            say(seq=seq + 1000, **told)
        elif MODE == "answers-twice":
            say(seq=seq, **told)
            say(seq=seq, **told)
        else:
            say(seq=seq, **told)
        if cmd == "bye":
            return


if __name__ == "__main__":
    main()
