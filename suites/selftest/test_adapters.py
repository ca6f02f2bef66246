"""The adapters of `adapters/`: what they say fits the protocol, and they judge real libraries."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema_rs
import pytest

from proefbank.bench import Bench
from proefbank.clients.process import ProcessClient
from proefbank.clients.schema import protocol_schema
from proefbank.judge import judge, rules_of
from proefbank.service import Settings, service
from proefbank.staging import rules_for, stages_of
from proefbank.verdict import Outcome

Json = dict[str, Any]

ROOT = Path(__file__).parents[2]
ADAPTERS = ROOT / "adapters"
STAGES = {
    "socialsecurity": ("token", "api"),
    "ehealth": ("tampered-tokens", "other-audiences", "endless-tokens", "rotation-side-by-side"),
}
LONGEST = 60
PACKAGE = "proefbank.services.socialsecurity"
SEVERAL_STAGES = "ehealth.rotation.one-process-survives-all-steps"
"""What no single stage can settle."""
ANSWERS = {
    "hello": "helloAnswer",
    "scenario": "setupAnswer",
    "clock": "setupAnswer",
    "call": "callAnswer",
    "bye": "byeAnswer",
}

EAVESDROPPER = """
import subprocess, sys, threading
log = open(sys.argv[1], "ab", buffering=0)
client = subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
def copy(source, target, mark):
    for line in source:
        log.write(mark + line)
        target.write(line)
        target.flush()
    target.close()
threading.Thread(target=copy, args=(sys.stdin.buffer, client.stdin, b">"), daemon=True).start()
copy(client.stdout, sys.stdout.buffer, b"<")
sys.exit(client.wait())
"""


def load_scoreboard() -> ModuleType:
    """Return the program that knows the adapters; it is no module of any package."""
    spec = importlib.util.spec_from_file_location("scoreboard", ADAPTERS / "scoreboard.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCOREBOARD = load_scoreboard()
ROWS: list[Json] = SCOREBOARD.adapters()
CONSUMERS: list[Json] = SCOREBOARD.adapters("ehealth")
ALL: list[Json] = ROWS + CONSUMERS
SKELETON = {"name": "skeleton", "command": "python adapters/python/skeleton.py", "negative": False}


def named(row: Json) -> str:
    return str(row["name"])


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start commands from the root, and let `python` be the one that runs the tests."""
    monkeypatch.chdir(ROOT)
    beside = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", beside + os.pathsep + os.environ.get("PATH", ""))


class Overheard:
    """One adapter through some stages of its service, with every line of the conversation."""

    def __init__(self, row: Json, folder: Path) -> None:
        about = service(row.get("service", "socialsecurity"))
        log, ear = folder / "lines", folder / "eavesdropper.py"
        ear.write_text(EAVESDROPPER)
        words = [sys.executable, str(ear), str(log), *shlex.split(row["command"])]
        bench = Bench(
            about,
            settings=Settings(),
            seed=1,
            make_client=lambda ca_file: ProcessClient(shlex.join(words), ca_file=ca_file),
        )
        self.outcomes: dict[str, set[Outcome]] = {}
        try:
            self.version = bench.hello.implementation.version
            for stage in stages_of(about.package):
                if stage.name in STAGES[about.name]:
                    journal = bench.run(stage)
                    for rule in (
                        rule for item in stage.readings for rule in rules_for(stage, item)
                    ):
                        verdict = judge(rule, journal)
                        self.outcomes.setdefault(verdict.requirement, set()).add(verdict.outcome)
        finally:
            bench.close()
        lines = log.read_bytes().decode("utf-8").splitlines()
        self.told = [json.loads(line[1:]) for line in lines if line.startswith(">")]
        self.said = [json.loads(line[1:]) for line in lines if line.startswith("<")]

    @property
    def failed(self) -> set[str]:
        return {name for name, found in self.outcomes.items() if Outcome.FAILED in found}

    def keeps_the_protocol(self) -> None:
        asked = {line["seq"]: line for line in self.told}
        assert [line["seq"] for line in self.said] == [line["seq"] for line in self.told]
        assert [line["cmd"] for line in self.told][:2] == ["hello", "scenario"]
        assert self.told[-1]["cmd"] == "bye"
        for line in self.said:
            schema = protocol_schema() | {
                "anyOf": [{"$ref": f"#/$defs/{ANSWERS[asked[line['seq']]['cmd']]}"}]
            }
            jsonschema_rs.validator_for(schema).validate(line)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("row", ROWS, ids=named)
def test_adapter_keeps_the_protocol_and_scores_as_committed(row: Json, tmp_path: Path) -> None:
    reason = SCOREBOARD.missing(row)
    if reason:
        pytest.skip(reason)
    overheard = Overheard(row, tmp_path)
    overheard.keeps_the_protocol()
    committed = json.loads((ROOT / "reports/sample/scoreboard.json").read_text("utf-8"))
    score = committed["adapters"][row["name"]]
    found = {name for name, kept in score["requirements"].items() if kept["outcome"] == "failed"}
    assert overheard.failed == found & overheard.outcomes.keys()
    assert overheard.failed or not row["negative"]
    assert overheard.version == score["version"]
    assert row["library"].split(",")[0].endswith(score["version"])


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("row", CONSUMERS, ids=named)
def test_consumer_keeps_the_protocol_and_scores_as_committed(row: Json, tmp_path: Path) -> None:
    reason = SCOREBOARD.missing(row)
    if reason:
        pytest.skip(reason)
    overheard = Overheard(row, tmp_path)
    overheard.keeps_the_protocol()
    committed = json.loads((ROOT / "reports/sample/jwt-scoreboard.json").read_text("utf-8"))
    score = committed["adapters"].get(row["name"])
    if score is None:
        pytest.skip(f"not scored yet: python adapters/jwt_scoreboard.py {row['name']}")
    found = {name for name, kept in score["requirements"].items() if kept["outcome"] == "failed"}
    judged = overheard.outcomes.keys() - {SEVERAL_STAGES}
    assert overheard.failed - {SEVERAL_STAGES} == found & judged
    assert overheard.version == score["version"]
    assert row["library"].split(",")[0].endswith(score["version"])


@pytest.mark.parametrize("row", [row for row in ROWS if row["negative"]], ids=named)
def test_negative_control_fails_and_passes_nothing_about_assertions(row: Json) -> None:
    committed = json.loads((ROOT / "reports/sample/scoreboard.json").read_text("utf-8"))
    score = committed["adapters"][row["name"]]
    missed = score["requirements"]
    assert score["verdict"] == "failed"
    assert missed["socialsecurity.token-request.carries-one-assertion"]["outcome"] == "failed"
    about = {rule.requirement for rule in rules_of(PACKAGE) if ".assertion." in rule.requirement}
    assert about <= missed.keys()


@pytest.mark.usefixtures("here")
def test_skeleton_passes_as_it_is(tmp_path: Path) -> None:
    overheard = Overheard(SKELETON, tmp_path)
    overheard.keeps_the_protocol()
    assert not overheard.failed
    passed = [name for name, found in overheard.outcomes.items() if found == {Outcome.PASSED}]
    assert len(passed) > 30


def sources() -> Iterator[Path]:
    """Every file that is about a library, and the skeleton."""
    yield ADAPTERS / "python" / "skeleton.py"
    yield from sorted({ADAPTERS / row["directory"] / row["file"] for row in ALL})


@pytest.mark.parametrize("file", list(sources()), ids=lambda file: file.name)
def test_adapter_is_short(file: Path) -> None:
    assert len(file.read_text("utf-8").splitlines()) <= LONGEST


def test_every_adapter_is_listed() -> None:
    listed = {Path(row["directory"]) / row["file"] for row in ALL}
    helpers = {"lines", "Lines", "Client", "Pem", "protocol", "https", "client", "skeleton"}
    helpers |= {"jwt_realms", "jwt_lines", "JwtLines"}
    helpers |= {"sign_lines", "SignLines", "cades", "Cades", "MutualTls"}
    helpers |= {"itsme_sign", "ItsmeSign"}  # around no library: there is none for that service
    there = {
        path.relative_to(ADAPTERS)
        for kind in ("python/*.py", "node/*.mjs", "java/*.java", "go*/*.go")
        for path in ADAPTERS.glob(kind)
        if path.stem not in helpers
    }
    assert there == listed
    readme = (ADAPTERS / "README.md").read_text("utf-8")
    assert [str(path) for path in sorted(listed) if f"`{path.as_posix()}`" not in readme] == []


def test_consumers_page_is_what_its_json_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ADAPTERS)
    page = importlib.import_module("jwt_page").page
    board = json.loads((ROOT / "reports/sample/jwt-scoreboard.json").read_text("utf-8"))
    scored = [row["name"] for row in CONSUMERS if row["name"] in board["adapters"]]
    assert list(board["adapters"]) == scored
    assert (ROOT / "reports/sample/jwt-scoreboard.md").read_text("utf-8") == page(board)


def test_scoreboard_page_is_what_its_json_says() -> None:
    board = json.loads((ROOT / "reports/sample/scoreboard.json").read_text("utf-8"))
    assert list(board["adapters"]) == [row["name"] for row in ROWS]
    assert (ROOT / "reports/sample/scoreboard.md").read_text("utf-8") == SCOREBOARD.page(board)
