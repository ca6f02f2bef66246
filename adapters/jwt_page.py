"""The scoreboard of consumers as Markdown: who gets through a renewal, and what each misses.

One row for each requirement that somebody misses, one column for each library; the ways to run a
library share a cell, the one its documentation begins with first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Json = dict[str, Any]

YES, NO, SILENT, WARNED = "\N{CHECK MARK}", "\N{BALLOT X}", "(\N{CHECK MARK})", "!"
SHOWN = {
    "failed": NO,
    "warned": WARNED,
    "not_observable": "?",
    "not_exercised": "\N{MIDDLE DOT}",
    "not_applicable": "\N{EN DASH}",
    "passed": YES,
}
WORST = ("failed", "not_exercised", "not_observable")
SURVIVAL = "**survives the three steps of a renewal**"
GROUPS = {
    "rotation": "The three steps of a renewal",
    "keys": "Fetching the key set",
    "key-set": "Which key of the set verifies",
    "token": "Tokens, whatever becomes of the keys",
    "operation": "Words",
}
INTRODUCTION = """\
# How today's consumers of tokens score

Each library is driven by a small [adapter](../../adapters/README.md#consumers-of-tokens) that
leaves it as it is, and judged by `proefbank run ehealth --seed 1` while a simulated token server of
the eHealth platform renews its keys (requirement set {requirement_set}). *Failed* says that the
library, used like this, does not do what the documents of this service or the standards behind it
ask. Written by `python adapters/jwt_scoreboard.py`.

## Who gets through

The ways to run a library stand one below the other: as its documentation begins, then with options
that it names, or as a recipe where the library leaves the choice to its user.
"""
LEGEND = f"""
## Requirement by requirement

Only what at least one library misses is listed. The signs in a cell are for the ways to run the
library, in the order of the table above. {YES} met. {NO} failed. {WARNED} a recommendation missed,
or a warning. {SILENT} refused, without a reason that anybody can read. ? not observable: the clock
of the client cannot be moved. {SHOWN["not_exercised"]} not exercised: what is judged never came
about. {SHOWN["not_applicable"]} does not apply. *Advice* is ours and decides nothing.
"""


def page(board: Json) -> str:
    """Return the scoreboard as Markdown."""
    scores, rules = board["adapters"], board["requirements"]
    columns = columns_of(scores)
    lines = [INTRODUCTION.format(**board), *_ways(columns, scores, rules), LEGEND.rstrip()]
    for group, title in GROUPS.items():
        rows = list(_rows(group, columns, scores, rules))
        if rows:
            lines += ["", f"### {title}", "", f"| | {' | '.join(columns)} |"]
            lines += [f"| --- |{' :-: |' * len(columns)}", *rows]
    lines += ["", "## What each of them misses"]
    for column, keys in columns.items():
        lines += ["", f"### {column}"]
        for upto in range(1, len(keys) + 1):
            lines += ["", *_misses(scores, rules, keys[:upto])]
    return "\n".join(lines) + "\n"


def columns_of(scores: Mapping[str, Json]) -> dict[str, list[str]]:
    """Return the names of the adapters by library, in the order of the scores."""
    columns: dict[str, list[str]] = {}
    for key, one in scores.items():
        coordinates = re.sub(r"/v\d+$", "", one["library"].split(",")[0].split()[0])
        columns.setdefault(re.split("[:/]", coordinates)[-1], []).append(key)
    return columns


def survival(one: Json, rules: Json) -> str:
    """Return the worst outcome among what is required of a renewal."""
    needed = [name for name in _of_group("rotation", rules) if rules[name]["level"] == "MUST"]
    met = {one["requirements"].get(name, {}).get("outcome") for name in needed}
    return next((outcome for outcome in WORST if outcome in met), "passed")


def _ways(columns: Mapping[str, Sequence[str]], scores: Json, rules: Json) -> Iterable[str]:
    yield (
        "| Library | Run as | Three steps | Verdict | Required: passed | failed | not exercised "
        "| Recommendations missed | Not observable | Advice missed |"
    )
    yield "| --- | --- | :-: | --- | --: | --: | --: | --: | --: | --: |"
    for column, keys in columns.items():
        for key in keys:
            one = scores[key]
            must, should = one["required"], one["recommended"]
            name = f"{column} {one['version']}" if key == keys[0] else ""
            how = f"{one['kind']}: {one['title'].partition(', ')[2] or one['title']}"
            cells = [name, how, SHOWN[survival(one, rules)], f"**{one['verdict']}**"]
            cells += [must["passed"] + must["warned"], must["failed"], must["not_exercised"]]
            cells += [should["warned"], one["not_observable"]]
            cells += [one["hardening"]["failed"] + one["hardening"]["warned"]]
            yield f"| {' | '.join(str(cell) for cell in cells)} |"


def _rows(
    group: str, columns: Mapping[str, Sequence[str]], scores: Json, rules: Json
) -> Iterable[str]:
    if group == "rotation":
        survivors = {key: SHOWN[survival(one, rules)] for key, one in scores.items()}
        yield _cells(SURVIVAL, columns, survivors)
    for name in _of_group(group, rules):
        signs = {key: _sign(one, name) for key, one in scores.items()}
        if {NO, WARNED} & set(signs.values()):
            yield _cells(_label(name, rules), columns, signs)


def _cells(label: str, columns: Mapping[str, Sequence[str]], signs: Mapping[str, str]) -> str:
    cells = [" ".join(signs[key] for key in keys) for keys in columns.values()]
    return f"| {label} | {' | '.join(cells)} |"


def _of_group(group: str, rules: Json) -> list[str]:
    found = [name for name in rules if name.split(".")[1] == group]
    return sorted(found, key=lambda name: (_advice(rules[name]), rules[name]["level"]))


def _label(name: str, rules: Json) -> str:
    level = "advice" if _advice(rules[name]) else rules[name]["level"]
    return f"`{name.split('.', 2)[2]}` ({level})"


def _advice(rule: Json) -> bool:
    return bool(rule["basis"] == "practice")


def _sign(one: Json, name: str) -> str:
    row = one["requirements"].get(name)
    if row is None:
        return YES
    return SILENT if _silent(row) else SHOWN[row["outcome"]]


def _silent(row: Json) -> bool:
    refused = str(row.get("expected", "")).startswith("rejected")
    return refused and row.get("actual") == "rejected, unclassified"


def _missed(one: Json) -> dict[str, Json]:
    rows: dict[str, Json] = one["requirements"]
    return {
        name: row
        for name, row in rows.items()
        if row["outcome"] in ("failed", "warned") and not _silent(row)
    }


def _misses(scores: Json, rules: Json, keys: Sequence[str]) -> Iterable[str]:
    """Tell what the last of the adapters misses; of a second way, what is different."""
    one, first = scores[keys[-1]], scores[keys[0]]
    yield f"**{one['title']}** ({one['library']})" + (f": {one['remark']}" if one["remark"] else "")
    yield ""
    missed, before = _missed(one), _missed(first) if len(keys) > 1 else {}
    names = sorted(missed, key=list(rules).index)
    for name in (name for name in names if missed[name] != before.get(name)):
        row = missed[name]
        how = "advice" if _advice(rules[name]) else row["outcome"]
        told = f"Expected: {row['expected']}. Actual: {row['actual']}."
        yield f"- {how}: {rules[name]['statement']} (`{name.split('.', 1)[1]}`) {told}"
    silent = sum(_silent(row) for row in one["requirements"].values())
    if silent:
        yield f"- refuses without a reason: {silent} requirements"
    met = [f"`{name.split('.', 1)[1]}`" for name in before if name not in missed]
    if met:
        yield f"- not missed any more: {', '.join(met)}"
    if before and (same := [name for name in names if missed[name] == before.get(name)]):
        yield f"- the rest as above: {len(same)} requirements"
    if not (missed or silent):
        yield "Nothing."
