"""The verbs of the adapter protocol over a link that can be opened again.

A link is one living adapter: a child process, or a connection that it made. Every scenario
opens with a living adapter and may lose it once; then a new one hears `hello`, `scenario` and
`clock` again, the calls in flight are crashed and the others go on.
"""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from proefbank.clients.adapter import Hello, LogLine, Operation, Outcome
from proefbank.clients.answers import TIME_RAN_OUT, hello_from, outcome_from, settle, setup_from
from proefbank.clients.lines import Line, LineEngine, Reply
from proefbank.clients.log import Log
from proefbank.command_words import command_said
from proefbank.errors import NotAssessed, NotObservable

__all__ = ["LineClient", "Link"]


class Link(Protocol):
    """One living adapter."""

    @property
    def engine(self) -> LineEngine:
        """Its lines."""
        ...

    def ending(self) -> str:
        """Say how it ended, e.g. `ended with exit code 1`; asked only once it has."""
        ...

    def close(self, *, politely: bool = True) -> None:
        """Let it go: politely with `bye` and its time to end, in any case by force."""
        ...


class LineClient(ABC):
    """A client under test behind an adapter that speaks lines; see `ClientUnderTest`."""

    where = "--client-command"
    restarts = True
    """Whether an adapter that hangs can be ended, and started again, by us alone."""

    def __init__(self, *, hello_timeout: float, setup_timeout: float) -> None:
        """Wait at most so many seconds for `hello`, and for `scenario` and `clock`."""
        self._log = Log()
        self._numbers: Iterator[int] = itertools.count(1)
        self._hello_timeout, self._setup_timeout = hello_timeout, setup_timeout
        self._link: Link | None = None
        self._hello: Hello | None = None
        self._setup: list[Line] = []
        self._spare = 1
        self._barred: Outcome | None = None

    @abstractmethod
    def open(self) -> Link:
        """Bring up an adapter. Raises `NotAssessed` if that cannot be."""

    @abstractmethod
    def hint(self) -> str:
        """Return what a person can try when the adapter says no hello."""

    def hello(self) -> Hello:
        """Bring up the adapter if need be and return who it is. Raises `NotAssessed`."""
        if self._hello is None:
            self._hello = self._meet()
        return self._hello

    def scenario(self, members: Mapping[str, object]) -> Outcome | None:
        """Have it forget everything and use `members`; None is fine, else crashed."""
        self.hello()
        self._setup = [Line("scenario", dict(members), self._setup_timeout)]
        self._spare, self._barred = 1, None
        if self.restarts and self._link is not None and self._link.engine.owing:
            self._log.add("bench", "the adapter still owes an answer; it is ended")
            self._link.close(politely=False)
        if self._link is None or self._link.engine.ended:
            self._barred = self._start_again()
        if self._barred is None:
            self._barred = self._prepare(self._setup)
        return self._barred

    def clock(self, now: float) -> Outcome | None:
        """Move its time to `now`, epoch seconds; None is fine, else crashed.

        Raises `NotObservable` if the client did not say that its clock is settable.
        """
        if self.hello().clock != "settable":
            raise NotObservable(
                "the client runs on system time; an adapter whose hello says"
                ' "clock": "settable" would show it'
            )
        line = Line("clock", {"now": now}, self._setup_timeout)
        self._setup = [*(item for item in self._setup if item.cmd != "clock"), line]
        if self._barred is None:
            self._barred = self._prepare([line])
        return self._barred

    def call(self, op: str, args: Mapping[str, object], timeout: float) -> Outcome:
        """Have it do one operation within `timeout` seconds of real time."""
        return self.calls([(op, args)], timeout)[0]

    def calls(self, operations: Sequence[Operation], timeout: float) -> list[Outcome]:
        """Have it do several, as many in flight as it allows; outcomes in the order asked."""
        hello = self.hello()
        lines = [
            Line("call", {"op": op, "args": dict(args), "timeout": timeout}, timeout)
            for op, args in operations
        ]
        outcomes: dict[int, Outcome] = {}
        while todo := [index for index in range(len(lines)) if index not in outcomes]:
            self._revive()
            if self._link is None or self._barred is not None:
                why = self._barred.detail if self._barred else "the adapter was let go"
                outcomes.update({item: Outcome.crashed(f"not sent: {why}") for item in todo})
                break
            replies = self._link.engine.ask(
                [lines[index] for index in todo], at_once=hello.concurrency
            )
            for index, reply in zip(todo, replies, strict=True):
                if reply.fate != "unsent":
                    outcome = self._outcome(reply)
                    outcomes[index] = settle(outcome, operations[index][0], hello.capabilities)
        return [outcomes[index] for index in range(len(lines))]

    def bye(self) -> None:
        """Let the adapter go; more than once does no harm."""
        self._drop()

    def drain_log(self) -> list[LogLine]:
        """Return the evidence gathered since the last time, oldest first."""
        return self._log.drain()

    def _meet(self) -> Hello:
        """Open a link and hear its hello. Raises `NotAssessed`, with nothing left running."""
        self._log.turn_page()
        link = self.open()
        try:
            hello = self._greet(link)
        except ValueError as error:
            link.close()
            raise NotAssessed(
                f"the client cannot be judged: {error}{self._last_words(15)}",
                where=self.where,
                hint=self.hint(),
            ) from None
        except BaseException:
            link.close(politely=False)
            raise
        self._link = link
        return hello

    def _greet(self, link: Link) -> Hello:
        """Return the hello of a new adapter. Raises `ValueError` with what is wrong with it."""
        [reply] = link.engine.ask([Line("hello", {"protocols": [1]}, self._hello_timeout)])
        if reply.fate == "answered":
            return hello_from(reply.answer)
        slow = f"said no hello within {self._hello_timeout:g} s"
        how = slow if reply.fate == "late" else f"{link.ending()} before it said hello"
        link.close(politely=False)
        raise ValueError(f"it {how}")

    def _revive(self) -> None:
        """Start an adapter that ended once more and set it up, if the scenario goes on."""
        if self._barred is None and self._link is not None and self._link.engine.ended:
            self._barred = self._replace() or self._prepare(self._setup)

    def _prepare(self, lines: Sequence[Line]) -> Outcome | None:
        """Send set-up lines one by one; an adapter that ends over them is started once more."""
        todo = list(lines)
        while todo and self._link is not None:
            [reply] = self._link.engine.ask([todo[0]])
            if reply.fate == "answered":
                failure = setup_from(todo.pop(0).cmd, reply.answer)
            elif reply.fate == "late":
                failure = Outcome.crashed(TIME_RAN_OUT)
            else:
                failure = self._replace()
                todo = list(self._setup)
            if failure is not None:
                return failure
        return None

    def _replace(self) -> Outcome | None:
        """Start a dead adapter once more, if this scenario has not had its turn."""
        if not self._spare:
            how = self._link.ending() if self._link else "is gone"
            return Outcome.crashed(f"the adapter {how}, the second time in this scenario")
        self._spare -= 1
        return self._start_again()

    def _start_again(self) -> Outcome | None:
        if self._link is not None:
            self._log.add("bench", f"the adapter {self._link.ending()}; it is started again")
            self._drop()
        try:
            again = self._meet()
        except NotAssessed as error:
            return Outcome.crashed(f"the adapter was started again, and {error.message}")
        if again != self._hello:
            self._log.add("bench", "the adapter said another hello; the first one counts")
        return None

    def _drop(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def _outcome(self, reply: Reply) -> Outcome:
        if reply.fate == "answered":
            return outcome_from(reply.answer)
        if reply.fate == "late":
            return Outcome.crashed(TIME_RAN_OUT)
        how = self._link.ending() if self._link else "ended"
        return Outcome.crashed(f"the adapter {how} during the call{self._last_words(3)}")

    def _last_words(self, count: int) -> str:
        """Quote what the adapter said last, on standard error or else where answers go."""
        for stream in ("stderr", "stdout", "socket"):
            if words := self._log.last_words(stream):
                last = map(command_said, words[-count:])
                return "".join(f"\n    {stream}: {text}" for text in last)
        return ""
