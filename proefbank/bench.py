"""Where provider, door, client and journal meet: runs one stage and returns its journal."""

from __future__ import annotations

import contextlib
import hashlib
import random
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import cast

from proefbank.clients.adapter import ClientUnderTest, Hello, Outcome
from proefbank.clock import Clock
from proefbank.doors.facts import ConnectionFact, Presented
from proefbank.doors.loopback import LoopbackDoor
from proefbank.doors.tls import ServerTls
from proefbank.errors import BenchError, NotAssessed, NotObservable
from proefbank.exchange import Request, Response, Secret
from proefbank.journal import Journal
from proefbank.judge import NotExercised
from proefbank.pki import CertificateAuthority
from proefbank.redaction import Redactor
from proefbank.service import Service, Settings
from proefbank.staging import Stage

__all__ = ["Bench"]

PATIENCE = 3
"""Calls in a row that may run out of time before the rest is not tried any more."""


class Bench:
    """One service's provider behind real HTTPS doors, and one client in front of them.

    Opened once for a run; each stage starts from a clean scenario.
    """

    def __init__(
        self,
        service: Service,
        *,
        settings: Settings,
        seed: int,
        make_client: Callable[[Path], ClientUnderTest],
        call_timeout: float = 10.0,
    ) -> None:
        """Make provider and doors; `make_client` gets the CA file and is called once."""
        self.service = service
        self.clock = Clock()
        self.folder = Path(tempfile.mkdtemp(prefix="proefbank-"))
        self.cast = service.open(settings, clock=self.clock, rng=random.Random(seed))  # noqa: S311 - choices that a seed repeats
        now = self.clock.now()
        self.tls = ServerTls(CertificateAuthority(now=now), now=now)
        self.ca_file = self.folder / "ca.pem"
        self.ca_file.write_bytes(self.tls.ca_pem)
        self.journal: Journal | None = None
        self.fault: BaseException | None = None
        self.seed = seed
        self.call_timeout = call_timeout
        self._late = 0
        self._turned_away = False
        self._hello: Hello | None = None
        self._make_client = make_client
        self._client: ClientUnderTest | None = None
        ports = random.Random(f"{service.name}/{seed}")  # noqa: S311
        self.doors = {
            name: LoopbackDoor(
                self.cast.provider,
                clock=self.clock,
                on_exchange=self._exchanged,
                on_connection=self._connected,
                on_fault=self._faulted,
                listener=name,
                host=host,
                ports=[ports.randrange(20_000, 60_000) for _ in range(8)],
                server_tls=self.tls,
                also_plain=True,  # so that a client that forgets TLS is told so
            )
            for name, host in (
                ("main", "127.0.0.1"),
                ("other", "127.0.0.1"),
                ("elsewhere", "localhost"),
            )
        }
        for door in self.doors.values():
            door.start()
        self.origins = {name: door.origin for name, door in self.doors.items()}
        self.cast.meet(self.origins)
        self.cast.for_stagings()

    @property
    def client(self) -> ClientUnderTest:
        """The client under test, started when first asked for."""
        if self._client is None:
            self._client = self._make_client(self.ca_file)
        return self._client

    @property
    def hello(self) -> Hello:
        """What the client says of itself; raises `NotAssessed` if it never says it."""
        if self._hello is None:
            self._hello = self.client.hello()
        return self._hello

    def preflight(self) -> None:
        """Have the client connect once, unjudged, to tell a missing trust anchor from a defect.

        Raises `NotAssessed` when it breaks off because it does not know the run's authority:
        then nothing it does can be seen.
        """
        with contextlib.suppress(NotExercised, NotObservable):
            stagehand = _Stagehand(self)
            self.journal = Journal("preflight", Redactor())
            stagehand.begin()
            token = "token" in self.hello.capabilities
            args = {"scope": None} if token else stagehand.sample()
            stagehand.call("token.fetch" if token else "api.call", args)
            self.doors["main"].settle()
        seen = bool(self.journal and self.journal.exchanges)
        self.journal = None
        if self._turned_away and not seen:
            raise NotAssessed(
                "the client broke off the TLS handshake with the simulated provider: it does not "
                "trust the authority of this run",
                where="trust in the run's authority",
                hint="let the adapter trust the `ca_file` of `scenario`, and nothing else",
            )

    def close(self) -> None:
        """Say goodbye to the client, close the doors, remove the key files."""
        try:
            if self._client is not None:
                self._client.bye()
        finally:
            for door in self.doors.values():
                door.stop()
            shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, stage: Stage) -> Journal:
        """Stage one situation and return its journal; never raises for what a client does."""
        journal = Journal(stage.name, Redactor(self.cast.secrets()))
        journal.write(
            "staging",
            service=self.service.name,
            story=stage.story,
            readings=[reading.__name__ for reading in stage.readings],
            needs=sorted(stage.needs),
            at=round(self.clock.now(), 3),
        )
        self.journal, self.fault = journal, None
        state, reason = self._play(stage)
        if self.fault is not None:
            state, reason = "broken", f"the simulated provider failed: {self.fault!r}"
        if any(event["layer"] == "tls" for event in journal.of("stimulus")):
            self.doors["main"].settle()  # a refused handshake is told when its connection ends
        self._keep_log()
        journal.write("staged", state=state, reason=reason)
        self.journal = None
        return journal

    def _play(self, stage: Stage) -> tuple[str, str]:
        missing = sorted(stage.needs - set(self.hello.capabilities))
        if missing:
            return "not_applicable", f"the client does not claim {', '.join(missing)}"
        if self._late >= PATIENCE:
            return "not_exercised", f"the client left {PATIENCE} calls in a row unanswered"
        try:
            stage.script(_Stagehand(self))
        except NotObservable as state:
            return "not_observable", state.reason
        except NotExercised as missing_part:
            return "not_exercised", str(missing_part)
        except BenchError:
            raise
        except Exception as fault:  # noqa: BLE001 - ours, and must not blame the client
            return "broken", f"{type(fault).__name__}: {fault}"
        return "done", ""

    # What doors and client tell us goes into the journal of the stage that is on.

    def _exchanged(self, request: Request, response: Response) -> None:
        if self.journal is not None and response.trail.conversation != "control":
            self.journal.exchange(request, response)

    def _connected(self, fact: ConnectionFact) -> None:
        if fact.presented == "good" and fact.outcome == "refused":
            self._turned_away = True
        # Ordinary connections say nothing that their exchanges do not; when they close is chance.
        if self.journal is not None and fact.presented != "good":
            self.journal.write("connection", **asdict(fact))

    def _faulted(self, fault: BaseException) -> None:
        self.fault = fault

    def _keep_log(self) -> None:
        if self._client is None or self.journal is None:
            return
        for line in self._client.drain_log():
            self.journal.write("log", stream=line.stream, text=line.text)

    def settle(self, outcome: Outcome) -> None:
        """Count unanswered calls in a row, so that a mute client does not take for ever."""
        self._late = self._late + 1 if "time ran out" in outcome.detail else 0


class _Stagehand:
    """What the script of a stage may do, carried out."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self._facts: Mapping[str, object] = {}

    @property
    def facts(self) -> Mapping[str, object]:
        return self._facts

    @property
    def _journal(self) -> Journal:
        assert self.bench.journal is not None  # noqa: S101 - only made while a stage is on
        return self.bench.journal

    def can(self, capability: str) -> bool:
        return capability in self.bench.hello.capabilities

    def sample(self, kind: str = "") -> Mapping[str, object]:
        return self.bench.cast.sample(kind, self._facts)

    def begin(self, account: str = "", *, scope: str | None = None, **members: object) -> None:
        bench = self.bench
        bench.clock.reset()
        bench.cast.provider.reset()
        for door in bench.doors.values():
            door.present_good()
        told, facts = bench.cast.scenario(account, scope, bench.folder)
        for secret in bench.cast.secrets():
            self._journal.redactor.learn(secret)
        self._facts = facts
        self._journal.write("scenario", facts=facts)
        # Opaque: an adapter never hears the name of a situation.
        run = hashlib.sha256(f"{bench.seed}/{self._journal.stage}".encode()).hexdigest()[:16]
        bad = bench.client.scenario(
            {
                "run": run,
                "ca_file": str(bench.ca_file),
                bench.service.name: told | members,
            }
        )
        if bad is not None:
            raise NotExercised(f"the client crashed while taking up the scenario: {bad.detail}")

    def arm(self, stimulus: str, *, times: int = 1, **params: object) -> None:
        layer = self.bench.cast.arm(stimulus, times, params)
        if layer == "tls":
            self.bench.doors["main"].settle()  # a connection may be about to become idle
            shown = cast("Presented", stimulus.removeprefix("tls-"))
            self.bench.doors["main"].present(shown, connections=times)
            self.bench.doors["main"].drop_idle()
        self._journal.write("stimulus", name=stimulus, layer=layer, times=times, params=params)

    def call(self, op: str, args: Mapping[str, object], *, note: str = "") -> Outcome:
        number = self._journal.call(op, args, note)
        outcome = self.bench.client.call(op, args, self.bench.call_timeout)
        self._written(number, outcome)
        return outcome

    def calls(
        self, orders: Sequence[tuple[str, Mapping[str, object]]], *, note: str = ""
    ) -> list[Outcome]:
        numbers = [self._journal.call(op, args, note) for op, args in orders]
        outcomes = self.bench.client.calls(orders, self.bench.call_timeout)
        for number, outcome in zip(numbers, outcomes, strict=True):
            self._written(number, outcome)
        return outcomes

    def _written(self, number: int, outcome: Outcome) -> None:
        token = (outcome.value or {}).get("access_token")
        if isinstance(token, str):
            self._journal.redactor.learn(Secret("token", token))
        self.bench.settle(outcome)
        self.bench._keep_log()  # noqa: SLF001 - the two are one thing in two classes
        self._journal.write("outcome", call=number, **outcome.to_json())

    def advance(self, seconds: float) -> None:
        if self.bench.hello.clock != "settable":
            raise NotObservable(
                "the client's clock cannot be moved; an adapter whose hello says "
                '`"clock": "settable"` would show it'
            )
        now = self.bench.clock.advance(seconds)
        bad = self.bench.client.clock(now)
        if bad is not None:
            raise NotExercised(f"the client crashed while its clock was moved: {bad.detail}")
        self._journal.write("clock", by=seconds, now=round(now, 3), who="both")
