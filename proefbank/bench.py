"""Where provider, door, client and journal meet: runs one stage and returns its journal."""

from __future__ import annotations

import contextlib
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import cast

from proefbank.clients.adapter import Assessed, ClientUnderTest, Hello, Outcome
from proefbank.clients.answers import TIME_RAN_OUT
from proefbank.clock import Clock
from proefbank.doors.facts import ConnectionFact, Limits
from proefbank.doors.loopback import LoopbackDoor
from proefbank.doors.tls import ServerTls
from proefbank.errors import BenchError, NotAssessed, NotObservable
from proefbank.exchange import Request, Response
from proefbank.journal import Journal
from proefbank.judge import DoesNotApply, NotExercised
from proefbank.pki import AUTHORITY_FILE, CertificateAuthority
from proefbank.redaction import Redactor
from proefbank.service import Cast, Mints, Service, Settings
from proefbank.stagehand import Stagehand
from proefbank.staging import Stage

__all__ = ["Bench"]

PATIENCE = 3
"""Orders of one kind in a row that may get no answer before no more of them are given."""


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
        port: int = 0,
        authority: Path | None = None,
    ) -> None:
        """Make provider and doors; `make_client` gets the CA file and is called once.

        The doors stand at `port` and the ones after it, or at free ports. `authority` is the
        folder where the authority of their certificates is kept from run to run.
        """
        self.service = service
        self.judged_as = service.name
        """The service whose rules its journals are for."""
        self.clock = Clock()
        self.folder = Path(tempfile.mkdtemp(prefix="proefbank-"))
        self.rng = random.Random(seed)  # noqa: S311 - choices that a seed repeats
        self.cast = self._opened(settings)
        now = self.clock.now()
        if authority is None:
            issuer, self.ca_file = CertificateAuthority(now=now), self.folder / AUTHORITY_FILE
            self.ca_file.write_bytes(issuer.pem)
        else:
            issuer = CertificateAuthority.kept(authority, now=now)
            self.ca_file = authority / AUTHORITY_FILE
        self.tls = ServerTls(issuer, now=now, client_trust=self.cast.client_trust)
        self.journal: Journal | None = None
        self.tried: Journal | None = None
        """What the client did in preflight, unjudged."""
        self.fault: BaseException | None = None
        self.seed = seed
        self.call_timeout = call_timeout
        self._unanswered: Counter[str] = Counter()
        self._turned_away = False
        self._hello: Hello | None = None
        self._make_client = make_client
        self._client: ClientUnderTest | None = None
        ports = random.Random(f"{service.name}/{seed}")  # noqa: S311
        self.doors = {
            site.name: LoopbackDoor(
                self.cast.provider,
                clock=self.clock,
                on_exchange=self._exchanged,
                on_connection=self._connected,
                on_fault=self._faulted,
                listener=site.name,
                host=site.host,
                port=port + place if port else 0,
                ports=[ports.randrange(20_000, 60_000) for _ in range(8)],
                server_tls=self.tls,
                request_client_certificate=site.asks_client,
                limits=Limits(body_bytes=site.largest_body),
                also_plain=True,  # so that a client that forgets TLS is told so
            )
            for place, site in enumerate(service.listeners)
        }
        for door in self.doors.values():
            door.start()
        self.origins = {name: door.origin for name, door in self.doors.items()}
        self.cast.meet(self.origins)
        self.cast.for_stagings()

    def _opened(self, settings: Settings) -> Cast:
        return self.service.open(settings, clock=self.clock, rng=self.rng)

    def _stagehand(self) -> Stagehand:
        return Stagehand(self)

    def _more_of_the_end(self) -> dict[str, object]:
        """Return what else there is to say of a staging that ended."""
        return {}

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
            stagehand = Stagehand(self)
            self.journal = Journal("preflight", Redactor())
            stagehand.begin()
            if isinstance(self.client, Assessed):
                self.client.assess(self._honest_token, self._way_to_keys)
                self._hello = self.client.hello()  # it may have turned out otherwise
            else:
                stagehand.try_out()
            self.doors["main"].settle()
        seen = bool(self.journal and self.journal.exchanges)
        self.tried, self.journal = self.journal, None
        if self._turned_away and not seen:
            raise NotAssessed(
                "the client broke off the TLS handshake with the simulated provider: it does not "
                "trust the authority of this run",
                where="trust in the run's authority",
                hint="let the adapter trust the `ca_file` of `scenario`, and nothing else",
            )

    def _honest_token(self, ahead: float) -> str:
        """Return a good token of so many seconds from now."""
        mint = cast("Mints", self.cast)
        return mint.token("access", at=self.clock.now() + ahead).token

    def _way_to_keys(self) -> str:
        """Return what became of the client's way to the key set; see `Assessed`."""
        self.doors["main"].settle()
        exchanges = self.journal.exchanges if self.journal else ()
        if any(item.conversation == "jwks" for item in exchanges):
            return "fetched"
        return "distrusted" if self._turned_away else "never asked"

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
            service=self.judged_as,
            story=stage.story,
            readings=[reading.__name__ for reading in stage.readings],
            needs=sorted(stage.needs),
            at=round(self.clock.now(), 3),
        )
        self.journal, self.fault = journal, None
        # Whichever stages came before, in this process or another: the same choices here.
        self.rng.seed(f"{self.seed}/{stage.name}")
        state, reason = self._play(stage)
        if self.fault is not None:
            state, reason = "broken", f"the simulated provider failed: {self.fault!r}"
        if any(event["layer"] == "tls" for event in journal.of("stimulus")):
            self.doors["main"].settle()  # a refused handshake is told when its connection ends
        self.keep_log()
        journal.write("staged", state=state, reason=reason, **self._more_of_the_end())
        self.journal = None
        return journal

    def _play(self, stage: Stage) -> tuple[str, str]:
        missing = sorted(stage.needs - set(self.hello.capabilities))
        if missing:
            return "not_applicable", f"the client does not claim {', '.join(missing)}"
        stagehand = self._stagehand()
        try:
            stage.script(stagehand)
        except NotObservable as state:
            return "not_observable", state.reason
        except NotExercised as missing_part:
            return "not_exercised", str(missing_part)
        except DoesNotApply as why:
            return "not_applicable", str(why)
        except BenchError:
            raise
        except Exception as fault:  # noqa: BLE001 - ours, and must not blame the client
            return "broken", f"{type(fault).__name__}: {fault}"
        finally:
            stagehand.leave()
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

    def keep_log(self) -> None:
        """Write down what the client has printed since the last time."""
        if self._client is None or self.journal is None:
            return
        for line in self._client.drain_log():
            self.journal.write("log", stream=line.stream, text=line.text)

    def given_up(self, order: str) -> str:
        """Return why no more orders of this kind are given; empty while there is hope."""
        if self._unanswered[order] < PATIENCE:
            return ""
        return f"not tried any more: {PATIENCE} in a row got no answer"

    def settle(self, order: str, outcome: Outcome | None) -> None:
        """Count orders without an answer, so that a mute client does not take for ever."""
        detail = outcome.detail if outcome is not None and outcome.kind == "crashed" else ""
        if TIME_RAN_OUT in detail or detail.startswith("the adapter "):
            self._unanswered[order] += 1
        elif not detail.startswith("not "):
            self._unanswered[order] = 0
