"""What is left of somebody else's exchange: what rules need, and nothing of anybody."""

from __future__ import annotations

import json
import uuid
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proefbank.doors.heard import Heard
from proefbank.exchange import Request, Response
from proefbank.holes import find_holes, parse_hole
from proefbank.recordings.foreign import Stage
from proefbank.redaction import Redactor
from proefbank.services.itsme import recorded as itsme
from proefbank.services.socialsecurity import recorded as socialsecurity

TOKEN = "/REST/oauth/v5/token"
API = "/REST/federalLearningAccount/v1/registrations"
NAME = "Zebedeus Canarie"
NUMBER = "99999912345"


def signed(**claims: Any) -> str:
    return jwt.encode(claims, "k" * 32, algorithm="HS256")


def kept(
    target: str = TOKEN,
    *,
    body: bytes = b"",
    headers: tuple[tuple[str, str], ...] = (),
    answer: bytes = b"",
    about: ModuleType = socialsecurity,
) -> dict[str, Any]:
    """Return the event of one exchange."""
    stage = Stage("any", about, about.Settings(None))
    request = Request("POST", target, headers, body, host="acc.example")
    events = stage.hear(Heard(request, Response(200, (), answer)))
    event: dict[str, Any] = dict(events[-1])
    return event


def form_in(event: dict[str, Any]) -> dict[str, str]:
    return dict(parse_qsl(event["request"]["body"]["text"], keep_blank_values=True))


def header_in(event: dict[str, Any], name: str) -> str:
    return str(dict(event["request"]["headers"])[name])


def test_an_assertion_says_what_rules_ask_and_no_more() -> None:
    made = signed(iss="c", sub="c", aud=["a"], exp=1, jti="j", name=NAME, inner={"n": NUMBER})
    hole = parse_hole(
        form_in(kept(body=urlencode({"client_assertion": made}).encode()))["client_assertion"]
    )
    assert hole is not None
    claims = {"iss": "c", "sub": "c", "aud": ["a"], "exp": 1, "jti": "j"}
    assert json.loads(hole.claims) == {**claims, "name": "cut", "inner": "cut"}
    assert json.loads(hole.header) == {"alg": "HS256", "typ": "JWT"}


def test_an_assertion_without_more_stands_as_it_was_written() -> None:
    made = signed(iss="c", aud="a")
    hole = parse_hole(
        form_in(kept(body=urlencode({"client_assertion": made}).encode()))["client_assertion"]
    )
    assert hole is not None
    assert hole.claims == '{"iss":"c","aud":"a"}'


def test_two_assertions_in_one_are_two_holes() -> None:
    both = f"{signed(iss='a', name=NAME)} {signed(iss='b')}"
    text = form_in(kept(body=urlencode({"client_assertion": both}).encode()))["client_assertion"]
    assert find_holes(text) == ["jwt", "jwt"]
    assert NAME not in text


@pytest.mark.parametrize("name", ["sub", "iss", "jti"])
def test_a_number_of_a_person_in_a_claim_stays_one_of_its_own(name: str) -> None:
    stage = Stage("any", socialsecurity, socialsecurity.Settings(None))
    said = []
    for value in (NUMBER, "99.99.99-543.21", NUMBER):
        body = urlencode({"client_assertion": signed(**{name: value})}).encode()
        event = stage.hear(Heard(Request("POST", TOKEN, body=body), Response(200)))[-1]
        text = form_in(dict(event))["client_assertion"]
        hole = parse_hole(text)
        assert hole is not None
        said.append(json.loads(hole.claims)[name])
    assert said == ["00000000001", "000000000000002", "00000000001"]


@pytest.mark.parametrize("value", [signed(name=NAME), f"Bearer {signed(name=NAME)}", f"X {NAME}"])
@pytest.mark.parametrize("learned", [False, True])
def test_credentials_say_nothing_of_anybody(value: str, learned: bool) -> None:
    body = urlencode({"client_assertion": value.rpartition(" ")[2]} if learned else {}).encode()
    event = kept(headers=(("Authorization", value),), body=body)
    text = header_in(event, "Authorization")
    assert find_holes(text) == ["token"]
    assert NAME not in json.dumps(event)


def test_tokens_elsewhere_leave_only_that_they_were_there() -> None:
    token = signed(name=NAME, sub=NUMBER)
    event = kept(
        f"{API}?x={token}",
        headers=(("X-User", token), ("Cookie", f"t={token}"), ("User-Agent", f"a {token}")),
        body=json.dumps({"t": token, "deep": [{"t": f"see {token}"}]}).encode(),
    )
    text = json.dumps(event)
    assert "claims" not in text
    assert "header=" not in text
    assert find_holes(event["request"]["target"].replace("%3Credacted%3A", "<redacted:")) == ["jwt"]
    assert header_in(event, "X-User").startswith("<redacted:jwt ")


def test_names_of_members_and_parameters_may_be_somebodys() -> None:
    body = {NUMBER: 1, NAME: {"ok_name": "x"}, "enterpriseNumber": "y", "a" * 65: 1}
    event = kept(f"{API}?{quote(NAME)}=1&{NUMBER}=2&plain=3", body=json.dumps(body).encode())
    names = set(json.loads(event["request"]["body"]["text"]))
    assert {name for name in names if not name.startswith("<redacted:name")} == {"enterpriseNumber"}
    assert NUMBER not in json.dumps(event)
    assert "Zebedeus" not in json.dumps(event)
    assert "plain=" in event["request"]["target"]


def test_the_few_headers_that_are_kept_name_nobody() -> None:
    event = kept(
        headers=(
            ("User-Agent", f"product/1.2 (+32 470 99 88 77; x@example.org; {NUMBER})"),
            ("Accept", "application/json"),
            ("Connection", "keep-alive"),
            ("Cache-Control", NAME),
            ("Accept-Encoding", "gzip, br;q=0.5"),
            ("BelGov-Trace-Id", NUMBER),
        )
    )
    agent = header_in(event, "User-Agent")
    assert agent.startswith("product/1.2 (")
    assert NUMBER not in agent
    assert "example.org" not in agent
    assert "470" not in agent
    assert header_in(event, "Accept") == "application/json"
    assert header_in(event, "Connection") == "keep-alive"
    assert header_in(event, "Accept-Encoding") == "gzip, br;q=0.5"
    assert header_in(event, "Cache-Control").startswith("<redacted:personal")
    trace = header_in(event, "BelGov-Trace-Id")
    assert trace.startswith("0000000000")
    assert len(trace) == len(NUMBER)


@pytest.mark.parametrize(
    "name",
    [
        *("Accept", "BelGov-Trace-Id", "Content-Length", "Content-Type", "Date", "Host"),
        *("Retry-After", "Transfer-Encoding", "User-Agent", "X-Anything", "Cookie"),
    ],
)
@pytest.mark.parametrize("value", [NAME, "zx81-canary secret", f"text/{NAME}", f"a; b={NAME}"])
def test_a_header_that_is_kept_has_the_form_of_one(name: str, value: str) -> None:
    event = kept(headers=((name, value),))
    assert value not in json.dumps(event)
    assert NAME not in json.dumps(event)


def test_a_header_that_is_formed_stands_as_it_was() -> None:
    date = "Sun, 22 Nov 2026 13:00:00 GMT"
    headers = (
        ("Accept", "application/problem+json;q=0.9, */*"),
        ("Content-Type", "application/json; charset=utf-8"),
        ("Content-Length", "120"),
        ("Date", date),
        ("Host", "acc.example:8443"),
        ("Retry-After", "30"),
        ("Transfer-Encoding", "chunked"),
        ("User-Agent", "python-httpx/0.28.1"),
    )
    assert kept(headers=headers)["request"]["headers"] == [list(pair) for pair in headers]
    form = kept(headers=(("Content-Type", f'multipart/form-data; boundary="{NAME}"'),))
    assert header_in(form, "Content-Type") == "multipart/form-data; cut"


def test_names_of_headers_may_be_somebodys() -> None:
    names = ("X-85-07-30-033-28", "X.zebedeus!canarie", "Z" * 60, "X-Forwarded-For")
    event = kept(headers=tuple((name, "1") for name in names))
    found = [name for name, _ in event["request"]["headers"]]
    assert found == ["x-name-of-17", "x-name-of-18", "x-name-of-60", "X-Forwarded-For"]


def test_what_stands_alone_or_is_no_word_is_cut() -> None:
    event = kept(f"{TOKEN}?zx81canary", body=f"grant_type={quote(NAME)}&scope=".encode())
    assert "zx81canary" not in json.dumps(event)
    assert form_in(event)["scope"] == ""
    assert form_in(event)["grant_type"].startswith("<redacted:personal ref=")
    event = kept(answer=json.dumps({"error": NAME, "zebedeus@canarie.example": 1}).encode())
    assert "Zebedeus" not in json.dumps(event)
    assert "canarie" not in json.dumps(event)


def test_a_path_of_a_signing_product_names_nobody() -> None:
    root = "/x/qes-partners/1.0.0/user_identification"
    for part in (quote(NAME), NUMBER, "zeb@example.org", "Zx8Qq1Lm9Rr2Kk3Jj4Hh5Gg6Ff7Dd8Ss0Aa"):
        target = kept(f"{root}/status/{part}", about=itsme)["request"]["target"]
        assert target.startswith(f"{root}/status/%3Credacted")
    body = {"redirectUrl": f"{NAME}?x=1"}
    text = kept(root, body=json.dumps(body).encode(), about=itsme)["request"]["body"]["text"]
    assert "Zebedeus" not in text


@pytest.mark.parametrize("depth", [100, 330, 900, 100_000])
def test_no_nesting_hides_anything(depth: int) -> None:
    for start, end in (("[", "]"), ('{"a":', "}")):
        text = f'{{"password": "zx81-canary-secret", "deep": {start * depth}1{end * depth}}}'
        assert "canary" not in json.dumps(kept(API, body=text.encode(), answer=text.encode()))
        assert "canary" not in str(Redactor().body(text.encode(), "application/json"))


@given(st.uuids())
def test_a_trace_id_is_never_taken_for_a_person(made: uuid.UUID) -> None:
    for text in (str(made), made.hex):
        assert header_in(kept(headers=(("BelGov-Trace-Id", text),)), "BelGov-Trace-Id") == text


@pytest.mark.parametrize(("body", "utf8"), [("é".encode(), True), ("é".encode("latin-1"), False)])
def test_what_a_body_was_coded_in_is_still_known(body: bytes, utf8: bool) -> None:
    event = kept(API, body=b'{"a": "' + body + b'"}')
    assert event["request"]["body"]["utf8"] is utf8
    assert event["request"]["body"]["bytes"] == len(body) + 9


def test_codes_of_a_signing_product_are_words() -> None:
    body = {"partnerCode": "ABC", "serviceCode": NAME, "lang": "NL", "userCode": NUMBER}
    event = kept(
        "/x/qes-partners/1.0.0/user_identification", body=json.dumps(body).encode(), about=itsme
    )
    found = json.loads(event["request"]["body"]["text"])
    assert (found["partnerCode"], found["lang"]) == ("ABC", "NL")
    assert found["serviceCode"] == f"<redacted:personal length={len(NAME)}>"
    assert found["userCode"] == f"<redacted:personal ref=1 length={len(NUMBER)}>"


def test_traffic_is_cut_alike_at_once_and_bit_by_bit() -> None:
    stage = Stage("any", socialsecurity, socialsecurity.Settings(None))
    assert not stage.hear(Heard(Request("GET", "/elsewhere"), Response(200)))
    assert not stage.hear(Heard(Request("OPTIONS", TOKEN), Response(200)))
    first = stage.hear(Heard(Request("POST", TOKEN), Response(200)))
    again = stage.hear(Heard(Request("POST", TOKEN), Response(200)))
    assert [event["event"] for event in (*first, *again)] == ["scenario", "exchange", "exchange"]
    assert [event["exchange"] for event in (first[-1], again[-1])] == [1, 2]
    assert [event["event"] for event in stage.end()] == ["staged"]


def test_sessions_from_before_are_left_out_one_at_a_time() -> None:
    stage = Stage("any", itsme, itsme.Settings(None))
    path = "/x/qes-partners/1.0.0/user_identification"

    def call(where: str, said: Any, answer: Any) -> int:
        request = Request("POST", path + where, body=json.dumps(said).encode())
        events = stage.hear(Heard(request, Response(200, (), json.dumps(answer).encode())))
        return sum(event["event"] == "exchange" for event in events)

    assert call("/status", {"asyncRespID": "from-before"}, {}) == 0
    assert call("", {}, {"asyncRespID": "ours-now"}) == 1
    assert call("/status", {"asyncRespID": "from-before"}, {}) == 0
    assert call("/status", {"asyncRespID": "ours-now"}, {}) == 1
    assert call("/status", {"asyncRespID": "null"}, {}) == 1
