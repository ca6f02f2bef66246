"""The report room: every page says the same, and none can be made to say something else."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest

from proefbank.errors import BadInvocation, NotAssessed
from proefbank.exchange import Request, Response, Secret, TlsFacts, Trail, Violation
from proefbank.journal import Event, Journal
from proefbank.report.commands import again, whole
from proefbank.report.html import render_html
from proefbank.report.html.holes import pieces, token
from proefbank.report.manifest import differences
from proefbank.report.record import build_report
from proefbank.report.text import failure_text, headline
from proefbank.report.validation import problems_in_events, validate
from proefbank.report.write import FILES, render, write_run
from proefbank.requirement import Basis, Binds, Catalogue, Level, Requirement
from proefbank.verdict import Evidence, Finding, Outcome, Verdict

TOKEN_URL = "https://127.0.0.1:44885/REST/oauth/v5/token"
AT = 1_792_000_000.0
HOSTILE = "<script>alert(1)</script>|`x`*_ \x1b[31m\u202e]]> \ud800 &amp; \"'\nsecond line"
FINDING = Finding(
    where="client_assertion, claim aud",
    expected=TOKEN_URL,
    actual="https://oauth.socialsecurity.be",
    hint="v3 and v4 used an issuer-like audience; v5 wants the token URL itself",
    exchange=1,
)


def requirement(slug: str, **over: Any) -> Requirement:
    """Return a requirement of `socialsecurity.assertion`: documented and MUST unless told."""
    members: dict[str, Any] = {
        "id": f"socialsecurity.assertion.{slug}",
        "code": "SSOAUTH-001",
        "level": Level.MUST,
        "binds": Binds.CLIENT,
        "basis": Basis.DOCUMENTED,
        "statement": "The assertion is addressed to the token endpoint.",
        "source": "Opzetten kanaal REST API (17/09/2024)",
        "section": "5.1",
    }
    return Requirement(**{**members, **over})


CATALOGUE = Catalogue(
    [
        requirement("aud-is-token-url"),
        requirement("fine"),
        requirement("soft"),
        requirement("waived"),
        requirement("unseen"),
        requirement("foreign"),
        requirement("missed"),
        requirement("advice", level=Level.SHOULD, basis=Basis.STANDARD, url="javascript:alert(1)"),
        requirement("hardening", level=Level.MUST, basis=Basis.PRACTICE),
        requirement("beyond", excluded="A person does it in `ChaMan`."),
    ]
)
WHYS = {key: f"Because of `{key}`." for key in CATALOGUE}
WAIVER = {
    "requirement": "socialsecurity.assertion.aud-is-token-url", "finding": "31b97489b9f9",
    "where": "", "actual": "another one", "cause": "known", "owner": "nobody", "ticket": "X-1",
    "first_seen": "2026-11-01", "expires": "2026-11-30", "stages": [], "file": "",
    "on": "2026-11-22",
}  # fmt: skip
OUTCOMES: Mapping[str, tuple[Outcome, Finding | None, str]] = {
    "aud-is-token-url": (Outcome.FAILED, FINDING, ""),
    "fine": (Outcome.PASSED, None, ""),
    "soft": (Outcome.WARNED, Finding("outcome", "malformed", "unclassified", soft=True), ""),
    "waived": (Outcome.WAIVED, None, "waived until 2027-01-31"),
    "unseen": (Outcome.NOT_OBSERVABLE, None, "the clock cannot be moved"),
    "foreign": (Outcome.NOT_APPLICABLE, None, "the client does not claim jwt"),
    "missed": (Outcome.NOT_EXERCISED, None, "no request came"),
    "advice": (Outcome.WARNED, Finding("header", "a name", HOSTILE), ""),
    "hardening": (Outcome.FAILED, Finding("header", "less", "more", exchange=1), ""),
}


def opening(**over: Any) -> Event:
    """Return the first event of a run."""
    return {
        "event": "run",
        "schema": "proefbank/events/1",
        "run": {
            "id": "r1",
            "started": "2026-11-22T06:00:00.000+00:00",
            "seed": 7,
            "command": ["pb", "run", "socialsecurity", "--client-command", "node adapter.js"],
        },
        "subject": {
            "name": "made-up client",
            "version": "1",
            "language": "Python",
            "homepage": "javascript:alert(1)",
        },
        "assertor": {"name": "proefbank", "version": "1.0"},
        "scope": {
            "services": ["socialsecurity"],
            "target": "mock",
            "door": "adapter",
            "requirement_set": "2026-11",
            "capabilities": ["token"],
        },
        "preflight": [{"check": "hello", "outcome": "passed", "detail": ""}],
        **over,
    }


END: Event = {"event": "end", "finished": "2026-11-22", "duration_s": 1.5, "interrupted": False}


def jwt(**claims: object) -> str:
    """Return a token that looks signed."""

    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).decode().rstrip("=")

    told = {"iss": "self_service_1", "exp": int(AT) + 300, "iat": int(AT), **claims}
    coded = part(json.dumps({"alg": "RS256"}).encode()), part(json.dumps(told).encode())
    return f"{coded[0]}.{coded[1]}.{part(bytes(256))}"


def staged(stage: str, *, detail: str = "refused", state: str = "done") -> list[Event]:
    """Return the events of one staging: a refused token request and what the client said of it."""
    journal = Journal(stage)
    facts = {"token_endpoint": TOKEN_URL}
    journal.write("staging", service="socialsecurity", story="One token.", at=AT, facts=facts)
    journal.write("stimulus", name="slow", layer="provider", times=1, params={})
    call = journal.call("token.fetch", {"scope": None}, note="probe")
    form = {"grant_type": "client_credentials", "client_assertion": jwt(aud="x"), "scope": "a b"}
    headers = (("X-Twice", "1"), ("X-Twice", "2"))
    request = Request(
        "POST",
        "/REST/oauth/v5/token",
        (*headers, ("Content-Type", "application/x-www-form-urlencoded")),
        urlencode(form).encode(),
        port=44885,
        tls=TlsFacts("TLSv1.3"),
        received_at=AT,
    )
    secret = "opaque-token-value-0123456789"
    answer = json.dumps({"access_token": secret, "error": "invalid_client"}).encode()
    trail = Trail(
        "token",
        (Violation("aud-not-token-url", "aud is x"),),
        secrets=(Secret("token", secret),),
    )
    journal.exchange(
        request, Response(401, (("Content-Type", "application/json"),), answer, trail=trail)
    )
    journal.write(
        "outcome", call=call, outcome="rejected", **{"class": "provider_error"}, detail=detail
    )
    journal.write("note", text="a second connection")
    journal.write("staged", state=state, reason="" if state == "done" else "KeyError")
    return list(journal)


def verdict(slug: str, stage: str, outcome: Outcome | None = None) -> Event:
    """Return a verdict event; the outcome from the table unless told."""
    kind, finding, reason = OUTCOMES[slug]
    if outcome is not None:
        kind, finding, reason = outcome, None, ""
    evidence = (Evidence(stage, 1, "body"),) if finding and finding.exchange else ()
    said = Verdict(f"socialsecurity.assertion.{slug}", stage, kind, finding, evidence, reason)
    return {"event": "verdict", **said.to_json()}


def mixed() -> list[Event]:
    """Return a run with one of everything, in two stagings."""
    judged = [verdict(slug, "one") for slug in OUTCOMES]
    judged += [verdict("fine", "two"), verdict("aud-is-token-url", "two", Outcome.PASSED)]
    return [opening(), *staged("one", detail=HOSTILE), *staged("two"), *judged, END]


def passing(slugs: Sequence[str] = tuple(OUTCOMES)) -> list[Event]:
    """Return a run in which everything passed."""
    judged = [verdict(slug, "one", Outcome.PASSED) for slug in slugs]
    return [opening(), *staged("one"), *judged, END]


def report_of(events: Sequence[Event]) -> dict[str, Any]:
    """Return the report of these events."""
    return build_report(events, [CATALOGUE], WHYS)


RUNS: Mapping[str, tuple[list[Event], str, str]] = {
    "passed": (
        passing(),
        "passed",
        (
            "PASSED: 7 of 7 required checks passed; 1 recommendation met, 0 warnings;"
            " simulated provider, requirement set 2026-11, seed 7"
        ),
    ),
    "failed": (
        mixed(),
        "failed",
        (
            "FAILED: 1 of 6 required checks failed, 1 not exercised, 1 passed, 1 with a warning,"
            " 1 waived, 1 not observable, 1 not applicable; 0 recommendations met, 1 warning;"
            " simulated provider, requirement set 2026-11, seed 7"
        ),
    ),
    "not exercised": (
        passing(["fine"]),
        "failed",
        (
            "FAILED: 6 of 7 required checks not exercised, 1 passed;"
            " 1 recommendation not exercised; simulated provider, requirement set 2026-11, seed 7"
        ),
    ),
    "not observable": (
        [*passing([s for s in OUTCOMES if s != "unseen"])[:-1], verdict("unseen", "one"), END],
        "incomplete",
        (
            "INCOMPLETE: 6 of 7 required checks passed, 0 failed, 1 not observable through"
            " the adapter; 1 recommendation met, 0 warnings; simulated provider,"
            " requirement set 2026-11, seed 7"
        ),
    ),
    "selected": (
        [opening(run_selected=True), *passing(["fine"])[1:]],
        "passed",
        (
            "PASSED: 1 of 1 selected required checks passed; 8 requirements not selected;"
            " simulated provider, requirement set 2026-11, seed 7"
        ),
    ),
    "interrupted": (
        passing(["fine"])[:-1],
        "incomplete",
        (
            "INCOMPLETE: 1 of 7 required checks passed, 0 failed, 6 not reached, the run was"
            " interrupted; simulated provider, requirement set 2026-11, seed 7"
        ),
    ),
    "preflight": (
        [opening(preflight=[{"check": "hello", "outcome": "failed", "detail": "silent"}]), END],
        "not_assessed",
        (
            "NOT ASSESSED: preflight stopped the run (hello), so nothing was judged;"
            " simulated provider, requirement set 2026-11, seed 7"
        ),
    ),
    "interrupted while the client started": (
        [
            opening(preflight=[{"check": "hello", "outcome": "failed", "detail": "not yet"}]),
            {**END, "interrupted": True},
        ],
        "not_assessed",
        (
            "NOT ASSESSED: the run was interrupted, no required check was judged;"
            " simulated provider, requirement set 2026-11, seed 7"
        ),
    ),
    "broken": (
        [*passing()[:-1], verdict("fine", "two", Outcome.BROKEN), END],
        "not_assessed",
        (
            "NOT ASSESSED: 1 check broke through a fault of the bench, not of the client;"
            " 1 recommendation met, 0 warnings; simulated provider, requirement set 2026-11, seed 7"
        ),
    ),
    "broken staging": (
        [*passing()[:-1], *staged("two", state="broken"), END],
        "not_assessed",
        (
            "NOT ASSESSED: the bench was at fault, or no required check could be judged;"
            " 1 recommendation met, 0 warnings; simulated provider, requirement set 2026-11, seed 7"
        ),
    ),
    "empty": (
        [],
        "not_assessed",
        "NOT ASSESSED: no required check was judged; simulated provider",
    ),
}


@pytest.mark.parametrize("kind", RUNS)
def test_every_kind_of_run_renders_and_follows_the_schema(kind: str, tmp_path: Path) -> None:
    """Also an interrupted run, one that preflight stopped, and an empty record."""
    events, expected, sentence = RUNS[kind]
    report = write_run(tmp_path, events, [CATALOGUE], WHYS)
    assert (report["verdict"], report["headline"]) == (expected, sentence)
    assert validate(report) == []
    assert problems_in_events(events) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)
    assert differences(tmp_path) == []
    assert headline(report) == report["headline"]
    for name in ("report.html", "summary.md", "junit.xml"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert "%" not in re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)


def test_counts_agree_in_every_file(tmp_path: Path) -> None:
    """One record, six renderings, the same numbers."""
    events = mixed()
    report = write_run(tmp_path, events, [CATALOGUE], WHYS)
    counts = report["counts"]
    read = {name: (tmp_path / name).read_text(encoding="utf-8") for name in FILES}
    assert json.loads(read["report.json"]) == report

    rows = report["requirements"]
    deciding = Counter(r["outcome"] for r in rows if r["basis"] != "practice" and r["outcome"])
    assert {k: v for k, v in counts["by_outcome"].items() if v} == dict(deciding)
    assert counts["requirements"] == len(rows) == 10
    assert counts["excluded"] == 1
    assert counts["judgements"] == 11

    suite = ET.fromstring(read["junit.xml"])[0]
    cases = suite.findall("testcase")
    assert int(suite.get("tests", "")) == len(cases) == counts["judgements"]
    judged = Counter(
        (item["outcome"], row["basis"] == "practice") for row in rows for item in row["judgements"]
    )
    failing = judged["failed", False] + judged["not_exercised", False]
    assert int(suite.get("failures", "")) == len(suite.findall(".//failure")) == failing == 2
    assert int(suite.get("skipped", "")) == len(suite.findall(".//skipped")) == 3
    assert int(suite.get("errors", "")) == len(suite.findall(".//error")) == 0

    page = read["report.html"]
    used = [name for name in Outcome if counts["by_outcome"][name] or counts["hardening"][name]]
    for name, tally in (*counts["by_level"].items(), ("hardening", counts["hardening"])):
        line = re.search(rf'data-tally="{name}".*?</tr>', page, re.DOTALL)
        assert line
        shown = [int(number) for number in re.findall(r"<td[^>]*>(\d+)</td>", line.group())]
        assert shown == [*(tally[outcome] for outcome in used), sum(tally.values())]
    table = Counter(re.findall(r'<tr id="req-[^"]*" data-outcome="([a-z_]+)"', page))
    assert table == deciding + Counter({"failed": 1, "excluded": 1})
    cards = Counter(re.findall(r'<article class="card [a-z_]+"[^>]*data-outcome="([a-z_]+)"', page))
    assert cards == {"failed": 2, "warned": 2, "not_exercised": 1}

    archive = json.loads(read["traffic.har"])["log"]
    assert len(archive["entries"]) == counts["exchanges"] == 2
    assert [item["id"] for item in archive["pages"]] == ["one", "two"]
    assert counts["stagings"] == page.count('<article class="staging"') == 2

    lines = read["summary.md"].splitlines()
    must = next(line for line in lines if line.startswith("| MUST"))
    assert [int(n) for n in re.findall(r"\d+", must)] == [
        counts["by_level"]["MUST"][name] for name in used
    ]
    assert sum(1 for line in lines if re.match(r"\| [✕△□] ", line)) == sum(cards.values())
    for text in (html.unescape(read["summary.md"]), html.unescape(page), read["junit.xml"]):
        assert report["headline"].partition(": ")[2] in text


def test_the_same_record_gives_the_same_bytes(tmp_path: Path) -> None:
    """Rendering again, with or without the requirement files, changes nothing."""
    write_run(tmp_path / "a", mixed(), [CATALOGUE], WHYS, [WAIVER])
    write_run(tmp_path / "b", mixed(), [CATALOGUE], WHYS, [WAIVER])
    first = {name: (tmp_path / "a" / name).read_bytes() for name in FILES}
    assert first == {name: (tmp_path / "b" / name).read_bytes() for name in FILES}
    for known in ([], [CATALOGUE]):
        for name in set(FILES) - {"events.ndjson", "report.json"}:
            (tmp_path / "a" / name).unlink()
        render(tmp_path / "a", known, WHYS if known else None)
        assert first == {name: (tmp_path / "a" / name).read_bytes() for name in FILES}


def test_a_folder_without_a_record_cannot_be_rendered(tmp_path: Path) -> None:
    """Both ways of missing something are told as a problem of the invocation."""
    with pytest.raises(BadInvocation, match="no record"):
        render(tmp_path)
    (tmp_path / "events.ndjson").write_text("")
    with pytest.raises(BadInvocation, match="not known"):
        render(tmp_path)


def test_a_torn_record_is_rendered_as_interrupted(tmp_path: Path) -> None:
    """A run that was killed leaves half a line behind."""
    write_run(tmp_path, passing(), [CATALOGUE], WHYS)
    path = tmp_path / "events.ndjson"
    path.write_bytes(path.read_bytes()[:-20] + b"\xc3")
    assert render(tmp_path)["verdict"] == "incomplete"


class Page(HTMLParser):
    """Collects what a browser would make of the page."""

    VOID = frozenset({"meta", "link", "input", "br", "path", "circle", "rect", "use"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note ids, links and nesting."""
        self.tags[tag] += 1
        told = dict(attrs)
        self.attributes |= set(told)
        if told.get("id"):
            self.ids.append(str(told["id"]))
        if "href" in told:
            self.links.append(str(told["href"]))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an SVG element that closes itself."""
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Check the nesting."""
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def test_the_page_stands_alone_and_holds_together() -> None:
    """No request leaves it, every anchor exists, and only our own style and script may run."""
    events = mixed()
    text = render_html(report_of(events), events)
    page = Page(text)
    assert page.wrong == []
    assert page.open == []
    assert [name for name, count in Counter(page.ids).items() if count > 1] == []
    inner = {link[1:] for link in page.links if link.startswith("#")}
    assert inner - set(page.ids) == set()
    assert {link for link in page.links if not link.startswith("#")} == {"data:,"}
    assert not page.attributes & {"src", "style", "onclick", "onload", "srcset"}
    assert page.tags["script"] == page.tags["style"] == page.tags["h1"] == page.tags["main"] == 1
    assert "url(" not in text
    assert "@import" not in text
    for tag in ("style", "script"):
        content = text.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert html.escape(f"{tag}-src 'sha256-{digest}'") in text.replace("&#39;", "&#x27;")


def test_hostile_words_stay_words(tmp_path: Path) -> None:
    """A client chooses many of the texts in a report; none of them becomes markup."""
    write_run(tmp_path, mixed(), [CATALOGUE], WHYS)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page + summary
    for sign in ("\x1b", "\u202e"):
        assert sign not in page + summary
    row = next(line for line in summary.splitlines() if "second line" in line)
    assert row.replace("\\|", "").count("|") == 6
    assert "&#124;&#96;x&#96;&#42;&#95;" in row
    name = "socialsecurity.assertion.advice@one"
    case = ET.parse(tmp_path / "junit.xml").find(f".//testcase[@name='{name}']/system-out")
    assert case is not None
    assert "<script>alert(1)</script>" in str(case.text)


def test_a_failure_prints_as_designed() -> None:
    """Id, level and statement, then one line for each thing to know."""
    row = next(
        r for r in report_of(mixed())["requirements"] if r["id"].endswith("aud-is-token-url")
    )
    assert failure_text(row, row["judgements"][0]).splitlines() == [
        (
            "socialsecurity.assertion.aud-is-token-url   MUST  "
            " The assertion is addressed to the token endpoint."
        ),
        "  expected  https://127.0.0.1:44885/REST/oauth/v5/token",
        "  actual    https://oauth.socialsecurity.be",
        "  where     exchange 1, client_assertion, claim aud",
        "  finding   31b97489b9f9",
        "  source    Opzetten kanaal REST API (17/09/2024), 5.1",
        "  hint      v3 and v4 used an issuer-like audience; v5 wants the token URL itself",
    ]


def test_a_card_shows_both_witnesses() -> None:
    """What the wire showed, decoded; what the client said; and how to see it again."""
    events = mixed()
    text = html.unescape(re.sub(r"<[^>]+>", "", render_html(report_of(events), events)))
    for part in (
        "POST /REST/oauth/v5/token HTTP/1.1",
        "JWT, 3 parts, signature of 342 characters",
        '"exp": 1792000300,  ← 2026-10-14 17:51:40 UTC, 5 min after arrival',
        "a b",
        "HTTP/1.1 401 Unauthorized",
        "aud-not-token-url aud is x",
        '"access_token": "token 1, 29 characters"',
        "rejected provider_error",
        "proefbank run socialsecurity --stage one --seed 7 --client-command 'node adapter.js'",
        "exchange 1: POST /REST/oauth/v5/token → 401 Unauthorized evidence",
        "A person does it in ChaMan.",
    ):
        assert part in text
    assert "opaque-token-value" not in text


def test_hardening_never_turns_the_build_red(tmp_path: Path) -> None:
    """A practice MUST that fails is advice: the verdict and JUnit agree on that."""
    events = [*passing()[:-1], verdict("hardening", "two"), END]
    report = write_run(tmp_path, events, [CATALOGUE], WHYS)
    assert report["verdict"] == "passed"
    assert report["counts"]["hardening"]["failed"] == 1
    assert ET.parse(tmp_path / "junit.xml").getroot().get("failures") == "0"


def test_a_verdict_on_an_unknown_requirement_is_never_dropped() -> None:
    """Leaving it out could hide a failure."""
    events = [opening(), verdict("fine", "one"), END]
    with pytest.raises(NotAssessed, match=r"assertion\.fine"):
        build_report(events, [Catalogue([requirement("other")])], {})


def test_the_worst_page_stays_below_a_megabyte() -> None:
    """Everything fails everywhere: a hundred requirements in fifty stagings."""
    rows = Catalogue([requirement(f"rule-{number}-{'x' * 30}") for number in range(100)])
    events: list[Event] = [opening()]
    for stage in range(50):
        events += staged(f"stage-{stage}", detail="d" * 400)
    for number, name in enumerate(rows):
        for stage in range(number % 5, 50, 5):
            where = f"stage-{stage}"
            said = Verdict(name, where, Outcome.FAILED, FINDING, (Evidence(where, 1),))
            events.append({"event": "verdict", **said.to_json()})
    events.append(END)
    report = build_report(events, [rows], dict.fromkeys(rows, "Why. " * 40))
    assert report["counts"]["by_level"]["MUST"]["failed"] == 100
    assert len(render_html(report, events).encode()) < 1_000_000


def test_the_manifest_tells_what_was_changed(tmp_path: Path) -> None:
    """Size and digest of each file, whoever changed, added or removed it."""
    write_run(tmp_path, passing(), [CATALOGUE], WHYS)
    (tmp_path / "summary.md").write_text("PASSED")
    (tmp_path / "junit.xml").unlink()
    (tmp_path / "extra.txt").write_text("x")
    assert differences(tmp_path) == [
        "junit.xml is missing",
        "extra.txt is not in the manifest",
        "summary.md was changed",
    ]


def test_har_keeps_duplicates_and_what_a_judge_needs() -> None:
    """Header order and case survive; `_proefbank` has the trail."""
    from proefbank.report.har import har

    entry = har(staged("one"), {})["log"]["entries"][0]
    assert entry["request"]["headers"][:2] == [
        {"name": "X-Twice", "value": "1"},
        {"name": "X-Twice", "value": "2"},
    ]
    assert entry["request"]["url"] == TOKEN_URL
    assert entry["startedDateTime"] == "2026-10-14T17:46:40.000+00:00"
    assert entry["_proefbank"]["trail"]["violations"][0]["code"] == "aud-not-token-url"
    assert "opaque-token-value" not in json.dumps(entry)


def test_a_report_that_breaks_the_schema_is_told() -> None:
    """The place of the problem comes with it."""
    report = report_of(passing())
    report["requirements"][0]["outcome"] = "green"
    report["surplus"] = 1
    problems = validate(report)
    assert any(problem.startswith("/requirements/0/outcome: ") for problem in problems)
    assert any("surplus" in problem for problem in problems)
    assert problems_in_events([{"event": "exchange"}])[0].startswith("line 1: ")


def test_commands_can_be_copied() -> None:
    """Options that start the client are kept, whatever the record tells of them."""
    report = report_of(passing())
    report["run"]["command"] = ["/x/proefbank", "run", "--client-command=node 'a b.js'", "--", "-k"]
    assert again(report, "socialsecurity", "s") == (
        "proefbank run socialsecurity --stage s --seed 7 \"--client-command=node 'a b.js'\""
    )
    report["run"]["command"] = ["proefbank", "judge", "traffic.har"]
    assert again(report, "socialsecurity", "s") == "proefbank judge traffic.har" == whole(report)
    report["run"]["command"] = []
    report["subject"]["client"] = "package.module:Client"
    assert again(report, "itsme", "s").endswith("--seed 7 --client package.module:Client")


def test_holes_are_read_for_people() -> None:
    """Labels stand for what was cut out; members that stand twice are shown twice."""
    text = (
        'a <redacted:token ref=2 length=43> b <redacted:jwt parts=3 header={"x":"}>"}> c <redacted:'
    )
    assert [(piece.text, piece.cut) for piece in pieces(text)] == [
        ("a ", False),
        ("token 2, 43 characters", True),
        (" b ", False),
        ("JWT", True),
        (" c <redacted:", False),
    ]
    cut = token(
        '<redacted:jwt parts=3 signature=9 header={"alg":"none"}'
        ' claims={"exp":10,"exp":"11","nbf":1e300,"n":{"a":[1]}}>',
        70.0,
    )
    assert cut is not None
    assert [(line.text.strip(), line.remark) for line in cut.claims][1:-1] == [
        ('"exp": 10,', "1970-01-01 00:00:10 UTC, 1 min before arrival"),
        ('"exp": "11",', "not a number"),
        ('"nbf": 1e+300,', "not a possible instant in seconds"),
        ('"n": {"a": [1]}', ""),
    ]


def _luminance(colour: str) -> float:
    full = colour if len(colour) == 7 else "#" + "".join(c * 2 for c in colour[1:])
    parts = (int(full[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_have_enough_contrast(scheme: str) -> None:
    """WCAG AA, 4.5 to 1, for every text on every ground it stands on."""
    style = resources.files("proefbank.report.html").joinpath("report.css").read_text("utf-8")
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    found = dict(
        re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})", blocks[0 if scheme == "light" else 1])
    )
    grounds = ("page", "paper", "sunk")
    tones = ("green", "red", "amber", "rust", "blue", "grey", "violet")
    pairs = [(text, ground) for text in ("ink", "soft", "link", *tones) for ground in grounds]
    pairs += [(tone, f"{tone}-tint") for tone in tones]
    pairs += [("ink", f"{tone}-tint") for tone in tones]
    pairs += [("soft", f"{tone}-tint") for tone in tones]
    pairs += [("mark-ink", "mark"), ("paper", "soft"), ("ink", "code"), ("soft", "code")]
    for text, ground in pairs:
        light, dark = sorted((_luminance(found[text]), _luminance(found[ground])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)
