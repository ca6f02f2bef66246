"""A simulated service for clients that nobody drives: doors, control surface, one journal.

The journal holds what a run's holds, so the same rules judge it; only orders, answers and logs
of the client are missing, because nobody is there to tell them.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final, Literal, cast
from urllib.parse import urlsplit

from proefbank.acting import Acting
from proefbank.clock import Clock, to_iso
from proefbank.control import Controlled
from proefbank.doors.carrier import Carrier
from proefbank.doors.facts import ConnectionFact, Presented
from proefbank.doors.loopback import LoopbackDoor
from proefbank.errors import NotObservable
from proefbank.exchange import Provider, Request, Response, Secret
from proefbank.journal import Event, Journal
from proefbank.redaction import Redactor
from proefbank.service import LISTENERS, Cast, Listener
from proefbank.serving import AccountCard, Served
from proefbank.sites import ELSEWHERE, ByHost, Told, open_sites, own_sites
from proefbank.wire_journal import Sink, WireJournal, summary_of

__all__ = ["Simulator"]

STORY: Final = "A client that nobody drives talks to the simulated service."
_SHOWN: Final = 50
_SETTLE: Final = 0.1
_WIRE_WORDS: Final = {"reset": "reset", "delay": "delay", "dribble": "dribble", "cut-body": "cut"}


class Simulator(Acting):
    """A service's provider with everything around it. Strict at first: it refuses for real.

    Open doors with `listen`, or say with `mount` under which origin it is mounted in-process;
    then `fresh` opens the journal.
    """

    def __init__(
        self,
        name: str,
        made: Cast,
        served: Served,
        *,
        clock: Clock,
        sink: Sink | None = None,
        keep: int | None = None,
        listeners: Iterable[Listener] = LISTENERS,
    ) -> None:
        """Take a cast and its served side; `sink` hears each event, `keep` bounds the memory.

        `listeners` are the service's own, and the stranger's.
        """
        self.name, self.cast, self.served, self.clock = name, made, served, clock
        self.provider: Provider = Controlled(made.provider, self)
        self.folder = Path(tempfile.mkdtemp(prefix="proefbank-"))
        self.ca_file = self.folder / "ca.pem"
        self.doors: dict[str, LoopbackDoor] = {}
        self.origin = ""
        """Scheme, host and port under which clients know it."""
        self.origins: Mapping[str, str] = {}
        """The same for each of its sites, by listener."""
        self.fault: Exception | None = None
        self.granted = 0
        """Tokens issued since the journal was opened."""
        self._sink, self._keep = sink, keep
        self._listeners = tuple(listeners)
        self._lock = threading.RLock()
        self._account = ""
        self._cards: dict[str, AccountCard] = {}
        self._secrets: Sequence[Secret] = ()
        self._carriers: list[Carrier] = []
        self._public_name = ""
        self._elsewhere: str | None = None
        self.lenient = False
        self.journal: Journal = WireJournal(Redactor(), None, keep)

    # Where it stands.

    def listen(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        scheme: Literal["https", "http"] = "https",
        public_name: str = "",
    ) -> None:
        """Listen at `host` and `port`; its further sites follow, and the one redirects lead to.

        With `public_name` others may reach it, by that name. Raises BadInvocation.
        """
        self._public_name = public_name
        self.doors = open_sites(
            self.provider,
            clock=self.clock,
            ca_file=self.ca_file,
            told=Told(self.record, self._connected, self._faulted),
            host=host,
            port=port,
            scheme=scheme,
            public_name=public_name,
            listeners=self._listeners,
            client_trust=self.cast.client_trust,
        )
        origins = {name: door.origin for name, door in self.doors.items()}
        for site in own_sites(self._listeners) if public_name else ():
            origins[site.name] = f"{scheme}://{public_name}:{self.doors[site.name].port}"
        self.origin, self.origins = origins["main"], origins
        self.cast.meet(origins)

    def mount(self, origin: str, elsewhere: str) -> None:
        """Stand in-process, under these origins; redirects lead to the second."""
        self.origin, self.origins = origin, {"main": origin, "elsewhere": elsewhere}
        self.cast.meet(self.origins)
        self._elsewhere = urlsplit(elsewhere).hostname

    def carrier(self) -> Carrier:
        """Return a carrier for an in-process mount; what it cannot express cannot be armed."""
        made = Carrier(
            ByHost(self.provider, self._elsewhere),
            clock=self.clock,
            on_exchange=self.record,
            on_fault=self._faulted,
        )
        self._carriers.append(made)
        return made

    def close(self) -> None:
        """Stop listening and remove the key files."""
        for door in self.doors.values():
            door.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def card(self, account: str) -> AccountCard:
        """Return an account's card; its RSA key is made the first time. KeyError."""
        with self._lock:
            if account not in self._cards:
                self._cards[account] = self.served.card(account, self.folder)
                self._secrets = self.cast.secrets()
                for secret in self._secrets:
                    self.journal.redactor.learn(secret)
            return self._cards[account]

    # What doors tell us goes into the journal.

    def fresh(self) -> None:
        """Forget everything but keys and accounts, and open a new journal."""
        with self._lock:
            self._forget()
            self.set_lenient(lenient=False)
            self.fault, self.granted = None, 0
            self._carriers.clear()
            self._secrets = self.cast.secrets()
            self.journal = WireJournal(Redactor(self._secrets), self._sink, self._keep)
            self.journal.write(
                "staging",
                service=self.name,
                story=STORY,
                readings=list(self.served.readings),
                needs=[],
                at=round(self.clock.now(), 3),
            )
            self._tell(next(iter(self.served.accounts), ""))

    def end(self) -> None:
        """Write down that the staging is over, and whether it can be judged."""
        state, reason = "done", ""
        if self.fault is not None:
            state, reason = "broken", f"the simulated provider failed: {self.fault!r}"
        self.journal.write("staged", state=state, reason=reason)

    def record(self, request: Request, response: Response) -> None:
        """Write an exchange down, after the scenario of the account that it names."""
        trail = response.trail
        if trail.conversation == "control":
            return
        if self._public_name and request.listener != ELSEWHERE:
            request = replace(request, host=self._public_name)
        with self._lock:
            account = self.served.account_in(trail.facts)
            if account is not None and account != self._account:
                self._tell(account)
            self.journal.exchange(request, response)
            self.granted += self.served.granted(trail.facts)

    def _connected(self, fact: ConnectionFact) -> None:
        if fact.presented not in {"good", "none"} or fact.outcome in {"refused", "rejected"}:
            self.journal.write("connection", **asdict(fact))

    def _faulted(self, problem: Exception) -> None:
        self.fault = problem
        self.journal.write("note", text=f"the bench is at fault: {problem!r}")

    # What the control surface and the fixtures move.

    def stimuli(self) -> Mapping[str, Mapping[str, Any]]:
        """Return every stimulus by name."""
        return self.served.stimuli

    def arm(self, stimulus: str, *, times: int = 1, **params: Any) -> None:
        """Arm a stimulus for its next `times` occasions.

        ValueError for an unknown name or parameter, NotObservable where no door can show it.
        """
        if stimulus.startswith("tls-") and not self.doors:
            raise NotObservable(f"{stimulus} needs a socket: a fixture or serve over HTTPS")
        word = _WIRE_WORDS.get(stimulus.partition("-")[2])
        if any(word in carrier.cannot_express for carrier in self._carriers):
            raise NotObservable(f"this mount cannot show {stimulus}; a socket would")
        layer = self.served.arm(stimulus, times, params)
        if layer == "tls":
            door = self.doors["main"]
            door.settle(within=_SETTLE)  # a connection may be about to become idle
            door.present(cast("Presented", stimulus.removeprefix("tls-")), connections=times)
            door.drop_idle()
        self.journal.write("stimulus", name=stimulus, layer=layer, times=times, params=params)

    def armed(self) -> list[dict[str, Any]]:
        """Return what waits: `name`, `layer`, `left`, `params`."""
        planned = [f"tls-{kind}" for door in self.doors.values() for kind in door.planned]
        waiting = [
            {"name": name, "layer": "tls", "left": planned.count(name), "params": {}}
            for name in dict.fromkeys(planned)
        ]
        return [*(dict(item) for item in self.served.armed()), *waiting]

    def disarm(self, stimulus: str | None = None) -> int:
        """Forget what is armed under that name, or everything; return how many there were."""
        before = len(self.armed())
        self.served.disarm(stimulus)
        if self.doors and (stimulus is None or stimulus.startswith("tls-")):
            kept = [f"tls-{kind}" for kind in self.doors["main"].planned]
            self.doors["main"].present_good()
            for name in kept:
                if stimulus is not None and name != stimulus:
                    self.doors["main"].present(cast("Presented", name.removeprefix("tls-")))
        return before - len(self.armed())

    def reset(self) -> None:
        """Forget tokens, `jti` values, armed stimuli, moves of the clock and what was chosen."""
        self._forget()
        self.told_anew("everything was reset")

    def _forget(self) -> None:
        self.cast.provider.reset()
        self.clock.reset()
        self.served.reset()
        for door in self.doors.values():
            door.present_good()

    def revoke_tokens(self) -> None:
        """Revoke every token that was issued; ValueError where none can be."""
        self.served.revoke_tokens()
        self.journal.write("note", text="every token was revoked")

    def set_lenient(self, *, lenient: bool) -> None:
        """Grant in spite of violations, which are still written down, or refuse."""
        self.lenient = lenient
        self.cast.set_lenient(lenient=lenient)

    # What there is to see.

    def events(self) -> Iterable[Event]:
        """Return the redacted events that are at hand."""
        return iter(self.journal)

    def state(self) -> dict[str, Any]:
        """Return everything the control surface shows."""
        now = self.clock.now()
        mode = "Lenient: grants all the same." if self.lenient else "Strict: refuses for real."
        exchanges = self.journal.of("exchange")[-_SHOWN:]
        return {
            "service": self.name,
            "mode": mode,
            **self.served.state(now),
            "clock": {
                "now": round(now, 3),
                "iso": to_iso(now),
                "offset_s": round(self.clock.offset, 3) + 0.0,  # never -0.0
            },
            "endpoints": dict(self.served.endpoints),
            "armed": self.armed(),
            "exchanges": [summary_of(event) for event in exchanges],
        }
