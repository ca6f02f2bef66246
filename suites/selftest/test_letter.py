"""`proefbank report`: pages rendered again, and a letter that claims what the run showed."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from proefbank.cli import cli
from proefbank.errors import BadInvocation
from proefbank.exchange import Request, Response, Trail
from proefbank.journal import Event, Journal
from proefbank.languages import LANGUAGES
from proefbank.report.letter import Sender, letter
from proefbank.report.letter.claims import Group, groups_of, notice
from proefbank.report.record import build_report
from proefbank.report.words.statements import translated
from proefbank.report.write import write_run
from proefbank.requirement import Catalogue
from proefbank.services.ehealth.provider import load_timeline
from proefbank.verdict import Finding, Outcome, Verdict, outcome_of

TREE = Path(__file__).parents[2]
CATALOGUE = Catalogue.load(TREE / "proefbank" / "services" / "ehealth" / "requirements")
JUDGED = {key: row for key, row in CATALOGUE.items() if not row.excluded}
OLD_REFUSED = "ehealth.rotation.old-token-is-refused-after-step-3"
NEW_WORKS = "ehealth.rotation.new-key-works-from-step-2"
ALG = "ehealth.token.algorithm-is-the-configured-one"
HOURLY = "ehealth.keys.removal-is-noticed-within-an-hour"
DAILY = "ehealth.keys.fetched-at-least-daily"
LEEWAY = "ehealth.token.leeway-is-at-most-two-minutes"
FINDING = Finding("jwt.verify", "rejected", "accepted")
CLOCK = "the clock of this client cannot be moved; an adapter that answers clock would show it"
SENDER = Sender("Voorbeeld vzw", "Jan Voorbeeld, 02 000 00 00")
REAL = {
    # what each language writes of the same facts
    "nl": ("SIMULATOR", "niet in de ACC-omgeving", "vanaf 21/10/2024 tot en met 06/02/2025"),
    "fr": ("SIMULATEUR", "non dans l'environnement ACC", "à partir du 21/10/2024 et ce jusqu'au"),
    "en": ("SIMULATOR", "not in the ACC environment", "21/10/2024 up to and including 06/02/2025"),
}
GLOSSARY = {
    "nl": "passieve sleutel,handtekening,vernieuwing van de sleutels,testresultaten,verwijdering",
    "fr": "clé passive,signature,renouvellement des clés,résultats de nos tests,suppression",
    "en": "passive key,signature,renewal of the keys,test results,removed",
}


def exchange(timeline: str, at: float) -> Event:
    """Return a fetch of the key set."""
    journal = Journal("renewal")
    url = "https://127.0.0.1:4433/auth/realms/healthcare/protocol/openid-connect/certs"
    trail = Trail("jwks", facts={"timeline": timeline})
    journal.exchange(Request.to(url, received_at=at), Response(200, trail=trail))
    return next(iter(journal))


def events_of(
    outcomes: Mapping[str, Outcome] | None = None,
    *,
    reason: str = CLOCK,
    timeline: str = "ehealth-2024-acc",
    at: float | None = None,
    only: Callable[[str], bool] = lambda _: True,
    **over: Any,
) -> list[Event]:
    """Return the record of a run of eHealth in which everything passed but for `outcomes`."""
    started = load_timeline(timeline).first("S2") if at is None else at
    opening: Event = {
        "event": "run",
        "schema": "proefbank/events/1",
        "run": {"id": "r1", "started": "2024-11-04T09:00:00.000+00:00", "seed": 7, "command": []},
        "subject": {"name": "zorgportaal", "version": "4.2", "language": "Java"},
        "assertor": {"name": "proefbank", "version": "1.0"},
        "scope": {
            "services": ["ehealth"],
            "target": "mock",
            "door": "adapter",
            "requirement_set": "2026-11",
            "capabilities": ["jwt"],
            **over.pop("scope", {}),
        },
        "preflight": [{"check": "hello", "outcome": "passed", "detail": ""}],
        **over,
    }
    judged = []
    for key, row in JUDGED.items():
        outcome = (outcomes or {}).get(key, Outcome.PASSED)
        if not only(key):
            continue
        found = FINDING if outcome in (Outcome.FAILED, Outcome.WARNED) else None
        if found:
            assert outcome_of(row, found) is outcome
        why = reason if outcome not in (Outcome.PASSED, Outcome.FAILED) else ""
        said = Verdict(key, "renewal", outcome, found, (), why)
        judged.append({"event": "verdict", **said.to_json()})
    end = {"event": "end", "finished": "2024-11-04", "duration_s": 9.0, "interrupted": False}
    return [opening, exchange(timeline, started), *judged, end]


def report_of(events: list[Event]) -> dict[str, Any]:
    return build_report(events, [CATALOGUE], dict.fromkeys(JUDGED, "Because."))


def stated(key: str, language: str) -> str:
    """Return a requirement's statement as a mail in a language has it."""
    if language == "en":
        return CATALOGUE[key].statement
    return flat(translated("proefbank.services.ehealth", language)[key].replace("’", "'"))


def written(language: str = "nl", environment: str = "acc", **told: Any) -> str:
    events = events_of(**told)
    return letter(report_of(events), language, environment, events=events, sender=SENDER)


def flat(text: str) -> str:
    """Return a letter without its line breaks."""
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


def refusal(**told: Any) -> str:
    with pytest.raises(BadInvocation) as caught:
        written(**told)
    assert caught.value.exit_code == 4
    return str(caught.value)


def test_every_requirement_belongs_to_a_group_that_fits() -> None:
    rows = report_of(events_of())["requirements"]
    groups = {group.name: group for group in groups_of(rows)}
    assert sum(len(group.rows) for group in groups.values()) == len(CATALOGUE)
    for group in groups.values():
        assert group.rows, group.name
        for row in group.rows:
            assert (row["binds"] == "client") == (group.name != "outside")
            if group.kind in ("notice", "standard"):
                assert row["basis"] != "practice"
        if group.kind != "aside":
            assert set(group.title) == set(group.about) == set(LANGUAGES)
    documented = {r["id"] for r in rows if r["basis"] == "documented" and r["binds"] == "client"}
    asked = {row["id"] for group in groups.values() if group.kind == "notice" for row in group.rows}
    assert documented - asked == {"ehealth.client.own-key-is-left-alone"}


def test_groups_and_steps_name_requirements_that_exist() -> None:
    page = TREE / "proefbank" / "report" / "letter" / "groups.toml"
    told = tomllib.loads(page.read_text(encoding="utf-8"))
    ids = [name for group in told["groups"] for name in group["ids"] if "*" not in name]
    for name in (*ids, *(name for names in told["steps"].values() for name in names)):
        assert name in CATALOGUE


@pytest.mark.parametrize("environment", ["acc", "prod"])
def test_dates_are_those_of_the_timeline(environment: str) -> None:
    about = notice()[environment]
    timeline = load_timeline(about["timeline"])
    assert timeline.environment == environment
    dates = [date.fromisoformat(str(step.date)) for step in timeline.steps[1:]]
    assert about["steps"] == dates
    if environment == "acc":
        assert any(notice()["mail"] in note for note in timeline.notes)
        assert about["feedback"] == dates[1:]


@pytest.mark.parametrize("language", LANGUAGES)
def test_letter_of_a_passing_run(language: str) -> None:
    text = written(language)
    told = flat(text)
    for words in (*REAL[language], *GLOSSARY[language].split(",")):
        assert words in told, words
    for words in ("15/10/2024", "06/02/2025", "support@ehealth.fgov.be", "02 788 51 55"):
        assert words in told
    for words in ("zorgportaal 4.2", "Java", "04/11/2024", "Voorbeeld vzw", "Jan Voorbeeld"):
        assert words in told
    assert "[" not in told
    assert not re.search(r"NIET GESLAAGD|ÉCHEC|FAILED|NON? TEST[ÉE]{2}|NOT TESTED \(", told)
    head, _, body = text.partition("\n\n")
    assert len(head.splitlines()) == 2
    assert "zorgportaal" in head.splitlines()[1]
    assert max(map(len, body.splitlines())) <= 76
    assert "\n\n\n" not in text
    assert "{" not in text
    if language == "fr":
        assert not re.search(r" [:;?!»]|« ", text), "French signs take a space that does not break"


def test_languages_tell_the_same_numbers() -> None:
    outcomes = {
        OLD_REFUSED: Outcome.FAILED,
        LEEWAY: Outcome.WARNED,
        DAILY: Outcome.NOT_OBSERVABLE,
        HOURLY: Outcome.WARNED,
    }
    texts = [flat(written(language, outcomes=outcomes)) for language in LANGUAGES]
    numbers = [sorted(re.findall(r"\d+", text)) for text in texts]
    assert numbers[0] == numbers[1] == numbers[2]


@pytest.mark.parametrize(
    ("language", "plain", "conclusion"),
    [
        ("nl", "NIET GESLAAGD", "is onze client NIET klaar voor de vernieuwing van de sleutels"),
        ("fr", "ÉCHEC", "notre client N'EST PAS prêt pour le renouvellement des clés"),
        ("en", "FAILED", "our client is NOT ready for the renewal of the keys"),
    ],
)
def test_a_failure_is_said_plainly(language: str, plain: str, conclusion: str) -> None:
    told = flat(written(language, outcomes={OLD_REFUSED: Outcome.FAILED}))
    assert plain in told
    assert conclusion in told
    assert stated(OLD_REFUSED, language) in told
    assert OLD_REFUSED in told


def test_a_failure_beside_the_renewal_is_told_apart() -> None:
    told = flat(written(outcomes={ALG: Outcome.FAILED}))
    assert "geen invloed op de werking van onze client: alle geteste vereisten" in told
    assert "Los van de eigenlijke vernieuwing voldoet onze client bovendien NIET" in told
    assert stated(ALG, "nl") in told


def test_what_did_not_occur_and_what_is_waived_count_as_failures() -> None:
    told = flat(written(outcomes={NEW_WORKS: Outcome.NOT_EXERCISED}))
    assert "NIET klaar" in told
    assert "is tijdens de test uitgebleven" in told
    told = flat(written(outcomes={NEW_WORKS: Outcome.WAIVED}, reason="waived until 2027-01-31"))
    assert "NIET klaar" in told
    assert "Gekende afwijking: waived until 2027-01-31" in told


@pytest.mark.parametrize(
    ("language", "words"),
    [("nl", "over de overige doen wij geen uitspraak"), ("fr", "ne nous prononçons pas")],
)
def test_what_was_not_observable_is_not_claimed(language: str, words: str) -> None:
    outcomes = {DAILY: Outcome.NOT_OBSERVABLE, OLD_REFUSED: Outcome.NOT_OBSERVABLE}
    told = flat(written(language, outcomes=outcomes))
    assert words in told
    assert CLOCK in told
    assert "3 van 4 vereisten vervuld, 1 niet waarneembaar" in told or language == "fr"
    assert "stap 3" not in told or "06/02/2025: gedeeltelijk getest" in told


def test_advice_of_the_notice_that_is_not_followed_is_told() -> None:
    told = flat(written(outcomes={DAILY: Outcome.WARNED}))
    assert "geslaagd, met opmerkingen (3 van 4 vereisten vervuld)" in told
    assert "alle geteste vereisten" not in told
    assert 'Er zijn evenwel opmerkingen (zie "Opmerkingen")' in told
    assert stated(DAILY, "nl") in told


def test_advice_is_counted_and_never_held_against_the_client() -> None:
    told = flat(written(outcomes={HOURLY: Outcome.WARNED}))
    practice = sum(row.basis == "practice" for row in JUDGED.values())
    assert f"{practice - 1} van {practice} aanbevelingen gevolgd" in told
    assert stated(HOURLY, "nl") not in told


def test_prod_has_its_dates_and_no_window() -> None:
    told = flat(written(environment="prod", timeline="ehealth-2025-prod"))
    for words in ("(PROD)", "26/03/2025", "23/04/2025", "21/05/2025", "geen periode"):
        assert words in told
    assert "2024" not in told.replace("04/11/2024", "")


def test_dates_are_claimed_only_if_the_record_shows_them() -> None:
    assert "op de data van uw bericht" in flat(written())
    assert "op andere data" in flat(written(at=1_790_000_000.0))
    assert "op andere data" in flat(written(timeline="rollback"))
    report = report_of(events_of())
    assert "vermeldt niet op welke data" in flat(letter(report, "nl"))
    said = refusal(timeline="ehealth-2025-prod")
    assert "went through the dates of PROD" in said
    assert "--environment prod" in said


def test_the_day_of_the_run_is_held_against_the_window() -> None:
    for started, words in (
        ("2024-10-20T09:00:00.000+00:00", "vóór die periode"),
        ("2025-02-06T09:00:00.000+00:00", ""),
        ("2025-02-07T09:00:00.000+00:00", "na die periode"),
    ):
        run = {"id": "r1", "started": started, "seed": 7, "command": []}
        told = flat(written(run=run))
        assert (words or "U vroeg") in told
        assert words or "die periode" not in told


def test_a_run_that_does_not_carry_a_letter_is_refused() -> None:
    assert "nothing about the eHealth keys" in refusal(only=lambda _: False)
    assert "judged socialsecurity" in refusal(
        only=lambda _: False, scope={"services": ["socialsecurity"]}
    )
    assert "was not assessed" in refusal(outcomes={ALG: Outcome.BROKEN})
    assert "simulator; this one met the target acc" in refusal(scope={"target": "acc"})
    said = refusal(run_selected=True, only=lambda key: "step-3" not in key)
    assert "was a selection" in said
    assert "refusing the removed key after step 3 (1 requirement)" in said
    cut = [e for e in events_of(only=lambda key: key != DAILY) if e["event"] != "end"]
    with pytest.raises(BadInvocation, match=r"interrupted.*retrieving the key list daily \(1 req"):
        letter(report_of(cut), "fr")
    unseen = dict.fromkeys(JUDGED, Outcome.NOT_OBSERVABLE)
    assert "showed nothing of what the notice asks" in refusal(
        outcomes={**unseen, ALG: Outcome.PASSED}
    )


def test_hostile_texts_stay_on_their_line() -> None:
    subject = {"name": "a\nBcc: x@example.test", "version": "\x1b[31m\u202e", "language": "C\r\n#"}
    text = written(subject=subject)
    assert not re.search(r"^Bcc", text, re.MULTILINE)
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_groups_tell_the_worst() -> None:
    def status(*outcomes: str) -> str:
        rows = tuple({"outcome": one, "state": "judged", "reason": ""} for one in outcomes)
        return Group("x", "notice", {}, {}, rows).status

    assert status("passed", "failed", "waived") == "failed"
    assert status("passed", "not_exercised") == "failed"
    assert status("passed", "waived", "not_observable") == "waived"
    assert status("warned", "not_observable") == "partly"
    assert status("warned", "passed") == "remarks"
    assert status("not_observable", "not_applicable") == "untested"
    assert status("not_applicable") == "not_applicable"
    assert status() == "untested"
    assert status("passed", "not_applicable") == "passed"


# The command.


def report(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, ["report", *map(str, words)], standalone_mode=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_run(tmp_path / "runs" / "r1", events_of(), [CATALOGUE], dict.fromkeys(JUDGED, "Because."))
    return tmp_path / "runs"


def test_pages_are_rendered_again(folder: Path) -> None:
    page = folder / "r1" / "report.html"
    before = page.read_bytes()
    page.unlink()
    result = report("r1", "--reports", folder)
    assert result.return_value == 0, result.exception
    assert result.stdout.startswith("PASSED: ")
    assert page.read_bytes() == before


def test_letter_goes_to_a_file_or_the_terminal(folder: Path) -> None:
    to = folder / "brief.txt"
    named = ("--organisation", "Voorbeeld vzw", "--contact", "Jan")
    result = report("--reports", folder, "--letter", "fr", "--out", to, *named)
    assert (result.return_value, result.stderr) == (0, "")
    assert to.read_text(encoding="utf-8").startswith("À\N{NO-BREAK SPACE}: support@")
    result = report(folder / "r1" / "report.json", "--letter", "nl")
    assert "[IN TE VULLEN: naam van de organisatie]" in flat(result.stdout)
    assert "--organisation, --contact" in result.stderr
    assert "op de data van uw bericht" in flat(result.stdout)


def test_bad_calls_are_told(folder: Path, tmp_path: Path) -> None:
    for words, said in (
        (("nonsuch", "--reports", folder), "no run nonsuch"),
        (("--reports", tmp_path / "empty"), "no run in"),
        (("r1", "--reports", folder, "--contact", "x"), "only a letter"),
        (("r1", "--reports", folder, "--letter", "nl", "--environment", "prod"), "dates of ACC"),
        (("r1", "--reports", folder, "--letter", "nl", "--out", folder), "cannot be written"),
    ):
        problem = report(*words).exception
        assert isinstance(problem, BadInvocation), words
        assert said in str(problem)
    (folder / "r1" / "report.json").write_text(json.dumps({"schema": "other"}))
    problem = report("r1", "--reports", folder, "--letter", "nl").exception
    assert isinstance(problem, BadInvocation)
    assert "no report of a run" in str(problem)
