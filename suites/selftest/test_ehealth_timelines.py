"""The timelines of the key renewal on trial: the notice's dates, every order, every complaint."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proefbank.errors import BadInvocation
from proefbank.services.ehealth.provider import (
    STATES,
    Timeline,
    load_timeline,
    material,
    timeline_file,
    timeline_names,
)
from proefbank.services.ehealth.provider.keyring import KeyRing
from proefbank.services.ehealth.provider.oddities import ODDITIES, oddities

ACC, PROD = "ehealth-2024-acc", "ehealth-2025-prod"
BRUSSELS = ZoneInfo("Europe/Brussels")
DAY = 86_400.0

NOTICE = {
    ACC: (("15/10/2024", "Tue"), ("21/10/2024", "Mon"), ("06/02/2025", "Thu")),
    PROD: (("26/03/2025", "Wed"), ("23/04/2025", "Wed"), ("21/05/2025", "Wed")),
}
INSTANTS = {
    ACC: (1_728_943_200, 1_729_461_600, 1_738_796_400),
    PROD: (1_742_943_600, 1_745_359_200, 1_747_778_400),
}
ORDINARY = (ACC, PROD)


def every_variant() -> dict[str, Timeline]:
    """Return every shipped timeline, with each way of making a key passive and each order."""
    found = {}
    for name, enc in product(timeline_names(), ("first", "last")):
        shipped = replace(load_timeline(name), enc_order=enc)
        for order in ("new_first", "new_last"):
            switched = replace(shipped, passive_by="active_off", key_order=order)
            found[f"{name}-{order}-enc-{enc}"] = switched
        found[f"{name}-priority-enc-{enc}"] = replace(shipped, passive_by="priority")
    return found


VARIANTS = every_variant()


# --- The notice


def test_what_ships() -> None:
    assert set(timeline_names()) == {
        ACC,
        PROD,
        "rollback",
        "emergency",
        "two-renewals",
        "enc-renewed",
        "outage-across-step",
        "same-kid-new-key",
    }
    assert timeline_names()[:2] == ORDINARY


@pytest.mark.parametrize("name", ORDINARY)
def test_dates_of_the_notice(name: str) -> None:
    """Each step is taken at midnight in Belgium on the date that the notice gives."""
    steps = load_timeline(name).steps[1:]
    assert len(steps) == 3
    for step, (date, weekday), instant in zip(steps, NOTICE[name], INSTANTS[name], strict=True):
        local = datetime.fromtimestamp(step.at, BRUSSELS)
        assert local.strftime("%d/%m/%Y %a %H:%M:%S") == f"{date} {weekday} 00:00:00"
        assert step.date == local.date().isoformat()
        assert step.at == instant
    assert [step.state for step in steps] == ["S1", "S2", "S3"]
    assert [step.name for step in steps] == ["step 1", "step 2", "step 3"]


def test_spans_of_the_notice() -> None:
    def days(name: str) -> list[int]:
        dates = [datetime.fromisoformat(step.date or "") for step in load_timeline(name).steps[1:]]
        return [(two - one).days for one, two in pairwise(dates)]

    assert days(ACC) == [6, 108]
    assert days(PROD) == [28, 28]
    gap = load_timeline(PROD).first("S1") - load_timeline(ACC).first("S3")
    assert gap == 48 * DAY


@pytest.mark.parametrize(
    ("name", "between", "hours"), [(ACC, ("S2", "S3"), 25), (PROD, ("S1", "S2"), 23)]
)
def test_summer_time_changes_inside_each_window(
    name: str, between: tuple[str, str], hours: int
) -> None:
    timeline = load_timeline(name)
    (change,) = timeline.clock_changes
    assert timeline.first(between[0]) < change.at < timeline.first(between[1])
    before, after = (
        datetime.fromtimestamp(change.at + offset, BRUSSELS).utcoffset() for offset in (-1, 0)
    )
    assert before is not None
    assert after is not None
    assert after - before == timedelta(seconds=change.shift_s)
    # A daily job at three in the morning runs that far apart across the change.
    day = datetime.fromtimestamp(change.at, BRUSSELS).replace(hour=3, minute=30)
    apart = day.astimezone(UTC) - (day - timedelta(days=1)).astimezone(UTC)
    assert apart == timedelta(hours=hours)


@pytest.mark.parametrize("name", ORDINARY)
def test_states_of_the_notice(name: str) -> None:
    timeline = load_timeline(name)
    one, two, three = INSTANTS[name]
    assert [timeline.state_at(at) for at in (one - 0.001, one, two - 0.001, two)] == [
        "S0",
        "S1",
        "S1",
        "S2",
    ]
    assert (timeline.state_at(three - 0.001), timeline.state_at(three)) == ("S2", "S3")
    assert timeline.state_at(timeline.begins) == "S0"
    assert timeline.state_at(timeline.ends) == "S3"
    assert [timeline.signing_key(at) for at in (one - 1, one, two, three)] == [
        "OLD",
        "OLD",
        "NEW",
        "NEW",
    ]
    published = [set(timeline.published(at)) for at in (one - 1, one, two, three)]
    assert published == [
        {"OLD", "ENC"},
        {"OLD", "NEW", "ENC"},
        {"OLD", "NEW", "ENC"},
        {"NEW", "ENC"},
    ]
    assert not oddities(timeline)


def test_steps_between_two_instants() -> None:
    timeline = load_timeline(ACC)
    one, two, three = INSTANTS[ACC]
    assert timeline.steps_between(timeline.begins, timeline.ends) == timeline.steps[1:]
    assert [step.at for step in timeline.steps_between(one, three)] == [two, three]
    assert timeline.steps_between(one - 1, one)[0].state == "S1"
    assert timeline.steps_between(one, one) == ()


def test_the_day_of_a_step_is_unsettled() -> None:
    timeline = load_timeline(ACC)
    two = timeline.first("S2")
    assert not timeline.unsettled(two - 1)
    assert timeline.unsettled(two)
    assert timeline.unsettled(two + DAY - 1)
    assert not timeline.unsettled(two + DAY)
    exact = load_timeline("rollback")
    assert not any(exact.unsettled(step.at) for step in exact.steps)


def test_environments_are_told_apart() -> None:
    assert load_timeline(ACC).environment == "acc"
    assert load_timeline(PROD).environment == "prod"


# --- Order and passivity


def order(timeline: Timeline, state: str) -> tuple[str, ...]:
    return timeline.published(timeline.first(state) if state != "S0" else timeline.begins)


@pytest.mark.parametrize(
    ("key_order", "enc_order", "in_s1", "in_s2"),
    [
        ("new_first", "first", ("ENC", "NEW", "OLD"), ("ENC", "NEW", "OLD")),
        ("new_first", "last", ("NEW", "OLD", "ENC"), ("NEW", "OLD", "ENC")),
        ("new_last", "first", ("ENC", "OLD", "NEW"), ("ENC", "OLD", "NEW")),
        ("new_last", "last", ("OLD", "NEW", "ENC"), ("OLD", "NEW", "ENC")),
    ],
)
def test_order_with_active_off(
    key_order: str, enc_order: str, in_s1: tuple[str, ...], in_s2: tuple[str, ...]
) -> None:
    """All have one priority, so UUIDs settle the order, and the steps change nothing in it."""
    timeline = replace(load_timeline(ACC), key_order=key_order, enc_order=enc_order)
    assert (order(timeline, "S1"), order(timeline, "S2")) == (in_s1, in_s2)
    statuses = {place.name: place.status for place in timeline.places(timeline.first("S2"))}
    assert statuses == {"OLD": "PASSIVE", "NEW": "ACTIVE", "ENC": "ACTIVE"}
    assert {place.priority for place in timeline.places(timeline.ends)} == {100}
    assert {p.name: p.status for p in timeline.places(timeline.ends)}["OLD"] == "DISABLED"


@pytest.mark.parametrize("enc_order", ["first", "last"])
def test_order_by_priority(enc_order: str) -> None:
    """The key that signs comes first of the signing keys, so the order turns at step 2."""
    timeline = replace(load_timeline(ACC), passive_by="priority", enc_order=enc_order)
    start = ("ENC", "OLD") if enc_order == "first" else ("OLD", "ENC")
    assert order(timeline, "S0") == start
    assert order(timeline, "S1") == (*start, "NEW")
    assert order(timeline, "S2") == ("NEW", *start)
    assert order(timeline, "S3") == ("NEW", "ENC")
    places = {place.name: place for place in timeline.places(timeline.first("S1"))}
    assert (places["NEW"].priority, places["OLD"].priority) == (90, 100)
    assert places["NEW"].status == "ACTIVE"  # Keycloak says so of any enabled key not switched off


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_key_that_keycloak_would_pick_is_the_one_that_signs(
    variant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First active of the enabled ones by priority and UUID, found without making any key."""

    def no_key(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(material, "_make", no_key)
    timeline = VARIANTS[variant]
    for realm in ("healthcare", "M2M"):
        ring = KeyRing(timeline, realm)
        for step in timeline.steps:
            at = max(step.at, timeline.begins)
            assert ring.signer(at).name == step.signs
            components = ring.components(at)
            ranked = sorted(components, key=lambda one: (-one.place.priority, one.id))
            assert list(components) == ranked
            enabled = [one.name for one in ring.enabled(at)]
            assert tuple(enabled) == timeline.published(at)
            assert sorted(enabled) == sorted((*step.published, *step.enc))
            assert len({one.id for one in components}) == len(components)


@settings(derandomize=True, database=None, max_examples=200, deadline=None)
@given(st.sampled_from(sorted(VARIANTS)), st.floats(0, 1, allow_nan=False))
def test_at_any_instant(variant: str, part: float) -> None:
    timeline = VARIANTS[variant]
    instant = timeline.begins + part * (timeline.ends - timeline.begins)
    state, signer = timeline.state_at(instant), timeline.signing_key(instant)
    published = timeline.published(instant)
    signing = [name for name in published if not name.startswith("ENC")]
    assert state in STATES
    assert signer in signing
    assert (len(signing) == 1) == (state in {"S0", "S3"})
    assert timeline.step_at(instant) is timeline.steps[timeline.index_at(instant)]
    moved = timeline.shifted(12_345.0)
    assert moved.state_at(instant + 12_345.0) == state
    assert moved.published(instant + 12_345.0) == published


# --- The other scenarios


def story(name: str) -> list[tuple[str, str, set[str]]]:
    timeline = load_timeline(name)
    return [(step.state, step.signs, set(step.published)) for step in timeline.steps]


def test_rollback() -> None:
    both = {"OLD", "NEW"}
    assert story("rollback") == [
        ("S0", "OLD", {"OLD"}),
        ("S1", "OLD", both),
        ("S2", "NEW", both),
        ("S1", "OLD", both),
        ("S2", "NEW", both),
        ("S3", "NEW", {"NEW"}),
    ]
    timeline = load_timeline("rollback")
    again = timeline.first("S1", after=timeline.first("S2"))
    assert timeline.published(again) == ("OLD", "NEW", "ENC")


def test_emergency_has_no_overlap() -> None:
    assert story("emergency") == [("S0", "OLD", {"OLD"}), ("S3", "NEW", {"NEW"})]


def test_two_renewals_have_three_signing_keys_at_a_time() -> None:
    timeline = load_timeline("two-renewals")
    assert timeline.key_names == ("OLD", "NEW", "NEXT")
    assert max(len(step.published) for step in timeline.steps) == 3
    assert timeline.steps[-1].published == ("NEXT",)


def test_the_encryption_key_is_renewed_on_the_day_of_step_2() -> None:
    timeline = load_timeline("enc-renewed")
    two = timeline.first("S2")
    assert timeline.step_at(two - 1).enc == ("ENC",)
    assert timeline.step_at(two).enc == ("ENC", "ENC-NEW")
    assert timeline.step_at(timeline.ends).enc == ("ENC-NEW",)
    assert timeline.published(two) == ("ENC", "ENC-NEW", "NEW", "OLD")


def test_the_outage_lies_across_step_2() -> None:
    timeline = load_timeline("outage-across-step")
    (outage,) = timeline.outages
    assert outage.since < timeline.first("S2") < outage.until
    assert timeline.outage_at(outage.since) == outage
    assert timeline.outage_at(outage.until) is None
    assert timeline.outage_at(outage.since - 1) is None
    moved = timeline.shifted(DAY)
    assert moved.outage_at(outage.since + DAY) is not None


def test_a_new_key_takes_over_the_kid() -> None:
    timeline = load_timeline("same-kid-new-key")
    ring = KeyRing(timeline, "healthcare")
    old, new = ring.signer(timeline.begins), ring.signer(timeline.ends)
    assert (old.name, new.name) == ("OLD", "NEW")
    assert old.kid == new.kid == old.material.kid
    assert old.jwk()["n"] != new.jwk()["n"]


def test_a_shifted_timeline_is_exact() -> None:
    moved = load_timeline(ACC).shifted(1e8)
    assert not any(moved.unsettled(step.at) for step in moved.steps)
    assert moved.clock_changes == ()


# --- Writing one's own

GOOD = """
title = "Mine"
begins = 2025-01-01T00:00:00Z
ends = 2025-02-01T00:00:00Z

[[steps]]
at = 2025-01-03T00:00:00+01:00
state = "S1"
signs = "OLD"
published = ["OLD", "NEW"]

[[steps]]
at = 2025-01-10T00:00:00Z
state = "S2"
signs = "NEW"
published = ["OLD", "NEW"]

[[steps]]
at = 2025-01-20T00:00:00Z
state = "S3"
signs = "NEW"
published = ["NEW"]
"""


def load(text: str, folder: Path) -> Timeline:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return load_timeline(path)


def test_ones_own_timeline(tmp_path: Path) -> None:
    timeline = load(GOOD, tmp_path)
    assert (timeline.id, timeline.title, timeline.environment) == ("mine", "Mine", "acc")
    assert (timeline.passive_by, timeline.key_order) == ("active_off", "new_first")
    first = datetime.fromtimestamp(timeline.steps[1].at, UTC).isoformat()
    assert first == "2025-01-02T23:00:00+00:00"
    assert load_timeline(str(tmp_path / "mine.toml")) == timeline


STEP_2 = 'at = 2025-01-10T00:00:00Z\nstate = "S2"\nsigns = "NEW"'
OUTAGE = 'published = ["NEW"]\n[[outages]]\nsince = 2025-01-05T00:00:00Z\n'
MANY = 'published = ["NEW"]\n[start]\nstate = "S1"\npublished = ['
MANY += '"OLD", "A", "B", "C", "D", "E", "F", "G"]'
COMPLAINTS = [
    ("title = ", "titel = ", "title: is missing"),
    ("begins = 2025-01-01T00:00:00Z", "begins = 2025-01-01T00:00:00", "no offset from UTC"),
    ("begins = 2025-01-01T00:00:00Z", "begins = 2025-01-03T00:00:00Z", "not before the first step"),
    ("ends = 2025-02-01T00:00:00Z", "ends = 2025-01-20T00:00:00Z", "not after the last step"),
    ("begins = 2025-01-01T00:00:00Z", "begins = 2025-01-01", "begins: should be an instant"),
    ("at = 2025-01-10T00:00:00Z", "at = 2025-01-02T00:00:00Z", "steps[2].at: is not after"),
    ("at = 2025-01-10T00:00:00Z", "at = 2025-01-03T01:00:00Z", "less than a day after"),
    (STEP_2, STEP_2.replace('"S2"', '"S4"'), "'S4' is not one of S0, S1, S2, S3"),
    (STEP_2, STEP_2.replace('"NEW"', '"NEXT"'), "'NEXT' signs but is not published"),
    (STEP_2, STEP_2.replace('"NEW"', '"OLD"'), "S2 means that the newest key signs"),
    (STEP_2, STEP_2.replace('"S2"', '"S3"'), "S3 has one signing key"),
    ('title = "Mine"', 'title = "Mine"\nkey_ordre = "new_last"', "Did you mean 'key_order'"),
    ('title = "Mine"', 'title = "Mine"\nkey_order = "newest"', "is not one of"),
    ('title = "Mine"', 'title = "Mine"\nkey_order = ["new_last"]', "should be a text"),
    (
        'title = "Mine"',
        'title = "Mine"\nkey_order = "new_last"\npassive_by = "priority"',
        "the key that signs comes first",
    ),
    ('title = "Mine"', 'title = "Mine"\npassive_by = "flag"', "Did you mean 'active_off'"),
    ('title = "Mine"', 'title = "Mine"\nknowingly = ["rollback"]', "that does not happen"),
    ('title = "Mine"', 'title = "Mine"\nknowingly = ["luck"]', "'luck' does not belong here"),
    ('title = "Mine"', 'title = "Mine"\nenc_order = "middle"', "is not one of first, last"),
    (STEP_2, STEP_2 + '\nsgins = "OLD"', "Did you mean 'signs'"),
    (STEP_2, STEP_2 + '\nenc = ["NEW"]', "'NEW' is a signing key already"),
    ('published = ["NEW"]', 'published = ["NEW", "NEW"]', "names something twice"),
    ('published = ["NEW"]', "published = [1]", "1 does not belong here"),
    ('published = ["NEW"]', 'published = ["NEW"]\n[[outages]]\nsince = 1', "should be an instant"),
    (
        'published = ["NEW"]',
        OUTAGE + "until = 2025-01-04T00:00:00Z",
        "until: is not after since",
    ),
    (
        'published = ["NEW"]',
        OUTAGE + "until = 2025-01-06T00:00:00Z\nstatus = 200",
        "no status of an outage",
    ),
    ('published = ["NEW"]', 'published = ["NEW"]\n[keys]\nNEW = 1', "should be a table"),
    (
        'published = ["NEW"]',
        'published = ["NEW"]\n[keys.NEXT]\nsame_kid_as = "OLD"',
        "no step publishes 'NEXT'",
    ),
    (
        'published = ["NEW"]',
        'published = ["NEW"]\n[keys.NEW]\nsame_kid_as = "OLD"',
        'add "same-kid" to knowingly',
    ),
    (GOOD, 'steps = "many"', "title: is missing"),
    (
        'published = ["NEW"]',
        MANY,
        "more than 8 signing keys",
    ),
    (GOOD, "this is not TOML", "the timeline is not TOML"),
]


@pytest.mark.parametrize("number", range(len(COMPLAINTS)))
def test_complaints_name_the_key(number: int, tmp_path: Path) -> None:
    old, new, told = COMPLAINTS[number]
    assert old in GOOD
    with pytest.raises(BadInvocation) as caught:
        load(GOOD.replace(old, new, 1), tmp_path)
    assert told in str(caught.value)
    assert "mine.toml" in caught.value.where


def test_a_timeline_has_steps(tmp_path: Path) -> None:
    head = GOOD.partition("[[steps]]")[0]
    with pytest.raises(BadInvocation, match="steps: is missing"):
        load(head, tmp_path)


@pytest.mark.parametrize("oddity", sorted(ODDITIES))
def test_an_oddity_must_be_owned_up_to(oddity: str, tmp_path: Path) -> None:
    """What the shipped timelines do knowingly is refused where nobody says that it is meant."""
    owners = [name for name in timeline_names() if oddity in load_timeline(name).knowingly]
    if oddity == "close-steps":
        assert not owners
        return
    (name, *_) = owners
    timeline = load_timeline(name)
    assert set(oddities(timeline)) == timeline.knowingly
    text = (timeline_file._FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    others = sorted(timeline.knowingly - {oddity})
    silent = re.sub(r"(?m)^knowingly = .*$", f"knowingly = {others}", text)
    with pytest.raises(BadInvocation) as caught:
        load(silent, tmp_path)
    assert f'add "{oddity}" to knowingly' in str(caught.value)


def test_unknown_timelines_get_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(BadInvocation, match="Did you mean 'ehealth-2024-acc'"):
        load_timeline("ehealth-2024")
    with pytest.raises(BadInvocation, match="cannot be read"):
        load_timeline(tmp_path / "absent.toml")
