"""`proefbank run` as a stranger meets it: what it prints, how it ends, what it leaves behind."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from . import program
from .program import CODE, Proefbank, proefbank

ADAPTER = Path(__file__).with_name("misbehaving_adapter.py")
KEPT = {
    "events.ndjson", "report.json", "report.html", "junit.xml", "summary.md", "traffic.har",
    "manifest.json",
}  # fmt: skip


@pytest.fixture
def run_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Proefbank:
    """Do the same in this process: for what never gets as far as pytest."""
    return partial(program.here(tmp_path, monkeypatch, capsys), "run")


@pytest.fixture
def run(tmp_path: Path) -> Proefbank:
    """Run `proefbank run` with the words given, in an empty folder."""
    return partial(proefbank, tmp_path, "run")


def adapter(mode: str) -> str:
    return shlex.join([sys.executable, str(ADAPTER), mode])


def stages(*names: str) -> list[str]:
    return [f"--stage={name}" for name in names]


FEW = stages("token", "token-again", "token-html-500", "tls-expired", "api", "api-extra-members")


def record(folder: Path, name: str = "r") -> dict[str, Any]:
    left = {file.name for file in (folder / "reports" / name).iterdir()}
    assert left == KEPT
    lines = (folder / "reports" / name / "events.ndjson").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines][-1]["event"] == "end"
    told: dict[str, Any] = json.loads((folder / "reports" / name / "report.json").read_bytes())
    return told


BAD_CALLS: Sequence[tuple[Sequence[str], Sequence[str]]] = [
    (["nosuch"], ["SERVICE", "nosuch", "socialsecurity"]),
    (["--stage", "token-agian"], ["--stage", "token-agian", "token-again"]),
    (["--client", "a:b", "--client-command", "false"], ["--client and --client-command"]),
    (["--client", "nosuch.module:Client"], ["--client", "nosuch"]),
    (["--client", "proefbank.clients.silent:Silentclient"], ["--client", "SilentClient"]),
    (["--client-command", ""], ["--client-command", "empty"]),
    (["--client-command", "node 'x"], ["--client-command", "quotation"]),
    (["--seed", "x"], ["--seed", "x"]),
    (["--profile", "none.toml"], ["--profile", "none.toml"]),
    (["--profile", "bad.toml"], ["bad.toml", "TOML"]),
    (["--profile", "unknown.toml"], ["unknown.toml", "tokn", "token"]),
    (["--profile", "certificate.toml"], ["certificate.toml", "not.cer", "certificate"]),
    (["--openapi", "empty.json"], ["empty.json", "OpenAPI"]),
    (["--reports", "file"], ["--reports", "file"]),
    (["--run", "../elsewhere"], ["--run", "elsewhere"]),
    (["--target", "acc"], ["--target"]),
    (["--nosuch"], ["--nosuch"]),
    (["socialsecurity", "--", "--nosuch"], ["--nosuch"]),
    (["socialsecurity", "--", "-k", "a and ("], ["-k", "a and ("]),
    (["socialsecurity", "--", "-k", "nothing-is-called-so"], ["nothing was selected"]),
]


@pytest.mark.parametrize(("words", "expected"), BAD_CALLS, ids=lambda item: " ".join(item)[:40])
def test_a_bad_call_is_told_in_one_message(
    run: Proefbank,
    run_here: Proefbank,
    tmp_path: Path,
    words: Sequence[str],
    expected: Sequence[str],
) -> None:
    (tmp_path / "bad.toml").write_text("x =")
    (tmp_path / "unknown.toml").write_text("[tokn]\nx = 1\n")
    (tmp_path / "not.cer").write_text("hello")
    (tmp_path / "certificate.toml").write_text(
        '[[accounts]]\nname = "a"\ncapacity = "employer"\nclient_id = "x"\n'
        'enterprise_number = "0000000196"\ncertificates = ["not.cer"]\n'
    )
    (tmp_path / "empty.json").write_text("{}")
    (tmp_path / "file").write_text("")
    before = set(tmp_path.rglob("*"))
    far = "--" in words or words[0] in ("--reports", "--profile")
    done = (run if far else run_here)(*words)
    assert done.returncode == 4, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "test session starts" not in done.stdout + done.stderr
    assert [word for word in expected if word not in done.stderr] == [], done.stderr
    assert len(done.stderr.splitlines()) <= 7, done.stderr
    assert set(tmp_path.rglob("*")) == before
    assert not (tmp_path.parent / "elsewhere").exists()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--client-command", "false"], ["--client-command", "exit code 1", "hello"]),
        (["--client-command", "sleep 60", "--hello-timeout", "0.4"], ["no hello within 0.4 s"]),
        (["--client-command", "nodee adapter.js"], ["no command nodee"]),
        (["--client-command", adapter("dies-in-hello")], ["exit code 9"]),
        (["--client-command", adapter("raises-in-hello")], ["KeyError", "no such key"]),
        pytest.param(
            ["--client-command", "false", "--", "-n", "2"], ["exit code 1"], marks=pytest.mark.slow
        ),
    ],
    ids=lambda item: " ".join(item)[-40:],
)
def test_a_client_that_never_says_hello_is_not_assessed(
    run: Proefbank, tmp_path: Path, words: list[str], expected: list[str]
) -> None:
    began = time.monotonic()
    done = run("socialsecurity", "--run", "r", *words)
    assert done.returncode == 3, done.stderr
    assert time.monotonic() - began < 15
    assert done.stdout.startswith("NOT ASSESSED: ")
    told = record(tmp_path)
    assert told["verdict"] == "not_assessed"
    assert told["preflight"][0]["outcome"] == "failed"
    for text in (done.stderr, told["preflight"][0]["detail"]):
        assert [word for word in expected if word not in text and word[0] != "-"] == [], text
    assert "--client-command" in done.stderr


@pytest.mark.parametrize(
    "mode",
    [
        "noise",
        *(pytest.param(m, marks=pytest.mark.slow) for m in ("answers-twice", "floods-stderr")),
    ],
)
def test_what_an_adapter_says_besides_does_no_harm(
    run: Proefbank, tmp_path: Path, mode: str
) -> None:
    words = ["--client-command", adapter(mode), "--run", "r", *stages("token", "api-html-502")]
    done = run("socialsecurity", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    record(tmp_path)


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("hangs-in-call", "time ran out"),
        ("dies-in-call", "exit code 7"),
        pytest.param("dies-in-scenario", "exit code 8", marks=pytest.mark.slow),
    ],
)
def test_an_adapter_that_gives_no_answers_ends_the_run_in_time(
    run: Proefbank, tmp_path: Path, mode: str, reason: str
) -> None:
    began = time.monotonic()
    words = ["--client-command", adapter(mode), "--call-timeout", "0.3", "--run", "r"]
    done = run("socialsecurity", *words, *stages("token", "token-again", "api", "api-html-502"))
    assert time.monotonic() - began < 40
    assert done.returncode == 1
    assert done.stdout.startswith("FAILED: ")
    told = record(tmp_path)
    judged = [row["outcome"] for row in told["requirements"] if row["judgements"]]
    assert set(judged) == {"not_exercised"}
    assert reason in (tmp_path / "reports" / "r" / "events.ndjson").read_text(encoding="utf-8")


@pytest.mark.slow
def test_answers_with_unknown_numbers_are_no_answers(run: Proefbank, tmp_path: Path) -> None:
    """What the client sent counts all the same; what it said does not."""
    words = ["--client-command", adapter("unknown-seq"), "--call-timeout", "0.3", "--run", "r"]
    done = run("socialsecurity", *words, *stages("token", "token-html-500"))
    assert done.returncode == 1
    rows = {row["id"]: row["outcome"] for row in record(tmp_path)["requirements"]}
    assert rows["socialsecurity.token-response.failed-answer-yields-no-token"] == "not_exercised"


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["garbage", "hangs-in-scenario"])
def test_an_adapter_that_takes_up_no_scenario_ends_the_run_in_time(
    run: Proefbank, tmp_path: Path, mode: str
) -> None:
    done = run("socialsecurity", "--client-command", adapter(mode), "--call-timeout", "0.3")
    assert done.returncode == 1
    assert "not tried any more" in done.stdout


def test_a_hanging_call_costs_its_own_kind_alone(run: Proefbank, tmp_path: Path) -> None:
    """A client that hangs in one operation is judged by the others."""
    (tmp_path / "mine.py").write_text(
        "import time\n"
        "from proefbank.services.socialsecurity.reference import ReferenceClient\n"
        "class Mine(ReferenceClient):\n"
        "    def api_call(self, method, path, body):\n"
        "        time.sleep(30)\n"
    )
    words = ["--client", "mine:Mine", "--call-timeout", "1", "--run", "r"]
    done = run("socialsecurity", *words, *stages("api-again", "api-read", "api", "token-again"))
    assert done.returncode == 1
    rows = {row["id"]: row["outcome"] for row in record(tmp_path)["requirements"]}
    assert rows["socialsecurity.assertion.jti-is-unique"] == "passed"
    assert rows["socialsecurity.api-request.carries-a-token"] == "not_exercised"


@pytest.mark.parametrize("name", ["silent:SilentClient", "always_failing:AlwaysFailingClient"])
def test_who_does_nothing_passes_nothing(run: Proefbank, tmp_path: Path, name: str) -> None:
    words = ["--client", f"proefbank.clients.{name}", "--run", "r", *FEW]
    done = run("socialsecurity", *words)
    assert done.returncode == 1
    assert "passed" not in {row["outcome"] for row in record(tmp_path)["requirements"]}


def test_the_first_line_is_the_verdict_and_a_stage_can_be_staged_alone(
    run: Proefbank, tmp_path: Path
) -> None:
    done = run("--stage", "token-again", "--run", "r", "--seed", "3")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0].startswith("PASSED: ")
    assert "reference client" in done.stderr
    rows = record(tmp_path)["requirements"]
    assert {one["stage"] for row in rows for one in row["judgements"]} == {"token-again"}


def test_a_failure_says_how_to_see_it_again(run: Proefbank, tmp_path: Path) -> None:
    wayward = "proefbank.services.socialsecurity.wayward.assertions:NoJti"
    done = run("socialsecurity", "--client", wayward, "--stage", "token", "--seed", "5")
    assert done.returncode == 1
    line = next(line for line in done.stdout.splitlines() if line.strip().startswith("again "))
    again = shlex.split(line.strip().removeprefix("again"))
    assert again[:2] == ["proefbank", "run"]
    second = run(*again[2:])
    assert second.returncode == 1
    assert second.stdout.splitlines()[0] == done.stdout.splitlines()[0]


def test_what_comes_after_two_dashes_goes_to_pytest(run: Proefbank, tmp_path: Path) -> None:
    done = run("socialsecurity", "--run", "r", "--", "-k", "lifetime", "-v")
    assert done.returncode == 0
    assert "test session starts" in done.stdout
    assert "lifetime-at-most-10-minutes@token" in done.stdout
    judged = [row["id"] for row in record(tmp_path)["requirements"] if row["judgements"]]
    assert judged == ["socialsecurity.assertion.lifetime-at-most-10-minutes"]


def without_run(folder: Path, name: str) -> dict[str, Any]:
    told = record(folder, name)
    del told["run"]
    return told


@pytest.mark.parametrize(
    "chosen", [FEW, pytest.param([], marks=pytest.mark.slow)], ids=["few", "all"]
)
def test_one_seed_gives_one_report_however_many_workers(
    run: Proefbank, tmp_path: Path, chosen: list[str]
) -> None:
    workers = "2" if chosen is FEW else "4"
    shown = []
    for name, extra in (("one", ()), ("two", ()), ("parallel", ("--", "-n", workers))):
        words = ["--seed", "7", "--run", name, *chosen, *extra]
        done = run("socialsecurity", *words)
        assert done.returncode == 0
        shown.append({line.partition("] ")[2] for line in done.stderr.splitlines()})
    assert len(shown[0]) > len(chosen)
    assert shown[1:] == shown[:1] * 2, "a line for each staging, whoever staged it"
    first = without_run(tmp_path, "one")
    assert without_run(tmp_path, "two") == first
    assert without_run(tmp_path, "parallel") == first


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
@pytest.mark.parametrize(
    "client",
    [[], pytest.param(["--client-command", adapter("fine")], marks=pytest.mark.slow)],
    ids=["own", "process"],
)
def test_an_interrupted_run_leaves_a_record(tmp_path: Path, client: list[str]) -> None:
    # Who runs the tests in the background of a script had SIGINT ignored, and we would inherit it.
    heard = f"import signal; signal.signal(signal.SIGINT, signal.default_int_handler); {CODE}"
    words = [sys.executable, "-c", heard, "run", "socialsecurity", "--run", "r", *client]
    process = subprocess.Popen(
        words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    assert process.stderr
    for line in process.stderr:
        if line.startswith("[5/"):
            break
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 2, err
    assert "interrupted" in out.splitlines()[0]
    assert "Traceback" not in out + err
    told = record(tmp_path)
    assert told["verdict"] == "incomplete"
    assert any(row["outcome"] == "passed" for row in told["requirements"])
    lines = (tmp_path / "reports" / "r" / "events.ndjson").read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[-1])["interrupted"] is True
