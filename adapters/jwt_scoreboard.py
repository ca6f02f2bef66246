"""How today's consumers of tokens score: `scoreboard.py` for the service ehealth.

    python adapters/jwt_scoreboard.py            run what is installed here, keep the rest
    python adapters/jwt_scoreboard.py --check    write nothing; exit 1 if something scores otherwise
    python adapters/jwt_scoreboard.py jwt-jose   only these

Run it with a Python that has proefbank and adapters/python/requirements-jwt.txt. It writes
`reports/sample/jwt-scoreboard.json` and `.md`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import scoreboard
from scoreboard import Json

FILE = scoreboard.SAMPLE / "jwt-scoreboard.json"
INTRODUCTION = """\
# How today's consumers of tokens score

Each library is driven by a small [adapter](../../adapters/README.md#consumers-of-tokens) that
leaves it as it is, and judged by `proefbank run ehealth --seed 1` while a simulated token server of
the eHealth platform renews its keys (requirement set {requirement_set}). *Failed* says that the
library, used like this, does not do what the documents of this service or the standards behind it
ask. Written by `python adapters/jwt_scoreboard.py`.
"""
LEGEND = """
Only what at least one library misses is listed. n.o.: not observable, the client's clock cannot be
moved. n.e.: not exercised, what it judges was never sent. \N{EN DASH}: does not apply. Hardening is
advice of ours; it decides nothing.
"""


def run(adapter: Json, reports: Path) -> Json:
    """Judge one adapter and return its `report.json`; exits when it could not be assessed."""
    beside = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": beside + os.pathsep + os.environ.get("PATH", "")}
    proefbank = shutil.which("proefbank", path=environment["PATH"]) or "proefbank"
    words = [proefbank, "run", "ehealth", "--seed", "1", "--run", adapter["name"]]
    option = "--client" if "client" in adapter else "--client-command"
    told = adapter.get("client", adapter["command"])
    words += ["--reports", str(reports), option, told]
    done = subprocess.run(
        words, cwd=scoreboard.ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 1, 2):
        sys.exit(f"{adapter['name']}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    report: Json = json.loads((reports / adapter["name"] / "report.json").read_text("utf-8"))
    return report


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="adapters; all if none is named")
    parser.add_argument("--check", action="store_true", help="compare and write nothing")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where to leave the full reports")
    options = parser.parse_args()
    rows = scoreboard.adapters("ehealth")
    unknown = set(options.names) - {row["name"] for row in rows}
    if unknown:
        parser.error(f"no adapter is called {', '.join(sorted(unknown))}")
    scoreboard.run, scoreboard.INTRODUCTION, scoreboard.LEGEND = run, INTRODUCTION, LEGEND
    before: Json = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {"adapters": {}}
    wanted = [row for row in rows if not options.names or row["name"] in options.names]
    now = scoreboard.run_all(wanted, options.keep)
    if options.check:
        known = before["adapters"]
        drift = [name for name, score in now["adapters"].items() if score != known.get(name)]
        print(f"drifted: {', '.join(drift)}" if drift else f"{len(now['adapters'])} as committed")
        return 1 if drift else 0
    FILE.parent.mkdir(parents=True, exist_ok=True)
    board = {"schema": scoreboard.SCHEMA, **scoreboard.merged(before, now, rows)}
    FILE.write_text(json.dumps(board, indent=1, ensure_ascii=False) + "\n", "utf-8")
    FILE.with_suffix(".md").write_text(scoreboard.page(board), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
