"""Recordings as they come: cut short, binary, compressed, half empty, and very large."""

from __future__ import annotations

import base64
import copy
import gzip
import json
import tracemalloc
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from proefbank.cli import cli
from proefbank.doors.packed import unpacked
from proefbank.doors.recordings import read_recording
from proefbank.errors import BadInvocation
from proefbank.journal import Event
from proefbank.recordings.conversations import is_known
from proefbank.recordings.judging import judge_recording, judged_events
from proefbank.report.validation import problems_in_events
from proefbank.service import service
from proefbank.services.socialsecurity.reference import ReferenceClient
from proefbank.services.socialsecurity.wayward import WAYWARD

from .overheard import Run, as_cassette, as_har, outcomes, recorded, verdicts, written, wrong

MITMPROXY = Path(__file__).parent / "archives" / "mitmproxy.har"
AUDIENCE = "assertion.aud-is-token-url"
LIFETIME = "assertion.lifetime-at-most-10-minutes"


@cache
def run_of(wayward: str = "") -> Run:
    client = WAYWARD[wayward].client if wayward else ReferenceClient
    return recorded(service("socialsecurity"), client, ("token", "api"))


def archive_of(wayward: str = "") -> dict[str, Any]:
    return copy.deepcopy(as_har(run_of(wayward).raw))


def judged(path: Path) -> list[Event]:
    events = judged_events(read_recording(path, is_known), "again")
    assert not problems_in_events(events)
    return events


def notes(events: list[Event]) -> str:
    return "\n".join(str(e["text"]) for e in events if e["event"] == "note")


def blank(number: int, text: str = "") -> dict[str, Any]:
    """Return an entry that belongs to nobody."""
    return {
        "startedDateTime": "2026-11-22T07:00:00.000Z",
        "request": {"method": "GET", "url": f"https://www.example.org/{number}", "headers": []},
        "response": {"status": 200, "headers": [], "content": {"size": len(text), "text": text}},
    }


# One oddity each: judged all the same, or left out and told.

ODD: dict[str, Callable[[dict[str, Any]], None]] = {}


def odd(change: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
    ODD[change.__name__.replace("_", " ").strip()] = change
    return change


@odd
def http_2_pseudo_headers(entry: dict[str, Any]) -> None:
    for name in (":method", ":path", ":authority", ":scheme"):
        entry["request"]["headers"].insert(0, {"name": name, "value": "x"})
    entry["response"]["headers"].insert(0, {"name": ":status", "value": "200"})
    for header in entry["request"]["headers"]:
        header["name"] = header["name"].lower()
    entry["request"]["httpVersion"] = "h2"


@odd
def body_in_base64(entry: dict[str, Any]) -> None:
    content = entry["response"]["content"]
    content["text"] = base64.b64encode(content["text"].encode()).decode()
    content["encoding"] = "base64"


@odd
def sent_body_in_base64(entry: dict[str, Any]) -> None:
    if data := entry["request"].get("postData"):
        data["text"] = base64.b64encode(data["text"].encode()).decode()
        data["encoding"] = "base64"


@odd
def params_in_place_of_text(entry: dict[str, Any]) -> None:
    from urllib.parse import parse_qsl

    data = entry["request"].get("postData")
    if data and data["text"].startswith("grant_type"):
        data["params"] = [{"name": n, "value": v} for n, v in parse_qsl(data.pop("text"))]


@odd
def no_timings(entry: dict[str, Any]) -> None:
    for name in ("timings", "time", "cache"):
        del entry[name]


@odd
def nothing_optional(entry: dict[str, Any]) -> None:
    for name in ("cookies", "queryString", "httpVersion", "headersSize", "bodySize"):
        del entry["request"][name]
    for name in ("cookies", "statusText", "httpVersion", "redirectURL", "headersSize", "bodySize"):
        del entry["response"][name]
    del entry["response"]["content"]["mimeType"]


@odd
def numbers_as_texts(entry: dict[str, Any]) -> None:
    entry["response"]["status"] = str(entry["response"]["status"])
    entry["time"] = "3.0"
    entry["request"]["bodySize"] = "many"


@odd
def whole_numbers_with_a_point(entry: dict[str, Any]) -> None:
    entry["response"]["status"] = float(entry["response"]["status"])
    entry["time"] = 1e300


@odd
def instants_of_another_zone(entry: dict[str, Any]) -> None:
    from datetime import datetime, timedelta, timezone

    told = datetime.fromisoformat(entry["startedDateTime"])
    entry["startedDateTime"] = told.astimezone(timezone(timedelta(hours=2))).isoformat()


@odd
def members_that_nobody_knows(entry: dict[str, Any]) -> None:
    entry |= {"_initiator": {"type": "script"}, "_webSocketMessages": [], "pageref": None}
    entry["request"]["_x"] = entry["response"]["_transferSize"] = 7


@odd
def nulls(entry: dict[str, Any]) -> None:
    entry |= {"timings": None, "cache": None, "serverIPAddress": None}
    entry["request"].setdefault("postData", None)
    entry["response"]["content"]["encoding"] = None
    entry["request"]["headers"].append({"name": "X-Null", "value": None})


@odd
def headers_that_are_none(entry: dict[str, Any]) -> None:
    entry["request"]["headers"] += ["x", None, {"value": "x"}, {"name": None}]
    entry["response"]["headers"] += [7]


@pytest.mark.parametrize("name", list(ODD))
def test_an_odd_archive_is_judged_like_any_other(name: str, tmp_path: Path) -> None:
    for wayward in ("", "issuer-like-audience"):
        archive = archive_of(wayward)
        plain = outcomes(judged(written(tmp_path / "x.har", archive)))
        for entry in archive["log"]["entries"]:
            ODD[name](entry)
        events = judged(written(tmp_path / "x.har", archive))
        assert wrong(events) == ({WAYWARD[wayward].requirement} if wayward else set())
        assert outcomes(events) == plain


BROKEN: dict[str, tuple[Any, str]] = {
    "no request": ({"response": {"status": 200}}, "request is no object"),
    "request is a text": ({"request": "GET /", "response": {}}, "request is no object"),
    "no url": ({"request": {"method": "GET"}, "response": {}}, "no texts"),
    "a url that is none": (
        {
            "request": {"method": "GET", "url": "https://[::1/REST/oauth/v5/token"},
            "response": {"status": 200},
        },
        "request.url is no URL",
    ),
    "a port that is none": (
        {
            "request": {"method": "GET", "url": "https://x:hunter2hunter2/"},
            "response": {"status": 200},
        },
        "request.url is no URL",
    ),
    "a number": (7, "request is no object"),
    "a list": ([], "request is no object"),
    "nothing": (None, "request is no object"),
}


@pytest.mark.parametrize("name", list(BROKEN))
def test_an_entry_that_cannot_be_read_is_left_out_and_told(name: str, tmp_path: Path) -> None:
    entry, words = BROKEN[name]
    archive = archive_of("issuer-like-audience")
    archive["log"]["entries"].insert(1, entry)
    events = judged(written(tmp_path / "x.har", archive))
    assert wrong(events) == {f"socialsecurity.{AUDIENCE}"}
    assert "1 entries could not be read and were left out: entry 2" in notes(events)
    assert words in notes(events)
    assert "hunter2" not in json.dumps(events)
    archive["log"]["entries"] = [entry]
    with pytest.raises(BadInvocation, match="entry 1"):
        read_recording(written(tmp_path / "y.har", archive))


@pytest.mark.parametrize("status", [0, "", None, -1, "blocked"])
def test_requests_without_an_answer_are_left_out_and_told(status: Any, tmp_path: Path) -> None:
    archive = archive_of()
    blocked = copy.deepcopy(archive["log"]["entries"][0])
    blocked["response"] = {"status": status, "headers": [], "content": {}, "_error": "net::ERR"}
    archive["log"]["entries"].insert(0, blocked)
    events = judged(written(tmp_path / "x.har", archive))
    assert wrong(events) == set()
    assert "1 requests without an answer were left out." in notes(events)
    assert outcomes(events)["assertion.jti-is-unique"] <= {"passed", "not_observable"}


def test_binary_bodies_are_no_trouble(tmp_path: Path) -> None:
    archive = archive_of()
    binary = base64.b64encode(bytes(range(256))).decode()
    for entry in archive["log"]["entries"]:
        if "registrations" in entry["request"]["url"]:
            entry["request"]["postData"]["text"] = "\x00\x01\ufffd\udcff"
            entry["response"]["content"] = {"size": 256, "encoding": "base64", "text": binary}
    archive["log"]["entries"] += [blank(1, "\x00\x01"), blank(2, "\ud800")]
    events = judged(written(tmp_path / "x.har", archive))
    assert {item["outcome"] for item in verdicts(events)} <= {
        *("passed", "failed", "warned", "not_applicable", "not_observable"),
    }
    assert outcomes(events)[AUDIENCE] == {"passed"}


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"\n \r\n", b""])
def test_marks_and_blanks_before_an_archive(mark: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.har"
    path.write_bytes(mark + json.dumps(archive_of()).encode())
    assert wrong(judged(path)) == set()


def test_bytes_that_are_no_text_spoil_their_own_place_only(tmp_path: Path) -> None:
    archive = archive_of("issuer-like-audience")
    archive["log"]["entries"].insert(0, blank(1, "SPOILT"))
    path = tmp_path / "x.har"
    path.write_bytes(json.dumps(archive).encode().replace(b"SPOILT", b"\xe9\xff\xc3"))
    assert wrong(judged(path)) == {f"socialsecurity.{AUDIENCE}"}


@pytest.mark.parametrize("keep", [0.35, 0.6, 0.85, 0.999])
def test_an_archive_that_breaks_off_is_judged_as_far_as_it_goes(
    keep: float, tmp_path: Path
) -> None:
    archive = archive_of("issuer-like-audience")
    text = json.dumps(archive)
    path = tmp_path / "x.har"
    path.write_text(text[: int(len(text) * keep)], "utf-8")
    events = judged(path)
    assert wrong(events) == {f"socialsecurity.{AUDIENCE}"}
    assert "cut short or damaged after entry" in notes(events)
    assert not any(e["event"] == "end" for e in events)
    made = judge_recording(path, tmp_path / "reports", "torn")
    assert made.report["run"]["interrupted"]


def test_an_archive_that_breaks_off_at_once_says_so(tmp_path: Path) -> None:
    path = tmp_path / "x.har"
    path.write_text(json.dumps(archive_of())[:400], "utf-8")
    with pytest.raises(BadInvocation, match="cut short or damaged after entry 0"):
        read_recording(path)


def test_an_archive_that_is_damaged_in_the_middle(tmp_path: Path) -> None:
    path = tmp_path / "x.har"
    text = json.dumps(archive_of("issuer-like-audience"))
    head, begin, tail = text.rpartition('{"startedDateTime"')
    path.write_text(f"{head}}}}}{begin}{tail}", "utf-8")
    events = judged(path)
    assert wrong(events) == {f"socialsecurity.{AUDIENCE}"}
    assert "damaged" in notes(events)


def test_deep_nesting_is_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / "x.har"
    deep = '{"log": {"entries": [' + "[" * 100_000 + "]" * 100_000 + "]}}"
    path.write_text(deep, "utf-8")
    with pytest.raises(BadInvocation):
        read_recording(path)


def test_an_archive_of_mitmproxy_as_it_is(tmp_path: Path) -> None:
    """Made by mitmdump 11; the secrets were replaced by hand, as a colleague would."""
    events = judged(MITMPROXY)
    assert wrong(events) == set()
    shown = outcomes(events)
    for slug in (
        *("token-request.says-form-urlencoded", "api-request.accept-covers-problems"),
        *("keys.address-is-not-guessed", "identification.language-is-supported"),
    ):
        assert shown[slug] == {"passed"}, slug
    assert shown[AUDIENCE] == {"not_observable"}
    why = next(e["reason"] for e in verdicts(events) if e["requirement"].endswith(AUDIENCE))
    assert why == "unredact client_assertion (request body of exchange 1) to judge"
    made = judge_recording(MITMPROXY, tmp_path, "x")
    assert made.report["verdict"] == "incomplete"


# Cassettes.


def raw_deflate(body: bytes) -> bytes:
    machine = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return machine.compress(body) + machine.flush()


def brotli(body: bytes) -> bytes:
    made: bytes = pytest.importorskip("brotli").compress(body)
    return made


PACKED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "deflate": ("deflate", zlib.compress),
    "bare deflate": ("deflate", raw_deflate),
    "brotli": ("br", brotli),
    "twice": ("deflate, gzip", lambda body: gzip.compress(zlib.compress(body))),
    "unpacked already": ("gzip", bytes),
    "not packed": ("identity", bytes),
}


@pytest.mark.parametrize("name", list(PACKED))
def test_a_cassette_with_packed_bodies(name: str, tmp_path: Path) -> None:
    encoding, pack = PACKED[name]
    cassette = as_cassette(run_of("token-in-query").raw)
    plain = outcomes(judged(written(tmp_path / "plain.yaml", cassette)))
    for item in cassette["interactions"]:
        item["response"]["headers"]["Content-Encoding"] = [encoding]
        item["response"]["body"] = {"string": pack(item["response"]["body"]["string"].encode())}
    path = tmp_path / "x.yaml"
    path.write_text(yaml.safe_dump(cassette), "utf-8")
    assert "!!binary" in path.read_text("utf-8") or name in ("unpacked already", "not packed")
    events = judged(path)
    assert outcomes(events) == plain
    assert wrong(events) == {WAYWARD["token-in-query"].requirement}


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "compress", "what"])
def test_a_body_that_cannot_be_unpacked_blames_nobody(encoding: str, tmp_path: Path) -> None:
    cassette = as_cassette(run_of().raw)
    for item in cassette["interactions"]:
        item["response"]["headers"]["Content-Encoding"] = [encoding]
        broken = b"\x28\xb5\x2f\xfd\xff\x00\xff" if encoding == "zstd" else b"\x1f\x8b\xff\x00\xff"
        item["response"]["body"] = {"string": broken}
    events = judged(written(tmp_path / "x.yaml", cassette))
    assert wrong(events) == set()
    told = {e["requirement"].partition(".")[2]: e["reason"] for e in verdicts(events)}
    assert "response body of exchange" in told["token-use.token-comes-from-the-token-endpoint"]


def test_a_small_body_that_unpacks_to_a_huge_one_is_refused() -> None:
    bomb = gzip.compress(b"0" * 64 * 1024 * 1024)
    assert len(bomb) < 100_000
    assert unpacked(bomb, "gzip") is None


@pytest.mark.parametrize("form", ["vcr", "betamax"])
def test_cassettes_of_other_languages(form: str, tmp_path: Path) -> None:
    """VCR and Betamax write other names, and the instant of each."""
    cassette = as_cassette(run_of("issuer-like-audience").raw)
    told = []
    for item in cassette["interactions"]:
        date = item["response"]["headers"].pop("Date")[0]
        request, response = item["request"], item["response"]
        if form == "betamax":
            from email.utils import parsedate_to_datetime

            date = parsedate_to_datetime(date).isoformat()
            text = response["body"]["string"].encode()
            response["body"] = {
                "encoding": "utf-8",
                "base64_string": base64.b64encode(text).decode(),
            }
        request["body"] = {"encoding": "utf-8", "string": request["body"]}
        request["method"] = request["method"].lower()
        told.append({"request": request, "response": response, "recorded_at": date})
    ending = "yaml" if form == "vcr" else "json"
    path = written(tmp_path / f"x.{ending}", {"http_interactions": told, "recorded_with": form})
    events = judged(path)
    assert wrong(events) == {f"socialsecurity.{AUDIENCE}"}
    assert outcomes(events)[LIFETIME] == {"passed"}


def test_one_bad_interaction_is_left_out_and_told(tmp_path: Path) -> None:
    cassette = as_cassette(run_of("issuer-like-audience").raw)
    cassette["interactions"].insert(0, {"request": {"method": "GET"}})
    events = judged(written(tmp_path / "x.yaml", cassette))
    assert wrong(events) == {f"socialsecurity.{AUDIENCE}"}
    assert "interaction 1 cannot be read" in notes(events)


# Large ones.


def large(path: Path, entries: int, *, size: int = 2000) -> Path:
    """Write an archive of this many entries, the first few of them ours."""
    filler = "x" * size
    with path.open("w", encoding="utf-8") as out:
        out.write('{"log": {"version": "1.2", "creator": {"name": "a proxy"}, "entries": [\n')
        ours = archive_of("issuer-like-audience")["log"]["entries"]
        out.write(",\n".join(json.dumps(entry) for entry in ours))
        for number in range(entries - len(ours)):
            out.write(",\n" + json.dumps(blank(number, filler)))
        out.write("]}}\n")
    return path


def peak(path: Path) -> int:
    tracemalloc.start()
    try:
        read_recording(path, is_known)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_archive(tmp_path: Path) -> None:
    small, big = large(tmp_path / "small.har", 300), large(tmp_path / "big.har", 6000)
    assert big.stat().st_size > 12_000_000
    assert peak(small) > 0  # imports, and caches
    assert peak(big) < peak(small) + 1_000_000


def test_progress_is_told_and_does_not_mix_with_the_result(tmp_path: Path) -> None:
    path = large(tmp_path / "big.har", 21_000, size=10)
    words = ["judge", str(path), "--reports", str(tmp_path), "--run", "r", "--no-profile"]
    result = CliRunner().invoke(cli, words, standalone_mode=False)
    assert result.return_value == 1, result.output
    assert result.stderr.splitlines()[0].startswith("read 10000 entries, ")
    assert result.stderr.splitlines()[1].startswith("read 20000 entries, 9")
    assert result.stdout.startswith("FAILED: 1 of ")
    events = read_recording(tmp_path / "r" / "events.ndjson").events
    assert f"{21_000 - len(run_of('issuer-like-audience').raw)} other requests" in notes(
        list(events)
    )
