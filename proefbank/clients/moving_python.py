"""Moves the time of this interpreter, wall and monotonic, for whatever runs in it.

Caches age by either clock, so both move. The wall is moved by time-machine, because nothing that
is written in Python reaches `datetime.now`, nor a `time` that somebody imported by name. It leaves
the monotonic clocks alone; those are replaced in the module `time`, so that they move for all
who look there later: install before the client's modules are imported.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import time
from collections.abc import Callable
from typing import Any, Final

from proefbank.errors import NotAssessed

__all__ = ["INSTALL_TIME_MACHINE", "Mover", "has_time_machine", "install"]

INSTALL_TIME_MACHINE: Final = "pip install 'proefbank[clock]'"
"""The command that brings what moves the time of Python."""

_NANO: Final = 1_000_000_000
_READERS: Final = ("monotonic", "perf_counter", "clock_gettime")
_NAMES: Final = ("MONOTONIC", "MONOTONIC_RAW", "BOOTTIME", "UPTIME", "UPTIME_RAW", "HIGHRES")
_CLOCKS: Final = frozenset(getattr(time, f"CLOCK_{name}", -1) for name in _NAMES)
_UNWANTED: Final = ("pytest", "dateutil")


class Mover:
    """The time of this interpreter: in step with the system until it is moved.

    The monotonic clocks go forward with the wall and never back: that is what they promise, and
    the timers of a running event loop count on it.
    """

    def __init__(self, traveller: Any, real_time: Callable[[], float]) -> None:
        """Take what `time_machine.travel(…).start()` returned, and the unmoved `time.time`."""
        self._traveller, self._real_time = traveller, real_time
        self.ahead = 0
        """Nanoseconds that the monotonic clocks run ahead."""

    def move_to(self, now: float) -> None:
        """Have it be `now`, epoch seconds, running on from there."""
        leap = now - time.time()
        self._traveller.move_to(float(now))
        time.time()  # time stands still until somebody asks
        self.ahead += max(0, round(leap * _NANO))

    def run_ahead(self, seconds: float) -> None:
        """Have it be so many seconds later than the system says."""
        self.move_to(self._real_time() + seconds)

    def reset(self) -> None:
        """Go back to the system's time."""
        self.run_ahead(0.0)


class _Shifted:
    """A function of `time` that reads a monotonic clock, running ahead.

    An object, since a plain function becomes a method when a class keeps it as an attribute
    (`timer = time.monotonic`), which the functions of `time` do not.
    """

    __slots__ = ("__name__", "_mover", "_per_unit", "_real")

    def __init__(self, mover: Mover, name: str) -> None:
        self._real: Callable[..., float] = getattr(time, name)
        self._mover, self._per_unit = mover, 1 if name.endswith("_ns") else _NANO
        self.__name__ = name

    def __call__(self, *clock: int) -> float:
        """Read the clock; `clock_gettime` and its like are told which one."""
        reading = self._real(*clock)
        if clock and clock[0] not in _CLOCKS:
            return reading
        ahead = self._mover.ahead
        return reading + (ahead if self._per_unit == 1 else ahead / _NANO)


def has_time_machine() -> bool:
    """Whether the time of a Python client can be moved here."""
    return importlib.util.find_spec("time_machine") is not None


def install() -> Mover:
    """Make the time of this interpreter movable, once. Raises `NotAssessed` without time-machine.

    What imported `monotonic` by name before stays in real time; so do
    waits, file times, and clocks that compiled code reads by itself (uvloop's, for one).
    """
    machine = _time_machine()
    traveller = machine.travel(time.time()).start()
    mover = Mover(traveller, machine.escape_hatch.time.time)
    for name in (f"{reader}{unit}" for reader in _READERS for unit in ("", "_ns")):
        if hasattr(time, name):
            setattr(time, name, _Shifted(mover, name))
    mover.reset()
    return mover


def _time_machine() -> Any:
    """Import time-machine without pytest, which it would load for the sake of its fixture."""
    kept: dict[str, Any] = {name: sys.modules[name] for name in _UNWANTED if name in sys.modules}
    for name in _UNWANTED:
        sys.modules[name] = None  # type: ignore[assignment] # which stops its import
    try:
        return importlib.import_module("time_machine")
    except ImportError as error:
        raise NotAssessed(
            f"the time of a Python client is moved by time-machine, which is not here: {error}",
            hint=INSTALL_TIME_MACHINE,
        ) from None
    finally:
        for name in _UNWANTED:
            del sys.modules[name]
        sys.modules.update(kept)
