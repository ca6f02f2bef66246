"""Jobs in threads, each with its own deadline; one that runs over is abandoned, not awaited."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from proefbank.clock import real_seconds

__all__ = ["run_all"]

T = TypeVar("T")


def run_all(
    jobs: Sequence[Callable[[], T]],
    *,
    at_once: int,
    timeout: float,
    late: Callable[[int, T], object],
) -> list[T | None]:
    """Run `jobs`, `at_once` of them at a time; return results in order, None for one that ran over.

    Each job has `timeout` seconds of real time from its own start. Jobs must not raise. The
    result of a job that ran over is given to `late` with its index, in that job's thread.
    """
    changed = threading.Condition()
    done: dict[int, T] = {}
    given_up: set[int] = set()

    def run(index: int) -> None:
        result = jobs[index]()
        with changed:
            if index not in given_up:
                done[index] = result
                changed.notify_all()
                return
        late(index, result)

    todo = list(range(len(jobs)))
    flying: dict[int, float] = {}
    with changed:
        while todo or flying:
            while todo and len(flying) < at_once:
                index = todo.pop(0)
                flying[index] = real_seconds() + timeout
                threading.Thread(target=run, args=(index,), name="client", daemon=True).start()
            changed.wait(max(0.0, min(flying.values()) - real_seconds()))
            for index, deadline in list(flying.items()):
                if index not in done and real_seconds() < deadline:
                    continue
                if index not in done:
                    given_up.add(index)
                del flying[index]
    return [done.get(index) for index in range(len(jobs))]
