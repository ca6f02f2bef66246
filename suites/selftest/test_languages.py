"""The pages in English, Dutch and French: the same facts and ids, and no words left behind."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from click.testing import CliRunner
from markupsafe import Markup

from proefbank.commands.report import command as report_command
from proefbank.errors import BadInvocation
from proefbank.journal import Event
from proefbank.judge import catalogue
from proefbank.languages import LANGUAGES
from proefbank.report.html import render_html
from proefbank.report.manifest import differences
from proefbank.report.record import build_report
from proefbank.report.summary import summary
from proefbank.report.text import headline
from proefbank.report.words import ENGLISH, Words, typographic, words_in
from proefbank.report.words.statements import statements_in, translated
from proefbank.report.write import language_of, render, write_run
from proefbank.requirement import Basis, Binds, Catalogue, Level, Requirement
from proefbank.service import catalogues
from proefbank.verdict import Finding, Outcome, RunVerdict, Verdict

from .program import proefbank

ROOM = Path(__file__).parents[2] / "proefbank"
WORDS = ROOM / "report" / "words"
OTHERS = LANGUAGES[1:]
Texts = Mapping[str, Any]


@cache
def texts(language: str) -> Texts:
    """Return what a words file holds, by `table.key`."""
    raw = tomllib.loads((WORDS / f"{language}.toml").read_text(encoding="utf-8"))
    return {f"{table}.{key}": text for table, rows in raw.items() for key, text in rows.items()}


def forms(text: object) -> list[str]:
    """Return a text's forms: one, or one and many."""
    return [text] if isinstance(text, str) else [str(form) for form in dict(text).values()]  # type: ignore[call-overload]


def places(text: str) -> set[str]:
    """Return the names that are filled in."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


# The words files.


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_words(language: str) -> None:
    assert sorted(texts(language)) == sorted(texts("en"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_is_empty_and_plurals_have_two_forms(language: str) -> None:
    for key, text in texts(language).items():
        assert all(forms(text)), key
        assert isinstance(text, str) or set(text) == {"one", "many"}, key


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_fills_in_the_same(language: str) -> None:
    for key, text in texts("en").items():
        wanted = set[str]().union(*(places(form) for form in forms(text)))
        told = set[str]().union(*(places(form) for form in forms(texts(language)[key])))
        assert told == wanted, key
        for form in forms(texts(language)[key]):
            assert form.count("`") % 2 == 0, key
            assert re.findall(r"`[^`]+`", form) == re.findall(r"`[^`]+`", forms(text)[0]), key


@cache
def asked() -> tuple[frozenset[str], frozenset[str]]:
    """Return the keys that the code asks for, and the beginnings of those it puts together."""
    whole, begun = set[str](), set[str]()
    for path in [*ROOM.rglob("*.py"), *ROOM.rglob("*.j2")]:
        text = path.read_text(encoding="utf-8")
        whole.update(re.findall(r"[\"']([a-z]+\.[a-z][a-z0-9_]*)[\"']", text))
        begun.update(re.findall(r"[\"']([a-z]+\.[a-z_]*)(?:[\"'] ~|\{)", text))
        for table in re.findall(r"\.(?:of|known)\(\s*\"([a-z]+)\"|known\(text, \"([a-z]+)\"", text):
            begun.update(f"{name}." for name in table if name)
        begun.update(f"{name}." for name in re.findall(r"known\([^()]*\"([a-z]+)\"\)", text))
    return frozenset(whole), frozenset(begun)


def test_no_word_is_unused() -> None:
    whole, begun = asked()
    named = {f"named.{name}" for name in (*Outcome, *RunVerdict)}
    unused = [
        key
        for key in texts("en")
        if key not in whole
        and not any(key.startswith(begin) for begin in begun)
        and key not in named
        and not key.startswith(("named.", "renewal.fetch_"))
    ]
    assert unused == []


def test_every_word_that_a_template_asks_for_is_there() -> None:
    for path in ROOM.rglob("*.j2"):
        if "letter" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        for key in re.findall(r"\bt(?:\.many|\.html)?\(\"([a-z.]+[a-z0-9_]*)\"", text):
            known = [word for word in texts("en") if word == key or word.startswith(f"{key}")]
            assert known, f"{path.name}: {key}"


def test_every_outcome_and_basis_has_a_name_in_every_language() -> None:
    for language in LANGUAGES:
        told = texts(language)
        assert {f"named.{name}" for name in (*Outcome, *RunVerdict)} <= set(told)
        assert {f"tally.{name}" for name in Outcome} == {k for k in told if k.startswith("tally.")}
        assert {f"basis.{name}" for name in Basis} == {k for k in told if k.startswith("basis.")}


# The language's own ways.


def test_counts_take_the_form_of_the_language() -> None:
    told = {
        language: [words_in(language).many("count.requirements", n) for n in (0, 1, 2)]
        for language in LANGUAGES
    }
    assert told["en"] == ["0 requirements", "1 requirement", "2 requirements"]
    assert told["nl"] == ["0 vereisten", "1 vereiste", "2 vereisten"]
    assert told["fr"] == ["0 exigence", "1 exigence", "2 exigences"]


def test_numbers_and_dates_are_written_as_the_language_does() -> None:
    def shown(language: str) -> tuple[str, ...]:
        words = words_in(language)
        moment = words.moment("2026-02-01T08:05:06.120+01:00")
        return (words.number(1234567), words.number(9999), words.number(1.5), moment)

    assert shown("en") == ("1,234,567", "9999", "1.5", "1 February 2026, 07:05:06 UTC")
    assert shown("nl") == ("1.234.567", "9999", "1,5", "1 februari 2026 om 07:05:06 UTC")
    assert shown("fr") == (
        "1\u202f234\u202f567",
        "9999",
        "1,5",
        "1er février 2026 à 07:05:06 UTC",
    )
    assert words_in("nl").short_day(date(2026, 3, 2)) == "2 mrt. 2026"
    assert words_in("fr").day("2026-08-21") == "21 août 2026"
    for text in ("", "yesterday", "2026-13-45", "2026-11-22 and then some"):
        assert words_in("nl").moment(text) == text


def test_french_signs_keep_to_their_words() -> None:
    assert typographic("« oui » : non ?", "fr") == "«\xa0oui\xa0»\xa0: non\xa0?"
    assert typographic("a : b", "nl") == "a : b"
    for key, text in texts("fr").items():
        for form in forms(text):
            assert not re.search(r"\w[?!;]|[a-zé]:|'", form), key


def test_no_language_uses_straight_quotes_for_words() -> None:
    for language in OTHERS:
        for key, text in texts(language).items():
            assert "'" not in "".join(forms(text)), (language, key)


def test_a_sentence_never_takes_markup_from_what_is_filled_in() -> None:
    words = Words("fr")
    told = words.html("wire.on_purpose", stimulus="<b>{n}</b>")
    assert "&lt;b&gt;{n}&lt;/b&gt;" in told
    assert words.html("wire.on_purpose", stimulus=Markup("<i>x</i>")).endswith("<i>x</i>")


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="de"):
        words_in("de")


# A page.


def requirement(slug: str, **over: Any) -> Requirement:
    """Return a requirement that no service has."""
    members: dict[str, Any] = {
        "id": f"made-up.part.{slug}",
        "code": "",
        "level": Level.MUST,
        "binds": Binds.CLIENT,
        "basis": Basis.DOCUMENTED,
        "statement": "A statement nobody translated.",
        "source": "Opzetten kanaal REST API (17/09/2024)",
        "section": "5.1",
    }
    return Requirement(**{**members, **over})


REAL = "socialsecurity.transport.requests-use-tls"
ROWS = Catalogue(
    [
        *(requirement(outcome.value) for outcome in Outcome if outcome is not Outcome.WARNED),
        requirement("warned", level=Level.SHOULD, basis=Basis.STANDARD),
        requirement("unjudged", basis=Basis.PROVIDER_DOCS),
        requirement("advice", basis=Basis.PRACTICE),
        requirement("beyond", excluded="A person does it in `ChaMan`."),
        catalogue("proefbank.services.socialsecurity")[REAL],
    ]
)
FINDING = Finding("claim aud", "one thing", "another thing", hint="do it otherwise", exchange=1)


def exchange(stage: str) -> Event:
    """Return an exchange that was shaped, cut off and noted upon."""
    body = {"text": "a=1&t=<redacted:token ref=1 length=43>", "bytes": 40, "utf8": True}
    form = [["content-type", "application/x-www-form-urlencoded"]]
    return {
        "event": "exchange",
        "stage": stage,
        "exchange": 1,
        "request": {
            "listener": "main",
            "method": "POST",
            "target": "/token?x=1",
            "headers": form,
            "body": body,
            "at": 1_792_000_000.0,
            "scheme": "https",
            "host": "127.0.0.1",
            "port": 1,
            "source": ["127.0.0.1", 2],
            "tls": {"version": "TLSv1.3", "cipher": "X", "server_name": "h", "peer_sha256": None},
        },
        "response": {
            "status": 401,
            "headers": [],
            "body": {"text": "", "bytes": 0, "utf8": True},
            "wire": {"delay": 1.5, "cut_after": 2, "close": True},
        },
        "trail": {
            "conversation": "token",
            "stimulus": "slow-answer",
            "facts": {},
            "violations": [{"code": "bad", "detail": "it was bad"}],
        },
    }


def record() -> list[Event]:
    """Return a record with every outcome, two stagings and every kind of line."""
    stage = "first-stage"
    events: list[Event] = [
        {
            "event": "run",
            "schema": "proefbank/events/1",
            "run": {
                "id": "r1",
                "started": "2026-11-22T06:00:00.000+00:00",
                "seed": 7,
                "command": ["proefbank", "run", "--client", "made.up:Client"],
            },
            "subject": {"name": "made-up client", "version": "1", "language": "Python"},
            "assertor": {"name": "proefbank", "version": "1.0"},
            "scope": {
                "services": ["made-up"],
                "target": "mock",
                "door": "adapter",
                "requirement_set": "2026-11",
                "capabilities": ["token"],
            },
            "preflight": [{"check": "hello", "outcome": "passed", "detail": "it said so"}],
        },
        {
            "event": "staging",
            "stage": stage,
            "service": "made-up",
            "story": "A story in English.",
        },
        {"event": "stimulus", "stage": stage, "name": "slow-answer", "times": 3},
        {"event": "call", "stage": stage, "call": 1, "op": "token", "args": {"scope": "x"}},
        exchange(stage),
        {
            "event": "outcome",
            "stage": stage,
            "call": 1,
            "outcome": "rejected",
            "class": "malformed",
            "detail": "the answer was odd",
        },
        {"event": "clock", "stage": stage, "by": 86400.5, "who": "client"},
        {"event": "connection", "stage": stage, "outcome": "refused", "at": 1_792_000_000.0},
        {"event": "log", "stage": stage, "stream": "", "text": "a line of the log"},
        {"event": "note", "stage": stage, "text": "A note of the bench."},
        {"event": "staged", "stage": stage, "state": "interrupted", "reason": "it took too long"},
    ]
    found = {Outcome.FAILED: FINDING, Outcome.WARNED: FINDING}
    for outcome in Outcome:
        reason = "" if outcome in found or outcome is Outcome.PASSED else "a reason of a rule"
        verdict = Verdict(
            f"made-up.part.{outcome.value}", stage, outcome, found.get(outcome), reason=reason
        )
        events.append({"event": "verdict", **verdict.to_json()})
    advice = Verdict("made-up.part.advice", stage, Outcome.FAILED, FINDING)
    real = Verdict(REAL, stage, Outcome.PASSED)
    events += [{"event": "verdict", **item.to_json()} for item in (advice, real)]
    return [*events, {"event": "end", "finished": "2026-11-22T06:00:01Z", "duration_s": 1.25}]


def page(language: str) -> str:
    """Return the page of that record."""
    events = record()
    whys = {key: "A reason in English." for key in ROWS if not key.endswith("unjudged")}
    return render_html(build_report(events, [ROWS], whys), events, words_in(language))


class Reader(HTMLParser):
    """Parts a page in what is in its language, what is English, and what is markup."""

    VOID = ("meta", "link", "input", "br")
    SPOKEN = ("aria-label", "title", "alt", "placeholder", "data-shown", "data-label")
    MARKUP = ("id", "href", "for", "value", "aria-labelledby", "data-filter", "class")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.language = ""
        self.own: list[str] = []
        self.marks: list[tuple[str, str, str]] = []
        self._open: list[tuple[str, bool]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = told["lang"]
        english = tag != "html" and told.get("lang") == "en"
        quiet = bool(self._open and self._open[-1][1]) or english or tag in ("script", "style")
        if not quiet:
            self.own += [told[name] for name in self.SPOKEN if name in told]
        self.marks += [
            (tag, name, value)
            for name, value in told.items()
            if name in self.MARKUP or (name.startswith("data-") and name not in self.SPOKEN)
        ]
        if tag not in self.VOID:
            self._open.append((tag, quiet))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not (self._open and self._open[-1][1]):
            self.own.append(" ".join(data.split()))


@cache
def read(language: str) -> Reader:
    """Return the page of a language, read."""
    return Reader(page(language))


@pytest.mark.parametrize("language", OTHERS)
def test_ids_links_and_classes_are_the_same_in_every_language(language: str) -> None:
    assert read(language).language == language
    told = ("p", "class", "muted in-english")  # says what is in English, on the others alone
    assert [mark for mark in read(language).marks if mark != told] == read("en").marks


def skeletons(language: str) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Yield each English sentence that has words of its own and another form here."""
    for key, text in texts("en").items():
        there = {str(form) for form in forms(texts(language)[key])}
        for form in forms(text):
            bare = re.sub(r"\{\w+\}", "", form)
            if form in there or not re.search(r"[A-Za-z]{3}", bare) or key.startswith("date."):
                continue
            parts = [re.escape(p) for p in re.split(r"\{\w+\}", form.replace("`", "").strip())]
            yield key, re.compile(".{0,200}".join(parts))


@pytest.mark.parametrize("language", OTHERS)
def test_no_english_word_of_ours_is_left(language: str) -> None:
    own = read(language).own
    ours = {" ".join(form.split()) for text in texts(language).values() for form in forms(text)}
    for key, pattern in skeletons(language):
        for said in own:
            if said in ours or not pattern.fullmatch(said):
                continue
            pytest.fail(f"{key}: {said!r} is English")


@pytest.mark.parametrize("language", OTHERS)
def test_what_others_said_is_marked_as_english(language: str) -> None:
    said = " ".join(read(language).own)
    for words in (
        "A statement nobody translated",
        "A story in English",
        "another thing",
        "do it otherwise",
        "a reason of a rule",
        "A reason in English",
        "A person does it",
        "A note of the bench",
        "the answer was odd",
        "it took too long",
        "a line of the log",
        "it was bad",
        "it said so",
    ):
        assert words in page("en")
        assert words not in said, words


def test_an_english_page_marks_nothing() -> None:
    assert page("en").count('lang="') == 1
    assert texts("en")["page.english"] not in page("en")
    assert texts("nl")["page.english"] in page("nl")


@pytest.mark.parametrize("language", OTHERS)
def test_the_headline_is_that_of_the_report(language: str) -> None:
    events = record()
    report = build_report(events, [ROWS], {})
    told = headline(report, words_in(language))
    assert re.findall(r"\d+", told) == re.findall(r"\d+", report["headline"])
    first = summary(report, words_in(language)).splitlines()[0]
    assert first.startswith(f"## {words_in(language).named(report['verdict']).upper()}")
    assert report["headline"] == headline(report) == headline(report, ENGLISH)


@pytest.mark.parametrize("language", OTHERS)
def test_a_summary_is_in_its_language(language: str) -> None:
    report = build_report(record(), [ROWS], {})
    told, english = summary(report, words_in(language)), summary(report)
    ids = re.compile(r"<code>[^<]+</code>|MUST|SHOULD")
    assert ids.findall(told) == ids.findall(english)
    for key, text in texts("en").items():
        if key.startswith("summary.") and texts(language)[key] != text:
            for form in forms(text):
                assert not {f"### {form}", f"| {form} |"} & set(told.splitlines()), key


# A run's folder.


def test_a_run_is_written_and_rendered_again_in_a_language(tmp_path: Path) -> None:
    def written() -> Mapping[str, bytes]:
        return {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    write_run(tmp_path, record(), [ROWS], {}, language="nl")
    dutch = written()
    assert language_of(tmp_path) == "nl"
    render(tmp_path)
    assert written() == dutch  # the language of the page is kept
    render(tmp_path, language="fr")
    french = written()
    assert language_of(tmp_path) == "fr"
    assert differences(tmp_path) == []
    changed = {name for name in dutch if dutch[name] != french[name]}
    assert changed == {"report.html", "summary.md", "manifest.json"}
    assert json.loads(french["report.json"])["headline"].startswith("NOT ASSESSED: ")


def test_a_folder_without_a_page_speaks_english(tmp_path: Path) -> None:
    assert language_of(tmp_path) == "en"
    (tmp_path / "report.html").write_text('<!doctype html>\n<html lang="xx">', encoding="utf-8")
    assert language_of(tmp_path) == "en"


def test_the_command_renders_in_a_language(tmp_path: Path) -> None:
    write_run(tmp_path, record(), [ROWS], {})
    ran = CliRunner().invoke(report_command, [str(tmp_path), "--lang", "nl"], standalone_mode=False)
    assert ran.exception is None
    assert ran.output.startswith("NOT ASSESSED: ")  # a terminal speaks English
    assert language_of(tmp_path) == "nl"
    refused = CliRunner().invoke(report_command, [str(tmp_path), "--lang", "xx"])
    assert refused.exit_code != 0
    both = ["--lang", "nl", "--letter", "fr"]
    ran = CliRunner().invoke(report_command, [str(tmp_path), *both], standalone_mode=False)
    assert isinstance(ran.exception, BadInvocation)


def test_run_and_judge_write_their_pages_in_a_language(tmp_path: Path) -> None:
    chosen = ["socialsecurity", "--stage", "token", "--seed", "1"]
    ran = proefbank(tmp_path, "run", *chosen, "--run", "a", "--lang", "nl")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.startswith("PASSED: ")
    assert language_of(tmp_path / "reports" / "a") == "nl"
    told = (tmp_path / "reports" / "a" / "summary.md").read_text(encoding="utf-8")
    assert told.startswith("## GESLAAGD: ")
    ran = proefbank(tmp_path, "judge", "reports/a/events.ndjson", "--run", "b", "--lang", "fr")
    assert ran.stdout.partition(":")[0] in ("PASSED", "INCOMPLETE"), ran.stdout + ran.stderr
    assert language_of(tmp_path / "reports" / "b") == "fr"
    (tmp_path / "proefbank.toml").write_text('[run]\nlang = "fr"\n', encoding="utf-8")
    ran = proefbank(tmp_path, "run", *chosen, "--run", "c")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert language_of(tmp_path / "reports" / "c") == "fr"
    ran = proefbank(tmp_path, "run", *chosen, "--run", "d", "--lang", "de")
    assert ran.returncode == 4
    assert "--lang" in ran.stderr


# Statements of requirements.

TRANSLATED = ("contract", "ehealth", "itsme", "setup", "socialsecurity")


def test_a_statement_is_shown_in_the_language_of_the_page() -> None:
    statement = translated("proefbank.services.socialsecurity", "nl")[REAL]
    assert statement in page("nl")
    assert catalogue("proefbank.services.socialsecurity")[REAL].statement not in page("nl")


def test_a_statement_that_was_worded_otherwise_stays_as_it_was() -> None:
    row = {"id": REAL, "statement": "Something that was said before."}
    assert statements_in("nl", [row]) == {}
    assert statements_in("nl", [{"id": "nobody.has.this", "statement": "x"}]) == {}


def code_in(text: str) -> list[str]:
    """Return what stands between backticks."""
    return sorted(re.findall(r"`[^`]+`", text))


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("service", TRANSLATED)
def test_every_requirement_is_said_in_every_language(service: str, language: str) -> None:
    package = catalogues()[service].package
    rows, told = catalogue(package), translated(package, language)
    assert sorted(told) == sorted(rows)
    for key, text in told.items():
        assert text.endswith("."), key
        assert "'" not in text, key
        assert code_in(text) == code_in(rows[key].statement), key
        assert text != rows[key].statement, key
        for number in re.findall(r"\b\d{2,}\b", rows[key].statement):
            assert number in text, key


@pytest.mark.parametrize("service", TRANSLATED)
def test_translations_lie_in_files_like_those_of_the_requirements(service: str) -> None:
    folder = ROOM / "services" / service / "requirements"
    pages = {page.name: page for page in folder.glob("*.toml")}
    for language in OTHERS:
        assert {page.name for page in (folder / language).glob("*.toml")} == set(pages)
        for name, page in pages.items():
            raw = tomllib.loads(page.read_text(encoding="utf-8"))["requirement"]
            text = (folder / language / name).read_text(encoding="utf-8")
            found = [line.partition(" = ")[0] for line in text.splitlines() if " = " in line]
            assert sorted(found) == sorted(row["id"].rpartition(".")[2] for row in raw)


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("service", TRANSLATED)
def test_translations_are_of_what_the_requirements_say_today(service: str, language: str) -> None:
    folder = ROOM / "services" / service / "requirements"
    for page in sorted(folder.glob("*.toml")):
        rows = tomllib.loads(page.read_text(encoding="utf-8"))["requirement"]
        said = "\n".join(f"{row['id']} {row['statement']}" for row in rows)
        digest = hashlib.sha256(said.encode()).hexdigest()[:16]
        text = (folder / language / page.name).read_text(encoding="utf-8")
        assert f"\n# of {digest}\n" in text, (
            f"{page.name} was reworded: look at it in {language} too, then write # of {digest}"
        )
