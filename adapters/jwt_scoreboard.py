"""How today's consumers of tokens score: `scoreboard.py` for the service ehealth.

    python adapters/jwt_scoreboard.py            run what is installed here, keep the rest
    python adapters/jwt_scoreboard.py --check    write nothing; exit 1 if something scores otherwise
    python adapters/jwt_scoreboard.py jwt-jose   only these

Run it with a Python that has proefbank, its extra `clock` and adapters/python/requirements-jwt.txt,
on a machine with libfaketime: where time cannot be moved, much is not observable. It writes
`reports/sample/jwt-scoreboard.json` and `.md`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jwt_page
import scoreboard
from scoreboard import Json

FILE = scoreboard.SAMPLE / "jwt-scoreboard.json"
CHANCE = r"\b[0-9a-f]{16,}\b|\d+"
"""Kids, and numbers: how many fetches threads make at once, for one."""


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
    scoreboard.run = run
    before: Json = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {"adapters": {}}
    wanted = [row for row in rows if not options.names or row["name"] in options.names]
    drift = 0
    for row in wanted:
        now = scoreboard.run_all([row], options.keep)
        if options.check:
            drift |= compare(before, now, row.get("chance", []))
        elif now["adapters"]:
            before = {"schema": scoreboard.SCHEMA, **scoreboard.merged(before, now, rows)}
            write(before)
    return drift


def write(board: Json) -> None:
    """Write what is known so far: a run of all of them takes a quarter of an hour."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(json.dumps(board, indent=1, ensure_ascii=False) + "\n", "utf-8")
    FILE.with_suffix(".md").write_text(jwt_page.page(board), "utf-8")


def compare(before: Json, now: Json, chance: list[str]) -> int:
    """Print where new scores differ from the committed ones; return the exit code.

    Numbers in what was seen may differ. So may requirements under `chance`, and what is counted.
    """
    drift = FILE.with_suffix(".md").read_text("utf-8") != jwt_page.page(before)
    if drift:
        print("jwt-scoreboard.md is not what jwt-scoreboard.json says")
    for name, one in now["adapters"].items():
        found, known = _leaves(one), _leaves(before["adapters"].get(name, {}))
        for key in sorted({*found, *known}):
            part, _, rest = key.partition(" ")
            by_chance = rest.split(" ")[0] in chance if part == "requirements" else chance and rest
            if found.get(key) != known.get(key) and not by_chance:
                print(f"{name}: {key} was {known.get(key)}, is {found.get(key)}")
                drift = True
    for name in () if drift else now["adapters"]:
        print(f"{name}: as committed")
    return int(drift)


def _leaves(value: Json, path: str = "") -> dict[str, str]:
    leaves: dict[str, str] = {}
    for key, item in value.items():
        if isinstance(item, dict):
            leaves |= _leaves(item, f"{path}{key} ")
        else:
            evidence = key in ("expected", "actual", "reason")
            leaves[path + key] = re.sub(CHANCE, "#", item) if evidence else str(item)
    return leaves


if __name__ == "__main__":
    sys.exit(main())
