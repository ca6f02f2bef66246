"""The only way to know the time.

Nothing else in the package reads the system clock (a self-test searches for it): a provider
is given the time, and a staging can move it.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

__all__ = ["Clock", "real_seconds", "to_iso"]

_monotonic = time.monotonic  # as it is now: where a client's time is moved, it is replaced


def real_seconds() -> float:
    """Return monotonic seconds, for deadlines and durations that no staging may move."""
    return _monotonic()


def to_iso(instant: float) -> str:
    """Return epoch seconds as an ISO 8601 instant in UTC, to the millisecond."""
    return datetime.fromtimestamp(instant, UTC).isoformat(timespec="milliseconds")


class Clock:
    """Wall time that can be moved: the system's time plus an offset, or frozen.

    A clock starts in step with the system, because a client that cannot be moved lives there.
    """

    def __init__(self, *, frozen_at: float | None = None) -> None:
        """Start at the system's time, or stand still at `frozen_at` epoch seconds."""
        self._lock = threading.Lock()
        self._offset = 0.0
        self._frozen = frozen_at

    def now(self) -> float:
        """Return epoch seconds."""
        with self._lock:
            return time.time() + self._offset if self._frozen is None else self._frozen

    @property
    def offset(self) -> float:
        """Seconds this clock runs ahead of the system's."""
        return self.now() - time.time()

    def advance(self, seconds: float) -> float:
        """Move forward (or back) by `seconds`; return the new time."""
        with self._lock:
            if self._frozen is None:
                self._offset += seconds
            else:
                self._frozen += seconds
        return self.now()

    def set(self, instant: float) -> None:
        """Move to `instant` (epoch seconds), running on from there unless frozen."""
        with self._lock:
            if self._frozen is None:
                self._offset = instant - time.time()
            else:
                self._frozen = instant

    def reset(self) -> None:
        """Go back to the system's time and run."""
        with self._lock:
            self._offset = 0.0
            self._frozen = None
