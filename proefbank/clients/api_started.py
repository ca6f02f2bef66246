"""An API under test that is started anew for each scenario, and whose time may be moved."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final, Protocol

from proefbank.clients.adapter import Hello, Implementation, LogLine, Operation, Outcome
from proefbank.clients.api_answer import NoAnswer
from proefbank.clients.api_check import Configuration
from proefbank.clients.http_api import AT_ONCE, HttpApi
from proefbank.clients.log import Log
from proefbank.clock import Clock, real_seconds
from proefbank.errors import NotAssessed, NotObservable

__all__ = ["Host", "StartedApi"]

AHEAD: Final = 2 * 86_400.0
"""Seconds by which its time is moved for a trial."""
_POLL: Final = 0.05
_CLOSING: Final = 3.0


class Host(Protocol):
    """Who starts an API for a scenario, in a time, and ends it."""

    name: str
    log: Log

    @property
    def moves(self) -> bool:
        """Whether the API lives in the time that it is told."""
        ...

    @property
    def why(self) -> str:
        """Why it does, or does not, and what would help."""
        ...

    def start(self, told: Configuration, scenario: Mapping[str, object], now: float | None) -> None:
        """Start it at `now`; None is the system's time. Raises `NotAssessed`."""
        ...

    def move(self, now: float) -> None:
        """Move the time of the one that runs; `NotObservable` if that cannot be."""
        ...

    @property
    def ended(self) -> str:
        """How the one that was started ended; empty while it runs."""
        ...

    def stop(self) -> None:
        """End it, if it runs."""
        ...


class StartedApi(HttpApi):
    """A client under test that is an API which a host starts; see `ClientUnderTest`.

    It is started when the first token of a scenario comes: only then its time is known.
    """

    where = "--api-command"

    def __init__(self, url: str, host: Host, *, patience: float = 15.0, **options: Any) -> None:
        """Take the URL at which it will answer, within `patience` seconds of its start."""
        super().__init__(url, **options)
        self._host, self._patience = host, patience
        self._log = host.log
        self._scenario: Mapping[str, object] = {}
        self._now: float | None = None
        self._running = False
        self._moved = False
        """Whether its time was moved since it was last asked."""
        self._spare = 1
        self._barred: Outcome | None = None
        self._fixed = False
        """Whether moving its time was tried in vain."""

    @property
    def _moves(self) -> bool:
        return self._host.moves and not self._fixed

    @property
    def _why_fixed(self) -> str:
        why = "moved two days ahead, it refused a token of that day"
        return f"the time of the API cannot be moved: {why if self._host.moves else self._host.why}"

    def hello(self) -> Hello:
        """Return who it is. Raises `NotAssessed` if something else answers at its URL."""
        if self._hello is None:
            self._be_alone()
            self._hello = Hello(
                Implementation(self._host.name, "", ""),
                ("jwt",),
                concurrency=AT_ONCE,
                lacks=frozenset({"issuers"}),
            )
        return replace(self._hello, clock="settable" if self._moves else "system")

    def scenario(self, members: Mapping[str, object]) -> Outcome | None:
        """End the one before; `NotObservable` for a scenario that an API cannot be told.

        Raises `NotAssessed` if something else answers at its URL.
        """
        if self._running:
            self._halt()
            self._be_alone()
        self._told, self._scenario = Configuration.of(members), members
        self._now, self._spare, self._barred = None, 1, None
        return None

    def assess(self, token: Callable[[float], str], keys: Callable[[], str]) -> None:
        """Raise `NotAssessed` unless it starts, accepts an honest token and wants one.

        What cannot be shown to live in another time is not moved: it would be blamed for ours.
        """
        self._start()
        super().assess(token, keys)
        made = Implementation(self._host.name, self._server(), "")
        self._hello = replace(self.hello(), implementation=made)
        if not self._host.moves:
            return
        with suppress(NotObservable):
            self.clock(Clock().now() + AHEAD)
            shown = self.call("jwt.verify", {"token": token(AHEAD)}, self._timeout)
            if shown.kind == "accepted":
                return
        self._fixed = True
        self._log.add("bench", self._why_fixed)

    def calls(self, operations: Sequence[Operation], timeout: float) -> list[Outcome]:
        """Show it several tokens, many of them at once; outcomes in the order asked."""
        if self._barred is None and not self._ready():
            return [self._barred or Outcome.crashed("it did not start") for _ in operations]
        if self._barred is not None:
            return [Outcome.crashed(f"not sent: {self._barred.detail}") for _ in operations]
        found = super().calls(operations, timeout)
        if self._moved:  # what was kept open may have been thought stale: one retry after a jump
            again = [number for number, made in enumerate(found) if _no_answer(made)]
            retried = super().calls([operations[number] for number in again], timeout)
            for number, made in zip(again, retried, strict=True):
                found[number] = made
        self._moved = False
        return found

    def clock(self, now: float) -> Outcome | None:
        """Move its time, or let it start in that time. Raises `NotObservable` if it cannot."""
        if not self._moves:
            raise NotObservable(self._why_fixed)
        self._now = now
        if self._running:
            self._host.move(now)
            self._moved = True
        return self._barred

    def bye(self) -> None:
        """End it; more than once does no harm."""
        self._halt()
        super().bye()

    def drain_log(self) -> list[LogLine]:
        """Return what it printed since the last time, oldest first."""
        return self._log.drain()

    def _ready(self) -> bool:
        """Start it if need be, also once more in a scenario when it has ended."""
        if self._running and (how := self._host.ended):
            self._log.add("bench", f"the API {how}")
            self._halt()
            if not self._spare:
                self._barred = Outcome.crashed(f"the API {how}")
                return False
            self._spare -= 1
        if not self._running:
            try:
                self._start()
            except NotAssessed as problem:
                self._barred = Outcome.crashed(problem.message)
                return False
        return True

    def _start(self) -> None:
        if self._told is None:
            raise NotAssessed("no scenario was played", where=self.where)
        self._log.turn_page()
        self._host.start(self._told, self._scenario, self._now)
        self._running, self._moved = True, False
        deadline = real_seconds() + self._patience
        while not self._answers():
            if (how := self._host.ended) or real_seconds() > deadline:
                self._halt()  # which hears its last words
                words = self._log.last_words("stderr") or self._log.last_words("stdout")
                raise NotAssessed(
                    f"the API {how or f'did not answer at {self.url}'}"
                    + (f"; it said: {' | '.join(words[-3:])}" if words else ""),
                    where=self.where,
                    hint="it is to listen at --api and run in the foreground; it finds PORT and "
                    "PROEFBANK_ISSUER, …_JWKS_URI, …_AUDIENCE, …_CA_FILE in its environment",
                )
            threading.Event().wait(_POLL)

    def _halt(self) -> None:
        if not self._running:
            return
        self._host.stop()
        self._running = False
        deadline = real_seconds() + _CLOSING
        while self._answers() and real_seconds() < deadline:
            threading.Event().wait(_POLL)

    def _be_alone(self) -> None:
        if self._answers():
            raise NotAssessed(
                f"something answers at {self.url} while the API is not running",
                where=self.where,
                hint="end it first, or leave --api-command out to have that one judged",
            )

    def _answers(self) -> bool:
        try:
            self.caller.ask(None, self._timeout)
        except NoAnswer as problem:
            return "CERTIFICATE_VERIFY_FAILED" in str(problem)
        return True


def _no_answer(made: Outcome) -> bool:
    return made.kind == "crashed" and made.answer is None
