"""What a finding is called in every run, and where waivers may stand and what they must say."""

from __future__ import annotations

import re
import string
import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proefbank.errors import BadInvocation
from proefbank.fingerprint import LENGTH, fingerprint, normalised
from proefbank.judge import catalogue
from proefbank.verdict import Finding, Outcome, Verdict, WaiverState
from proefbank.waiver_files import append_waiver, place_of, read_file
from proefbank.waivers import WARNING_DAYS, Waiver, Waivers, waiver_rows

LIFETIME = "socialsecurity.assertion.lifetime-at-most-10-minutes"
AUDIENCE = "socialsecurity.assertion.aud-is-token-url"
WHERE = "client_assertion, claim exp"
DAY = date(2026, 11, 22)

ports = st.integers(1, 65_535).map(str)
amounts = st.one_of(
    st.integers(0, 99), st.integers(1_000, 10**12), st.floats(0, 1e6).map(lambda f: f"{f:.2f}")
).map(str)
uuids = st.uuids().map(str)
digests = st.binary(min_size=16, max_size=32).map(bytes.hex)
instants = st.integers(0, 2**32).map(
    lambda at: f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"
)
addresses = st.integers(2**20, 2**47).map(hex)
words = st.lists(st.text(string.ascii_lowercase, min_size=2, max_size=9), max_size=4).map(" ".join)

CHANGING = {
    "https://127.0.0.1:{}/REST/oauth/v5/token": ports,
    "https://localhost:{}/return": ports,
    "HTTPSConnectionPool(host='127.0.0.1', port={}): Max retries exceeded": ports,
    "about {} s after its receipt": amounts,
    "{} more at once": amounts,
    "the session {} of somebody else": uuids,
    "another thumbprint, {}": digests,
    "it was {} before": instants,
    "<object of Client at {}>": addresses,
    "KeyError: 'scope' (client.py:{} in token_fetch)": ports,
}


@given(st.binary(min_size=24, max_size=64))
def test_paths_are_words_and_digests_are_not(octets: bytes) -> None:
    """A path that goes elsewhere is another finding, whatever it looks like."""
    told = [f"/REST/{octets.hex()}/v{n}/token" for n in (3, 5)]
    assert len({normalised(text) for text in told}) == 2
    assert normalised("https://127.0.0.1:1/REST/oauth/v5/token").endswith("/REST/oauth/v5/token")


@given(st.data(), st.sampled_from(sorted(CHANGING)), words, words)
def test_what_a_run_puts_in_is_no_part_of_it(
    data: st.DataObject, text: str, before: str, after: str
) -> None:
    one, two = (text.format(data.draw(CHANGING[text])) for _ in range(2))
    pads = [f"{before} {told} {after}".strip() for told in (one, two)]
    assert fingerprint(LIFETIME, WHERE, pads[0]) == fingerprint(LIFETIME, WHERE, pads[1]), pads


@given(words, words)
def test_other_words_are_another_finding(one: str, two: str) -> None:
    same = fingerprint(LIFETIME, WHERE, one) == fingerprint(LIFETIME, WHERE, two)
    assert same == (one == two)


@given(st.text(), st.text(), st.text())
def test_anything_has_one(requirement: str, where: str, actual: str) -> None:
    made = fingerprint(requirement, where, actual)
    assert re.fullmatch(rf"[0-9a-f]{{{LENGTH}}}", made)
    assert made == fingerprint(requirement, where, actual)
    assert made != fingerprint(f"{requirement}x", where, actual)


@given(st.text())
def test_a_normal_form_is_its_own(text: str) -> None:
    """Nothing in it is taken for something that a run put in."""
    plain = re.sub(r"\d", "", text)
    assert normalised(plain) == " ".join(plain.split()) or "{" in plain or "/" in plain


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("RS512", "HS256"),
        ("401", "500"),
        ("requests after the 429", "requests after the 503"),
        ("400 UNEXPECTED_ERROR", "400 BATCH_TOO_LARGE"),
        ("/REST/oauth/v3/token", "/REST/oauth/v5/token"),
        ("1.3.6.1.4.1.32473.1.9.1", "1.3.6.1.4.1.32473.1.9.2"),
        ("https://one.example/x", "https://other.example/x"),
        ("a number", "a text"),
        ("about 30 s after its receipt", "about 30 s before its receipt"),
        ("5 ms", "5 s"),
        ("SHA-1", "SHA-256"),
        ("charset iso-8859-1", "charset iso-8859-15"),
        ("U+2013 and more", "U+2019 and more"),
        ("TLS 1.1", "TLS 1.2"),
        ("401 from server", "403 from server"),
        ("crashed: got a 401 response", "crashed: got a 403 response"),
        ("HTTPError(code=401)", "HTTPError(code=403)"),
        ("a surprise, with status 200", "a surprise, with status 204"),
        ("two parts", "five parts"),
    ],
)
def test_what_is_another_defect_is_another_finding(one: str, two: str) -> None:
    assert fingerprint(AUDIENCE, "", one) != fingerprint(AUDIENCE, "", two)


def test_another_status_is_another_finding() -> None:
    """Also where nothing but the place says that the number is one."""
    seen = {fingerprint(AUDIENCE, "status", told) for told in ("200", "201", "400", "500")}
    assert len(seen) == 4
    assert fingerprint(AUDIENCE, "calls", "200") == fingerprint(AUDIENCE, "calls", "201")


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("crashed: {'retry', 'code'}", "crashed: {'code', 'retry'}"),
        ("1 hash more than once", "2 hash more than once"),
        ("1 more time", "3 more times"),
        ('"6te42nz4vvr7dxmn84rq2xgcu4u3iye6"', '"t7klsmc451st0o5b6xx11dzfwypyk32d"'),
        ("open /tmp/proefbank-a1b2/ca.pem", "open /tmp/proefbank-zzz/ca.pem"),
        ("Sun, 22 Nov 2026 11:58:42 GMT", "Mon, 23 Nov 2026 00:00:01 GMT"),
    ],
)
def test_the_same_defect_is_the_same_finding(one: str, two: str) -> None:
    assert fingerprint(AUDIENCE, "", one) == fingerprint(AUDIENCE, "", two)


@given(st.text("abcdefghij0123456789", min_size=5, max_size=9).filter(lambda t: not t.isalpha()))
def test_what_the_scenario_gave_is_called_by_its_name(code: str) -> None:
    told = {"redirect_url": f"https://sca.example/{code}/return", "service_code": f"{code}_SIGN"}
    other = {"redirect_url": "https://sca.example/x1/return", "service_code": "Q7_SIGN"}
    texts = [f"{t['redirect_url']}/ and {t['service_code']}_LOGIN" for t in (told, other)]
    ids = [fingerprint(AUDIENCE, "", t, g) for t, g in zip(texts, (told, other), strict=True)]
    assert ids[0] == ids[1]
    assert ids[0] != fingerprint(AUDIENCE, "", texts[0].removesuffix("_LOGIN"), told)


# Covering.


def finding(actual: str, where: str = WHERE, requirement: str = LIFETIME) -> Finding:
    return Finding(where, "less", actual, id=fingerprint(requirement, where, actual))


def waiver(actual: str = "about 3600 s", left: int = 60, **members: object) -> Waiver:
    told = {
        "requirement": LIFETIME, "cause": "known", "owner": "J. Doe", "ticket": "PB-1",
        "finding": finding(actual).id, "actual": actual, "first_seen": DAY,
        "expires": DAY + timedelta(days=left),
    }  # fmt: skip
    return Waiver(**(told | members))  # type: ignore[arg-type]


def failed(*actuals: str, stage: str = "token") -> Verdict:
    found = [finding(actual) for actual in actuals]
    return Verdict(LIFETIME, stage, Outcome.FAILED, found[0], also=tuple(found[1:]))


def test_a_waiver_covers_one_finding() -> None:
    known = Waivers((waiver(),), DAY)
    assert known.applied(failed("about 4000 s")).outcome is Outcome.WAIVED
    assert known.applied(failed("absent")).outcome is Outcome.FAILED
    other = Verdict(AUDIENCE, "token", Outcome.FAILED, finding("about 3600 s"))
    assert known.applied(other).outcome is Outcome.FAILED


def test_what_is_not_covered_in_the_same_staging_is_shown() -> None:
    known = Waivers((waiver(),), DAY)
    told = known.applied(failed("about 3600 s", "absent"))
    assert told.outcome is Outcome.FAILED
    assert told.finding is not None
    assert told.finding.actual == "absent"
    assert [item.actual for item in told.also] == ["about 3600 s"]
    both = Waivers((waiver(), waiver("absent")), DAY)
    assert both.applied(failed("about 3600 s", "absent")).outcome is Outcome.WAIVED


@pytest.mark.parametrize(
    ("left", "state", "outcome"),
    [
        (60, "used", Outcome.WAIVED),
        (WARNING_DAYS + 1, "used", Outcome.WAIVED),
        (WARNING_DAYS, "expiring", Outcome.WAIVED),
        (0, "expiring", Outcome.WAIVED),
        (-1, "expired", Outcome.FAILED),
    ],
)
def test_its_days(left: int, state: str, outcome: Outcome) -> None:
    known = Waivers((waiver(left=left),), DAY)
    verdict = known.applied(failed("about 3600 s"))
    assert verdict.outcome is outcome
    (row,) = waiver_rows(known.to_json(), [verdict], {LIFETIME: outcome}, whole=True)
    assert (row["state"], row["days_left"]) == (state, left)
    assert [item["stage"] for item in row["seen"]] == ["token"]


PASSED = Verdict(LIFETIME, "token", Outcome.PASSED)
UNSEEN = Verdict(LIFETIME, "api", Outcome.NOT_OBSERVABLE)


@pytest.mark.parametrize(
    ("stages", "verdicts", "outcome", "whole", "state"),
    [
        ((), [PASSED], Outcome.PASSED, True, "stale"),
        ((), [failed("absent")], Outcome.FAILED, True, "stale"),
        ((), [PASSED], Outcome.PASSED, False, "not_tried"),
        ((), [], None, True, "not_tried"),
        ((), [PASSED, UNSEEN], Outcome.NOT_OBSERVABLE, True, "not_tried"),
        (("token",), [PASSED], Outcome.PASSED, True, "stale"),
        (("token",), [PASSED, UNSEEN], Outcome.NOT_OBSERVABLE, True, "stale"),
        (("token", "api"), [PASSED], Outcome.PASSED, True, "not_tried"),
        (("token", "api"), [PASSED, UNSEEN], Outcome.NOT_OBSERVABLE, True, "not_tried"),
        (("elsewhere",), [PASSED], Outcome.PASSED, True, "not_tried"),
    ],
)
def test_what_did_not_come(
    stages: tuple[str, ...],
    verdicts: list[Verdict],
    outcome: Outcome | None,
    whole: bool,
    state: str,
) -> None:
    rows = [waiver(stages=stages).to_json(DAY)]
    (row,) = waiver_rows(rows, verdicts, {LIFETIME: outcome}, whole=whole)
    assert row["state"] == state
    assert waiver_rows([row], verdicts, {LIFETIME: outcome}, whole=whole) == [row]


def test_only_what_says_something_of_now_fails_a_run() -> None:
    assert [state.value for state in WaiverState if state.fails] == ["expired", "stale"]


# Files.

WHOLE = f"""
[[waivers]]
requirement = "{LIFETIME}"
finding = "0123456789ab"
cause = "known"
owner = "J. Doe"
ticket = "PB-1"
first_seen = 2026-11-01
expires = 2099-01-01
"""
OLD = f"""
[[waivers]]
requirement = "{LIFETIME}"
actual = "about 3600 s"
reason = "known"
owner = "J. Doe"
expires = 2099-01-01
"""


def written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_the_keys_of_old_still_count(tmp_path: Path) -> None:
    (read,) = read_file(written(tmp_path / "w.toml", OLD))
    assert read.cause == "known"
    assert Waivers((read,), DAY).applied(failed("about 4000 s")).outcome is Outcome.WAIVED
    assert Waivers((read,), DAY).applied(failed("absent")).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("text", "key", "said"),
    [
        (WHOLE.replace("lifetime-at-most-10", "lifetime-at-most-12"), "requirement", LIFETIME),
        (WHOLE.replace("0123456789ab", "0123"), "finding", "12 digits"),
        (WHOLE.replace('finding = "0123456789ab"', ""), "finding", "Copy it"),
        (WHOLE.replace("cause =", "because ="), "cause", "is missing"),
        (WHOLE.replace("owner =", "owned_by ="), "owner", "is missing"),
        (WHOLE.replace("ticket =", "#"), "ticket", "followed up"),
        (WHOLE.replace("first_seen =", "#"), "first_seen", "is missing"),
        (WHOLE.replace("2099-01-01", '"soon"'), "expires", "a date"),
        (WHOLE.replace("2099-01-01", "2026-10-01"), "expires", "before first_seen"),
        (WHOLE + 'reason = "known"\n', "reason", "cause"),
        (WHOLE + 'tikket = "x"\n', "tikket", "ticket"),
        (WHOLE + WHOLE, "finding", "twice"),
        ("[waivers]\n", "waivers", "a list"),
        ("[[waiver]]\n", "waiver", "waivers"),
        ("= 3", "", "not TOML"),
    ],
)
def test_an_unclear_waiver_is_told_by_key(tmp_path: Path, text: str, key: str, said: str) -> None:
    path = written(tmp_path / "w.toml", text)
    with pytest.raises(BadInvocation) as caught:
        read_file(path)
    assert str(path) in caught.value.where
    assert key in caught.value.where
    assert said in str(caught.value)


def test_the_first_place_that_there_is_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, home = tmp_path / "here", tmp_path / "home"
    here.mkdir()
    home.mkdir()
    monkeypatch.chdir(here)
    profile = written(home / "proefbank.toml", "")
    assert place_of(None, None) is None
    assert place_of(profile, None) is None
    in_here, in_home = written(here / "waivers.toml", WHOLE), written(home / "waivers.toml", "")
    assert place_of(None, None) == Path(in_here.name)
    assert place_of(profile, None) == in_home
    named = written(home / "ours.toml", WHOLE)
    profile.write_text('[run]\nwaivers = "ours.toml"\n')
    assert place_of(profile, None) == named
    assert place_of(profile, in_here) == in_here
    assert Waivers.load(profile).rows[0].file == str(named)


def test_two_places_are_refused(tmp_path: Path) -> None:
    profile = written(tmp_path / "proefbank.toml", OLD)
    assert place_of(profile, None) == profile
    assert len(Waivers.load(profile).rows) == 1
    beside = written(tmp_path / "waivers.toml", WHOLE)
    with pytest.raises(BadInvocation, match="as well"):
        place_of(profile, None)
    assert place_of(profile, beside) == beside
    profile.write_text(f'run.waivers = "waivers.toml"\n{OLD}')
    with pytest.raises(BadInvocation, match="as well"):
        place_of(profile, beside)  # which is what the profile names


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(BadInvocation, match="no file"):
        place_of(None, tmp_path / "none.toml")
    with pytest.raises(BadInvocation, match="no file"):
        place_of(written(tmp_path / "p.toml", '[run]\nwaivers = "none.toml"'), None)


anything = st.text(st.characters(), min_size=1).filter(str.strip)


@given(cause=anything, owner=anything, actual=anything)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, cause: str, owner: str, actual: str
) -> None:
    path = tmp_path_factory.mktemp("w") / "waivers.toml"
    append_waiver(path, waiver(cause=cause, owner=owner, actual=actual, stages=("a", "b")))
    (read,) = read_file(path)
    told = [text.encode("utf-8", "replace").decode() for text in (cause, owner, actual)]
    assert [read.cause, read.owner, read.actual] == told
    assert read.stages == ("a", "b")
    assert (read.first_seen, read.expires) == (DAY, DAY + timedelta(days=60))


def test_what_stood_in_the_file_stays(tmp_path: Path) -> None:
    path = written(tmp_path / "waivers.toml", f"# ours\n{WHOLE}# the end")
    made = append_waiver(path, waiver())
    text = path.read_text("utf-8")
    assert text.startswith(f"# ours\n{WHOLE}# the end\n")
    assert text.endswith(made)
    assert len(tomllib.loads(text)["waivers"]) == 2
    with pytest.raises(BadInvocation, match="holds a waiver"):
        append_waiver(path, waiver())
    assert path.read_text("utf-8") == text


def test_a_file_that_takes_none_stays_as_it_is(tmp_path: Path) -> None:
    path = written(tmp_path / "waivers.toml", "waivers = []\n")
    with pytest.raises(BadInvocation, match="cannot be added"):
        append_waiver(path, waiver())
    assert path.read_text("utf-8") == "waivers = []\n"
    with pytest.raises(BadInvocation, match="no waiver can be written"):
        append_waiver(path / "waivers.toml", waiver())


def test_every_requirement_can_be_waived() -> None:
    assert LIFETIME in catalogue("proefbank.services.socialsecurity")
