"""Where records of runs go: the same for every command that writes one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from proefbank.checking import run_folder as check_folder
from proefbank.choices import Choices
from proefbank.commands.wire_record import run_folder as wire_folder
from proefbank.errors import BadInvocation
from proefbank.parts import Parts
from proefbank.recordings.judging import judge_recording
from proefbank.run_folder import dated, slug

AT = 1_790_000_000.0
EMPTY = '{"event": "run", "schema": "proefbank/events/1"}\n{"event": "end", "interrupted": false}\n'


def by_run(reports: Path, name: str | None) -> Path:
    choices = Choices(reports=str(reports), run=name)
    choices.check()
    return choices.new_folder(name or "made-up")


def by_judge(reports: Path, name: str | None) -> Path:
    file = reports.parent / "recording" / "events.ndjson"
    file.parent.mkdir(exist_ok=True)
    file.write_text(EMPTY, "utf-8")
    return judge_recording(file, reports, name).folder


def by_check(reports: Path, name: str | None) -> Path:
    found = check_folder(str(reports), name, "my.cer", AT)
    assert found is not None
    return found


def by_serve(reports: Path, name: str | None) -> Path:
    return wire_folder(reports, name, "itsme")


WAYS = (by_run, by_judge, by_check, by_serve)
Way = Callable[[Path, str | None], Path]


@pytest.mark.parametrize("way", WAYS)
def test_a_name_is_made_that_nobody_has_and_a_chosen_one_is_kept(way: Way, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    made = {way(reports, None) for _ in range(3)}
    assert len(made) == 3
    assert {folder.parent for folder in made} == {reports}
    assert way(reports, "nightly") == way(reports, "nightly") == reports / "nightly"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["..", "a/b", "/tmp/x", ""])
def test_a_name_is_no_path(way: Way, tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInvocation, match="not the name of a folder") as caught:
        way(tmp_path / "reports", name)
    assert caught.value.where == "--run"


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_added_to_a_run_that_is_signed(way: Way, tmp_path: Path) -> None:
    signed = tmp_path / "reports" / "signed"
    signed.mkdir(parents=True)
    (signed / "manifest.jws").write_text("")
    with pytest.raises(BadInvocation, match="is signed"):
        way(tmp_path / "reports", "signed")
    assert [path.name for path in signed.iterdir()] == ["manifest.jws"]


@pytest.mark.parametrize("way", WAYS)
def test_where_nothing_can_be_written_is_told(way: Way, tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file")
    with pytest.raises(BadInvocation, match="no run can be written to") as caught:
        way(tmp_path / "reports", "nightly")
    assert caught.value.where == "--reports"
    assert "proefbank " in caught.value.hint


def test_names() -> None:
    assert dated(AT, "client") == "2026-09-21-141320-client"
    assert slug("node ./My Adapter.mjs", "client") == "node-my-adapter-mjs"
    assert slug("…", "client") == "client"
    assert slug("x" * 90, "", longest=60) == "x" * 60
    assert slug(f"{'x' * 39} y", "") == "x" * 39


def test_several_reference_clients_are_all_named(tmp_path: Path) -> None:
    parts = Parts(tmp_path / ".parts")
    assert parts.about() == {}
    subject = {"name": "consumer", "version": "0.1", "language": "Python"}
    parts.save_about("ehealth", {"subject": subject, "capabilities": ["jwt"], "clock": "settable"})
    assert parts.about()["subject"] == subject
    other = subject | {"name": "signer", "version": "0.2"}
    parts.save_about(
        "itsme", {"subject": other, "capabilities": ["sign", "jwt"], "clock": "system"}
    )
    told = parts.about()
    assert told["subject"] == {"name": "consumer, signer", "version": "", "language": "Python"}
    assert told["capabilities"] == ["jwt", "sign"]
