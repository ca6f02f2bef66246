"""The table `[run]` of a profile: what a run does unless its command line says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from proefbank.languages import LANGUAGES
from proefbank.profile.file import open_profile
from proefbank.service import services
from proefbank.tables import Table

__all__ = ["CLIENTS", "RunTable", "fill", "run_table"]

CLIENTS = ("client", "client_command", "attach", "api")
"""Options that name the client under test, of which there is one."""
_ABOUT_CLIENTS = (*CLIENTS, "api_command", "api_ca", "api_wait")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTable:
    """What `[run]` says, by the names of the options; None where it says nothing.

    Paths are ready to be opened: they started from the folder of the file.
    """

    services: tuple[str, ...] | None = None
    client: str | None = None
    client_command: str | None = None
    api: str | None = None
    api_command: str | None = None
    api_ca: str | None = None
    api_wait: float | None = None
    target: str | None = None
    reports: str | None = None
    lang: str | None = None
    waivers: str | None = None
    openapi: str | None = None
    seed: int | None = None
    call_timeout: float | None = None
    hello_timeout: float | None = None
    move_clock: str | None = None
    port: int | None = None
    ca_folder: str | None = None

    def said(self) -> dict[str, Any]:
        """Return what it says, by option; waivers have a reader that weighs all their places."""
        told = asdict(self)
        return {key: told[key] for key in told if key != "waivers" and told[key] is not None}


def run_table(path: Path) -> RunTable:
    """Return the table `[run]` of the profile at `path`; raises `BadInvocation`."""
    table = open_profile(path).table("run")
    folder = path.parent
    told = RunTable(
        services=table.texts("services", (), choices=tuple(services()), distinct=True) or None,
        client=table.optional_text("client"),
        client_command=table.optional_text("client_command"),
        api=table.optional_text("api"),
        api_command=table.optional_text("api_command"),
        api_ca=_path(table, "api_ca", folder),
        api_wait=table.seconds("api_wait"),
        target=table.optional_text("target", choices=("mock", "acc")),
        reports=_path(table, "reports", folder),
        lang=table.optional_text("lang", choices=LANGUAGES),
        waivers=_path(table, "waivers", folder, there=True),
        openapi=_path(table, "openapi", folder, there=True),
        seed=table.optional_number("seed"),
        call_timeout=table.seconds("call_timeout"),
        hello_timeout=table.seconds("hello_timeout"),
        move_clock=table.optional_text("move_clock", choices=("auto", "never", "libfaketime")),
        port=table.optional_number("port"),
        ca_folder=_path(table, "ca_folder", folder),
    )
    table.done()
    return told


def _path(table: Table, key: str, folder: Path, *, there: bool = False) -> str | None:
    told = table.optional_text(key)
    if told is None:
        return None
    path = folder / Path(told).expanduser()
    if there and not path.is_file():
        raise table.complain(
            key, f"there is no file {path}", "Relative paths start from the folder of the profile."
        )
    return str(path)


def fill(given: Mapping[str, Any], profile: Path | None) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return options with what the profile says where the command line is silent, and their names.

    An option of the command line always wins (None, False and nothing at all are silence); one
    that names a client wins from all that the profile says about clients. Only options that are
    among `given` are filled in.
    """
    if profile is None:
        return dict(given), ()
    said = run_table(profile).said()
    about_clients = any(_spoken(given.get(key)) for key in CLIENTS)
    taken = {
        key: value
        for key, value in said.items()
        if key in given
        and not _spoken(given[key])
        and not (about_clients and key in _ABOUT_CLIENTS)
    }
    return {**given, **taken}, tuple(taken)


def _spoken(value: object) -> bool:
    return value is not None and value is not False and value not in ((), [])
