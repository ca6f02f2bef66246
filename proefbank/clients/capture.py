"""Keeps what a client prints in this process as log evidence."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout

from proefbank.clients.log import LONGEST, Log

__all__ = ["captured"]


class _LogBytes(io.RawIOBase):
    """A byte stream whose whole lines go to the log. Any thread may write."""

    def __init__(self, log: Log, stream: str) -> None:
        super().__init__()
        self._log, self._stream = log, stream
        self._lock = threading.Lock()
        self._rest = b""

    @property
    def name(self) -> str:
        return f"<{self._stream}>"

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        new = bytes(memoryview(data))  # type: ignore[arg-type] # whatever has a buffer
        with self._lock:
            *lines, self._rest = (self._rest + new).split(b"\n")
            if len(self._rest) > 2 * LONGEST:
                lines, self._rest = [*lines, self._rest], b""
        for line in lines:
            self._log.add(self._stream, line.decode("utf-8", "replace"))
        return len(new)

    def finish(self) -> None:
        """Log a last line without its end."""
        if self._rest:
            self.write(b"\n")


@contextmanager
def captured(log: Log) -> Iterator[None]:
    """Send `sys.stdout` and `sys.stderr` to `log` meanwhile.

    They belong to the whole process: whatever another thread prints meanwhile is kept too.
    """
    out, err = _LogBytes(log, "stdout"), _LogBytes(log, "stderr")
    with redirect_stdout(_text(out)), redirect_stderr(_text(err)):
        try:
            yield
        finally:
            out.finish()
            err.finish()


def _text(stream: _LogBytes) -> io.TextIOWrapper:
    # Clients also write to `sys.stdout.buffer`, which a plain text stream would not have.
    return io.TextIOWrapper(stream, encoding="utf-8", errors="replace", write_through=True)
