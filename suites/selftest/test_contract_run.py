"""A provider is judged: ours passes, one that does nothing or nothing but fail passes nothing."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from proefbank.cli import main
from proefbank.errors import BadInvocation
from proefbank.exchange import Request, Response, WirePlan
from proefbank.judge import catalogue
from proefbank.report.validation import problems_in_events, validate
from proefbank.requirement import Binds
from proefbank.service import catalogues, service, services
from proefbank.staging import stages_of
from proefbank.verdict import Outcome

from .contract_matrix import PACKAGE, Spoil, judged, opened, stages

NOTHING = (Outcome.NOT_EXERCISED, Outcome.FAILED, Outcome.WARNED, Outcome.NOT_APPLICABLE)


def mute(_request: Request, answer: Response) -> Response:
    """Answer nothing."""
    return replace(answer, wire=WirePlan(reset=True))


def broken(_request: Request, answer: Response) -> Response:
    """Answer 500 with a good body."""
    return replace(answer, status=500)


def broken_page(_request: Request, answer: Response) -> Response:
    """Answer 500 with a page."""
    return replace(answer, status=500, headers=(("Content-Type", "text/html"),), body=b"<p>no")


def empty(_request: Request, _answer: Response) -> Response:
    """Answer 200 with an empty object."""
    return Response(200, (("Content-Type", "application/json"),), b"{}")


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["proefbank", "run", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The report of a run over everything."""
    folder = tmp_path_factory.mktemp("contract")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        status = run(patch, "contract", "--reports", "r", "--run", "all", "--seed", "7")
    found: dict[str, Any] = json.loads((folder / "r" / "all" / "report.json").read_text())
    assert status == 0, found["headline"]
    found["folder"] = folder / "r" / "all"
    return found


def test_the_simulators_keep_the_contract(report: dict[str, Any]) -> None:
    bad = [row["id"] for row in report["requirements"] if row["outcome"] != "passed"]
    assert not bad
    assert len(report["requirements"]) == len(catalogue(PACKAGE))


def test_the_subject_is_the_provider(report: dict[str, Any]) -> None:
    assert report["subject"]["name"] == "simulated services of Proefbank"
    assert "client" not in report["subject"]
    assert report["scope"]["services"] == ["contract"]
    assert report["scope"]["door"] == "probe"
    page = (report["folder"] / "report.html").read_text()
    assert "simulated services of Proefbank" in page
    assert "reference client" not in page


def test_the_report_is_what_its_schema_says(report: dict[str, Any]) -> None:
    assert validate({name: value for name, value in report.items() if name != "folder"}) == []
    lines = (report["folder"] / "events.ndjson").read_text().split("\n")
    assert problems_in_events(json.loads(line) for line in lines if line) == []


def test_no_token_and_no_key_is_written_down(report: dict[str, Any]) -> None:
    written = "".join(path.read_text() for path in report["folder"].iterdir())
    assert "BEGIN PRIVATE KEY" not in written
    assert not re.search(r"eyJ[\w-]+\.eyJ[\w-]+\.", written)


def test_every_requirement_binds_the_provider() -> None:
    assert {row.binds for row in catalogue(PACKAGE).values()} == {Binds.PROVIDER}


def test_each_stage_needs_one_service() -> None:
    for stage in stages_of(PACKAGE):
        assert len(stage.needs) == 1
        assert stage.needs <= set(services())


@pytest.mark.parametrize("spoil", [mute, broken, broken_page], ids=lambda spoil: spoil.__name__)
@pytest.mark.parametrize("name", list(services()))
def test_who_answers_nothing_or_fails_always_passes_nothing(name: str, spoil: Spoil) -> None:
    with opened(name) as bench:
        bench.spoiled.spoil = spoil
        verdicts = judged(bench, stages(name, documents=True))
    passed = [(v.requirement, v.outcome.value) for v in verdicts if v.outcome not in NOTHING]
    assert not passed
    assert any(v.outcome is Outcome.FAILED for v in verdicts) or spoil is mute


@pytest.mark.parametrize("name", list(services()))
def test_an_empty_object_passes_little_and_breaks_no_rule_of_ours(name: str) -> None:
    with opened(name) as bench:
        bench.spoiled.spoil = empty
        verdicts = judged(bench, stages(name))
    assert not [v for v in verdicts if v.outcome is Outcome.BROKEN]
    good = {v.requirement for v in verdicts if v.outcome is Outcome.PASSED}
    assert all(name.endswith(("-200", "-json", "-answered")) for name in good), good


def test_a_run_without_services_judges_no_provider() -> None:
    assert "contract" not in services()
    assert "contract" in catalogues()
    assert service("contract", staged=True).bench


@pytest.mark.parametrize(
    "words",
    [
        ("contract", "socialsecurity"),
        ("contract", "--client", "proefbank.services.itsme.reference:ReferenceSigner"),
        ("contract", "--client-command", "true"),
    ],
    ids=" ".join,
)
def test_a_provider_and_a_client_are_not_judged_together(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, *words) == BadInvocation("x").exit_code


def test_one_stage_can_be_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("contract", "--stage", "contract-token", "--reports", "r", "--run", "one")
    assert run(monkeypatch, *words) == 0
    found = json.loads((tmp_path / "r" / "one" / "report.json").read_text())
    assert found["counts"]["stagings"] == 1
