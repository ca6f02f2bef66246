"""How the time of a client can be moved, or why it cannot and what would help.

In this order: the adapter's own `clock`; the runner, for a Python class; libfaketime under a
process whose runtime is known to bear it. Both clocks move, wall and monotonic, because caches
age by either.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from proefbank.clients.adapter import ClientUnderTest, Hello
from proefbank.clients.moving_library import INSTALL_LIBFAKETIME, find_libfaketime
from proefbank.clients.moving_process import RUNNER, MovedProcessClient, RunnerClient
from proefbank.clients.moving_python import INSTALL_TIME_MACHINE, has_time_machine
from proefbank.clients.moving_runtimes import main_program, runtime_of
from proefbank.clients.process import ProcessClient

__all__ = [
    "CHOICES",
    "FOR_CLASSES",
    "MoveClock",
    "Way",
    "client_of_class",
    "client_of_command",
    "how_to_move",
    "how_to_move_class",
]

MoveClock = Literal["auto", "never", "libfaketime"]
CHOICES: Final[tuple[MoveClock, ...]] = ("auto", "never", "libfaketime")
"""`auto`: as the runtime bears it; `never`: only by the adapter's own `clock`; `libfaketime`: also
under a program that is not known, a script that ends in `exec java` for one."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a client's time is moved."""

    kind: Literal["adapter", "runner", "libfaketime", "none"]
    why: str
    """One clause for people, e.g. `node follows libfaketime`."""
    helps: str = ""
    """If there is no way: what would help, as an order that can be typed or done."""
    library: Path | None = None
    """The file of libfaketime, where that is the way."""

    def __str__(self) -> str:
        """The reason, and what would help."""
        return f"{self.why}; {self.helps}" if self.helps else self.why


def how_to_move(
    command: str,
    *,
    choice: MoveClock = "auto",
    hello: Hello | None = None,
    find_library: Callable[[], Path | None] = find_libfaketime,
) -> Way:
    """Decide for an adapter started by `command`; `hello` is what it said, if it was asked.

    Raises `ValueError` for a command that cannot be split.
    """
    argv = shlex.split(command)
    if RUNNER in argv or (hello is not None and hello.clock == "settable"):
        return Way("adapter", "the adapter moves its own time")
    if choice == "never":
        return _NOT_ASKED
    program = main_program(argv)
    name = Path(program).name
    runtime = runtime_of(program)
    if runtime == "go" or (runtime != "movable" and choice == "auto"):
        why, helps = _NOT_MOVABLE[runtime]
        return Way("none", why.format(name=name), helps)
    library = find_library()
    if library is None:
        return Way("none", "there is no libfaketime on this machine", INSTALL_LIBFAKETIME)
    return Way("libfaketime", f"{name} runs under libfaketime", library=library)


_NOT_ASKED: Final = Way("none", "it was asked not to move it", "leave out --move-clock never")
FOR_CLASSES: Final = "write the client as a class and name that: --client MODULE:CLASS"
_ANSWER: Final = 'have the adapter answer clock, and say "clock": "settable" in its hello'
_NOT_MOVABLE: Final = {
    "go": ("{name} is a Go program, and Go reads the time past libfaketime", _ANSWER),
    "python": (
        "the waits of CPython hang under libfaketime as distributions ship it (0.9.10)",
        FOR_CLASSES,
    ),
    "unknown": (
        "{name} is not known to bear libfaketime",
        f"if it execs node, java, php, ruby or perl: --move-clock libfaketime; or {_ANSWER}",
    ),
}


def how_to_move_class(found: object, *, choice: MoveClock = "auto") -> Way:
    """Decide for a Python client, given its class (`load_target` returns it)."""
    if hasattr(found, "clock"):
        return Way("adapter", "the class has a method clock")
    if choice == "never":
        return _NOT_ASKED
    if not has_time_machine():
        return Way("none", "time-machine is not installed", INSTALL_TIME_MACHINE)
    return Way("runner", "the class runs in a process of its own, whose time is moved")


def client_of_command(
    command: str, *, choice: MoveClock = "auto", **options: Any
) -> ClientUnderTest:
    """Return the client for `--client-command`, started under libfaketime where that is the way.

    `options` are those of `ProcessClient`. Raises `BadInvocation` for a command
    that cannot be read.
    """
    plain = ProcessClient(command, **options)  # reads the command, and starts nothing yet
    way = how_to_move(command, choice=choice)
    if way.kind != "libfaketime" or way.library is None:
        return plain
    return MovedProcessClient(command, library=way.library, **options)


def client_of_class(
    target: str, *, moves: bool, choice: MoveClock = "auto", **options: Any
) -> ClientUnderTest:
    """Return the client for `--client`: in a child process if its time `moves` and it needs that.

    `options` are those of `ProcessClient`, for the child. Raises `BadInvocation` if there is no
    such class.
    """
    from proefbank.clients.python import PythonClient  # noqa: PLC0415 - one of the two is used
    from proefbank.clients.target import load_target  # noqa: PLC0415 - may import a lot

    found = load_target(target, options.get("folder"))
    if moves and how_to_move_class(found, choice=choice).kind == "runner":
        return RunnerClient(target, **options)
    return PythonClient(target)
