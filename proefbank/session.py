"""One run: the benches it needs, the journals they make, the verdicts, and the record.

Under pytest-xdist each worker stages what its tests ask for and saves the journals beside the
record to be; the process where the reports come together puts everything in order and writes.
"""

from __future__ import annotations

import contextlib
import re
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import pytest

from proefbank import __version__
from proefbank.bench import Bench
from proefbank.choices import Choices, make_client
from proefbank.clock import Clock, real_seconds, to_iso
from proefbank.errors import BenchError, NotAssessed
from proefbank.journal import Journal
from proefbank.judge import Rule, catalogue, judge, rules_of
from proefbank.parts import Parts
from proefbank.report.text import failure_text
from proefbank.report.write import write_run
from proefbank.requirement import REQUIREMENT_SET
from proefbank.service import Service, services
from proefbank.staging import Stage, stages_of
from proefbank.verdict import Verdict
from proefbank.waivers import Waivers

__all__ = ["Session"]


class Session:
    """A run in one process; `finish` is only called where the reports come together."""

    def __init__(self, choices: Choices, folder: Path, run_id: str, *, worker: bool) -> None:
        """Take what the user chose; `folder` is where the record will be."""
        self.choices = choices
        self.folder = folder
        self.run_id = run_id
        self.worker = worker
        self.report: dict[str, Any] = {}
        self.waivers = Waivers.load(choices.profile)
        self._parts = Parts(folder)
        self._benches: dict[str, Bench] = {}
        self._journals: dict[str, Journal] = {}
        self._verdicts: list[dict[str, Any]] = []
        self._fatal: BenchError | None = None
        self._clock = Clock()
        self._started = self._clock.now()
        self._began = real_seconds()

    @classmethod
    def of(cls, config: pytest.Config) -> Self:
        """Return the session of this pytest process; raises `BadInvocation`."""
        worker = getattr(config, "workerinput", {}).get("proefbank")
        choices = Choices.of(config) if worker is None else Choices(**worker["choices"])
        if worker is not None:
            return cls(choices, Path(worker["folder"]), worker["run_id"], worker=True)
        run_id = choices.run or _run_id(choices, Clock().now())
        folder = choices.new_folder(run_id)
        return cls(choices, folder, folder.name, worker=False)

    def shared(self) -> dict[str, Any]:
        """Return what a worker has to know."""
        return {
            "choices": self.choices.to_json(),
            "folder": str(self.folder),
            "run_id": self.run_id,
        }

    # Staging and judging, for the fixtures.

    def staged(self, stage: Stage) -> Journal:
        """Return the journal of a stage, staged the first time. Raises `BenchError`."""
        if stage.name not in self._journals:
            if self._fatal is not None:
                raise self._fatal.with_traceback(None)  # or it would grow with every test
            try:
                journal = self._bench(stage).run(stage)
            except BenchError as error:
                self._give_up(error)
                raise
            except Exception as fault:
                place = traceback.extract_tb(fault.__traceback__)[-1]
                where = f"{Path(place.filename).name}:{place.lineno} in {place.name}"
                ours = NotAssessed(
                    f"the bench is at fault: {type(fault).__name__}: {fault} ({where})",
                    where=f"staging {stage.name}",
                    hint="please report it, with the events.ndjson of this run",
                )
                self._give_up(ours)
                raise ours from fault
            self._journals[stage.name] = journal
            self._parts.save_journal(stage.name, journal)
        return self._journals[stage.name]

    def _give_up(self, error: BenchError) -> None:
        self._fatal = error
        self._parts.save_fatal(error)

    def judge(self, stage: Stage, rule: Rule) -> Verdict:
        """Judge one staging by one rule; a waiver may cover what was found."""
        return self.waivers.applied(judge(rule, self._journals[stage.name]))

    def text(self, verdict: Verdict, rule: Rule) -> str:
        """Return a verdict as a failure prints it, with the command that stages it again."""
        row = catalogue(rule.package)[rule.requirement]
        told = failure_text(_row(row, rule), verdict.to_json())
        return f"{told}\n  again     {self.choices.again(row.service, verdict.stage)}"

    def collect(self, verdict: Mapping[str, Any]) -> None:
        """Take a verdict from a test's report."""
        self._verdicts.append(dict(verdict))

    def _bench(self, stage: Stage) -> Bench:
        service = service_of(stage.package)
        if service.name not in self._benches:
            bench = Bench(
                service,
                settings=self.choices.settings,
                seed=self.choices.seed,
                make_client=lambda ca_file: make_client(self.choices, service, ca_file),
                call_timeout=self.choices.call_timeout,
                port=self.choices.doors_at,
                authority=Path(self.choices.ca_folder) if self.choices.ca_folder else None,
            )
            self._benches[service.name] = bench
            self._introduce(service, bench)
            bench.preflight()
            self._introduce(service, bench)  # trying it out may have told more
        return self._benches[service.name]

    def _introduce(self, service: Service, bench: Bench) -> None:
        hello = bench.hello
        about = {
            "subject": hello.implementation.to_json() | {"client": self.choices.client_words},
            "capabilities": list(hello.capabilities),
            "clock": hello.clock,
            "origins": bench.origins,
        }
        self._parts.save_about(service.name, about)

    # The record.

    def finish(self, *, interrupted: bool, wanted: bool = True) -> None:
        """Close the benches; where the reports come together, write the record.

        Unless `wanted`, a run in which nothing was staged leaves nothing behind.
        """
        for bench in self._benches.values():
            bench.close()
        if self.worker:
            return
        if not (wanted or self._verdicts or self._parts):
            for folder in (self._parts.folder, self.folder, self.folder.parent):
                with contextlib.suppress(OSError):  # not empty: somebody else's
                    folder.rmdir()
            return
        events = self._events(interrupted=interrupted)
        rows = [catalogue(item.package) for item in self._services()]
        whys = {
            rule.requirement: rule.why
            for item in self._services()
            for rule in rules_of(item.package)
        }
        self.report = write_run(self.folder, events, rows, whys, self.waivers.to_json())
        self._parts.clear()

    def _services(self) -> list[Service]:
        """Return the services of the run: those named, else those the client claims to be for."""
        chosen = self.choices.services
        if chosen:
            return [services()[name] for name in services() if name in chosen]
        mine = [item for item in services().values() if self._claims(item)]
        return mine or list(services().values())

    def _claims(self, service: Service) -> bool:
        abouts = self._parts.abouts()
        if service.name not in abouts:
            return not abouts
        return bool(set(abouts[service.name]["capabilities"]) & set(service.capabilities))

    def _events(self, *, interrupted: bool) -> list[dict[str, Any]]:
        order = [stage.name for item in self._services() for stage in stages_of(item.package)]
        ended = {
            "event": "end",
            "finished": to_iso(self._clock.now()),
            "duration_s": round(real_seconds() - self._began, 3),
            "interrupted": interrupted,
        }
        return [self._opening(), *self._parts.events(order, self._verdicts), ended]

    def _opening(self) -> dict[str, Any]:
        about: Mapping[str, Any] = next(iter(self._parts.abouts().values()), {})
        preflight = [
            {
                "check": "the client introduces itself",
                "outcome": "passed" if about else "failed",
                "detail": f"capabilities: {', '.join(about['capabilities'])}" if about else "",
            }
        ]
        if fatal := self._parts.fatal():
            preflight = [{"check": fatal["where"], "outcome": "failed", "detail": fatal["message"]}]
        unknown = {"name": "unknown client", "version": "", "language": ""}
        return {
            "event": "run",
            "schema": "proefbank/events/1",
            "run": {
                "id": self.run_id,
                "started": to_iso(self._started),
                "seed": self.choices.seed,
                "command": self.choices.command,
            },
            "subject": about.get("subject", unknown | {"client": self.choices.client_words}),
            "assertor": {"name": "proefbank", "version": __version__},
            "scope": {
                "services": [item.name for item in self._services()],
                "target": "mock",
                "door": "api" if self.choices.api else "adapter",
                "requirement_set": REQUIREMENT_SET,
                "capabilities": about.get("capabilities", []),
            },
            "preflight": preflight,
            "origins": about.get("origins", {}),
            "run_selected": self.choices.selective,
        }


def service_of(package: str) -> Service:
    """Return the service whose package this is."""
    return next(item for item in services().values() if item.package == package)


def _row(requirement: Any, rule: Rule) -> dict[str, Any]:
    told = {name: getattr(requirement, name) for name in requirement.__slots__}
    return {key: str(value) for key, value in told.items()} | {"why": rule.why}


def _run_id(choices: Choices, now: float) -> str:
    when = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d-%H%M%S")
    client = re.sub(r"[^a-z0-9]+", "-", choices.client_words.lower()).strip("-")[:40].strip("-")
    return f"{when}-{client or 'client'}"
