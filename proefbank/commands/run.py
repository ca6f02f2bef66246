"""`proefbank run`: judge a client, with pytest underneath."""

from __future__ import annotations

import contextlib
import importlib
import io
import sys
from pathlib import Path
from typing import Any

import click

from proefbank.errors import BadInvocation

__all__ = ["command"]

SUITES = "proefbank.suites"


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
@click.option("--openapi", metavar="FILE", help="Mount this OpenAPI document as the FLA API.")
@click.option(
    "--target",
    type=click.Choice(["mock", "acc"]),
    default="mock",
    show_default=True,
    help="What the client talks to.",
)
@click.option("--reports", metavar="DIR", default="reports", show_default=True, help="Where to.")
@click.option("--run", "run_name", metavar="NAME", help="Name of the run's folder.")
@click.option("--seed", type=int, metavar="N", help="Make the run's choices repeatable.")
@click.option("--stage", multiple=True, metavar="NAME", help="Stage only this situation.")
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
    """
    names, extra = _split(services)
    _check(names, told)
    if told["api"]:
        names = _api_names(names, extra)
    if told["recording"]:
        from proefbank.commands.judge import judge_file  # noqa: PLC0415 - only with a recording

        return judge_file(Path(told["recording"]), Path(told["reports"]), told["run_name"])
    if not any(told[name] for name in ("client", "client_command", "attach", "api")):
        click.echo("no client was named: judging the reference client", err=True)
    arguments = _pytest_arguments(names, told) + extra
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
    if told["target"] == "acc":
        raise BadInvocation(
            "the acceptance environment is not a target yet; the simulated services are",
            where="--target",
            hint="leave --target out",
        )
    if not told["recording"]:
        from proefbank.choices import Choices  # noqa: PLC0415 - as above

        options = ("client", "client_command", "attach", "profile", "openapi", "api",
                   "api_command", "api_ca", "api_wait", "port", "ca_folder")  # fmt: skip
        given = {option: told[option] for option in options}
        Choices(services=names, stages=told["stage"], run=told["run_name"], **given).check()


def _api_names(names: list[str], extra: list[str]) -> list[str]:
    """Return the services whose tokens the API is shown."""
    from proefbank.api_choices import api_services  # noqa: PLC0415 - only with --api

    if any(word.startswith(("-n", "--numprocesses")) for word in extra):
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
    for option in ("client", "client_command", "profile", "openapi", "reports", "seed",
                   "call_timeout", "hello_timeout", "move_clock", "api", "api_command", "api_ca",
                   "api_wait", "port", "ca_folder"):  # fmt: skip
        if told[option] is not None:
            arguments += [f"--{option.replace('_', '-')}={told[option]}"]
    if told["run_name"]:
        arguments.append(f"--run={told['run_name']}")
    if told["attach"]:
        arguments.append("--attach")
    arguments += [f"--stage={name}" for name in told["stage"]]
    base = Path(next(iter(importlib.import_module(SUITES).__path__)))
    from proefbank.service import services  # noqa: PLC0415 - after --help

    shipped = sorted(names or services())
    arguments += [f"--rootdir={base}", "-c", str(base / "run.toml")]
    return [*arguments, *(str(base / name) for name in shipped)]


def _wants_pytest(extra: list[str]) -> bool:
    return any(word in ("-v", "-vv", "-s", "--co", "--collect-only", "--help") for word in extra)


def _run(arguments: list[str], names: list[str], words: list[str], *, quiet: bool) -> int:
    import os  # noqa: PLC0415

    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    import pytest  # noqa: PLC0415 - half of the start-up time

    from proefbank.commands.progress import Progress  # noqa: PLC0415

    if any(word == "-n" or word.startswith(("-n", "--numprocesses")) for word in arguments):
        arguments = ["-p", "xdist", *arguments]
    progress = Progress(names, words)
    said = io.StringIO()
    with contextlib.redirect_stdout(said) if quiet else contextlib.nullcontext():
        status = pytest.main(arguments, plugins=[progress])
    progress.close()
    return progress.conclude(int(status), said.getvalue())
