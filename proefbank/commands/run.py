"""`proefbank run`: judge a client, with pytest underneath."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from proefbank.errors import BadInvocation
from proefbank.languages import LANGUAGES

__all__ = ["command"]

SUITES = "proefbank.suites"
_AUTOLOAD = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"


@click.command(
    "run",
    context_settings={"ignore_unknown_options": False, "max_content_width": 100},
    epilog="Exit code: 0 passed, 1 failed, 2 incomplete, 3 not assessed, 4 bad invocation.",
)
@click.argument("services", nargs=-1, metavar="[SERVICE]... [-- PYTEST OPTIONS]")
@click.option("--client", metavar="MODULE:CLASS", help="Judge this Python class.")
@click.option("--client-command", metavar="CMD", help="Judge the client that CMD starts.")
@click.option("--attach", is_flag=True, help="Wait for an adapter on a loopback port.")
@click.option("--api", metavar="URL", help="Judge a resource server (eHealth tokens).")
@click.option("--api-command", metavar="CMD", help="Have CMD start that API, each time anew.")
@click.option("--api-ca", metavar="FILE", help="The authority of the API's certificate.")
@click.option("--api-wait", type=float, metavar="S", help="Seconds until the API is ready.")
@click.option("--port", type=int, metavar="N", help="Port of the simulated service.")
@click.option("--ca-folder", metavar="DIR", help="Keep its authority there from run to run.")
@click.option("--recording", metavar="FILE", help="Judge a recording, like `proefbank judge`.")
@click.option("--profile", metavar="FILE", help="Settings of the simulated services (TOML).")
@click.option("--no-profile", is_flag=True, help="Leave the proefbank.toml that lies here.")
@click.option("--waivers", metavar="FILE", help="Findings accepted for now (waivers.toml).")
@click.option("--openapi", metavar="FILE", help="Mount this OpenAPI document as the FLA API.")
@click.option(
    "--target",
    type=click.Choice(["mock", "acc"]),
    help="What the client talks to; mock if left out.",
)
@click.option("--provoke-errors", is_flag=True, help="At acc: ask for what it refuses.")
@click.option("--reports", metavar="DIR", help="Where to; reports if left out.")
@click.option("--run", "run_name", metavar="NAME", help="Name of the run's folder.")
@click.option("--lang", type=click.Choice(LANGUAGES), help="Of the pages; en if left out.")
@click.option("--seed", type=int, metavar="N", help="Make the run's choices repeatable.")
@click.option("--stage", multiple=True, metavar="NAME", help="Stage only this situation.")
@click.option("--shard", metavar="I/N", help="Stage only the I-th of N parts; merge them later.")
@click.option("--call-timeout", type=float, metavar="S", help="Seconds a client may take.")
@click.option("--hello-timeout", type=float, metavar="S", help="Seconds to say hello in.")
@click.option(
    "--move-clock",
    type=click.Choice(["auto", "never", "libfaketime"]),
    help="How the time of a process is moved; auto if left out.",
)
def command(services: tuple[str, ...], **told: Any) -> int:
    """Judge a client against the simulated services.

    Without a client the reference client is judged. Everything after -- goes to pytest, e.g.
    `proefbank run socialsecurity -- -k lifetime -n 4`.

    \b
      proefbank run --client my_package.adapter:Client
      proefbank run socialsecurity --client-command "node adapter.mjs"
      proefbank run --stage token-error-invalid-client-401
      proefbank run --target acc --client my_package.adapter:Client
      proefbank run contract

    With contract the provider is judged, and no client: the bench asks it what documents promise.

    At acceptance only what needs no stimulus is judged; the rest says so, and the exit code is 2.
    Who the client is there stands in [acc.SERVICE] of the profile. A run asks acceptance 11 times
    for socialsecurity, 10 for ehealth, 12 for itsme, where a person approves at the terminal; a
    client that asks three times as often is stopped. What acceptance would refuse is only asked
    for with --provoke-errors, and an authority in [acc] who allowed it: once, for socialsecurity.
    """
    from proefbank.commands.profile_option import with_profile  # noqa: PLC0415 - after --help

    names, extra = _split(services)
    given = dict(told)  # goes to pytest, where the profile is read once more
    # An API takes the tokens of one service, whatever the profile says of others.
    told = with_profile(told if told["api"] else {**told, "services": names})
    names = list(told.pop("services", names))
    given["profile"] = told["profile"]
    chosen = names
    if told["target"] == "acc":
        names = _acc_names(names, told, extra)
    _check(names, told)
    if told["api"]:
        names = _api_names(names, extra)
    if told["recording"]:
        from proefbank.commands.judge import judge_file  # noqa: PLC0415 - only with a recording

        profile = Path(told["profile"]) if told["profile"] else None
        reports = Path(told["reports"] or "reports")
        waivers = Path(told["waivers"]) if told["waivers"] else None
        return judge_file(
            Path(told["recording"]), reports, told["run_name"], profile, waivers, told["lang"]
        )
    named = any(told[name] for name in ("client", "client_command", "attach", "api"))
    if not named and "contract" not in names:
        click.echo("no client was named: judging the reference client", err=True)
    arguments = _pytest_arguments(names, given) + extra
    if told["target"] == "acc":
        names = chosen  # of those in the profile, the ones that the client is for
    return _run(arguments, names, _command_line(), quiet=not _wants_pytest(extra))


def _split(words: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Part the service names from what goes to pytest."""
    given = sys.argv[1:]
    extra = given[given.index("--") + 1 :] if "--" in given else []
    count = len(words) - len(extra)
    if extra and list(words[count:]) != extra:
        return list(words), []
    return list(words[:count]), extra


def _command_line() -> list[str]:
    return ["proefbank", *sys.argv[1:]]


def _check(names: list[str], told: dict[str, Any]) -> None:
    from proefbank.service import service  # noqa: PLC0415 - after --help

    for name in names:
        service(name, staged=True)
    if not told["recording"]:
        from proefbank.choices import Choices  # noqa: PLC0415 - as above

        more = {"services": names, "stages": told["stage"], "run": told["run_name"]}
        Choices.told({**told, **more}).check()


def _acc_names(names: list[str], told: dict[str, Any], extra: list[str]) -> list[str]:
    """Return the services that the client meets at acceptance."""
    from proefbank.acceptance.run import services_there  # noqa: PLC0415 - only for acceptance

    if _has_workers(extra):
        raise BadInvocation(
            "acceptance is not asked by several workers", where="-n", hint="leave it out"
        )
    return services_there(told["profile"], names)


def _api_names(names: list[str], extra: list[str]) -> list[str]:
    """Return the services whose tokens the API is shown."""
    from proefbank.api_choices import api_services  # noqa: PLC0415 - only with --api

    if _has_workers(extra):
        raise BadInvocation(
            "one API cannot be shown tokens by several workers",
            where="-n",
            hint="leave it out",
        )
    return api_services(names)


def _pytest_arguments(names: list[str], told: dict[str, Any]) -> list[str]:
    # Plugins cost start-up time, so only ours is loaded; see _environment for the rest.
    arguments = ["-p", "proefbank.plugin", "-p", "no:cacheprovider", "--strict-markers"]
    arguments += ["--import-mode=importlib", "-W", "ignore", "--capture=no"]
    for option in ("client", "client_command", "profile", "waivers", "openapi", "reports", "seed",
                   "call_timeout", "hello_timeout", "move_clock", "api", "api_command", "api_ca",
                   "api_wait", "port", "ca_folder", "shard", "lang", "target"):  # fmt: skip
        if told[option] is not None:
            arguments += [f"--{option.replace('_', '-')}={told[option]}"]
    if told["run_name"]:
        arguments.append(f"--run={told['run_name']}")
    if told["attach"]:
        arguments.append("--attach")
    if told["no_profile"]:
        arguments.append("--no-profile")
    if told["provoke_errors"]:
        arguments.append("--provoke-errors")
    arguments += [f"--stage={name}" for name in told["stage"]]
    base = Path(next(iter(importlib.import_module(SUITES).__path__)))
    from proefbank.service import services  # noqa: PLC0415 - after --help

    shipped = sorted(names or services())
    arguments += [f"--rootdir={base}", "-c", str(base / "run.toml")]
    return [*arguments, *(str(base / name) for name in shipped)]


def _has_workers(words: list[str]) -> bool:
    """Whether pytest-xdist is asked for several processes."""
    return any(word.startswith(("-n", "--numprocesses")) for word in words)


def _wants_pytest(extra: list[str]) -> bool:
    return any(word in ("-v", "-vv", "-s", "--co", "--collect-only", "--help") for word in extra)


def _run(arguments: list[str], names: list[str], words: list[str], *, quiet: bool) -> int:
    import pytest  # noqa: PLC0415 - half of the start-up time

    from proefbank.commands.progress import Progress  # noqa: PLC0415

    if _has_workers(arguments):
        if importlib.util.find_spec("xdist") is None:
            raise BadInvocation(
                "several workers need pytest-xdist, which is not installed",
                where="-n",
                hint="pip install pytest-xdist",
            )
        arguments = ["-p", "xdist", *arguments]
    progress = Progress(names, words)
    said = io.StringIO()
    quietly = contextlib.redirect_stdout(said) if quiet else contextlib.nullcontext()
    with quietly, _no_other_plugins():
        status = pytest.main(arguments, plugins=[progress])
    progress.close()
    return progress.conclude(int(status), said.getvalue())


@contextlib.contextmanager
def _no_other_plugins() -> Iterator[None]:
    """Have pytest, and the workers it starts, load no plugin that is merely installed."""
    before = os.environ.get(_AUTOLOAD)
    os.environ[_AUTOLOAD] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_AUTOLOAD]
        else:
            os.environ[_AUTOLOAD] = before
