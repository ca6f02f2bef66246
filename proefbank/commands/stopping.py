"""How commands that stay up come to their end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["ended_by_signal"]


@contextmanager
def ended_by_signal(stop: threading.Event) -> Iterator[None]:
    """Take Ctrl-C and a request to terminate as the wish to end in good order."""
    kinds = [signal.SIGINT, signal.SIGTERM]
    before = {kind: signal.signal(kind, lambda *_: stop.set()) for kind in kinds}
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
