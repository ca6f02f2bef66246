"""What the user chose on the command line, checked before anything starts."""

from __future__ import annotations

import difflib
import os
import random
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

import pytest

from proefbank.api_choices import API_PORT, check_api, make_api
from proefbank.clients.adapter import ClientUnderTest
from proefbank.clock import Clock
from proefbank.errors import BadInvocation
from proefbank.service import Service, Settings, service, services
from proefbank.staging import stages_of

__all__ = ["Choices", "make_client"]

CALL_TIMEOUT = 10.0
"""Seconds of real time that one operation of a client may take."""
SETUP_TIMEOUT = 5.0
"""Seconds of real time at least to take up a scenario or another time."""
REFERENCE = "reference client"
HELLO_TIMEOUT = 15.0
"""Seconds of real time in which a client has to introduce itself: a JVM needs two."""


@dataclass(frozen=True, slots=True)
class Choices:
    """The options of a run."""

    services: Sequence[str] = ()
    """Names; none means every service."""
    client: str | None = None
    client_command: str | None = None
    attach: bool = False
    api: str | None = None
    """URL of an API under test."""
    api_command: str | None = None
    """What starts it."""
    api_ca: str | None = None
    api_wait: float | None = None
    port: int | None = None
    ca_folder: str | None = None
    profile: str | None = None
    openapi: str | None = None
    reports: str = "reports"
    run: str | None = None
    seed: int = 0
    stages: Sequence[str] = ()
    call_timeout: float = CALL_TIMEOUT
    hello_timeout: float = HELLO_TIMEOUT
    move_clock: Literal["auto", "never", "libfaketime"] = "auto"
    selective: bool = False
    """Whether something was left out: by `--stage`, or by pytest's own options."""
    command: Sequence[str] = field(default_factory=tuple)

    @classmethod
    def of(cls, config: pytest.Config) -> Self:
        """Read pytest's options; raises `BadInvocation`."""

        def told(name: str) -> Any:
            return config.getoption(f"proefbank_{name}", None)

        seed = told("seed")
        made = cls(
            services=tuple(getattr(config.option, "proefbank_services", ())),
            client=told("client"),
            client_command=told("client_command"),
            attach=bool(told("attach")),
            api=told("api"),
            api_command=told("api_command"),
            api_ca=told("api_ca"),
            api_wait=told("api_wait"),
            port=told("port"),
            ca_folder=told("ca_folder"),
            profile=told("profile"),
            openapi=told("openapi"),
            reports=told("reports") or "reports",
            run=told("run"),
            seed=random.SystemRandom().randrange(10_000) if seed is None else seed,
            stages=tuple(told("stage") or ()),
            call_timeout=told("call_timeout") or CALL_TIMEOUT,
            hello_timeout=told("hello_timeout") or HELLO_TIMEOUT,
            move_clock=told("move_clock") or "auto",
            selective=_selective(config),
            command=tuple(getattr(config.option, "proefbank_command", ("pytest",))),
        )
        made.check()
        return made

    def check(self) -> None:
        """Raise `BadInvocation` for options that contradict each other or name nothing."""
        named = [
            option
            for option, given in (
                ("--client", self.client),
                ("--client-command", self.client_command),
                ("--attach", self.attach),
                ("--api", self.api),
            )
            if given or given == ""
        ]
        if len(named) > 1:
            raise BadInvocation(
                f"only one client can be judged, and {' and '.join(named)} both name one",
                where=named[1],
                hint='for example: proefbank run --client-command "node adapter.js"',
            )
        check_api(self)
        files = (
            ("--profile", self.profile),
            ("--openapi", self.openapi),
            ("--api-ca", self.api_ca),
        )
        for option, file in files:
            if file is not None and not Path(file).is_file():
                raise BadInvocation(
                    f"there is no file {file}",
                    where=option,
                    hint=f"give the path of a file, or leave {option} out",
                )

        plain = self.run is None or (Path(self.run).name == self.run and self.run not in ("", ".."))
        if not plain:
            raise BadInvocation(
                f"{self.run!r} is not the name of a folder",
                where="--run",
                hint="a plain name: proefbank run --reports reports --run nightly",
            )
        self._check_stages()
        if self.client_command is not None:
            from proefbank.clients.process import ProcessClient  # noqa: PLC0415 - seldom needed

            ProcessClient(self.client_command)  # made for its complaints alone
        if self.client is not None:
            from proefbank.clients.target import load_target  # noqa: PLC0415 - may import a lot

            load_target(self.client)
        if self.profile or self.openapi:
            for item in self._services():  # opened for its complaints alone
                item.open(self.settings, clock=Clock(), rng=random.Random(0))  # noqa: S311

    def _services(self) -> list[Service]:
        return [service(name, staged=True) for name in self.services or services()]

    def _check_stages(self) -> None:
        if not self.stages:
            return
        known = [stage.name for item in self._services() for stage in stages_of(item.package)]
        for name in self.stages:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1) or known[:1]
                raise BadInvocation(
                    f"there is no stage called {name}",
                    where="--stage",
                    hint=f"near to it: proefbank run --stage {near[0]}",
                )

    def to_json(self) -> dict[str, Any]:
        """Return the members for a worker."""
        return asdict(self)

    @property
    def settings(self) -> Settings:
        """What concerns the simulated services."""
        return Settings(
            profile=Path(self.profile) if self.profile else None,
            openapi=Path(self.openapi) if self.openapi else None,
        )

    @property
    def client_words(self) -> str:
        """How the client was named."""
        if self.attach:
            return "attached client"
        return self.client_command or self.client or self.api_command or self.api or REFERENCE

    @property
    def doors_at(self) -> int:
        """The port of the simulated service; 0 for a free one."""
        if self.port is None and self.api is not None and self.api_command is None:
            return API_PORT
        return self.port or 0

    def again(self, service: str, stage: str) -> str:
        """Return the command that stages one situation again."""
        parts = ["proefbank", "run", service, "--stage", stage, "--seed", str(self.seed)]
        for option, value in (
            ("--client", self.client),
            ("--client-command", self.client_command),
            ("--api", self.api),
            ("--api-command", self.api_command),
            ("--api-ca", self.api_ca),
            ("--port", str(self.port or "")),
            ("--ca-folder", self.ca_folder),
            ("--profile", self.profile),
            ("--openapi", self.openapi),
            ("--move-clock", "" if self.move_clock == "auto" else self.move_clock),
        ):
            if value:
                parts += [option, value]
        return shlex.join([*parts, "--attach"] if self.attach else parts)

    def new_folder(self, run_id: str) -> Path:
        """Make the folder of a run and return it; raises `BadInvocation` if that cannot be."""
        base = Path(self.reports)
        folder = base / run_id
        if self.run is None:
            count = 2
            while folder.exists():
                folder = base / f"{run_id}-{count}"
                count += 1
        try:
            (folder / ".parts").mkdir(parents=True, exist_ok=True)
            writable = os.access(folder, os.W_OK)
        except OSError as problem:
            raise _not_writable(base, problem.strerror or str(problem)) from problem
        if not writable:
            raise _not_writable(base, "it is not writable")
        for old in (folder / ".parts").glob("*"):
            old.unlink()
        return folder


def _not_writable(folder: Path, why: str) -> BadInvocation:
    return BadInvocation(
        f"no run can be written to {folder}: {why}",
        where="--reports",
        hint="name a folder that can be written, e.g. proefbank run --reports /tmp/reports",
    )


def _selective(config: pytest.Config) -> bool:
    told: Mapping[str, Any] = vars(config.option)
    names = ("keyword", "markexpr", "lf", "failedfirst", "deselect", "proefbank_stage")
    return any(told.get(name) for name in names)


def make_client(choices: Choices, service: Service, ca_file: Path) -> ClientUnderTest:
    """Return the client under test; the reference client of `service` when none was named."""
    if choices.attach:
        from proefbank.clients.attach import AttachedClient  # noqa: PLC0415 - seldom needed

        # Standard output is for the verdict; whoever starts the adapter reads the other one.
        return AttachedClient(announce=lambda line: print(line, file=sys.stderr))  # noqa: T201
    if choices.api is not None:
        return make_api(choices, choices.api)
    zone = {"TZ": service.time_zone} if service.time_zone else None
    if choices.client_command is not None:
        from proefbank.clients.moving import client_of_command  # noqa: PLC0415 - seldom needed

        return client_of_command(
            choices.client_command,
            choice=choices.move_clock,
            env_overrides=zone,
            ca_file=ca_file,
            hello_timeout=choices.hello_timeout,
            setup_timeout=max(SETUP_TIMEOUT, choices.call_timeout),
        )
    from proefbank.clients.moving import client_of_class  # noqa: PLC0415

    return client_of_class(
        choices.client or service.reference,
        moves=service.takes_days,
        choice=choices.move_clock,
        env_overrides=zone,
        ca_file=ca_file,
        hello_timeout=choices.hello_timeout,
        setup_timeout=max(SETUP_TIMEOUT, choices.call_timeout),
    )
