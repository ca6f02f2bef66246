"""An API under test that is called directly: a resource server that needs no adapter.

Each token goes to one URL as `Authorization: Bearer …`. Whoever runs the API has told it which
issuer to trust; between stagings nobody restarts it, so only what it can show without that is
asked of it, always with the same keys. `CommandApi` is the one that the bench starts itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from proefbank.clients.adapter import (
    ABILITIES,
    Hello,
    Implementation,
    LogLine,
    Operation,
    Outcome,
)
from proefbank.clients.answers import TIME_RAN_OUT
from proefbank.clients.api_answer import Answer, ApiCaller, NoAnswer
from proefbank.clients.api_check import Configuration, trouble_with
from proefbank.clients.log import Log
from proefbank.clients.threads import run_all
from proefbank.clock import real_seconds
from proefbank.errors import NotAssessed, NotObservable

__all__ = ["AT_ONCE", "HttpApi"]

AT_ONCE: Final = 20
"""Requests that are in flight at most."""
_BETWEEN: Final = 0.5
_MARGIN: Final = 1.0

NEEDS_COMMAND: Final = "an API that the bench starts itself would show it: --api-command CMD"


class HttpApi:
    """A client under test that is an API at a URL; see `ClientUnderTest`."""

    where = "--api"

    def __init__(
        self,
        url: str,
        *,
        ca_file: Path | None = None,
        wait: float = 0.0,
        announce: Callable[[str], object] = lambda _: None,
        timeout: float = 10.0,
    ) -> None:
        """Take its URL, and the authority of its certificate unless the system knows it.

        `wait` is for how many seconds of real time it may still be unready at first; `announce`
        hears how it has to be configured. Raises `BadInvocation` for a bad `ca_file`.
        """
        self.url = url
        self.caller = ApiCaller(url, ca_file=ca_file)
        self._wait, self._announce, self._timeout = wait, announce, timeout
        self._told: Configuration | None = None
        self._log = Log()
        self._hello: Hello | None = None

    def hello(self) -> Hello:
        """Return who it is, as far as it says so. Raises `NotAssessed` if nothing answers."""
        if self._hello is None:
            self._hello = Hello(
                Implementation(f"API at {self.url}", self._server(), ""),
                ("jwt",),
                concurrency=AT_ONCE,
                lacks=frozenset(ABILITIES),
            )
        return self._hello

    def _server(self) -> str:
        try:
            return self.caller.ask(None, self._timeout).server
        except NoAnswer:
            return ""  # it may yet come up: `assess` tells

    def scenario(self, members: Mapping[str, object]) -> Outcome | None:
        """Take note of the scenario; the API hears nothing of it, so it must be the same for all.

        Raises `NotObservable` where it is not.
        """
        told = Configuration.of(members)
        if self._told is None:
            self._told = told
        elif told.members != self._told.members:
            raise NotObservable(f"the API would have to be configured differently; {NEEDS_COMMAND}")
        return None

    def assess(self, token: Callable[[float], str], keys: Callable[[], str]) -> None:
        """Raise `NotAssessed` unless it accepts an honest token and wants one."""
        told = self._told
        if told is None:
            raise NotAssessed("no scenario was played", where=self.where)
        self._announce(f"the API at {self.url} has to trust the simulated issuer:\n{told}")
        deadline = real_seconds() + self._wait
        while trouble := trouble_with(self._tried, token, keys, told):
            if real_seconds() >= deadline:
                raise trouble
            threading.Event().wait(_BETWEEN)

    def _tried(self, token: str | None) -> Answer:
        return self.caller.ask(token, self._timeout)

    def call(self, op: str, args: Mapping[str, object], timeout: float) -> Outcome:
        """Show it one token."""
        return self.calls([(op, args)], timeout)[0]

    def calls(self, operations: Sequence[Operation], timeout: float) -> list[Outcome]:
        """Show it several tokens, many of them at once; outcomes in the order asked.

        Raises `NotObservable` for a token that no header can carry.
        """
        jobs = [partial(self._shown, op, args, timeout) for op, args in operations]
        found = run_all(jobs, at_once=AT_ONCE, timeout=timeout + _MARGIN, late=lambda *_: None)
        outcomes = []
        for item in found:
            if isinstance(item, NotObservable):
                raise item
            outcomes.append(item or Outcome.crashed(TIME_RAN_OUT))
        return outcomes

    def _shown(self, op: str, args: Mapping[str, Any], timeout: float) -> Outcome | NotObservable:
        if op != "jwt.verify":
            return Outcome.unsupported(f"an API is not asked for {op}")
        try:
            return self.caller.verdict(str(args["token"]), timeout)
        except NotObservable as why:
            return why

    def clock(self, now: float) -> Outcome | None:  # noqa: ARG002 - it lives in its own time
        """Raise `NotObservable`: nobody can move its time from here."""
        raise NotObservable(f"the API runs on its own time; {NEEDS_COMMAND}")

    def bye(self) -> None:
        """Let it go; more than once does no harm."""
        self.caller.close()

    def drain_log(self) -> list[LogLine]:
        """Return remarks of our own; what the API prints is not heard."""
        return self._log.drain()
