"""The bench in front of an acceptance environment: doors that forward and record.

Few stages are played there: those that need no stimulus and do no harm. What is played is judged
by the rules that judge simulated services, as far as the traffic shows what they look at; whatever
else they ask for is not observable, with what would show it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from proefbank.acceptance.cutting import kept_of_line, write_exchange
from proefbank.acceptance.hand import AcceptanceHand, Nobody, Person, at_the_terminal
from proefbank.acceptance.known import acceptance_of, production_hosts
from proefbank.acceptance.rehearsal import needs_of
from proefbank.acceptance.sparing import Sparing
from proefbank.bench import Bench
from proefbank.clients.adapter import ClientUnderTest
from proefbank.doors.proxy import Forwarder, Relayed
from proefbank.errors import NotAssessed
from proefbank.exchange import Provider, Request, Response
from proefbank.journal import Journal
from proefbank.ordinary import SIMULATED, Ordinary
from proefbank.service import Cast, Service, Settings
from proefbank.staging import Stage
from proefbank.upstream import authority_of

__all__ = ["AcceptanceBench"]

_SLACK = 3
"""Times the requests that a stage needs which are let through: a client may have its ways."""
_PERSONS_ARE_CUT = (
    f"acceptance shows no more than its traffic, in which persons are cut; {SIMULATED}"
)


class AcceptanceBench(Bench):
    """One client in front of acceptance, which is reached through doors of ours."""

    def __init__(  # noqa: PLR0913 - all by name, like those of any bench
        self,
        service: Service,
        *,
        settings: Settings,
        seed: int,
        make_client: Callable[[Path], ClientUnderTest],
        call_timeout: float = 10.0,
        port: int = 0,
        authority: Path | None = None,
        provoke: bool = False,
        person: Person = at_the_terminal,
    ) -> None:
        """Read the profile of `settings`; BadInvocation for one that cannot be used.

        With `provoke` stages that provoke errors are played too, if the profile names who allowed
        it. `person` is whoever goes to pages.
        """
        self.acceptance = acceptance_of(service)
        self.about = self.acceptance.about
        self.person = person
        self.allowed_by = authority_of(settings.profile)
        self.provoke = provoke
        self._relayed = threading.local()
        self._leading: dict[str, str] = {}
        self._forwarders: list[Forwarder] = []
        self._unreachable = self._alone = self._refused = ""
        self._unplayed = self._came = False
        self._stage: Stage | None = None
        names = {site.name: site for site in service.listeners}
        environment = self.acceptance.environment(settings.profile)
        self.upstreams = environment.upstreams
        self._rewrites = environment.rewrites
        there = replace(
            service,
            listeners=tuple(names[one.name] for one in environment.upstreams),
            maker=self.acceptance.maker,
        )
        super().__init__(
            there,
            settings=settings,
            seed=seed,
            make_client=make_client,
            call_timeout=call_timeout,
            port=port,
            authority=authority,
        )
        self._leading |= {one.origin: self.origins[one.name] for one in environment.upstreams}

    def _opened(self, settings: Settings) -> Cast:
        made: Any = super()._opened(settings)
        mine: Ordinary = made
        forwarder = Forwarder(
            mine.upstreams[0],
            tell=self._told,
            origins=self._leading,
            rewrites=self._rewrites,
            production=production_hosts(),
        )
        self._forwarders.append(forwarder)
        self._sparing = Sparing(forwarder)
        provider: Provider = self._sparing
        made.provider = provider
        return cast("Cast", made)

    def _stagehand(self) -> AcceptanceHand:
        return AcceptanceHand(self)

    def preflight(self) -> None:
        """Send nothing: what a client says when it is tried out would reach acceptance."""

    def close(self) -> None:
        """Say goodbye to the client, close doors and connections, remove the key files."""
        try:
            super().close()
        finally:
            for one in self._forwarders:
                one.close()

    def run(self, stage: Stage) -> Journal:
        """Stage one situation, or say why not. Raises `NotAssessed` where nothing is reached."""
        self._stage, self._alone, self._refused = stage, "", ""
        self._unplayed = self._came = False
        journal = super().run(stage)
        if self._unreachable:
            raise NotAssessed(
                f"acceptance was not reached: {self._unreachable}",
                where=f"staging {stage.name}",
                hint=f"look at [acc.{self.service.name}] of the profile: origin, connect, ca_file",
            )
        if self._turned_away and not journal.exchanges:
            raise NotAssessed(
                "the client broke off the TLS handshake with the recorder: it does not trust the "
                "authority of this run",
                where="trust in the run's authority",
                hint="let the adapter trust the `ca_file` of `scenario`, and nothing else",
            )
        return journal

    def requests_of(self, stages: Sequence[Stage]) -> int:
        """Return how many requests these stages make at acceptance, at most."""
        return sum(self._budget(stage) for stage in stages if not self._why_not(stage))

    def _budget(self, stage: Stage) -> int:
        played = {**self.acceptance.played, **self.acceptance.provoking}
        return played.get(stage.name, 0)

    def _why_not(self, stage: Stage) -> str:
        """Return why a stage is not played; empty if it is."""
        name = stage.name
        if name in self.acceptance.played:
            return ""
        if name not in self.acceptance.provoking:
            told = needs_of(stage).words or "more than acceptance should be asked for"
            return f"needs {told}; {SIMULATED} {self.service.name} --stage {name}"
        missing = [
            *([] if self.provoke else ["--provoke-errors"]),
            *([] if self.allowed_by else ["authority in [acc], who allowed it"]),
        ]
        needed = " and ".join(missing)
        return f"provokes an error at acceptance: needs {needed}; {SIMULATED}" if missing else ""

    def _play(self, stage: Stage) -> tuple[str, str]:
        missing = sorted(stage.needs - set(self.hello.capabilities))
        if not missing and (why := self._why_not(stage)):
            self._unplayed = True
            return "not_observable", why
        most = self._budget(stage) * _SLACK
        self._sparing.let_through(most)
        state, reason = super()._play(stage)
        if self._sparing.spent:
            reason = f"stopped after {most} requests, more than it needs; {SIMULATED}"
            return "not_observable", reason
        if self._alone and self.acceptance.before_visits:
            return "done", ""
        passed_by = cast("Ordinary", self.cast).passed_by
        if passed_by and state == "done" and not self._came:
            return "not_observable", passed_by
        return state, reason

    def _more_of_the_end(self) -> dict[str, object]:
        if self._unplayed:
            return {"unplayed": True}
        assert self._stage is not None  # noqa: S101 - one is on
        mine = cast("Ordinary", self.cast).withheld()
        withheld = [{"readings": [name], "reason": why} for name, why in mine.items()]
        never = [one for one in self._stage.readings if one not in self.acceptance.readings]
        later = [
            one
            for one in self._stage.readings
            if self._alone and one not in (*never, *self.acceptance.before_visits)
        ]
        for readings, why in ((never, _PERSONS_ARE_CUT), (later, self._alone)):
            if readings:
                withheld.append({"readings": [one.__name__ for one in readings], "reason": why})
        told: dict[str, object] = {"withheld": withheld} if withheld else {}
        if self._refused:  # unlike ours it does not go on in spite of a violation
            told["refused"] = (
                f"acceptance had answered {self._refused} before it came to that; {SIMULATED}"
            )
        return told

    def alone(self, nobody: Nobody) -> None:
        """Note that no person is there."""
        self._alone = nobody.reason

    # What doors and client tell us goes into the journal, cut.

    def _told(self, relayed: Relayed) -> None:
        self._relayed.now, self._came = relayed, True
        if relayed.own:
            self._unreachable = self._unreachable or relayed.own

    def _exchanged(self, request: Request, response: Response) -> None:  # noqa: ARG002 - as it was
        """Write down what was said there, and not what was passed on."""
        relayed = getattr(self._relayed, "now", None)
        self._relayed.now = None
        if self.journal is None or relayed is None or relayed.own:
            return
        mine = cast("Ordinary", self.cast)
        if not self._refused and (how := mine.amiss(request, relayed.response)):
            what = f"{request.method} {self.about.conversation_of(request) or 'of something else'}"
            self._refused = f"{what} {how}"
        facts = mine.testimony(request, relayed.response)
        about = self._telling(relayed.response)
        write_exchange(self.journal, about, request, relayed.response, facts)

    def _telling(self, response: Response) -> ModuleType:  # noqa: ARG002 - others do not go by it
        """Return the `recorded` module that says what is kept of an exchange with this answer."""
        return self.about

    def keep_log(self) -> None:
        """Write down of what the client printed only what must not be there."""
        if self._client is None or self.journal is None:
            return
        for line in self._client.drain_log():
            text = kept_of_line(self.journal.redactor, line.text)
            if text:
                self.journal.write("log", stream=line.stream, text=text)
