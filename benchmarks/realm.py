"""Key sets and tokens of the eHealth realms per second, beside what one core can sign.

    python benchmarks/realm.py [--seconds 3] [--json FILE]

Loopback only; ends by itself. README.md in this folder says what the figures mean.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
from pathlib import Path
from typing import Any

from machine import Worker, cpu_seconds, spread, today, words

ROUNDS = 3
TARGET = 0.8
SCRIPT = "realm_parts.py"
NAMES = {
    "limit": "limit: RSA-2048 signatures through PyJWT",
    "access": "tokens minted, recipe access",
    "unknown-kid": "tokens minted, recipe unknown-kid",
    "jwks": "key sets made, without a socket",
}


def measure(seconds: float) -> dict[str, Any]:
    """Measure everything and return it as JSON values."""
    near, far = spread() or (None, None)
    rounds: list[dict[str, Any]] = []
    served: dict[str, list[dict[str, float]]] = {}
    with (
        Worker(SCRIPT, ["signing"], core=near) as signer,
        Worker(SCRIPT, ["serving", "--journal", "on"], core=near) as with_journal,
        Worker(SCRIPT, ["serving", "--journal", "off"], core=near) as without,
        Worker(SCRIPT, ["fetching"], core=far) as load,
    ):
        for _ in range(ROUNDS):
            rounds.append(signer.ask({"seconds": seconds / ROUNDS * 2}))
            limit = rounds[-1]["limit"]
            for (journal, worker), scheme, connections in itertools.product(
                (("on", with_journal), ("off", without)), ("http", "https"), (1, 8)
            ):
                before = cpu_seconds(worker.pid)
                told = load.ask(
                    {
                        "port": worker.told[scheme],
                        "scheme": scheme,
                        "connections": connections,
                        "seconds": seconds / ROUNDS,
                    }
                )
                if told["trouble"]:
                    raise RuntimeError(str(told["trouble"]))
                after, rate = cpu_seconds(worker.pid), told["fetched"] / told["seconds"]
                cpu = (after - before) / told["fetched"] * 1e6 if before and after else 0.0
                row = {"rate": rate, "of_limit": rate / limit["rate"], "cpu_us": cpu}
                name = f"key sets over {scheme}, {connections} conn, journal {journal}"
                served.setdefault(name, []).append(row)
    return {
        "date": today(),
        "machine": words(),
        "target": TARGET,
        "rows": [
            {"what": words_, **_median([_beside(one, name) for one in rounds])}
            for name, words_ in NAMES.items()
        ]
        + [{"what": name, **_median(rows)} for name, rows in served.items()],
    }


def _beside(told: dict[str, Any], name: str) -> dict[str, float]:
    mine, limit = told[name], told["limit"]
    return {
        "rate": mine["rate"],
        "of_limit": mine["rate"] / limit["rate"],
        "cpu_us": mine["cpu_us"],
    }


def _median(rows: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(row[name] for row in rows) for name in rows[0]}


def table(found: dict[str, Any]) -> str:
    """Return the figures as text."""
    lines = [
        f"{found['date']}: {found['machine']}",
        f"target: tokens minted at {found['target']} of the limit at least",
        "",
        f"{'':<46} {'per s':>9} {'of limit':>9} {'CPU us':>8}",
    ]
    for row in found["rows"]:
        judged = row["what"].startswith("tokens minted")
        below = "  below" if judged and row["of_limit"] < found["target"] else ""
        lines.append(
            f"{row['what']:<46} {row['rate']:>9,.0f} {row['of_limit']:>9.2f} "
            f"{row['cpu_us']:>8.0f}{below}"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3.0, help="per figure (default: 3)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    given = parser.parse_args()
    found = measure(given.seconds)
    print(table(found))
    if given.json is not None:
        given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
