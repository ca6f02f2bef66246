"""What the user chose on the command line, checked before anything starts."""

from __future__ import annotations

import difflib
import random
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, Self

import pytest

from proefbank.api_choices import API_PORT, check_api
from proefbank.clock import Clock
from proefbank.command_words import command_said, words_said
from proefbank.errors import BadInvocation, BenchError
from proefbank.parts import Parts
from proefbank.profile.file import PROFILE, profile_for
from proefbank.profile.run_table import fill
from proefbank.providing.choices import check_provider, opened
from proefbank.run_folder import check_run_name, free_folder, make_folder
from proefbank.service import Service, Settings, service, services
from proefbank.shards import Shard
from proefbank.staging import stages_of
from proefbank.upstream import authority_of
from proefbank.waivers import Waivers

__all__ = ["Choices"]

CALL_TIMEOUT = 10.0
"""Seconds of real time that one operation of a client may take."""
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
    target: Literal["mock", "acc"] = "mock"
    provoke_errors: bool = False
    """Whether acceptance may be made to refuse something, where the profile says who allows it."""
    profile: str | None = None
    waivers: str | None = None
    openapi: str | None = None
    reports: str = "reports"
    run: str | None = None
    seed: int = 0
    stages: Sequence[str] = ()
    shard: str | None = None
    """Which part of the situations to stage, `1/3`; `proefbank merge` puts the parts together."""
    call_timeout: float = CALL_TIMEOUT
    hello_timeout: float = HELLO_TIMEOUT
    move_clock: Literal["auto", "never", "libfaketime"] = "auto"
    lang: str = "en"
    """Of the pages that people read."""
    selective: bool = False
    """Whether something was left out: by `--stage`, or by pytest's own options; not by `shard`."""
    command: Sequence[str] = field(default_factory=tuple)
    from_profile: Sequence[str] = ()
    """Names of those that the table `[run]` of the profile brought, and not the command line."""

    @classmethod
    def of(cls, config: pytest.Config) -> Self:
        """Read pytest's options; raises `BadInvocation`."""

        def told(name: str) -> Any:
            return config.getoption(f"proefbank_{name}", None)

        profile = profile_for(told("profile"), none=bool(told("no_profile")))
        given = {item.name: told(item.name) for item in fields(cls) if item.name != "services"}
        chosen, from_profile = fill(given, profile)  # which services, the collected tests show
        if chosen["seed"] is None:
            chosen["seed"] = random.SystemRandom().randrange(10_000)
        chosen |= {
            "services": tuple(getattr(config.option, "proefbank_services", ())),
            "profile": None if profile is None else str(profile),
            "stages": tuple(told("stage") or ()),
            "reports": chosen["reports"] or None,
            "call_timeout": chosen["call_timeout"] or None,
            "hello_timeout": chosen["hello_timeout"] or None,
            "selective": _selective(config),
            "command": tuple(getattr(config.option, "proefbank_command", ("pytest",))),
            "from_profile": from_profile,
        }
        made = cls(**{name: value for name, value in chosen.items() if value is not None})
        made.check()
        return made

    @classmethod
    def told(cls, options: Mapping[str, Any]) -> Self:
        """Return the options of a command as choices; other members, and None, are left out."""
        known = {item.name for item in fields(cls)}
        given = {name: value for name, value in options.items() if name in known}
        return cls(**{name: value for name, value in given.items() if value is not None})

    def check(self) -> None:
        """Raise `BadInvocation` for options that contradict each other or name nothing."""
        try:
            self._check()
        except BadInvocation as problem:
            self.place(problem)
            raise

    def place(self, error: BenchError) -> None:
        """Have `error` name the key of the profile where it blames an option that stands there."""
        key = error.where.removeprefix("--").replace("-", "_")
        if key in self.from_profile and error.where.startswith("--"):
            error.hint = error.hint.replace(f'{error.where} "', f'{key} = "')
            error.where = f"{self.profile}: run.{key}"

    def _check(self) -> None:
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
        check_provider(self)
        files = (
            ("--profile", self.profile),
            ("--openapi", self.openapi),
            ("--waivers", self.waivers),
            ("--api-ca", self.api_ca),
        )
        for option, file in files:
            if file is not None and not Path(file).is_file():
                raise BadInvocation(
                    f"there is no file {file}",
                    where=option,
                    hint=f"give the path of a file, or leave {option} out",
                )

        if self.run is not None:
            check_run_name(self.run)
        self._check_target()
        self._check_stages()
        Waivers.load(self.profile, self.waivers)
        if self.shard is not None:
            Shard.of(self.shard)
        if self.client_command is not None:
            from proefbank.clients.process import ProcessClient  # noqa: PLC0415 - seldom needed

            ProcessClient(self.client_command)  # made for its complaints alone
        if self.client is not None:
            from proefbank.clients.target import load_target  # noqa: PLC0415 - may import a lot

            load_target(self.client, self.client_folder)
        if self.profile or self.openapi:
            for item in opened(self._services()):  # opened for its complaints alone
                item.open(self.settings, clock=Clock(), rng=random.Random(0))  # noqa: S311

    def _check_target(self) -> None:
        if self.target == "acc":
            from proefbank.acceptance.run import check  # noqa: PLC0415 - only for acceptance

            check(self)
        elif self.provoke_errors:
            raise BadInvocation(
                "the simulated services provoke errors anyway",
                where="--provoke-errors",
                hint="leave it out, or say --target acc",
            )

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
    def allowed(self) -> dict[str, Any]:
        """Who allowed a run to provoke errors at acceptance, for its scope."""
        authority = authority_of(self.settings.profile) if self.provoke_errors else ""
        return {"provoke_errors": True, "authority": authority} if self.provoke_errors else {}

    @property
    def client_words(self) -> str:
        """How the client was named."""
        if self.attach:
            return "attached client"
        named = self.client_command or self.client or self.api_command or self.api or REFERENCE
        return command_said(named)

    @property
    def client_folder(self) -> Path | None:
        """Where the client starts from: beside the profile that names it, or None for here."""
        named = {"client", "client_command", "api_command"}.intersection(self.from_profile)
        folder = Path(self.profile).parent if named and self.profile else Path()
        return None if folder == Path() else folder.absolute()

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
            ("--waivers", self.waivers),
            ("--openapi", self.openapi),
            ("--target", "" if self.target == "mock" else self.target),
            ("--move-clock", "" if self.move_clock == "auto" else self.move_clock),
        ):
            if value and option.removeprefix("--").replace("-", "_") not in self.from_profile:
                parts += [option, value]
        if self.profile is None and Path(PROFILE).is_file():
            parts.append("--no-profile")
        return shlex.join(words_said([*parts, "--attach"] if self.attach else parts))

    def new_folder(self, run_id: str) -> Path:
        """Make the folder of a run and return it; raises `BadInvocation` if that cannot be."""
        try:
            folder = free_folder(Path(self.reports), run_id, fixed=self.run is not None)
            make_folder(folder)
        except BadInvocation as problem:
            self.place(problem)
            raise
        Parts(folder).clear()  # of a run of this name that was killed
        return folder


def _selective(config: pytest.Config) -> bool:
    told: Mapping[str, Any] = vars(config.option)
    names = ("keyword", "markexpr", "lf", "failedfirst", "deselect", "proefbank_stage")
    return any(told.get(name) for name in names)
