"""The figures of a run as a table for people."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["table"]

BUSY = 1.3
"""How far the limit may vary before the figures by the clock are not to be trusted."""


def table(found: Mapping[str, Any]) -> str:
    """Return the figures as text."""
    limit = found["limit"]
    placed = "server and limit on one core, load generator on another"
    if not found["cores"]:
        placed = "cores could not be chosen"
    spread = f"from {limit['least']:,.0f} to {limit['most']:,.0f} during the run"
    names = f"{'server':<34} {'':<5} {'conn':>4} {'granted/s':>10} {'of limit':>9}"
    lines = [
        f"{found['date']}: {found['machine']}; {placed}",
        f"limit: {limit['rate']:,.0f}/s = RSA-2048 verify + sign through PyJWT on one core",
        f"       ({spread}; {limit['cpu_us']:.0f} us of CPU each)",
        f"target: at least {found['target']} of the limit, and ahead of the peers",
        "",
        f"{names} {'CPU us':>7} {'by CPU':>7} {'p99 ms':>7}",
    ]
    lines += [_row(f"load generator, {cell['server']}", cell, "") for cell in found["ceiling"]]
    for cell in found["ours"]:
        met = "" if (cell["ratio"] or 0) >= found["target"] else "  below"
        lines.append(_row(f"proefbank, {cell['server']}", cell, met))
    for cell in found["peers"]:
        mine = cell["ours_beside"]["rate"]
        told = f"  ours beside it: {mine:,.0f}"
        told += f" = {mine / cell['rate']:.1f} x" if cell["rate"] else ", it: none"
        version = found["versions"][cell["server"]]
        lines.append(_row(f"{cell['server']} {version}", cell, told))
    lines += ["", *_remarks(found)]
    return "\n".join(lines)


def _row(name: str, cell: Mapping[str, Any], remark: str) -> str:
    ratio = f"{cell['ratio']:.2f}" if cell["ratio"] is not None else ""
    used = f"{cell['cpu_ratio']:.2f}" if cell["cpu_ratio"] is not None else ""
    cpu = f"{statistics.median(cell['cpu_us']):.0f}" if cell["cpu_us"] else ""
    p99 = f"{statistics.median(cell['p99_ms']):.1f}" if cell["p99_ms"] else ""
    return (
        f"{name:<34} {cell['scheme']:<5} {cell['connections']:>4} {cell['rate']:>10,.0f} "
        f"{ratio:>9} {cpu:>7} {used:>7} {p99:>7}{remark}"
    )


def _remarks(found: Mapping[str, Any]) -> Iterable[str]:
    for name in found["versions"]:
        yield f"{name}: {found['does'][name]}"
    for name, reason in found["left_out"].items():
        yield f"{name}: left out, {reason}"
    limit = found["limit"]
    if limit["most"] > BUSY * limit["least"]:
        yield "the machine was busy: trust the ratios by CPU, or run again when it is quiet"
    beside = [cell["ours_beside"] for cell in found["peers"]]
    for cell in (*found["ceiling"], *found["ours"], *found["peers"], *beside):
        name = f"{cell['server']} {cell['scheme']} {cell['connections']}"
        for what, count in cell["trouble"].items():
            yield f"not counted at {name}: {count} x {what}"
        if cell["connects"] > 3 * cell["connections"]:
            yield f"{name}: {cell['connects']} connections for {cell['requests']} requests"
