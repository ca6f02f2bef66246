"""What `proefbank doctor` looks at, one function for each thing that a machine has or lacks."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["Line", "essentials", "extras"]

_OLDEST_PYTHON: Final = (3, 11)
_OLDEST_OPENSSL: Final = (1, 1, 1)
_RUNTIMES: Final = (
    ("node", ("--version",), "Node", "clients in JavaScript"),
    ("java", ("-version",), "Java", "clients in Java"),
    ("go", ("version",), "Go", "clients in Go"),
    ("php", ("--version",), "PHP", "clients in PHP"),
    ("ruby", ("--version",), "Ruby", "clients in Ruby"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at."""

    name: str
    ok: bool
    told: str
    """What was found, e.g. a version; or what cannot be done without it."""
    todo: str = ""
    """What to do, for a thing that is missing."""
    essential: bool = False


def essentials(reports: Path) -> Iterator[Line]:
    """Look at what every run needs."""
    python = ".".join(str(part) for part in sys.version_info[:3])
    yield Line(
        "Python",
        sys.version_info[:2] >= _OLDEST_PYTHON,
        f"{python}, {sys.executable}",
        "install Python 3.11 or newer",
        essential=True,
    )
    yield Line(
        "OpenSSL",
        ssl.OPENSSL_VERSION_INFO[:3] >= _OLDEST_OPENSSL,
        ssl.OPENSSL_VERSION,
        "use a Python built with OpenSSL 1.1.1 or newer",
        essential=True,
    )
    yield _packages()
    yield _services()
    yield _loopback()
    yield _writable(reports)


def _packages() -> Line:
    asked = importlib.metadata.requires("proefbank") or []
    names = [
        match[0]
        for item in asked
        if "extra ==" not in item and (match := re.match(r"[\w.-]+", item))
    ]
    absent = [name for name in names if not _version(name)]
    told = f"pytest {_version('pytest')} and {len(names) - 1} others that it needs"
    if absent:
        told = f"without {', '.join(absent)}"
    return Line("packages", not absent, told, f"pip install {' '.join(absent)}", essential=True)


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _services() -> Line:
    points = importlib.metadata.entry_points(group="proefbank.services")
    plugin = any(
        point.value == "proefbank.plugin"
        for point in importlib.metadata.entry_points(group="pytest11")
    )
    names = sorted(point.name for point in points)
    told = ", ".join(names) if names else "none"
    return Line(
        "services",
        bool(names) and plugin,
        told if plugin else f"{told}, and pytest does not know the plugin",
        "pip install --force-reinstall proefbank",
        essential=True,
    )


def _loopback() -> Line:
    try:
        with (
            socket.create_server(("127.0.0.1", 0)) as listener,
            socket.create_connection(listener.getsockname(), timeout=2) as caller,
        ):
            told = f"a connection to 127.0.0.1:{caller.getpeername()[1]} came through"
    except OSError as error:
        return Line(
            "loopback",
            ok=False,
            told=f"nothing can listen on 127.0.0.1: {error}",
            todo="allow it in the sandbox or firewall; all simulators listen there",
            essential=True,
        )
    return Line("loopback", ok=True, told=told, essential=True)


def _writable(folder: Path) -> Line:
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    told, ok = "writable", True
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        told, ok = f"nothing can be written in {there}: {error.strerror}", False
    todo = "name another folder: proefbank run --reports /tmp/reports"
    return Line("reports", ok, f"{folder}, {told}", todo, essential=True)


def extras() -> Iterator[Line]:
    """Look at what some runs need; the runtimes are tried, which takes a second or two."""
    for program, arguments, name, whose in _RUNTIMES:
        version = _program_version(program, arguments)
        yield Line(
            name,
            bool(version),
            version or f"only for {whose}",
            f"if you have such a client, install {program} and have it on PATH",
        )
    yield from _time()


def _program_version(program: str, arguments: tuple[str, ...]) -> str:
    found = shutil.which(program)
    if not found:
        return ""
    try:
        done = subprocess.run(  # noqa: S603 - a program on the user's PATH is asked its version
            [found, *arguments], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    match = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
    return f"{match[0]}, {found}" if match else ""


def _time() -> Iterator[Line]:
    from proefbank.clients.moving_library import (  # noqa: PLC0415 - after --help
        INSTALL_LIBFAKETIME,
        LIBRARY_VARIABLE,
        find_libfaketime,
    )
    from proefbank.clients.moving_python import INSTALL_TIME_MACHINE  # noqa: PLC0415 - as above

    version = _version("time-machine")
    yield Line(
        "time-machine",
        bool(version),
        f"{version}, moves the time of Python classes"
        if version
        else "without it the time of a Python class without a method clock stays",
        INSTALL_TIME_MACHINE,
    )
    library = find_libfaketime()
    wrapper = _program_version("faketime", ("--version",)).partition(",")[0]
    yield Line(
        "libfaketime",
        library is not None,
        f"{wrapper or 'of unknown version'}, {library}"
        if library
        else "without it the time of Node, Java, PHP, Ruby and Perl clients stays",
        f"{INSTALL_LIBFAKETIME} (elsewhere libfaketime), or name its file in {LIBRARY_VARIABLE}",
    )
    if library:
        yield from _trials(library)


def _trials(library: Path) -> Iterator[Line]:
    from proefbank.clients.moving_probe import LEAP, PROBED, probe  # noqa: PLC0415 - as above

    for runtime in PROBED:
        if not shutil.which(runtime):
            continue
        jump = probe(runtime, library)
        if jump is None:
            told = "could not be tried (Java needs its compiler for that)"
        elif jump.both:
            told = f"sees a jump of {LEAP / 3600:g} hours, wall and monotonic"
        else:
            told = (
                f"of {LEAP:g} s it saw {jump.wall:.0f} on the wall, {jump.monotonic:.0f} monotonic"
            )
        yield Line(
            f"{runtime} moved",
            jump is not None and jump.both,
            told,
            "judge it with --move-clock never, or try another build of libfaketime",
        )
