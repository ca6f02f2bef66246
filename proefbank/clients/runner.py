"""`python -m proefbank.clients.runner MODULE:CLASS`: a Python client in a process, movable.

The class of `proefbank.clients.python` behind the lines of the adapter protocol, in an
interpreter whose time follows `clock`, wall and monotonic. A method `clock` of the client's own is
called after that, so what it does to the client's time stands. What the client prints goes to
standard error; answers have a stream that it cannot reach.

After a jump, timers that an event loop of the client holds are due at once, and connections
that it kept may be thought stale: a client may need one retry, and jumps come only between calls.
"""

from __future__ import annotations

import io
import json
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from proefbank.clients.adapter import Outcome
from proefbank.clients.moving_python import Mover, install
from proefbank.clients.python import PythonClient
from proefbank.clients.threads import run_all
from proefbank.clients.wire import number_of, read_object, split_lines
from proefbank.errors import BadInvocation, BenchError

__all__ = ["main"]

Json = dict[str, Any]


class _Uncaptured(PythonClient):
    """The same client whose words go where this process sends them, however many calls fly."""

    def _run(
        self, jobs: Sequence[Callable[[], Json]], names: Sequence[str], at_once: int, timeout: float
    ) -> list[Json | None]:
        del names
        return run_all(jobs, at_once=at_once, timeout=timeout, late=lambda *_: None)


class _Server:
    """Hears one line after the other; calls are answered from threads of their own."""

    def __init__(self, client: PythonClient, mover: Mover, answers: io.FileIO) -> None:
        self._client, self._mover, self._answers = client, mover, answers
        self._lock = threading.Lock()

    def serve(self, read: Callable[[int], bytes]) -> None:
        """Answer until `bye` or the end of input."""
        for text, _ in split_lines(read):
            line = read_object(text) or {}
            if line.get("cmd") == "call":
                threading.Thread(target=self._answer, args=(line,), daemon=True).start()
                continue
            self._answer(line)
            if line.get("cmd") == "bye":
                return
        self._client.bye()

    def _answer(self, line: Mapping[str, Any]) -> None:
        told = {"seq": number_of(line), **self._told(line)}
        data = memoryview(json.dumps(told).encode() + b"\n")
        with self._lock:
            while data:
                data = data[self._answers.write(data) :]

    def _told(self, line: Mapping[str, Any]) -> Json:
        match line:
            case {"cmd": "hello", "protocols": list(protocols)}:
                hello = {**self._client.hello().to_json(), "clock": "settable"}
                return hello if 1 in protocols else {**hello, "protocol": None}
            case {"cmd": "scenario"}:
                self._mover.reset()
                members = {name: line[name] for name in line if name not in ("seq", "cmd")}
                return _failure(self._client.scenario(members))
            case {"cmd": "clock", "now": int() | float() as now}:
                self._mover.move_to(now)
                own = self._client.hello().clock == "settable"
                return _failure(self._client.clock(now)) if own else {}
            case {"cmd": "call", "op": str(op), "args": dict(args), "timeout": timeout}:
                return self._client.call(op, args, float(timeout)).to_json()
            case {"cmd": "bye"}:
                self._client.bye()
        return {}


def _failure(outcome: Outcome | None) -> Json:
    return outcome.to_json() if outcome else {}


def main(arguments: Sequence[str]) -> int:
    """Serve the class that the only argument names; return an exit code."""
    reading, writing = _own_streams()
    try:
        if len(arguments) != 1:
            raise BadInvocation(
                "one class is served",
                where="proefbank.clients.runner",
                hint="python -m proefbank.clients.runner MODULE:CLASS",
            )
        mover = install()
        client = _Uncaptured(arguments[0])
        client.hello()
        sys.stderr.writelines(f"{line.text}\n" for line in client.drain_log())
    except BenchError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    with reading, writing:
        _Server(client, mover, writing).serve(reading.read)
    return 0


def _own_streams() -> tuple[io.FileIO, io.FileIO]:
    """Take standard input and output for the protocol; the client prints to standard error."""
    reading = os.fdopen(os.dup(0), "rb", buffering=0)
    writing = os.fdopen(os.dup(1), "wb", buffering=0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.stdout.flush()
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return reading, writing


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
