"""How today's libraries score: runs the adapters and writes `reports/sample/scoreboard.*`.

    python adapters/scoreboard.py            run what is installed here, keep the rest as it was
    python adapters/scoreboard.py --check    write nothing; exit 1 if what was run scores otherwise
    python adapters/scoreboard.py nimbus     only these

Run it with a Python that has proefbank and adapters/python/requirements.txt. Nothing in the files
depends on the day, the ports or the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

Json = dict[str, Any]

HERE = Path(__file__).parent
ROOT = HERE.parent
SAMPLE = ROOT / "reports" / "sample"
SCHEMA = "proefbank/scoreboard/1"
SHOWN = {
    "failed": "**failed**",
    "warned": "warned",
    "not_observable": "n.o.",
    "not_exercised": "n.e.",
    "not_applicable": "\N{EN DASH}",
    "passed": "ok",
}
NOT_PASSED = ("failed", "warned", "not_observable", "not_exercised")


def adapters(service: str = "socialsecurity") -> list[Json]:
    """Return the rows of `adapters.toml` that are for one service."""
    rows: list[Json] = tomllib.loads((HERE / "adapters.toml").read_text("utf-8"))["adapter"]
    return [row for row in rows if row.get("service", "socialsecurity") == service]


def missing(adapter: Json) -> str:
    """Return why an adapter cannot be run here; empty if it can."""
    folder = HERE / adapter["directory"]
    install = f"in adapters/{adapter['directory']}: {adapter['install']}"
    if adapter["needs"] == "python":
        absent = [pin for pin in (folder / adapter["ready"]).read_text().split() if not _has(pin)]
        return f"no {', '.join(absent)}; {install}" if absent else ""
    if adapter["needs"] != "go" and shutil.which(adapter["needs"]) is None:
        return f"{adapter['needs']} is not installed"
    ready = folder / adapter["ready"]
    if not ready.exists():
        return f"not installed; {install}"
    sources = [*folder.glob("*.go"), *folder.glob("*.java"), *folder.glob("pom.xml")]
    if any(source.stat().st_mtime > ready.stat().st_mtime for source in sources):
        return f"older than its sources; {install}"
    return ""


def _has(pin: str) -> bool:
    name, _, wanted = pin.partition("==")
    try:
        return version(name) == wanted
    except PackageNotFoundError:
        return False


def run(adapter: Json, reports: Path) -> Json:
    """Judge one adapter and return its `report.json`; exits when it could not be assessed."""
    beside = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": beside + os.pathsep + os.environ.get("PATH", "")}
    words = ["proefbank", "run", "socialsecurity", "--seed", "1", "--run", adapter["name"]]
    words += ["--reports", str(reports), "--client-command", adapter["command"]]
    words[0] = shutil.which("proefbank", path=environment["PATH"]) or words[0]
    done = subprocess.run(
        words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 1, 2):
        sys.exit(f"{adapter['name']}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    report: Json = json.loads((reports / adapter["name"] / "report.json").read_text("utf-8"))
    return report


def score(adapter: Json, report: Json) -> Json:
    """Return what the scoreboard keeps of a report; all of it is about this adapter alone."""
    levels, every = report["counts"]["by_level"], report["counts"]["by_outcome"]
    rows = [row for row in report["requirements"] if row["state"] == "judged"]
    told = {name: adapter[name] for name in ("title", "language", "library", "kind", "negative")}
    return {
        **told,
        "version": report["subject"]["version"],
        "remark": adapter.get("remark", ""),
        "verdict": report["verdict"],
        "required": levels["MUST"],
        "recommended": levels["SHOULD"],
        "hardening": report["counts"]["hardening"],
        "not_observable": every["not_observable"],
        "requirements": {row["id"]: _kept(row) for row in rows if row["outcome"] != "passed"},
    }


def _kept(row: Json) -> Json:
    worst = next(item for item in row["judgements"] if item["outcome"] == row["outcome"])
    kept = {"outcome": row["outcome"], "stage": worst["stage"]}
    if worst["finding"]:
        kept |= {name: worst["finding"][name] for name in ("expected", "actual")}
    else:
        kept["reason"] = worst["reason"]
    return {name: _without_ports(value) for name, value in kept.items()}


def _without_ports(text: str) -> str:
    return re.sub(r"(127\.0\.0\.1|localhost):\d+", r"\1", text)


def page(board: Json) -> str:
    """Return the scoreboard as Markdown."""
    scores, rules = board["adapters"], board["requirements"]
    common = [name for name in rules if all(_missed(one, name) for one in scores.values())]
    lines = [
        INTRODUCTION.format(**board),
        *_verdicts(scores),
        "\n## Requirement by requirement\n",
        *_matrix(scores, rules),
        LEGEND,
        "## What each of them misses\n",
        *(["All of them:\n"] if common else []),
        *(f"- {_row(rules, name)}" for name in common),
    ]
    for one in scores.values():
        lines += ["", f"### {one['title']} ({one['library']})", ""]
        missed = [name for name in rules if name not in common and _missed(one, name)]
        lines += [one["remark"] + "\n"] if one["remark"] else []
        for name in missed:
            row = one["requirements"][name]
            how = "hardening" if _advice(rules[name]) else row["outcome"]
            told = f"Expected: {row['expected']}. Actual: {row['actual']}."
            lines.append(f"- {how}: {_row(rules, name)} {told}")
        lines += [] if missed else ["Nothing but what all of them miss."]
    return "\n".join(lines) + "\n"


INTRODUCTION = """\
# How today's libraries score

Each library is driven by a small [adapter](../../adapters/README.md) that leaves it as it is, and
judged by `proefbank run socialsecurity --seed 1` against the simulated social security token server
and FLA API (requirement set {requirement_set}). *Failed* says that the library, used like this,
does not do what the documents of this service or the standards behind it ask. Written by
`python adapters/scoreboard.py`.
"""

LEGEND = """
Only what at least one library misses is listed, without what the negative controls had no occasion
to show. n.o.: not observable, the client's clock cannot be moved. n.e.: not exercised, what it
judges was never sent. \N{EN DASH}: does not apply. Hardening is advice of ours; it decides nothing.
"""


def _missed(one: Json, name: str) -> bool:
    return one["requirements"].get(name, {}).get("outcome") in ("failed", "warned")


def _row(rules: Json, name: str) -> str:
    short = name.removeprefix("socialsecurity.")
    return f"{rules[name]['statement']} (`{short}`, {rules[name]['level']})"


def _verdicts(scores: Json) -> Iterable[str]:
    yield (
        "| Library | Version | Verdict | Required: passed | failed | not exercised "
        "| Recommendations missed | Not observable | Hardening missed |"
    )
    yield "| --- | --- | --- | --: | --: | --: | --: | --: | --: |"
    for one in scores.values():
        must, should = one["required"], one["recommended"]
        cells = [one["title"], one["version"], f"**{one['verdict']}**"]
        cells += [must["passed"], must["failed"], must["not_exercised"], should["warned"]]
        cells += [one["not_observable"], one["hardening"]["failed"] + one["hardening"]["warned"]]
        yield f"| {' | '.join(str(cell) for cell in cells)} |"


def _listed(row: Json, one: Json) -> bool:
    no_occasion = one["negative"] and row["outcome"] == "not_exercised"
    return row["outcome"] in NOT_PASSED and not no_occasion


def _matrix(scores: Json, rules: Json) -> Iterable[str]:
    yield f"| Requirement | {' | '.join(scores)} |"
    yield f"| --- |{' --- |' * len(scores)}"
    for name, rule in rules.items():
        rows = {key: one["requirements"].get(name) for key, one in scores.items()}
        if not any(row and _listed(row, scores[key]) for key, row in rows.items()):
            continue
        cells = [SHOWN[row["outcome"] if row else "passed"] for row in rows.values()]
        level = rule["level"] + (", hardening" if _advice(rule) else "")
        short = name.removeprefix("socialsecurity.")
        yield f"| `{short}` ({level}) | {' | '.join(cells)} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="adapters; all if none is named")
    parser.add_argument("--check", action="store_true", help="compare and write nothing")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where to leave the full reports")
    options = parser.parse_args()
    rows = adapters()
    unknown = set(options.names) - {row["name"] for row in rows}
    if unknown:
        parser.error(f"no adapter is called {', '.join(sorted(unknown))}")
    file = SAMPLE / "scoreboard.json"
    before: Json = json.loads(file.read_text("utf-8")) if file.exists() else {"adapters": {}}
    now = run_all(
        [row for row in rows if not options.names or row["name"] in options.names], options.keep
    )
    if options.check:
        return compare(before, now)
    file.parent.mkdir(parents=True, exist_ok=True)
    board = {"schema": SCHEMA, **merged(before, now, rows)}
    file.write_text(json.dumps(board, indent=1, ensure_ascii=False) + "\n", "utf-8")
    file.with_suffix(".md").write_text(page(board), "utf-8")
    return 0


def merged(before: Json, now: Json, rows: list[Json]) -> Json:
    """Return the new scores, and the old ones of what was not run."""
    scores = {**before["adapters"], **now["adapters"]}
    rules = {**before.get("requirements", {}), **now["requirements"]}
    used = {name for one in scores.values() for name in one["requirements"]}
    order = sorted(rules, key=lambda name: (_advice(rules[name]), rules[name]["level"], name))
    return {
        "requirement_set": now.get("requirement_set") or before["requirement_set"],
        "requirements": {name: rules[name] for name in order if name in used},
        "adapters": {row["name"]: scores[row["name"]] for row in rows if row["name"] in scores},
    }


def _advice(rule: Json) -> bool:
    return bool(rule["basis"] == "practice")


def run_all(rows: list[Json], keep: Path | None) -> Json:
    """Run what is installed, saying what is skipped and why, and return the scores."""
    board: Json = {"adapters": {}, "requirements": {}}
    with tempfile.TemporaryDirectory() as folder:
        for place, row in enumerate(rows, 1):
            reason, started = missing(row), time.perf_counter()
            print(f"[{place}/{len(rows)}] {row['name']}: ", end="", file=sys.stderr, flush=True)
            if reason:
                print(f"skipped, {reason}", file=sys.stderr)
                continue
            report = run(row, keep or Path(folder))
            board["requirement_set"] = report["scope"]["requirement_set"]
            board["adapters"][row["name"]] = score(row, report)
            for rule in report["requirements"]:
                told = {name: rule[name] for name in ("level", "basis", "statement", "source")}
                board["requirements"][rule["id"]] = told
            took = time.perf_counter() - started
            print(f"{report['verdict']} ({took:.0f} s)", file=sys.stderr)
    return board


def compare(before: Json, now: Json) -> int:
    """Print where the new scores differ from the committed ones; return the exit code."""
    drift = 0
    if (SAMPLE / "scoreboard.md").read_text("utf-8") != page(before):
        print("scoreboard.md is not what scoreboard.json says")
        drift = 1
    for name, one in now["adapters"].items():
        old = before["adapters"].get(name, {})
        rows = [(key, one[key], old.get(key)) for key in one if key != "requirements"]
        found, known = one["requirements"], old.get("requirements", {})
        rows += [(key, found.get(key), known.get(key)) for key in sorted({*found, *known})]
        for key, is_now, was in rows:
            if is_now != was:
                print(f"{name}: {key} was {json.dumps(was)}, is {json.dumps(is_now)}")
                drift = 1
    print("the scoreboard has drifted" if drift else f"{len(now['adapters'])} as committed")
    return drift


if __name__ == "__main__":
    sys.exit(main())
