"""What a simulated service can be told to do while it stands: its own actions, and its clock."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from proefbank.clock import Clock
from proefbank.exchange import Secret
from proefbank.journal import Journal
from proefbank.serving import Action, Served

__all__ = ["Acting"]

_LATEST: Final = 9_999 * 365.2425 * 86_400 - 62_167_219_200


class Acting:
    """Base of a simulator: the `Stand` that its service's actions are carried out at."""

    name: str
    served: Served
    clock: Clock
    journal: Journal
    folder: Path
    _lock: threading.RLock
    _account: str

    def move_clock(self, *, by: float | None = None, to: float | None = None) -> None:
        """Move by seconds, or to epoch seconds, or back to now; ValueError for no real instant."""
        before = self.clock.now()
        if by is None and to is None:
            self.clock.reset()
        else:
            wanted = before + by if by is not None else to
            if wanted is None or not 0 <= wanted < _LATEST:
                raise ValueError("the clock goes from 1970 to 9999")
            self.clock.set(wanted)
        now = self.clock.now()
        self.journal.write("clock", by=round(now - before, 3), now=round(now, 3), who="provider")

    def actions(self) -> Mapping[str, Action]:
        """Return what else the service can be told to do at this moment, by name."""
        return {action.name: action for action in self.served.actions}

    def act(self, name: str, told: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do one of `actions`; ValueError tells why not."""
        if name not in (known := self.actions()):
            raise ValueError(f"{self.name} cannot do {name}; it has: {', '.join(known) or 'none'}")
        return known[name].do(self, told)

    @property
    def now(self) -> float:
        """The service's clock, in epoch seconds."""
        return self.clock.now()

    def learn(self, secret: Secret) -> None:
        """Keep a value from ever being written into this journal."""
        self.journal.redactor.learn(secret)

    def note(self, text: str) -> None:
        """Write down what was done."""
        self.journal.write("note", text=text)

    def told_anew(self, text: str) -> None:
        """Write down what was done, and the scenario that clients are in from now on."""
        with self._lock:
            self.note(text)
            self._tell(self._account)

    def _tell(self, account: str) -> None:
        self._account = account
        self.journal.write("scenario", facts=dict(self.served.facts(account)))
