"""The picture of a renewal: what it shows, what it says without colour, and how large it gets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from proefbank.bench import Bench
from proefbank.clients.python import PythonClient
from proefbank.exchange import Request, Response, Trail
from proefbank.journal import Event, Journal
from proefbank.report.html import render_html
from proefbank.report.html.renewal import FETCH, KEYS, OTHER, Course, courses
from proefbank.report.html.renewal_choice import leading, pictures
from proefbank.report.html.renewal_marks import LEFT, RIGHT, glyph
from proefbank.report.html.renewal_picture import picture
from proefbank.report.html.renewal_time import axis, day_words, words
from proefbank.report.record import build_report
from proefbank.requirement import Basis, Binds, Catalogue, Level, Requirement
from proefbank.service import Settings
from proefbank.services.ehealth import SERVICE
from proefbank.services.ehealth.reference import ReferenceConsumer
from proefbank.staging import stages_of
from proefbank.verdict import Finding, Outcome, Verdict

START = 1_757_000_000.0
DAY = 86_400.0
KIDS = {key: f"kid-of-{key}" for key in KEYS}
HOSTILE = "<script>alert(1)</script>\"'&\u202e"
STEPS: list[dict[str, Any]] = [
    {"name": "start", "at": None, "state": "S0", "signs": "OLD", "published": ["OLD"]},
    {
        "name": "step 1",
        "at": START + 2 * DAY,
        "date": "2025-09-07",
        "state": "S1",
        "signs": "OLD",
        "published": ["OLD", "NEW"],
    },
    {
        "name": "step 2",
        "at": START + 8 * DAY,
        "state": "S2",
        "signs": "NEW",
        "published": ["OLD", "NEW"],
    },
    {"name": "step 3", "at": START + 30 * DAY, "state": "S3", "signs": "NEW", "published": ["NEW"]},
]
Said = tuple[float, str, str]
"""Days after the start, key, and what the client said."""
ALL = [(0.0, "OLD"), (3.0, "OLD"), (9.0, "NEW"), (31.0, "NEW")]
GOOD: list[Said] = [(day, key, "accepted") for day, key in ALL]


def state_at(at: float) -> str:
    """Return the state that STEPS have at an instant."""
    return [str(s["state"]) for s in STEPS if s["at"] is None or s["at"] <= at][-1]


def staged(
    said: Sequence[Said],
    *,
    stage: str = "walk",
    fetches: Sequence[tuple[float, bool]] = ((0.0, True),),
    steps: object = STEPS,
    moved: bool = True,
    service: str = "ehealth",
    **shown: object,
) -> Journal:
    """Return what a staging writes down in which tokens are shown and key sets fetched."""
    journal = Journal(stage)
    journal.write("staging", service=service, story="A life.", at=START)
    facts = {"kids": KIDS, "realms": ["r"], "timeline": "t", "steps": steps}
    journal.write("scenario", facts=facts)
    for day, delivered in fetches:
        asked = Request("GET", "/certs", received_at=START + day * DAY)
        trail = Trail("jwks", facts={"delivered": delivered})
        journal.exchange(asked, Response(200 if delivered else 503, (), b"", trail=trail))
    for day, key, outcome in said:
        at = START + day * DAY
        if moved:
            journal.write("clock", by=None, now=at, who="both")
        call = journal.call("jwt.verify", {"token": "<redacted:token ref=1 length=9>"})
        told: dict[str, Any] = {"recipe": "access", "key": key, "kid": KIDS.get(key), "realm": "r"}
        journal.write("shown", call=call, at=at, **{**told, "state": state_at(at), **shown})
        why = {"class": "unknown_key"} if outcome == "rejected" else {}
        journal.write("outcome", call=call, outcome=outcome, **why)
    journal.write("staged", state="done", reason="")
    return journal


def course(said: Sequence[Said], **how: Any) -> Course:
    """Return the one course of a staging."""
    (found,) = courses(staged(said, **how))
    return found


def page(journals: Sequence[Journal], failed: Sequence[str] = ()) -> str:
    """Return the page of a run with these stagings."""
    rows = Catalogue(
        [
            Requirement(
                id="ehealth.rotation.works",
                code="",
                level=Level.MUST,
                binds=Binds.CLIENT,
                basis=Basis.DOCUMENTED,
                statement="It works.",
                source="A notice",
                section="",
            )
        ]
    )
    events: list[Event] = [
        {"event": "run", "scope": {"services": ["ehealth"], "target": "mock", "door": "adapter"}}
    ]
    for journal in journals:
        events += journal
        outcome = Outcome.FAILED if journal.stage in failed else Outcome.PASSED
        finding = Finding("outcome", "accepted", "refused") if journal.stage in failed else None
        said = Verdict("ehealth.rotation.works", journal.stage, outcome, finding)
        events.append({"event": "verdict", **said.to_json()})
    events.append({"event": "end", "finished": "", "duration_s": 1.0, "interrupted": False})
    return render_html(build_report(events, [rows], {}), events)


def figures(html: str) -> list[str]:
    """Return the figures of a page."""
    return re.findall(r"<figure.*?</figure>", html, re.DOTALL)


def drawing(figure: str) -> ET.Element:
    """Return the drawing of a figure, which is well-formed XML."""
    found = re.search(r"<svg viewBox.*?</svg>", figure, re.DOTALL)
    assert found
    return ET.fromstring(found.group())


# What is read from the record.


def test_every_token_and_every_fetch_is_a_mark() -> None:
    found = course(GOOD, fetches=[(0.0, True), (9.0, False)])
    assert [(m.lane, m.what) for m in found.marks] == [
        (FETCH, "arrived"),
        ("OLD", "accepted"),
        ("OLD", "accepted"),
        (FETCH, "failed"),
        ("NEW", "accepted"),
        ("NEW", "accepted"),
    ]
    assert found.whole
    assert [step.state for step in found.steps] == ["S0", "S1", "S2", "S3"]


def test_a_course_has_the_steps_that_it_lived_through() -> None:
    found = course([(9.0, "NEW", "accepted"), (31.0, "NEW", "accepted")], fetches=[])
    assert [step.state for step in found.steps] == ["S2", "S3"]
    assert not found.whole


def test_where_the_record_tells_no_steps_they_lie_between_marks() -> None:
    found = course(GOOD, steps=None)
    assert [step.state for step in found.steps] == ["S0", "S1", "S2", "S3"]
    assert found.steps[1].since == START + 1.5 * DAY
    assert [step.exact for step in found.steps] == [True, False, False, False]
    assert "about" in picture(found).bands[1].step


@pytest.mark.parametrize(
    "shown", [{"kid": "nobody-knows"}, {"recipe": "rs512"}, {"key": "STRANGER"}], ids=str
)
def test_a_token_that_no_key_of_the_realm_signed_has_another_lane(shown: Any) -> None:
    assert {m.lane for m in course(GOOD, **shown).marks} == {FETCH, OTHER}


def test_what_is_neither_yes_nor_no_is_told_apart() -> None:
    found = course([(0.0, "OLD", "crashed"), (1.0, "OLD", "rejected")])
    assert [m.what for m in found.of("OLD")] == ["unanswered", "refused"]


def test_without_moves_of_the_clock_or_tokens_there_is_no_course() -> None:
    assert not courses(staged(GOOD, moved=False))
    assert not courses(staged([]))
    assert not courses(staged([(0.0, "OLD", "accepted")]))
    assert not courses(Journal("empty"))


# Which one leads.


def test_a_whole_renewal_leads_and_a_failed_one_before_others() -> None:
    part = [(0.0, "OLD", "accepted"), (1.0, "OLD", "rejected")]
    some = [
        course(part, stage="short"),
        course(part, stage="short-failed"),
        course(GOOD, stage="whole"),
        course(GOOD, stage="whole-failed"),
    ]

    def first(of: Sequence[Course], *failed: str) -> str:
        found = leading(of, failed)
        assert found
        return found.stage

    assert first(some) == "whole"
    assert first(some, "whole-failed", "short-failed") == "whole-failed"
    assert first(some, "short-failed") == "whole"
    assert first(some[:2], "short-failed") == "short-failed"
    assert leading([], ()) is None


# How it is drawn.


def test_marks_stand_where_they_belong_and_steps_between_them() -> None:
    drawn = picture(course(GOOD))
    assert [band.state for band in drawn.bands] == ["S0", "S1", "S2", "S3"]
    edges = [band.x for band in drawn.bands]
    assert edges == sorted(edges)
    assert edges[0] == LEFT
    assert drawn.bands[-1].x + drawn.bands[-1].width == pytest.approx(RIGHT)
    lanes = {lane.lane: lane for lane in drawn.lanes}
    assert list(lanes) == [FETCH, "OLD", "NEW"]
    xs = {
        name: [float(x) for row in lane.rows for x in re.findall(r"M([\d.]+) ", row.path)]
        for name, lane in lanes.items()
    }
    assert xs["OLD"][0] < edges[1] < xs["OLD"][1] < edges[2] < xs["NEW"][0] < edges[3]
    assert edges[3] < xs["NEW"][1] < RIGHT
    assert [sum(piece) for piece in lanes["OLD"].listed] == [pytest.approx(edges[3])]
    assert [piece[0] for piece in lanes["NEW"].signs] == [edges[2]]


def test_no_two_kinds_of_marks_have_the_same_shape() -> None:
    kinds = [(FETCH, "arrived"), (FETCH, "failed")]
    kinds += [(key, what) for key in (*KEYS, OTHER) for what in ("accepted", "refused")]
    assert len({glyph(*kind) for kind in kinds}) == len(kinds)


def test_accepted_and_refused_stand_on_different_rows() -> None:
    drawn = picture(course([(0.0, "OLD", "accepted"), (1.0, "OLD", "rejected")]))
    rows = {row.what: row.path for lane in drawn.lanes for row in lane.rows if lane.lane == "OLD"}
    heights = [re.findall(r"M[\d.]+ ([\d.]+)", rows[what])[0] for what in ("accepted", "refused")]
    assert float(heights[0]) < float(heights[1])


def test_many_in_one_place_are_counted_beside_their_mark() -> None:
    drawn = picture(course([*[(0.0, "OLD", "rejected")] * 100, (1.0, "NEW", "accepted")]))
    assert [n for lane in drawn.lanes for *_, n in lane.counts] == [100]
    assert not drawn.together


def test_thousands_of_marks_are_drawn_together() -> None:
    said = [(n / 100, KEYS[n % 3], ("accepted", "rejected")[n % 2]) for n in range(5_000)]
    fetches = [(n / 100, n % 2 == 0) for n in range(5_000)]
    drawn = picture(course(said, fetches=fetches))
    assert drawn.together
    assert sum(row.path.count("M") for lane in drawn.lanes for row in lane.rows) <= 300
    assert len(drawn.troubles) == 20
    assert drawn.more > 0
    assert drawn.size < 20_000


@pytest.mark.parametrize("length", [0.5, 7.0, 90.0, 4_000.0, DAY, 9 * DAY, 120 * DAY, 9_000 * DAY])
def test_an_axis_has_few_round_ticks(length: float) -> None:
    ticks = axis(START, START + length)
    assert len(ticks) <= 9
    assert all(START <= at <= START + length for at, *_ in ticks)
    assert length < 1 or len(ticks) >= 2


def test_instants_read_as_dates() -> None:
    assert words(START) == "4 Sep 2025 15:33"
    assert day_words("2024-10-15") == "15 Oct 2024"
    assert day_words("soon") == "soon"


# On the page.


def test_the_page_leads_with_one_and_has_the_others_by_staging() -> None:
    part = [(0.0, "OLD", "accepted"), (1.0, "OLD", "rejected")]
    html = page([staged(GOOD), staged(part, stage="part"), staged(part, stage="bad")], ["bad"])
    assert len(figures(html)) == 3
    assert html.index('id="renewal"') < html.index('id="repair"')
    assert '<a href="#stage-walk">' in html
    assert html.count('<details class="r-drawn">') == 1
    assert html.count('<details class="r-drawn" open>') == 1


def test_a_drawing_speaks_for_itself() -> None:
    (figure,) = figures(page([staged([*GOOD, (32.0, "OLD", "rejected")])]))
    svg = drawing(figure)
    assert svg.get("role") == "img"
    told = {element.get("id"): "".join(element.itertext()) for element in svg}
    names = [told[name] for name in str(svg.get("aria-labelledby")).split()]
    assert names[0] == "Tokens shown and key sets fetched in walk"
    assert "of OLD 2 accepted, 1 refused" in names[1]
    assert "step 1: 7 Sep 2025" in names[1]
    texts = "".join(svg.itertext())
    assert all(word in texts for word in ("S0", "S1", "S2", "S3", "tokens of NEW", "key set"))
    assert "a token of OLD, refused" in figure
    assert "1 token of OLD refused (unknown_key)" in figure
    assert "style=" not in figure
    assert "<script" not in figure


def test_what_a_record_says_is_escaped() -> None:
    steps = [STEPS[0], {**STEPS[1], "name": HOSTILE, "date": HOSTILE}]
    html = page([staged(GOOD, stage="a&b", steps=steps)])
    assert "<script>alert" not in html
    drawing(figures(html)[0])


def test_a_page_without_a_renewal_has_nothing_of_it() -> None:
    html = page([staged(GOOD, moved=False)])
    assert "renewal" not in html
    assert ".r-" not in html


def test_pictures_of_failures_come_first_when_there_are_too_many() -> None:
    journals = {f"s{n}": staged(GOOD, stage=f"s{n}") for n in range(120)}
    first, others = pictures(journals, {"s118", "s119"})
    assert first
    assert first.course.stage == "s118"
    assert "s119" in others
    assert 20 < len(others) < 110


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    made = Bench(
        SERVICE, settings=Settings(), seed=1, make_client=lambda _: PythonClient(ReferenceConsumer)
    )
    yield made
    made.close()


def test_a_staging_of_the_service_gives_a_picture(bench: Bench) -> None:
    stages = {stage.name: stage for stage in stages_of(SERVICE.package)}
    (found,) = courses(bench.run(stages["rotation-first-use"]))
    assert [step.state for step in found.steps] == ["S0", "S1", "S2"]
    assert [step.date for step in found.steps[1:]] == ["2024-10-15", "2024-10-21"]
    assert {mark.what for mark in found.marks} == {"arrived", "accepted"}
    assert picture(found).dated
