"""One run: the benches it needs, the journals they make, the verdicts, and the record.

Under pytest-xdist each worker stages what its tests ask for and saves the journals beside the
record to be; the process where the reports come together puts everything in order and writes.
"""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import pytest

from proefbank import __version__
from proefbank.acceptance.unplayed import without_doubles
from proefbank.bench import Bench
from proefbank.choices import Choices
from proefbank.clock import Clock, real_seconds, to_iso
from proefbank.command_words import words_said
from proefbank.connection.checks import look_before, look_behind, open_bench, rows_of
from proefbank.errors import BenchError, NotAssessed
from proefbank.journal import Journal
from proefbank.judge import Rule, catalogue, judge, known_of
from proefbank.parts import Parts
from proefbank.report.text import failure_text
from proefbank.report.write import write_run
from proefbank.requirement import REQUIREMENT_SET
from proefbank.run_folder import dated, slug
from proefbank.service import Service, bench_of, catalogues, services
from proefbank.staging import Stage, rules_for, stages_of
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
        self.waivers = Waivers.load(choices.profile, choices.waivers)
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
        run_id = choices.run or dated(Clock().now(), slug(choices.client_words, "client"))
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
                self.choices.place(error)
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
        if service.bench:
            return self._bench_in_front(stage, service)
        if service.name not in self._benches:
            look_before(self._parts, self.choices, service)
            bench = open_bench(self.choices, service)
            self._benches[service.name] = bench
            self._introduce(service.name, bench)
            bench.preflight()
            self._introduce(service.name, bench)  # trying it out may have told more
            look_behind(self._parts, service, bench)
        return self._benches[service.name]

    def _bench_in_front(self, stage: Stage, service: Service) -> Bench:
        """Return the bench of a service that judges providers, in front of the one it needs."""
        target = next(iter(stage.needs))
        name = f"{service.name}-{target}"
        if name not in self._benches:
            made: Bench = bench_of(service).chosen(self.choices, services()[target], service)
            self._benches[name] = made
            self._introduce(name, made)
        return self._benches[name]

    def _introduce(self, name: str, bench: Bench) -> None:
        hello = bench.hello
        about = {
            "subject": hello.implementation.to_json() | self._started_as(bench),
            "capabilities": list(hello.capabilities),
            "clock": hello.clock,
            "origins": bench.origins,
        }
        self._parts.save_about(name, about)

    def _started_as(self, bench: Bench) -> dict[str, str]:
        """Return how the client was named; a provider was not."""
        mine = bench.judged_as == bench.service.name
        return {"client": self.choices.client_words} if mine else {}

    # The record.

    def finish(self, *, interrupted: bool, wanted: bool = True) -> None:
        """Close the benches; where the reports come together, write the record.

        Unless `wanted`, a run in which nothing was staged leaves nothing behind.
        """
        if self.choices.target == "acc" and not interrupted:
            self._play_own()
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
        rows, whys = known_of(item.package for item in self._services())
        waivers, language = self.waivers.to_json(), self.choices.lang
        self.report = write_run(self.folder, events, rows, whys, waivers, language=language)
        self._parts.clear()

    def _play_own(self) -> None:
        """Stage what only acceptance needs, where the run came to the service at all."""
        from proefbank.acceptance.run import own_stages  # noqa: PLC0415 - only for acceptance

        for name in (name for name in self._benches if name in services()):
            for stage in () if self.choices.selective else own_stages(services()[name]):
                with contextlib.suppress(BenchError):  # kept as what ended the run
                    self.staged(stage)
                    rules = [rule for item in stage.readings for rule in rules_for(stage, item)]
                    self._verdicts += [self.judge(stage, rule).to_json() for rule in rules]

    def _services(self) -> list[Service]:
        """Return the services of the run: those named, else those the client claims to be for."""
        chosen = self.choices.services
        if chosen:
            return [catalogues()[name] for name in catalogues() if name in chosen]
        staged = [item for item in catalogues().values() if item.maker or item.bench]
        mine = [item for item in staged if self._claims(item)]
        return mine or list(services().values())

    def _claims(self, service: Service) -> bool:
        abouts = self._parts.abouts()
        if service.bench:
            return any(name.startswith(f"{service.name}-") for name in abouts)
        if service.name not in abouts:
            return not abouts
        return bool(set(abouts[service.name]["capabilities"]) & set(service.capabilities))

    def _events(self, *, interrupted: bool) -> list[dict[str, Any]]:
        order = [stage.name for item in self._services() for stage in self._stages_of(item)]
        ended = {
            "event": "end",
            "finished": to_iso(self._clock.now()),
            "duration_s": round(real_seconds() - self._began, 3),
            "interrupted": interrupted,
        }
        staged = without_doubles(self._parts.events(order, self._verdicts))
        return [self._opening(), *staged, ended]

    def _stages_of(self, service: Service) -> tuple[Stage, ...]:
        if self.choices.target != "acc" or service.bench:
            return stages_of(service.package)
        from proefbank.acceptance.run import own_stages  # noqa: PLC0415 - only for acceptance

        return (*stages_of(service.package), *own_stages(service))

    def _opening(self) -> dict[str, Any]:
        about = self._parts.about()
        unknown = {"name": "unknown client", "version": "", "language": ""}
        return {
            "event": "run",
            "schema": "proefbank/events/1",
            "run": {
                "id": self.run_id,
                "started": to_iso(self._started),
                "seed": self.choices.seed,
                "command": words_said(self.choices.command),
            },
            "subject": about.get("subject", unknown | {"client": self.choices.client_words}),
            "assertor": {"name": "proefbank", "version": __version__},
            "scope": {
                "services": [item.name for item in self._services()],
                "target": self.choices.target,
                "door": self._door(),
                "requirement_set": REQUIREMENT_SET,
                "capabilities": [] if self._probed else about.get("capabilities", []),
                **self._part(),
                **self.choices.allowed,
            },
            "preflight": [] if self._quietly_probed else rows_of(self._parts, about),
            "origins": about.get("origins", {}),
            "run_selected": self.choices.selective or bool(self.choices.shard),
        }

    @property
    def _probed(self) -> bool:
        """Whether a provider is judged, and no client."""
        return any(item.bench for item in self._services())

    @property
    def _quietly_probed(self) -> bool:
        """Whether it is, and nothing ended the run: no client had to introduce itself."""
        return self._probed and bool(self._parts.abouts()) and not self._parts.fatal()

    def _door(self) -> str:
        return "probe" if self._probed else "api" if self.choices.api else "adapter"

    def _part(self) -> dict[str, Any]:
        """Return what the scope tells of a shard, and whether even that is not whole."""
        if not self.choices.shard:
            return {}
        return {"shard": self.choices.shard, "shard_selected": self.choices.selective}


def service_of(package: str) -> Service:
    """Return the service whose package this is."""
    return next(item for item in catalogues().values() if item.package == package)


def _row(requirement: Any, rule: Rule) -> dict[str, Any]:
    told = {name: getattr(requirement, name) for name in requirement.__slots__}
    return {key: str(value) for key, value in told.items()} | {"why": rule.why}
