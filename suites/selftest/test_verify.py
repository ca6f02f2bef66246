"""Checking a signed run: whatever was changed is found and named, and nothing outside is read."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jwt import PyJWS

from proefbank.clock import Clock
from proefbank.keys import key_for, mint_key
from proefbank.recordings import again as rejudging
from proefbank.recordings.judging import judged_events
from proefbank.report.manifest import manifest
from proefbank.report.signing import content
from proefbank.report.signing.content import check_content
from proefbank.report.signing.detached import STATEMENT, sign_detached
from proefbank.report.signing.inside import Damaged
from proefbank.report.signing.signature import check_signature
from proefbank.report.signing.signer import Signer
from proefbank.report.signing.standing import Standing
from proefbank.report.signing.timestamp import read_stamp
from proefbank.verifying import Verification, verify

from . import program
from .signing_world import (
    DAY,
    Signatory,
    a_run,
    certificate,
    files_of,
    now,
    pem,
    private_pem,
    proefbank,
    signatory,
    stamper,
)

SECRET = "what-lies-outside-the-folder"


@pytest.fixture(scope="module")
def who(tmp_path_factory: pytest.TempPathFactory) -> Signatory:
    return signatory(tmp_path_factory.mktemp("who"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, who: Signatory) -> Path:
    """A signed run, with a time stamp where openssl can make one."""
    folder = tmp_path_factory.mktemp("made")
    run = a_run(folder)
    words = ["--although", "incomplete", "--timestamp-request", folder / "my.tsq"]
    if not shutil.which("openssl"):
        words = words[:2]
    done = proefbank("sign", run, *who.words(), *words)
    assert done.exit_code == 0, done.stderr
    if shutil.which("openssl"):
        stamper(folder / "tsa").answer(folder / "my.tsq", folder / "my.tsr")
        done = proefbank("sign", run, "--timestamp", folder / "my.tsr")
        assert done.exit_code == 0, done.stderr
    return run


@pytest.fixture(scope="module")
def spare(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another copy, for tests that put back what they change."""
    return shutil.copytree(made, tmp_path_factory.mktemp("spare") / "right")


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "reports" / "right")


def checked(run: Path) -> Verification:
    return verify(run, (), now())


def named(result: Verification) -> set[str]:
    return {problem.file for line in result.lines for problem in line.problems}


def texts(result: Verification) -> str:
    return "\n".join(str(problem) for line in result.lines for problem in line.problems)


def standings(result: Verification) -> list[str]:
    return [line.standing.value for line in result.lines]


# Anything changed.


def test_an_untouched_run_is_valid(made: Path, who: Signatory) -> None:
    said = proefbank("verify", made, "--trust", who.trust)
    assert said.exit_code == 0, said.output
    assert said.output.startswith("VALID: ")
    said = proefbank("verify", made)
    assert (said.exit_code, said.output.startswith("VALID, self-asserted: ")) == (0, True)
    assert hashlib.sha256(who.chain[0].public_bytes(Encoding.DER)).hexdigest() in said.output


@settings(max_examples=250)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7), data=st.data())
def test_any_changed_bit_of_any_file_is_found(
    spare: Path, place: float, bit: int, data: st.DataObject
) -> None:
    files = files_of(spare)
    path = data.draw(st.sampled_from(files), label="file")
    before = path.read_bytes()
    at = int(place * len(before))
    path.write_bytes(before[:at] + bytes([before[at] ^ 1 << bit]) + before[at + 1 :])
    try:
        found = [check_signature(spare, (), now()), check_content(spare)]
    finally:
        path.write_bytes(before)
    assert Standing.WRONG in {line.standing for line in found}
    told = "\n".join(str(problem) for line in found for problem in line.problems)
    assert path.name in told, told


@pytest.mark.parametrize("name", ["manifest.jws", "manifest.tsr", "manifest.tsr.sha256"])
def test_any_changed_byte_beside_the_manifest_is_found(spare: Path, name: str) -> None:
    """These files are covered by no digest in the manifest: (almost) every byte is tried."""
    path = spare / name
    if not path.exists():
        pytest.skip("openssl plays the authority")
    before = path.read_bytes()
    try:
        for at in range(0, len(before), 3 if name == "manifest.tsr" else 1):
            path.write_bytes(before[:at] + bytes([before[at] ^ 1]) + before[at + 1 :])
            line = check_signature(spare, (), now())
            assert line.standing is Standing.WRONG, at
            assert name in "\n".join(map(str, line.problems))
    finally:
        path.write_bytes(before)


@settings(max_examples=40)
@given(added=st.binary(min_size=1, max_size=3), data=st.data())
@example(added=b"\n", data=None)
@example(added=b"=", data=None)
def test_anything_put_in_is_found(spare: Path, added: bytes, data: Any) -> None:
    names = [path.name for path in files_of(spare)]
    name = data.draw(st.sampled_from(names)) if data else "manifest.jws"
    path = spare / name
    before = path.read_bytes()
    at = data.draw(st.integers(0, len(before))) if data else len(before)
    path.write_bytes(before[:at] + added + before[at:])
    try:
        found = [check_signature(spare, (), now()), check_content(spare)]
    finally:
        path.write_bytes(before)
    told = "\n".join(str(problem) for line in found for problem in line.problems)
    assert name in told, told


def test_files_that_are_added_removed_or_renamed_are_named(run: Path) -> None:
    (run / "junit.xml").rename(run / "results.xml")
    (run / "summary.md").unlink()
    (run / ".hidden").write_text("x", encoding="utf-8")
    (run / "sub" / "deep").mkdir(parents=True)
    (run / "sub" / "deep" / "line\nfeed \x1b[31m").write_text("x", encoding="utf-8")
    result = checked(run)
    assert standings(result) == ["valid", "wrong", "valid"]
    told = texts(result)
    for words in (
        *("junit.xml: missing", "results.xml: surplus", "summary.md: missing", ".hidden: surplus"),
        "sub/deep/line\\nfeed \\x1b[31m: surplus",
    ):
        assert words in told
    said = proefbank("verify", run)
    assert (said.exit_code, "WRONG: content" in said.output) == (1, True)


@pytest.mark.parametrize(
    "name",
    "events.ndjson report.json report.html manifest.json manifest.jws manifest.tsr".split(),
)
def test_a_missing_file_is_named(run: Path, name: str) -> None:
    if not (run / name).exists():
        pytest.skip("openssl plays the authority")
    (run / name).unlink()
    result = checked(run)
    assert name in named(result), texts(result)
    assert result.standing is Standing.WRONG


# What somebody may put into the folder.


def test_links_are_not_followed(run: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    for path in files_of(run):
        shutil.copy(path, outside / path.name)
    for name in ("events.ndjson", "report.json", "manifest.json", "manifest.jws", "junit.xml"):
        (run / name).unlink()
        (run / name).symlink_to(outside / name)
    (run / "folder").symlink_to(outside)
    (run / "nowhere").symlink_to(tmp_path / "absent")
    (outside / "secret").write_text(SECRET, encoding="utf-8")
    result = checked(run)
    assert standings(result) == ["wrong", "wrong", "wrong"]
    shutil.copy(outside / "manifest.json", run / "copy")
    (run / "manifest.json").unlink()
    (run / "copy").rename(run / "manifest.json")
    result = checked(run)
    assert {"events.ndjson", "report.json", "junit.xml", "folder", "nowhere"} <= named(result)
    assert "secret" not in texts(result)


def test_a_pipe_is_not_waited_for(run: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes here")
    for name in ("junit.xml", "manifest.jws"):
        (run / name).unlink()
        os.mkfifo(run / name)
    assert {"junit.xml", "manifest.jws"} <= named(checked(run))


def entries(run: Path, change: Callable[[list[dict[str, Any]]], object]) -> None:
    """Change the entries of a manifest, in the form that the bench writes."""
    told = json.loads((run / "manifest.json").read_bytes())
    change(told["files"])
    write_manifest(run, told)


def write_manifest(run: Path, told: object) -> None:
    text = json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True)
    (run / "manifest.json").write_text(f"{text}\n", encoding="utf-8")


@pytest.mark.parametrize(
    "name",
    [
        *("../outside", "../../etc/passwd", "/etc/passwd", "a/../../outside", "./report.json"),
        *("C:/x", "a\\..\\b", "a//b", "", "a\nb", "manifest.jws"),
    ],
)
def test_a_manifest_that_leads_elsewhere_is_refused(run: Path, name: str) -> None:
    outside = run.parent / "outside"
    outside.write_text(SECRET, encoding="utf-8")
    value = hashlib.sha256(SECRET.encode()).hexdigest()
    entries(run, lambda files: files.append({"name": name, "bytes": len(SECRET), "sha256": value}))
    result = checked(run)
    assert result.lines[1].standing is Standing.WRONG
    assert named(result) >= {"manifest.json"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[]", "not what a manifest holds"),
        (b'{"files": [], "files": [], "schema": "proefbank/manifest/1"}', "twice"),
        (b'{"files": [], "schema": "another"}', "of another kind"),
        (b'{"files": [], "schema": "proefbank/manifest/1", "more": 1}', "not what"),
        (b'{"files": {}, "schema": "proefbank/manifest/1"}', "without a list"),
        (b'{"files": [7], "schema": "proefbank/manifest/1"}', "without name"),
        (b'{"files": [{"bytes": NaN}], "schema": "proefbank/manifest/1"}', "no number"),
        (b"[" * 100_000, "no JSON"),
        (b'{"files": ' + b"9" * 10_000 + b"}", "no JSON"),
    ],
)
def test_a_manifest_that_is_none_is_told(run: Path, text: bytes, said: str) -> None:
    (run / "manifest.json").write_bytes(text)
    line = check_content(run)
    assert (line.standing, line.problems[0].file) == (Standing.WRONG, "manifest.json")
    assert said in line.problems[0].text
    assert proefbank("verify", run).exit_code == 1


def test_duplicate_names_and_odd_values_are_refused(run: Path) -> None:
    for change in (
        lambda files: files.append(files[0]),
        lambda files: files[0].update(bytes=True),
        lambda files: files[0].update(bytes=-1),
        lambda files: files[0].update(sha256="0"),
        lambda files: files[0].update(name=7),
    ):
        before = (run / "manifest.json").read_bytes()
        entries(run, change)
        assert check_content(run).problems[0].file == "manifest.json"
        (run / "manifest.json").write_bytes(before)


def test_a_huge_file_is_not_read_through(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in (("manifest.jws", 2), ("manifest.json", 17), ("surplus", 64)):
        with (run / name).open("ab") as stream:
            stream.truncate(size << 20)  # holes only: it takes no room
    assert {"manifest.json", "manifest.jws"} <= named(checked(run))
    (run / "manifest.json").unlink()
    size = (run / "report.html").stat().st_size
    told = {"name": "report.html", "bytes": size, "sha256": "0" * 64}
    write_manifest(run, {"schema": "proefbank/manifest/1", "files": [told]})
    monkeypatch.setattr(content, "LARGEST", size - 1)
    monkeypatch.setattr(content, "digest", lambda *_: pytest.fail("it was read"))
    line = check_content(run)
    assert "report.html: not checked, for it is larger" in "\n".join(map(str, line.problems))


# What somebody may do to the signature.


def header_of(run: Path) -> tuple[dict[str, Any], str]:
    first, _, third = (run / "manifest.jws").read_text(encoding="ascii").split(".")
    return json.loads(base64.urlsafe_b64decode(first + "==")), third


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def put(run: Path, header: object, third: str) -> None:
    text = header if isinstance(header, str) else json.dumps(header)
    (run / "manifest.jws").write_text(f"{b64(text.encode())}..{third}", encoding="utf-8")


def signed(run: Path, header: dict[str, Any], key: Any, algorithm: str) -> None:
    """Sign the manifest with a header of one's own."""
    payload = (run / "manifest.json").read_bytes()
    whole = PyJWS().encode(payload, key, algorithm=algorithm, headers=header)
    first, _, third = whole.split(".")
    (run / "manifest.jws").write_text(f"{first}..{third}", encoding="ascii")


def signature_problem(run: Path) -> str:
    line = check_signature(run, (), now())
    assert line.standing is Standing.WRONG
    assert proefbank("verify", run).exit_code == 1
    return line.problems[0].text


def test_no_algorithm_none(run: Path) -> None:
    header, third = header_of(run)
    for told, signature in (("none", third), ("none", ""), ("None", third), ("", third)):
        put(run, {**header, "alg": told}, signature)
        assert signature_problem(run).startswith(("alg is ", "a JWS without a signature"))
    put(run, {name: value for name, value in header.items() if name != "alg"}, third)
    assert signature_problem(run).startswith("alg is left out")


def test_no_secret_that_is_public(run: Path, who: Signatory) -> None:
    public = who.private.public_key()
    header, _ = header_of(run)
    payload = b64((run / "manifest.json").read_bytes())
    import hmac

    for secret in (
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    ):
        first = b64(json.dumps({**header, "alg": "HS256"}).encode())
        made = hmac.new(secret, f"{first}.{payload}".encode(), "sha256").digest()
        (run / "manifest.jws").write_text(f"{first}..{b64(made)}", encoding="ascii")
        assert signature_problem(run).startswith("alg is HS256")


def test_certificate_and_key_have_to_be_the_same(run: Path, who: Signatory, tmp_path: Path) -> None:
    header, _ = header_of(run)
    stranger = mint_key("EC P-256")
    signed(run, header, stranger.private, "ES256")
    assert "does not fit" in signature_problem(run)
    other = signatory(tmp_path / "other", name="other")
    put(run, {**header, "x5c": [der(one) for one in other.chain]}, header_of(run)[1])
    assert "x5t#S256" in signature_problem(run)


def der(one: Any) -> str:
    return base64.b64encode(one.public_bytes(Encoding.DER)).decode("ascii")


def test_a_chain_in_the_wrong_order_is_told(run: Path, who: Signatory, tmp_path: Path) -> None:
    other = signatory(tmp_path / "other", name="other")
    header, _ = header_of(run)
    leaf, middle = (der(one) for one in who.chain)
    for chain in ([leaf, der(other.chain[1])], [leaf, middle, leaf], [leaf, leaf]):
        signed(run, {**header, "x5c": chain}, who.private, "ES256")
        assert "wrong order" in signature_problem(run)
    signed(run, {**header, "x5c": [middle, leaf]}, who.private, "ES256")
    assert "x5t#S256" in signature_problem(run)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"x5c": []}, "x5c"),
        ({"x5c": ["AAAA"]}, "x5c"),
        ({"x5c": "AAAA"}, "x5c"),
        ({"x5c": [7]}, "x5c"),
        ({"x5c": ["é"]}, "x5c"),
        ({"x5t#S256": "AAAA"}, "x5t#S256"),
        ({"iat": True}, "iat"),
        ({"iat": -1}, "iat"),
        ({"iat": "2026"}, "iat"),
        ({"crit": ["exp"], "exp": 1}, "crit"),
        ({"b64": True}, "b64"),
        ({"alg": ["ES256"]}, "alg"),
        ({"alg": "ES512"}, "does not go with"),
        ({STATEMENT: None}, "no statement"),
        ({STATEMENT: {"signatories": []}}, "no statement"),
    ],
)
def test_a_header_that_is_none_of_ours_is_told(
    run: Path, who: Signatory, change: dict[str, Any], said: str
) -> None:
    header, _ = header_of(run)
    text = json.dumps({**header, **change})
    payload = b64((run / "manifest.json").read_bytes())
    whole = PyJWS().get_algorithm_by_name("ES256")
    first = b64(text.encode())
    third = b64(whole.sign(f"{first}.{payload}".encode(), who.private))
    (run / "manifest.jws").write_text(f"{first}..{third}", encoding="ascii")
    assert said in signature_problem(run)


@pytest.mark.parametrize(
    "text",
    ["", ".", "..", "...", "a..b", "a.b.c", "e30..AA", "e30..AB", "é..é", "bnVsbA..AAAA", "x" * 9],
)
def test_what_is_no_signature_is_told(run: Path, text: str) -> None:
    (run / "manifest.jws").write_text(text, encoding="utf-8")
    assert signature_problem(run)


def test_a_name_used_twice_in_the_header_is_told(run: Path) -> None:
    header, third = header_of(run)
    put(run, '{"alg": "ES256", ' + json.dumps(header)[1:], third)
    assert "twice" in signature_problem(run)


@settings(max_examples=80)
@given(text=st.binary(max_size=300))
def test_no_bytes_make_it_stumble(spare: Path, text: bytes) -> None:
    before = (spare / "manifest.jws").read_bytes()
    try:
        (spare / "manifest.jws").write_bytes(text)
        assert check_signature(spare, (), now()).standing is Standing.WRONG
        with pytest.raises(Damaged):
            read_stamp(text, "AAAA", ())
    finally:
        (spare / "manifest.jws").write_bytes(before)


def test_a_removed_signature_is_no_run_that_nobody_signed(run: Path) -> None:
    for name in ("manifest.jws", "manifest.tsr", "manifest.tsr.sha256"):
        (run / name).unlink(missing_ok=True)
    line = check_signature(run, (), now())
    assert (line.standing, line.text) == (Standing.WRONG, "the signature was taken away")


# Time and trust.


def test_another_authority_is_no_trust_anchor(made: Path, tmp_path: Path) -> None:
    other = signatory(tmp_path / "other", name="other")
    said = proefbank("verify", made, "--trust", other.trust)
    assert (said.exit_code, "does not lead to a trust anchor" in said.output) == (1, True)
    (tmp_path / "nothing.pem").write_text("nothing", encoding="ascii")
    assert proefbank("verify", made, "--trust", tmp_path / "nothing.pem").exit_code == 4
    assert proefbank("verify", made, "--trust", tmp_path / "absent.pem").exit_code == 4


def test_a_sign_off_ends(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    later = now() + 366 * DAY
    monkeypatch.setattr(Clock, "now", lambda _: later)
    said = proefbank("verify", made)
    assert (said.exit_code, "its validity ended on" in said.output) == (1, True)
    earlier = later - 400 * DAY
    monkeypatch.setattr(Clock, "now", lambda _: earlier)
    said = proefbank("verify", made)
    assert (said.exit_code, "signed in the future" in said.output) == (1, True)


# Signers who are not honest: everything fits, but the evidence.


def forge(run: Path, who: Signatory, at: float | None = None) -> None:
    """Sign whatever lies there, as it is; at the moment that it tells itself."""
    for name in ("manifest.jws", "manifest.tsr", "manifest.tsr.sha256"):
        (run / name).unlink(missing_ok=True)
    report = json.loads((run / "report.json").read_bytes())
    told = report["signoff"]
    told["run"] |= {"verdict": report["verdict"], "headline": report["headline"]}
    told["time_stamp"] = "none"
    (run / "report.json").write_text(json.dumps(report), encoding="utf-8")
    write_manifest(run, manifest(run))
    signer = Signer(who.private, "ES256", who.chain)
    at = at or datetime.fromisoformat(told["signed"]).timestamp()
    text = sign_detached((run / "manifest.json").read_bytes(), signer, told, at)
    (run / "manifest.jws").write_text(text, encoding="ascii")


def test_a_forged_run_that_is_true_is_valid(run: Path, who: Signatory) -> None:
    result = rewritten(run, lines_of(run), who)
    assert standings(result) == ["valid"] * 3, result.lines[2].notes


def test_a_report_that_its_record_does_not_give_is_found(run: Path, who: Signatory) -> None:
    report = json.loads((run / "report.json").read_bytes())
    report["verdict"] = "passed"
    (run / "report.json").write_text(json.dumps(report), encoding="utf-8")
    forge(run, who)
    result = checked(run)
    assert standings(result)[2] == "wrong"
    assert "its verdict does not follow from events.ndjson" in texts(result)
    assert "report.html: has another verdict" in texts(result)


def test_a_page_with_other_counts_is_found(run: Path, who: Signatory) -> None:
    for name, old, new in (
        ("report.html", '<th scope="row">MUST</th><td data-label="passed">', "&1"),
        ("junit.xml", "<testcase ", "<nocase "),
        ("summary.md", "| MUST | ", "| MUST | 9"),
        ("traffic.har", '"entries": [', '"entries": [{}, '),
    ):
        before = (run / name).read_text(encoding="utf-8")
        assert old in before
        new_text = before.replace(old, f"{old}1" if new == "&1" else new, 1)
        new_text = new_text.replace("</testcase>", "</nocase>", 1) if "nocase" in new else new_text
        (run / name).write_text(new_text, encoding="utf-8")
        forge(run, who)
        result = checked(run)
        assert (standings(result)[0], standings(result)[1]) == ("valid", "wrong"), name
        assert named(result) == {name}
        (run / name).write_text(before, encoding="utf-8")


def lines_of(run: Path) -> list[dict[str, Any]]:
    text = (run / "events.ndjson").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def rewritten(run: Path, events: list[dict[str, Any]], who: Signatory) -> Verification:
    """Render everything from changed events, sign it, and check it."""
    from proefbank.report.write import render

    text = "".join(f"{json.dumps(event)}\n" for event in events)
    (run / "events.ndjson").write_text(text, encoding="utf-8")
    (run / "manifest.jws").unlink()
    told = json.loads((run / "report.json").read_bytes())["signoff"] | {"time_stamp": "none"}
    render(run, signoff=told)
    forge(run, who)
    result = checked(run)
    assert standings(result)[:2] == ["valid", "valid"]
    return result


def test_a_verdict_that_the_traffic_does_not_give_is_found(who: Signatory, tmp_path: Path) -> None:
    run = a_run(tmp_path, "constant-jti")
    words = [*who.words(), "--although", "failed", "--although", "incomplete"]
    assert proefbank("sign", run, *words).exit_code == 0
    events = lines_of(run)
    failed = [event for event in events if event.get("outcome") == "failed"]
    assert failed
    for event in failed:
        event |= {"outcome": "passed", "finding": None, "evidence": []}
    result = rewritten(run, events, who)
    assert standings(result)[2] == "wrong"
    assert f"{failed[0]['requirement']}@" in texts(result)
    assert "passed recorded, failed now" in texts(result)


def test_a_waiver_accepts_only_what_it_names(who: Signatory, tmp_path: Path) -> None:
    first = a_run(tmp_path / "first", "constant-jti")
    rule = "socialsecurity.assertion.jti-is-unique"
    accepted = tmp_path / "waivers.toml"
    words = ["--owner", "J. Voorbeeld", "--cause", "soon", "--ticket", "T-1", "--file", accepted]
    done = proefbank("waive", first, rule, *words)
    assert done.exit_code == 0, done.stderr
    path = first / "events.ndjson"
    words = ["--waivers", accepted, "--reports", tmp_path, "--run", "waived"]
    done = proefbank("judge", path, *words)
    run = tmp_path / "waived"
    rows = {
        row["id"]: row for row in json.loads((run / "report.json").read_bytes())["requirements"]
    }
    assert rows[rule]["outcome"] in ("waived", "not_observable"), done.output
    words = [*who.words(), "--although", "incomplete", "--although", "failed"]
    assert proefbank("sign", run, *words).exit_code == 0
    result = checked(run)
    assert standings(result) == ["valid"] * 3
    assert "waived in the report" in result.lines[2].notes[0]
    report = json.loads((run / "report.json").read_bytes())
    for key, value in (("finding", "0" * 12), ("expires", "2020-01-01")):
        waiver = {**report["waivers"][0], key: value}
        told = {**report, "waivers": [waiver]}
        (run / "report.json").write_text(json.dumps(told), encoding="utf-8")
        forge(run, who)
        line = checked(run).lines[2]
        assert line.standing is Standing.WRONG
        assert f"{rule}@" in "\n".join(map(str, line.problems))


def test_a_verdict_that_was_left_out_is_found(who: Signatory, tmp_path: Path) -> None:
    from proefbank.commands.judge import judge_file

    first = tmp_path / "first"
    done = proefbank("run", "socialsecurity", "--stage", "token", "--reports", tmp_path)
    assert done.exit_code == 0, done.output
    (first,) = tmp_path.iterdir()
    assert judge_file(first / "events.ndjson", tmp_path, "again") in (0, 2)
    run = tmp_path / "again"
    events = [e for e in lines_of(run) if e.get("outcome") != "passed" or e["event"] != "verdict"]
    head = next(event for event in events if event["event"] == "run")
    head["run_selected"] = False
    (run / "events.ndjson").write_text(
        "".join(f"{json.dumps(event)}\n" for event in events), encoding="utf-8"
    )
    from proefbank.report.write import render

    render(run)
    result = checked(run)
    assert standings(result) == ["absent", "valid", "wrong"]
    assert "no verdict recorded, passed now" in texts(result)


def test_a_requirement_that_was_softened_or_dropped_is_found(run: Path, who: Signatory) -> None:
    report = json.loads((run / "report.json").read_bytes())
    rows = report["requirements"]
    row = next(item for item in rows if item["level"] == "MUST" and item["state"] == "judged")
    row["level"] = "SHOULD"
    dropped = next(item for item in rows if item["state"] == "excluded")
    rows.remove(dropped)
    (run / "report.json").write_text(json.dumps(report), encoding="utf-8")
    result = rewritten(run, lines_of(run), who)
    assert standings(result)[2] == "wrong"
    assert f"the requirement {row['id']} has another level" in texts(result)
    assert f"the requirement {dropped['id']} is left out" in texts(result)


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"event": 7}', '{"event": "verdict"}', '{"event": "exchange"}', "\x00"]
)
def test_a_record_that_cannot_be_read_is_told(run: Path, who: Signatory, line: str) -> None:
    text = (run / "events.ndjson").read_text(encoding="utf-8")
    head, _, rest = text.partition("\n")
    (run / "events.ndjson").write_text(f"{head}\n{line}\n{rest}", encoding="utf-8")
    forge(run, who)
    said = proefbank("verify", run)
    assert (said.exit_code, said.exception) == (1, None)
    assert "events.ndjson" in said.output


def test_other_rules_are_told_apart_from_other_evidence(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rejudging, "__version__", "99.0")
    line = checked(run).lines[2]
    assert line.standing is Standing.VALID
    assert any("99.0" in note for note in line.notes)
    judged = judged_events

    def otherwise(*args: Any, **options: Any) -> list[Any]:
        events = [dict(event) for event in judged(*args, **options)]
        for event in events:
            if event["event"] == "verdict" and event["outcome"] == "passed":
                event["outcome"] = "failed"
        return events

    monkeypatch.setattr(rejudging, "judged_events", otherwise)
    line = checked(run).lines[2]
    assert line.standing is Standing.UNDECIDED
    assert "judged again by other rules" in line.text
    assert proefbank("verify", run).exit_code == 2
    monkeypatch.setattr(rejudging, "__version__", rejudging_version())
    assert checked(run).lines[2].standing is Standing.WRONG


def test_a_report_that_a_later_version_made_is_not_called_forged(tmp_path: Path) -> None:
    run = a_run(tmp_path)
    report = json.loads((run / "report.json").read_bytes())
    report["assertor"]["version"] = "99.0"
    report["novelty"] = 1
    (run / "report.json").write_text(json.dumps(report), encoding="utf-8")
    write_manifest(run, manifest(run))
    result = checked(run)
    assert standings(result) == ["absent", "undecided", "undecided"]
    assert "made by proefbank 99.0" in result.lines[1].notes[0]
    report["assertor"]["version"] = rejudging_version()
    (run / "report.json").write_text(json.dumps(report), encoding="utf-8")
    write_manifest(run, manifest(run))
    assert standings(checked(run)) == ["absent", "wrong", "wrong"]


def rejudging_version() -> str:
    import proefbank as package

    return package.__version__


@pytest.mark.parametrize("change", ["name", "certificate", "validity", "date", "silent"])
def test_a_statement_that_is_not_about_this_run_is_found(
    run: Path, who: Signatory, change: str
) -> None:
    report = json.loads((run / "report.json").read_bytes())
    told = report["signoff"]
    if change == "name":
        told["signatories"][0]["name"] = "Somebody Else"
    elif change == "certificate":
        told["certificate"]["sha256"] = "0" * 64
    elif change == "silent":
        told |= {"although": [], "reservations": []}
    elif change == "date":
        told["signed"] = "2020-01-01T00:00:00+00:00"
    else:
        told["valid_until"] = "9999-12-31"
    (run / "report.json").write_text(json.dumps(report), encoding="utf-8")
    forge(run, who, now() if change == "date" else None)
    said = {
        "name": "report.html: has another sign-off",
        "certificate": "names another certificate",
        "silent": "the run is incomplete, and the sign-off does not say so",
        "date": "names another moment",
        "validity": "a date that does not exist",
    }
    result = checked(run)
    assert result.standing is Standing.WRONG
    assert said[change] in texts(result)


@pytest.mark.parametrize("version", ["", "99.0"])
def test_words_that_a_signer_put_into_a_page_are_not_vouched_for(
    run: Path, who: Signatory, version: str
) -> None:
    if version:
        events = lines_of(run)
        next(event for event in events if event["event"] == "run")["assertor"]["version"] = version
        rewritten(run, events, who)
    page = (run / "report.html").read_text(encoding="utf-8")
    page = page.replace("<h2 ", "<p>All is well.</p><h2 ", 1)
    (run / "report.html").write_text(page, encoding="utf-8")
    forge(run, who)
    result = checked(run)
    assert standings(result) == ["valid", "valid", "undecided"]
    assert any(note.startswith("report.html is not") for note in result.lines[2].notes)
    assert proefbank("verify", run).exit_code == 2


def test_a_failure_that_was_left_out_of_a_selected_run_is_told(
    who: Signatory, tmp_path: Path
) -> None:
    from proefbank.report.write import render

    run = a_run(tmp_path, "constant-jti")
    events = [event for event in lines_of(run) if event.get("outcome") != "failed"]
    next(event for event in events if event["event"] == "run")["run_selected"] = True
    text = "".join(f"{json.dumps(event)}\n" for event in events)
    (run / "events.ndjson").write_text(text, encoding="utf-8")
    render(run)
    assert proefbank("sign", run, *who.words(), "--although", "incomplete").exit_code == 0
    result = checked(run)
    assert standings(result) == ["valid", "valid", "undecided"]
    rule = "socialsecurity.assertion.jti-is-unique"
    assert any(
        note.startswith(rule) and note.endswith("was left out, and fails")
        for note in result.lines[2].notes
    )


def test_a_record_that_says_two_things_at_once_is_found(run: Path, who: Signatory) -> None:
    text = (run / "events.ndjson").read_text(encoding="utf-8")
    twice = text.replace('"outcome": "passed"', '"outcome": "failed", "outcome": "passed"', 1)
    assert twice != text
    (run / "events.ndjson").write_text(twice, encoding="utf-8")
    forge(run, who)
    result = checked(run)
    assert standings(result)[2] == "wrong"
    assert "JSON with the name outcome twice" in texts(result)


def test_a_waiver_is_not_of_a_day_before_the_run(tmp_path: Path, who: Signatory) -> None:
    first = a_run(tmp_path / "first", "constant-jti")
    accepted = tmp_path / "waivers.toml"
    words = ["--owner", "J. Voorbeeld", "--cause", "soon", "--ticket", "T-1", "--file", accepted]
    rule = "socialsecurity.assertion.jti-is-unique"
    assert proefbank("waive", first, rule, *words).exit_code == 0
    words = ["--waivers", accepted, "--reports", tmp_path, "--run", "waived"]
    proefbank("judge", first / "events.ndjson", *words)
    run = tmp_path / "waived"
    report = json.loads((run / "report.json").read_bytes())
    report["waivers"][0] |= {"on": "2001-01-01", "expires": "2001-06-01"}
    (run / "report.json").write_text(json.dumps(report), encoding="utf-8")
    write_manifest(run, manifest(run))
    result = checked(run)
    assert standings(result)[2] == "wrong"
    assert "its waivers are of a day before the run" in texts(result)


@pytest.mark.parametrize("tail", ["<tr " * 400_000, '<tr data-tally="x">' * 100_000])
def test_no_page_makes_it_take_for_ever(run: Path, tail: str) -> None:
    """Each of these took minutes when a pattern was tried from every place in turn."""
    with (run / "report.html").open("a", encoding="utf-8") as stream:
        stream.write(tail)
    write_manifest(run, manifest(run))
    assert checked(run).standing is Standing.WRONG


@pytest.mark.parametrize("coding", ["utf-16", "utf-8"])
def test_no_page_has_entities(run: Path, coding: str) -> None:
    text = (
        f'<?xml version="1.0" encoding="{coding}"?><!DOCTYPE a [<!ENTITY b "{"c" * 99}">]>'
        f"<testsuites>{'&b;' * 99}</testsuites>"
    )
    (run / "junit.xml").write_bytes(text.encode(coding))
    write_manifest(run, manifest(run))
    assert "junit.xml" in named(checked(run))
    (run / "junit.xml").write_text("<testsuites", encoding="utf-8")
    write_manifest(run, manifest(run))
    assert "junit.xml: cannot be read" in texts(checked(run))


def test_an_authority_with_a_short_key_vouches_for_nobody(run: Path, tmp_path: Path) -> None:
    keys = [rsa.generate_private_key(public_exponent=65537, key_size=size) for size in (2048, 1024)]
    root = certificate("root", keys[0], authority=True)
    middle = certificate("middle", keys[1], (root, keys[0]), authority=True)
    own = key_for("weakly certified", "EC P-256").private
    chain = (certificate("leaf", own, (middle, keys[1])), middle)
    files = [tmp_path / name for name in ("a.key", "a.pem", "root.pem")]
    for path, data in zip(files, (private_pem(own), pem(*chain), pem(root)), strict=True):
        path.write_bytes(data)
    signer = Signatory(files[0], files[1], files[2], own, chain)
    done = proefbank("sign", run, *signer.words(), "--although", "incomplete", "--replace")
    assert (done.exit_code, "1024 bits" in done.stderr) == (4, True)
    told = json.loads((run / "report.json").read_bytes())["signoff"]
    told["certificate"] = {
        "subject": chain[0].subject.rfc4514_string(),
        "sha256": hashlib.sha256(chain[0].public_bytes(Encoding.DER)).hexdigest(),
    }
    report = json.loads((run / "report.json").read_bytes()) | {"signoff": told}
    (run / "report.json").write_text(json.dumps(report), encoding="utf-8")
    forge(run, signer)
    said = proefbank("verify", run, "--trust", signer.trust)
    assert (said.exit_code, "1024 bits" in said.output) == (1, True)


@settings(max_examples=100)
@given(data=st.data())
def test_no_certificate_makes_it_stumble(spare: Path, who: Signatory, data: st.DataObject) -> None:
    """Certificates with changed bytes and the signer's key, signed anew so that all else fits."""
    before = (spare / "manifest.jws").read_bytes()
    header, _ = header_of(spare)
    chain = [bytearray(base64.b64decode(one)) for one in header["x5c"]]
    for _ in range(data.draw(st.integers(1, 3))):
        one = data.draw(st.sampled_from(chain))
        one[data.draw(st.integers(0, len(one) - 1))] = data.draw(st.integers(0, 255))
    header["x5c"] = [base64.b64encode(one).decode("ascii") for one in chain]
    header["x5t#S256"] = b64(hashlib.sha256(chain[0]).digest())
    try:
        signed(spare, header, who.private, "ES256")
        for anchors in ((), who.chain[1:]):
            assert check_signature(spare, anchors, now()).standing in Standing
    finally:
        (spare / "manifest.jws").write_bytes(before)


# Elsewhere.


def test_a_copy_verifies_in_another_folder_and_process(
    made: Path, who: Signatory, tmp_path: Path
) -> None:
    copy = shutil.copytree(made, tmp_path / "elsewhere" / "the run")
    shutil.copy(who.trust, tmp_path / "elsewhere" / "ca.pem")
    done = program.proefbank(copy.parent, "verify", copy.name, "--trust", "ca.pem", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["standing"] == "valid"
    assert [line["about"] for line in told["lines"]] == ["signature", "content", "evidence"]
    assert told["lines"][0]["facts"]["anchored"] is True


def test_a_run_that_nobody_signed_still_has_content_and_evidence(tmp_path: Path) -> None:
    run = a_run(tmp_path)
    said = proefbank("verify", run)
    assert (said.exit_code, said.output.startswith("NOT SIGNED: ")) == (2, True)
    assert standings(checked(run)) == ["absent", "valid", "valid"]
    (run / "summary.md").write_text("fine", encoding="utf-8")
    said = proefbank("verify", run)
    assert (said.exit_code, said.output.startswith("WRONG: content")) == (1, True)
