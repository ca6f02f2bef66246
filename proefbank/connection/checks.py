"""Preflight: whether a client and what it is to talk to can be judged at all.

What is found here is about machines, files and networks. A red row means that nothing is judged;
it is never a failure of the client.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

from proefbank.bench import Bench
from proefbank.choices import Choices
from proefbank.chosen_client import make_client
from proefbank.clients.adapter import Hello
from proefbank.clock import Clock
from proefbank.connection.reaching import TOLERANCE, Row, reach
from proefbank.errors import BenchError, NotAssessed
from proefbank.parts import Parts
from proefbank.service import Service

__all__ = [
    "before",
    "behind",
    "look",
    "look_before",
    "look_behind",
    "open_bench",
    "rows_of",
    "stop",
]

_IAT = re.compile(r'"iat":\s*(\d+(?:\.\d+)?)')
_HELLO = "the client introduces itself"
_AUTHORITY = "trust in the run's authority"


def open_bench(choices: Choices, service: Service) -> Bench:
    """Return the bench of a service for the target that was chosen."""
    if choices.target == "acc":
        from proefbank.acceptance.run import open_bench as there  # noqa: PLC0415 - only for that

        return there(choices, service)
    return Bench(
        service,
        settings=choices.settings,
        seed=choices.seed,
        make_client=lambda ca_file: make_client(choices, service, ca_file),
        call_timeout=choices.call_timeout,
        port=choices.doors_at,
        authority=Path(choices.ca_folder) if choices.ca_folder else None,
    )


def before(choices: Choices, service: Service) -> list[Row]:
    """Look at what can be told before a client is started: ports, and for acceptance the way there.

    Raises `BadInvocation` for a profile that does not say where acceptance is.
    """
    if choices.target != "acc":
        return _ports(choices.doors_at, [site.name for site in service.listeners])
    from proefbank.acceptance.known import acceptance_of  # noqa: PLC0415 - only for acceptance
    from proefbank.connection.accounts import account_rows  # noqa: PLC0415

    there = acceptance_of(service)
    environment = there.environment(choices.settings.profile)
    ports = _ports(choices.doors_at, [one.name for one in environment.upstreams])
    rows = [*ports, *account_rows(choices.settings, service)]
    paths = there.published(choices.settings.profile)
    for upstream in environment.upstreams:
        rows += reach(upstream, path=paths.get(upstream.name), clock=Clock())
    return rows


def behind(bench: Bench) -> list[Row]:
    """Tell what the client showed of itself when it was tried out, unjudged."""
    if bench.tried is None:
        return []
    came = bench.tried.exchanges
    if not came:
        return [Row(_AUTHORITY, "skipped", "the client sent nothing when it was tried out")]
    return [Row(_AUTHORITY, "passed", "the client connected"), _clock_in(came)]


def look(choices: Choices, service: Service) -> list[Row]:
    """Look at everything, for one service, with a bench of its own that is closed again.

    Raises `BadInvocation` for a profile that does not say where acceptance is.
    """
    rows = before(choices, service)
    if _red(rows):
        return [*rows, Row(_HELLO, "skipped", "it was not started")]
    try:
        bench = open_bench(choices, service)
    except BenchError as problem:
        return [*rows, _failed(problem)]
    try:
        hello = _hello(bench)
        rows.append(_introduced(hello.capabilities))
        if set(hello.capabilities) & set(service.capabilities):
            bench.preflight()
            rows += behind(bench)
    except BenchError as problem:
        rows.append(_failed(problem))
    finally:
        bench.close()
    return rows


# The same for a run, which may have several processes.


def look_before(parts: Parts, choices: Choices, service: Service) -> None:
    """Look before the bench of a service is opened; raises `NotAssessed` for a red row."""
    rows = before(choices, service)
    parts.save_look(service.name, [row.to_json() for row in rows])
    if red := _red(rows):
        raise NotAssessed(red.detail or "failed", where=red.check, hint=red.hint)


def look_behind(parts: Parts, service: Service, bench: Bench) -> None:
    """Note what the client showed when it was tried out."""
    seen = [*parts.looks().get(service.name, ()), *(row.to_json() for row in behind(bench))]
    parts.save_look(service.name, seen)


def rows_of(parts: Parts, about: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the rows of a run's record; what ended it among them, if something did."""
    saved = dict.fromkeys(Row.from_json(row) for rows in parts.looks().values() for row in rows)
    hello = [_introduced(about["capabilities"])] if about else []
    rows = [row.to_json() for row in (*hello, *saved)]
    fatal = parts.fatal()
    if fatal and not any(row["outcome"] == "failed" for row in rows):
        rows.append({"check": fatal["where"], "outcome": "failed", "detail": fatal["message"]})
    return rows or [Row(_HELLO, "failed", "the run ended before it had").to_json()]


def stop(rows: Iterable[Row]) -> bool:
    """Whether one of these rows keeps everything from being judged."""
    return _red(rows) is not None


def _red(rows: Iterable[Row]) -> Row | None:
    return next((row for row in rows if row.outcome == "failed"), None)


def _failed(problem: BenchError) -> Row:
    return Row(problem.where or "the bench", "failed", problem.message, problem.hint)


def _hello(bench: Bench) -> Hello:
    try:
        return bench.hello
    except BenchError as problem:
        where = f"{problem.where}: " if problem.where else ""
        raise NotAssessed(f"{where}{problem.message}", where=_HELLO, hint=problem.hint) from problem


def _introduced(capabilities: Sequence[str]) -> Row:
    return Row(_HELLO, "passed", f"capabilities: {', '.join(capabilities)}")


# What there is to look at.


def _ports(first: int, names: Sequence[str]) -> list[Row]:
    """Look whether the ports that were asked for are free; any port will do without a wish."""
    if not first:
        return []
    for port in range(first, first + len(names)):
        try:
            with socket.create_server(("127.0.0.1", port)):
                pass
        except OSError as problem:
            hint = "leave --port out, or name another; see what listens there"
            why = f"port {port} cannot be had: {problem.strerror or problem}"
            return [Row("free ports", "failed", why, hint)]
    last = first + len(names) - 1
    told = f"{first}" if last == first else f"{first} to {last}"
    return [Row("free ports", "passed", told)]


def _clock_in(came: Iterable[Any]) -> Row:
    """Compare the instant that the client stated, if it stated one, with that of its coming."""
    check = "the client's clock"
    for one in came:
        if (stated := _IAT.search(unquote_plus(one.text))) is not None:
            apart = abs(float(stated[1]) - one.request.received_at)
            if apart <= TOLERANCE:
                return Row(check, "passed", f"within {TOLERANCE} s of that of this machine")
            return Row(
                check,
                "noted",
                f"it made an assertion at an instant {apart:.0f} s from that of this machine",
                "if its machine has another time, set it (NTP); if not, it is judged in the run",
            )
    return Row(check, "skipped", "it stated no instant")
