"""The numbered lines of the adapter protocol over any two byte streams.

A line goes out with a number; the first line that comes back with a number still unanswered
is its answer. Everything else that comes back is log evidence. Reading and writing have threads
of their own, so that an adapter that neither reads nor writes cannot hold up the bench.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Literal

from proefbank.clients.log import Log
from proefbank.clients.wire import LONGEST_LINE, number_of, read_object, without_value
from proefbank.clock import real_seconds

__all__ = ["Line", "LineEngine", "Reply"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line to the adapter, before it has a number."""

    cmd: str
    members: Mapping[str, object]
    timeout: float
    """Seconds of real time to wait for the answer."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a line: its answer, or why there is none.

    `late`: its time ran out. `ended`: the other side ended before it answered. `unsent`: the
    other side had ended before the line was its turn.
    """

    fate: Literal["answered", "late", "ended", "unsent"]
    answer: Mapping[str, object] = field(default_factory=dict)


class LineEngine:
    """Asks from one thread; hears from another.

    `write(data)` puts all of `data` on the other side's input, `close_input()` ends it.
    """

    def __init__(
        self,
        *,
        write: Callable[[bytes], object],
        close_input: Callable[[], object],
        log: Log,
        numbers: Iterator[int],
        stream: str = "stdout",
    ) -> None:
        """Take numbers from `numbers`; keep what is no answer in `log` as `stream`."""
        self._log, self._numbers, self._stream = log, numbers, stream
        self._write, self._close_input = write, close_input
        self._changed = threading.Condition()
        self._answers: dict[int, Mapping[str, object] | None] = {}
        self._over: dict[int, str] = {}
        self._owed: set[int] = set()
        self._ended = False
        self._strays: list[str] = []
        self._outbox: SimpleQueue[bytes | None] = SimpleQueue()
        threading.Thread(target=self._write_all, name="adapter-input", daemon=True).start()

    @property
    def ended(self) -> bool:
        """Whether the other side can answer no more."""
        return self._ended

    @property
    def owing(self) -> bool:
        """Whether a line whose time ran out is still without its late answer."""
        return bool(self._owed)

    def end(self) -> None:
        """Note that the other side can answer no more. Any thread may call this."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._outbox.put(None)

    def hear(self, text: str, surplus: int = 0) -> None:
        """Take one line from the other side. Any one thread may call this."""
        answer = None if surplus else read_object(text)
        with self._changed:
            number = number_of(answer)
            if answer is not None and number in self._answers and self._answers[number] is None:
                self._answers[number] = answer
                self._changed.notify_all()
                return
            self._owed.discard(number)
            note = self._why_not(answer, number, surplus)
            self._strays = [*self._strays[-9:], note]
        self._log.add(self._stream, text if answer is None else without_value(answer), note)

    def ask(self, lines: Sequence[Line], *, at_once: int = 1, last: bool = False) -> list[Reply]:
        """Send `lines`, at most `at_once` of them unanswered, and return their replies in order.

        With `last`, the other side's input is closed after them.
        """
        replies: dict[int, Reply] = {}
        flying: dict[int, tuple[int, float]] = {}
        todo = list(enumerate(lines))
        with self._changed:
            self._strays.clear()
            while todo or flying:
                while todo and len(flying) < at_once and not self._ended:
                    index, line = todo.pop(0)
                    flying[self._send(line)] = (index, real_seconds() + line.timeout)
                if last and not todo:
                    self._outbox.put(None)
                    last = False
                for number, (index, deadline) in list(flying.items()):
                    reply = self._reply(number, lines[index], deadline)
                    if reply is not None:
                        replies[index] = reply
                        del flying[number]
                if self._ended and not flying:
                    replies.update({index: Reply("unsent") for index, _ in todo})
                    break
                if flying and (not todo or len(flying) >= at_once):
                    earliest = min(deadline for _, deadline in flying.values())
                    self._changed.wait(max(0.0, earliest - real_seconds()))
        return [replies[index] for index in range(len(lines))]

    def _send(self, line: Line) -> int:
        number = next(self._numbers)
        self._answers[number] = None
        # Escapes only: some line readers take U+2028 inside a text for the end of a line.
        text = json.dumps({**line.members, "seq": number, "cmd": line.cmd}, allow_nan=False)
        self._outbox.put(text.encode("ascii") + b"\n")
        return number

    def _reply(self, number: int, line: Line, deadline: float) -> Reply | None:
        """Return what came of a line that was sent, or None while that is open."""
        answer = self._answers[number]
        if answer is not None:
            self._over[number] = f"seq {number} was answered before"
            reply = Reply("answered", answer)
        elif self._ended:
            self._over[number] = f"seq {number} was given up"
            reply = Reply("ended")
        elif real_seconds() >= deadline:
            self._over[number] = f"late answer to seq {number}"
            self._owed.add(number)
            self._log.add("bench", self._nothing_came(number, line))
            reply = Reply("late")
        else:
            return None
        del self._answers[number]
        return reply

    def _nothing_came(self, number: int, line: Line) -> str:
        what = f"{line.cmd} {line.members.get('op', '')}".strip()
        text = f"seq {number} ({what}): no answer within {line.timeout:g} s"
        if not self._strays:
            return text
        return f"{text}; lines came that answer nothing, the last: {self._strays[-1]}"

    def _why_not(self, answer: Mapping[str, object] | None, number: int, surplus: int) -> str:
        if surplus:
            return f"longer than {LONGEST_LINE} bytes, {surplus} of them were not kept"
        if answer is None:
            return "not a JSON object"
        if number < 0:
            return "no whole number seq" if "seq" in answer else "no seq"
        if number in self._answers:
            return f"seq {number} was answered before"
        return self._over.get(number, f"no line has seq {number}")

    def _write_all(self) -> None:
        try:
            while (data := self._outbox.get()) is not None:
                self._write(data)
        except (OSError, ValueError):
            pass  # the other side ended; whoever waits for it notices on the reading side
        finally:
            with suppress(OSError):
                self._close_input()
