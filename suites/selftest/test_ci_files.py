"""The files for other people's CI: what they run is run here, in a folder of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from proefbank.commands.run import command as run_command
from proefbank.service import services

ROOT = Path(__file__).parents[2]
BASH = next((path for path in ("/bin/bash", "/usr/bin/bash") if Path(path).exists()), "")
NEEDS_BASH = pytest.mark.skipif(not BASH, reason="there is no bash")
PROEFBANK = f"#!{sys.executable}\nfrom proefbank.cli import main\nmain()\n"


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    """Make a folder that looks like the environment that the steps install."""
    programs = tmp_path / "runner" / "proefbank" / "bin"
    programs.mkdir(parents=True)
    (programs / "proefbank").write_text(PROEFBANK)
    (programs / "proefbank").chmod(0o755)
    (programs / "python").symlink_to(sys.executable)
    return programs.parent


GH = f"""#!{sys.executable}
import json, os, sys
words = sys.argv[1:]
if words[:2] == ["api", "user"]:
    sys.exit(1)  # as it is for the token of a workflow
if "--paginate" in words:
    asked = words[words.index("--jq") + 1]
    assert "select(.user.login == env.ME and (.body | startswith(" in asked
    for one in json.load(open("comments.json")):
        if one["user"]["login"] == os.environ["ME"]:
            print(one["id"])
else:
    open("method", "w").write(words[words.index("--method") + 1])
"""


def action() -> Any:
    return yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


def judge(tmp_path: Path, **inputs: str) -> tuple[int, dict[str, str], str, str]:
    """Run the step that judges; return its status, outputs, summary, and what it printed."""
    told = action()
    step = next(item for item in told["runs"]["steps"] if item.get("id") == "judge")
    known = {name: str(item.get("default", "")) for name, item in told["inputs"].items()}
    assert set(inputs) <= {name.replace("-", "_") for name in known}
    given = {name: inputs.get(name.replace("-", "_"), value) for name, value in known.items()}
    env = {
        key: re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda found: given[found[1]], value)
        for key, value in step["env"].items()
    }
    files = {name: tmp_path / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for file in files.values():
        file.write_text("")
    done = subprocess.run(
        [BASH, "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
        cwd=tmp_path,
        env={
            **os.environ,
            **env,
            "RUNNER_TEMP": str(tmp_path / "runner"),
            **{name: str(file) for name, file in files.items()},
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    lines = files["GITHUB_OUTPUT"].read_text().splitlines()
    outputs = dict(line.split("=", 1) for line in lines)
    return (
        done.returncode,
        outputs,
        files["GITHUB_STEP_SUMMARY"].read_text(),
        done.stdout + done.stderr,
    )


ONE = "--stage=token\n--seed=3"
REFERENCE = "proefbank.services.socialsecurity.reference:ReferenceClient"


@NEEDS_BASH
def test_the_action_judges_and_tells(tmp_path: Path, venv: Path) -> None:
    status, outputs, summary, said = judge(
        tmp_path, services="socialsecurity", client=REFERENCE, arguments=ONE
    )
    assert status == 0, said
    assert outputs["verdict"] == "passed"
    assert outputs["folder"] == "reports/proefbank"
    assert outputs["headline"].startswith("PASSED: ")
    assert summary.startswith("## PASSED")
    assert (tmp_path / outputs["folder"] / "junit.xml").is_file()


@NEEDS_BASH
def test_the_action_fails_as_the_run_does(tmp_path: Path, venv: Path) -> None:
    silent = "proefbank.clients.silent:SilentClient"
    status, outputs, _, _ = judge(tmp_path, services="socialsecurity", client=silent, arguments=ONE)
    assert (status, outputs["verdict"]) == (1, "failed")
    status, outputs, summary, _ = judge(tmp_path, client="nowhere:Client", arguments="--seed=1")
    assert (status, "verdict" in outputs, summary) == (4, False, "")


@NEEDS_BASH
def test_the_action_compares(tmp_path: Path, venv: Path) -> None:
    given = {"services": "socialsecurity", "client": REFERENCE}
    judge(tmp_path, **given, arguments=f"{ONE}\n--stage=api", run="before")
    status, _, summary, said = judge(
        tmp_path, **given, arguments=ONE, compare_with="reports/before"
    )
    assert status == 1, said
    assert "## WORSE: " in summary
    assert "Stopped being judged" in summary


@NEEDS_BASH
def test_nothing_that_is_given_is_taken_for_a_script(tmp_path: Path, venv: Path) -> None:
    hostile = '"; touch pwned; $(touch pwned) `touch pwned` ${{ github.token }}\n'
    judge(
        tmp_path,
        **dict.fromkeys(
            ("services", "client_command", "profile", "arguments", "shard", "run"), hostile
        ),
    )
    assert not list(tmp_path.rglob("pwned"))
    for step in action()["runs"]["steps"]:
        assert "${{" not in step.get("run", ""), "pass it as a variable"


def test_the_action_names_options_that_there_are() -> None:
    text = "\n".join(step.get("run", "") for step in action()["runs"]["steps"])
    known = {name for option in run_command.params for name in option.opts}
    used = set(re.findall(r"words\+=\((--[a-z-]+)", text)) | {"--run"}
    assert used <= known


@NEEDS_BASH
@pytest.mark.parametrize("mine", [True, False])
def test_only_our_own_comment_is_written_over(tmp_path: Path, mine: bool) -> None:
    """Who begins a comment with the marker would see it filled, and could then change it."""
    step = next(item for item in action()["runs"]["steps"] if "Comment" in item["name"])
    (tmp_path / "summary.md").write_text("## PASSED\n")
    login = "github-actions[bot]" if mine else "somebody"
    told = [{"id": 7, "user": {"login": login}, "body": "<!-- proefbank -->\nPASSED"}]
    (tmp_path / "comments.json").write_text(json.dumps(told))
    (tmp_path / "gh").write_text(GH)
    (tmp_path / "gh").chmod(0o755)
    done = subprocess.run(
        [BASH, "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
        env={
            **os.environ,
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "RUNNER_TEMP": str(tmp_path),
            "FOLDER": str(tmp_path),
            "NUMBER": "1",
            "REPOSITORY": "a/b",
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "method").read_text() == ("PATCH" if mine else "POST")


def gitlab() -> tuple[Any, Any]:
    spec, jobs = yaml.safe_load_all((ROOT / ".gitlab" / "proefbank.yml").read_text("utf-8"))
    return spec["spec"]["inputs"], jobs


@NEEDS_BASH
def test_the_gitlab_jobs_judge_in_parts_and_come_to_a_verdict(tmp_path: Path, venv: Path) -> None:
    inputs, jobs = gitlab()
    (tmp_path / ".proefbank").symlink_to(venv)
    adapter = Path(__file__).with_name("misbehaving_adapter.py")
    given = {name: str(item.get("default", "")) for name, item in inputs.items()} | {
        "client-command": f"{sys.executable} {adapter} fine",
        "services": "socialsecurity",
        "arguments": "--stage=token --stage=token-again --stage=api",
    }

    def run(job: str, **variables: str) -> subprocess.CompletedProcess[str]:
        script = "\n".join(jobs[job]["script"])
        script = re.sub(r"\$\[\[ inputs\.([a-z-]+) \]\]", lambda found: given[found[1]], script)
        told = {"CLIENT_COMMAND": given["client-command"], "CI_PIPELINE_ID": "10007", **variables}
        return subprocess.run(
            [BASH, "-e", "-o", "pipefail", "-c", script],
            env=os.environ | told,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    for index in ("1", "2"):
        done = run("proefbank", CI_NODE_INDEX=index, CI_NODE_TOTAL="2")
        assert done.returncode == 0, done.stderr
    done = run("proefbank-verdict")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("PASSED: ")
    report = jobs["proefbank-verdict"]["artifacts"]["reports"]["junit"]
    assert (tmp_path / report).is_file()


def test_gitlab_inputs_are_all_used() -> None:
    inputs, jobs = gitlab()
    assert set(re.findall(r"\[\[ inputs\.([a-z-]+) \]\]", str(jobs))) == set(inputs)


def test_the_container_opens_a_port_for_each_address() -> None:
    wanted = [
        listener
        for item in services().values()
        for listener in item.listeners
        if listener.name in ("main", "front")
    ]
    docker = (ROOT / "Dockerfile").read_text("utf-8")
    exposed = re.findall(r"\d+", next(x for x in docker.splitlines() if x.startswith("EXPOSE")))
    assert len(exposed) == len(wanted)
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    bound = [port.split(":") for port in compose["services"]["proefbank"]["ports"]]
    assert [port[-1] for port in bound] == exposed
    assert {port[0] for port in bound} == {"127.0.0.1"}
