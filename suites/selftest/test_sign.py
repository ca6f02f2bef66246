"""Signing a run off: what is signed, by whom, and what is refused."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
    pkcs12,
)
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from proefbank.clock import Clock
from proefbank.keys import KeyKind
from proefbank.report.manifest import differences
from proefbank.report.signing.detached import STATEMENT
from proefbank.report.signing.statement import reservations
from proefbank.report.validation import validate

from .signing_world import (
    DAY,
    WHO,
    Signatory,
    a_run,
    certificate,
    files_of,
    now,
    openssl,
    pem,
    private_pem,
    proefbank,
    signatory,
    stamper,
)

PASSWORD = "a-password-that-must-not-leak"
TAKEN = ("--although", "incomplete")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nobody signed; incomplete, as a judged recording is."""
    return a_run(tmp_path_factory.mktemp("made"))


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "reports" / "right")


@pytest.fixture(scope="module")
def who(tmp_path_factory: pytest.TempPathFactory) -> Signatory:
    return signatory(tmp_path_factory.mktemp("who"))


def parts_of(run: Path) -> tuple[dict[str, Any], str, str]:
    """Return header, first and third part of a signature."""
    first, middle, third = (run / "manifest.jws").read_text(encoding="ascii").split(".")
    assert not middle
    return json.loads(base64.urlsafe_b64decode(first + "==")), first, third


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


# What is signed.


@pytest.mark.parametrize(
    ("kind", "chosen", "algorithm"),
    [
        ("RSA-2048", None, "RS256"),
        ("RSA-2048", "PS256", "PS256"),
        ("EC P-256", None, "ES256"),
        ("EC P-384", "ES384", "ES384"),
        ("EC P-521", None, "ES512"),
    ],
)
def test_another_library_finds_the_signature_good(
    run: Path, tmp_path: Path, kind: KeyKind, chosen: str | None, algorithm: str
) -> None:
    mine = signatory(tmp_path / "mine", kind, name=f"signer {kind}")
    words = ["--algorithm", chosen] if chosen else []
    done = proefbank("sign", run, *mine.words(), *TAKEN, *words)
    assert done.exit_code == 0, done.stderr
    header, first, third = parts_of(run)
    assert header["alg"] == algorithm
    chain = [base64.b64decode(one) for one in header["x5c"]]
    assert chain == [base64.b64decode(b64der(one)) for one in mine.chain]
    assert header["x5t#S256"] == b64(hashlib.sha256(chain[0]).digest())
    assert "b64" not in header
    public = mine.private.public_key()
    spki = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    key = (RSAKey if kind.startswith("RSA") else ECKey).import_key(spki)
    whole = f"{first}.{b64((run / 'manifest.json').read_bytes())}.{third}"
    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    registry.max_header_length = registry.max_payload_length = 100_000  # a chain is long
    assert jws.deserialize_compact(whole, key, registry=registry).payload
    for line in proefbank("verify", run, "--trust", mine.trust, "--json").output, None:
        if line:
            assert json.loads(line)["standing"] == "valid"


def b64der(one: Any) -> bytes:
    return base64.b64encode(one.public_bytes(Encoding.DER))


def test_openssl_alone_finds_the_signature_good(run: Path, tmp_path: Path) -> None:
    """The check that the documentation gives to those who do not want to trust us."""
    mine = signatory(tmp_path / "mine", "RSA-2048", name="signer RSA-2048")
    assert proefbank("sign", run, *mine.words(), *TAKEN).exit_code == 0
    header, first, third = parts_of(run)
    payload = b64((run / "manifest.json").read_bytes())
    (tmp_path / "signed").write_text(f"{first}.{payload}", encoding="ascii")
    (tmp_path / "signature").write_bytes(base64.urlsafe_b64decode(third + "=="))
    certificates = [base64.b64decode(one) for one in header["x5c"]]
    for number, der in enumerate(certificates):
        (tmp_path / f"{number}.der").write_bytes(der)
        openssl(tmp_path, "x509", "-inform", "der", "-in", f"{number}.der", "-out", f"{number}.pem")
    public = openssl(tmp_path, "x509", "-in", "0.pem", "-noout", "-pubkey")
    (tmp_path / "public.pem").write_text(public, encoding="ascii")
    words = ("-verify", "public.pem", "-signature", "signature", "signed")
    assert "Verified OK" in openssl(tmp_path, "dgst", "-sha256", *words)
    rest = ("-untrusted", "1.pem", "0.pem")
    assert "OK" in openssl(tmp_path, "verify", "-CAfile", str(mine.trust), *rest)


def test_the_statement_stands_in_signature_report_and_pages(run: Path, who: Signatory) -> None:
    second = ["--name", "Bo <b>Voorbeeld</b>", "--role", "release | owner"]
    more = ["--purpose", "acceptance of the channel", "--valid-days", "30"]
    done = proefbank("sign", run, *who.words(), *second, *more, *TAKEN)
    assert done.exit_code == 0, done.stderr
    report = json.loads((run / "report.json").read_bytes())
    told = parts_of(run)[0][STATEMENT]
    assert told == report["signoff"]
    assert validate(report) == []
    until = datetime.fromtimestamp(now(), UTC).date() + timedelta(days=30)
    assert told["valid_until"] == until.isoformat()
    assert told["although"] == ["incomplete"]
    assert told["run"]["verdict"] == "incomplete"
    assert [one["role"] for one in told["signatories"]] == ["integration lead", "release | owner"]
    page = (run / "report.html").read_text(encoding="utf-8")
    block = page[page.index('id="signoff"') :].partition("</section>")[0]
    for words in (
        *("An Voorbeeld", "integration lead", "Bo &lt;b&gt;Voorbeeld&lt;/b&gt;"),
        *("acceptance of the channel", told["certificate"]["sha256"]),
    ):
        assert words in block
    assert 'class="although"' in block
    summary = (run / "summary.md").read_text(encoding="utf-8")
    assert "An Voorbeeld" in summary
    assert "<b>" not in summary
    assert differences(run) == []


def test_a_run_that_nobody_signed_has_no_block(made: Path) -> None:
    assert "signoff" not in json.loads((made / "report.json").read_bytes())
    assert 'id="signoff"' not in (made / "report.html").read_text(encoding="utf-8")


def test_signing_again_takes_the_place_only_if_told(run: Path, who: Signatory) -> None:
    assert proefbank("sign", run, *who.words(), *TAKEN).exit_code == 0
    before = (run / "manifest.jws").read_bytes()
    done = proefbank("sign", run, *who.words(), *TAKEN)
    assert (done.exit_code, "signed already" in done.stderr) == (4, True)
    assert (run / "manifest.jws").read_bytes() == before
    done = proefbank("sign", run, *who.words(), *TAKEN, "--replace", "--purpose", "another")
    assert done.exit_code == 0, done.stderr
    assert parts_of(run)[0][STATEMENT]["purpose"] == "another"
    assert proefbank("verify", run, "--trust", who.trust).exit_code == 0


def test_pages_of_a_signed_run_are_not_rendered_again(run: Path, who: Signatory) -> None:
    assert proefbank("sign", run, *who.words(), *TAKEN).exit_code == 0
    before = {path.name: path.read_bytes() for path in files_of(run)}
    done = proefbank("report", run)
    assert (done.exit_code, "void the signature" in done.stderr) == (4, True)
    assert {path.name: path.read_bytes() for path in files_of(run)} == before
    path = run.parent.parent / "another.ndjson"
    path.write_bytes(before["events.ndjson"])
    done = proefbank("judge", path, "--reports", run.parent, "--run", run.name)
    assert (done.exit_code, "void the signature" in done.stderr) == (4, True)
    words = ["run", "socialsecurity", "--stage", "token", "--reports", run.parent]
    assert proefbank(*words, "--run", run.name).exit_code == 4
    assert {path.name: path.read_bytes() for path in files_of(run)} == before
    (run / "manifest.jws").unlink()
    assert proefbank("report", run).exit_code == 0
    assert "signoff" not in json.loads((run / "report.json").read_bytes())
    assert proefbank("verify", run).exit_code == 2


# Keys and certificates.


def test_a_key_store_brings_its_certificates(run: Path, who: Signatory, tmp_path: Path) -> None:
    store = pkcs12.serialize_key_and_certificates(
        b"mine", who.private, who.chain[0], who.chain[1:], BestAvailableEncryption(b"open sesame")
    )
    (tmp_path / "my.p12").write_bytes(store)
    (tmp_path / "password").write_text("open sesame\n", encoding="utf-8")
    words = ["--key", tmp_path / "my.p12", *WHO, *TAKEN]
    done = proefbank("sign", run, *words)
    assert (done.exit_code, "nobody is here" in done.stderr) == (4, True)
    done = proefbank("sign", run, *words, "--password-file", tmp_path / "password")
    assert done.exit_code == 0, done.stderr
    assert len(parts_of(run)[0]["x5c"]) == 2


def test_an_encrypted_pem_asks_for_its_password(
    run: Path, who: Signatory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = BestAvailableEncryption(PASSWORD.encode())
    text = who.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, closed)
    (tmp_path / "my.key").write_bytes(text)
    words = ["--key", tmp_path / "my.key", "--certificate", who.bundle, *WHO, *TAKEN]
    words += ["--password-env", "MINE"]
    monkeypatch.setenv("MINE", "a wrong one")
    done = proefbank("sign", run, *words)
    assert (done.exit_code, "not with this password" in done.stderr) == (4, True)
    assert "a wrong one" not in done.stderr
    monkeypatch.setenv("MINE", PASSWORD)
    done = proefbank("sign", run, *words)
    assert done.exit_code == 0, done.stderr


def test_no_secret_of_the_signer_is_in_any_file(
    run: Path, who: Signatory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = BestAvailableEncryption(PASSWORD.encode())
    stored = pkcs12.serialize_key_and_certificates(None, who.private, who.chain[0], None, closed)
    (tmp_path / "my.p12").write_bytes(stored)
    monkeypatch.setenv("MINE", PASSWORD)
    words = ["--key", tmp_path / "my.p12", "--certificate", who.bundle, *WHO, *TAKEN]
    words += ["--password-env", "MINE", "--timestamp-request", tmp_path / "my.tsq"]
    done = proefbank("sign", run, *words)
    assert done.exit_code == 0, done.stderr
    checked = proefbank("verify", run, "--json")
    der = who.private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, closed_not())
    value = who.private.private_numbers().private_value  # type: ignore[union-attr]
    secret = value.to_bytes(32, "big")
    planted = [PASSWORD.encode(), der, secret, secret.hex().encode(), str(value).encode()]
    planted += [base64.b64encode(item)[4:-4] for item in (der, secret)]
    planted += [base64.urlsafe_b64encode(secret)[:-1], private_pem(who.private).splitlines()[1]]
    left = {path.name: path.read_bytes() for path in [*files_of(run), tmp_path / "my.tsq"]}
    left |= {"said": (done.output + done.stderr + checked.output).encode()}
    assert {"manifest.jws", "report.html"} <= left.keys()
    for name, data in left.items():
        assert not [item for item in planted if item in data], name


def closed_not() -> Any:
    from cryptography.hazmat.primitives.serialization import NoEncryption

    return NoEncryption()


def test_weak_and_strange_keys_are_refused(run: Path, tmp_path: Path) -> None:
    keys = {
        "short": rsa.generate_private_key(public_exponent=65537, key_size=1024),
        "small": rsa.generate_private_key(public_exponent=3, key_size=2048),
        "curve": ec.generate_private_key(ec.SECP256K1()),
        "edwards": ed25519.Ed25519PrivateKey.generate(),
    }
    before = {path.name: path.read_bytes() for path in files_of(run)}
    for name, key in keys.items():
        (tmp_path / name).write_bytes(private_pem(key))  # type: ignore[arg-type]
        done = proefbank("sign", run, "--key", tmp_path / name, "--certificate", "x", *WHO)
        assert (done.exit_code, "too weak" in done.stderr) == (4, True), done.stderr
    assert {path.name: path.read_bytes() for path in files_of(run)} == before


def test_what_does_not_belong_together_is_refused(
    run: Path, who: Signatory, tmp_path: Path
) -> None:
    other = signatory(tmp_path / "other", name="other")
    mixed = tmp_path / "mixed.pem"
    mixed.write_bytes(pem(*who.chain, other.chain[1]))
    (tmp_path / "nothing").write_text("nothing", encoding="ascii")
    usage = certificate("crl only", who.private, authority=True)
    (tmp_path / "usage.pem").write_bytes(pem(usage))
    cases = [
        ((who.key, other.bundle), "do not belong together"),
        ((who.key, mixed), "does not certify"),
        ((who.key, tmp_path / "nothing"), "no certificate"),
        ((tmp_path / "nothing", who.bundle), "no private key"),
        ((tmp_path / "absent", who.bundle), "cannot be read"),
        ((who.bundle, who.bundle), "no private key"),
        ((who.key, tmp_path / "usage.pem"), "not for digital signatures"),
    ]
    for (key, bundle), words in cases:
        done = proefbank("sign", run, "--key", key, "--certificate", bundle, *WHO, *TAKEN)
        assert done.exit_code == 4, done.output
        assert words in done.stderr
    done = proefbank("sign", run, *who.words(), *TAKEN, "--algorithm", "RS256")
    assert (done.exit_code, "does not go with" in done.stderr) == (4, True)


def test_a_certificate_that_is_over_signs_only_if_told(run: Path, tmp_path: Path) -> None:
    old = signatory(tmp_path / "old", name="old", validity=(now() - 9 * DAY, now() - DAY))
    done = proefbank("sign", run, *old.words(), *TAKEN)
    assert (done.exit_code, "--although expired-certificate" in done.stderr) == (4, True)
    done = proefbank("sign", run, *old.words(), *TAKEN, "--although", "expired-certificate")
    assert done.exit_code == 0, done.stderr
    said = proefbank("verify", run)
    assert said.exit_code == 1
    assert "the certificate was not valid" in said.output


# Runs that are not signed.


def test_a_run_that_failed_or_is_incomplete_is_signed_only_if_told(
    who: Signatory, tmp_path: Path
) -> None:
    run = a_run(tmp_path, "constant-jti")
    for words, missing in (
        ([], "failed"),
        (["--although", "incomplete"], "failed"),
    ):
        done = proefbank("sign", run, *who.words(), *words)
        assert done.exit_code == 4, done.output
        assert f"--although {missing}" in done.stderr
        assert not (run / "manifest.jws").exists()
    done = proefbank("sign", run, *who.words(), "--although", "failed", *TAKEN)
    assert done.exit_code == 0, done.stderr
    assert "although the run failed" in done.output
    assert "the run failed" in parts_of(run)[0][STATEMENT]["reservations"]
    assert "Signed although the run failed" in (run / "report.html").read_text(encoding="utf-8")
    assert "Signed although the run failed" in (run / "summary.md").read_text(encoding="utf-8")
    said = proefbank("verify", run, "--trust", who.trust)
    assert (said.exit_code, "signed although the run failed" in said.output) == (0, True)


@pytest.mark.parametrize(
    ("verdict", "over", "against"),
    [
        ("passed", {}, ()),
        ("passed", {"selected": True}, ("incomplete",)),
        ("failed", {"interrupted": True}, ("failed", "incomplete")),
        ("incomplete", {}, ("incomplete",)),
    ],
)
def test_what_stands_against_signing(
    verdict: str, over: dict[str, bool], against: tuple[str, ...]
) -> None:
    run = {"selected": False, "interrupted": False, **over}
    assert reservations({"verdict": verdict, "run": run}) == against


def test_a_run_that_was_not_assessed_is_never_signed(who: Signatory, tmp_path: Path) -> None:
    request = {"method": "GET", "url": "https://elsewhere.example/", "headers": []}
    response = {"status": 200, "headers": [], "content": {"text": "", "mimeType": "text/plain"}}
    entry = {"startedDateTime": "2026-11-22T06:00:00Z", "request": request, "response": response}
    entry["time"] = 1  # type: ignore[assignment]
    creator = {"name": "x", "version": "1"}
    har = {"log": {"version": "1.2", "creator": creator, "entries": [entry]}}
    (tmp_path / "x.har").write_text(json.dumps(har), encoding="utf-8")
    done = proefbank("judge", tmp_path / "x.har", "--reports", tmp_path, "--run", "none")
    assert done.exit_code == 3, done.stderr
    everything = ["--although", "failed", "--although", "incomplete"]
    done = proefbank("sign", tmp_path / "none", *who.words(), *everything)
    assert (done.exit_code, "was not assessed" in done.stderr) == (4, True), done.stderr


def test_a_run_that_was_changed_is_not_signed(run: Path, who: Signatory) -> None:
    text = (run / "junit.xml").read_text(encoding="utf-8")
    (run / "junit.xml").write_text(text.replace("failures=", "failures ="), encoding="utf-8")
    done = proefbank("sign", run, *who.words(), *TAKEN)
    assert (done.exit_code, "junit.xml: changed" in done.stderr) == (4, True)
    assert not (run / "manifest.jws").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--role", "x"], "1 names and 2 roles"),
        (["--valid-until", "tomorrow"], "no date"),
        (["--valid-until", "2020-01-01"], "is over"),
        (["--valid-until", "2030-01-01", "--valid-days", "2"], "only one"),
        (["--purpose", "\x1b[31m"], "printable"),
        (["--timestamp", "x.tsr"], "by itself"),
    ],
)
def test_what_makes_no_sense_is_refused(
    run: Path, who: Signatory, words: list[str], said: str
) -> None:
    done = proefbank("sign", run, *who.words(), *TAKEN, *words)
    assert (done.exit_code, said in done.stderr) == (4, True), done.stderr
    assert not (run / "manifest.jws").exists()


def test_a_folder_without_a_run_is_refused(tmp_path: Path, who: Signatory) -> None:
    assert proefbank("sign", tmp_path, *who.words()).exit_code == 4
    assert proefbank("verify", tmp_path / "absent").exit_code == 4
    assert proefbank("sign", tmp_path).exit_code == 4


# Time stamps.

HAS_OPENSSL = shutil.which("openssl") is not None
needs_openssl = pytest.mark.skipif(not HAS_OPENSSL, reason="openssl plays the authority")


@needs_openssl
def test_a_time_stamp_is_about_the_signature(run: Path, who: Signatory, tmp_path: Path) -> None:
    asked, answered = tmp_path / "my.tsq", tmp_path / "my.tsr"
    done = proefbank("sign", run, *who.words(), *TAKEN, "--timestamp-request", asked)
    assert done.exit_code == 0, done.stderr
    said = proefbank("verify", run)
    assert (said.exit_code, "is not here" in said.output) == (2, True)
    authority = stamper(tmp_path / "tsa")
    authority.answer(asked, answered)
    done = proefbank("sign", run, "--timestamp", answered)
    assert done.exit_code == 0, done.stderr
    trust = ["--trust", who.trust, "--trust", authority.trust]
    told = json.loads(proefbank("verify", run, *trust, "--json").output)
    assert told["standing"] == "valid", told
    assert told["lines"][0]["facts"]["time_stamp"]["trusted"] is True
    # Second opinion: openssl, about the third part of the signature as it stands in the file.
    (tmp_path / "third").write_text(parts_of(run)[2], encoding="ascii")
    words = ("-data", "third", "-in", str(run / "manifest.tsr"), "-CAfile", str(authority.trust))
    assert "Verification: OK" in openssl(tmp_path, "ts", "-verify", *words)
    openssl(tmp_path, "ts", "-query", "-in", str(asked), "-text")
    # Only the signer's authority is trusted: the time stamp then proves nothing, and says so.
    told = json.loads(proefbank("verify", run, "--trust", who.trust, "--json").output)
    assert told["standing"] == "valid"
    assert told["lines"][0]["facts"]["time_stamp"]["trusted"] is False


@needs_openssl
def test_a_time_stamp_keeps_a_signature_when_its_certificate_is_over(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brief = signatory(tmp_path / "brief", name="brief", validity=(now() - DAY, now() + DAY))
    asked, answered = tmp_path / "my.tsq", tmp_path / "my.tsr"
    done = proefbank("sign", run, *brief.words(), *TAKEN, "--timestamp-request", asked)
    assert done.exit_code == 0, done.stderr
    authority = stamper(tmp_path / "tsa")
    authority.answer(asked, answered)
    trust = ["--trust", brief.trust, "--trust", authority.trust]
    (run / "spare").mkdir()
    later = now() + 30 * DAY
    monkeypatch.setattr(Clock, "now", lambda _: later)
    assert proefbank("sign", run, "--timestamp", answered).exit_code == 0
    told = json.loads(proefbank("verify", run, *trust, "--json").output)
    assert told["standing"] == "valid", told
    assert not any("not valid today" in note for note in told["lines"][0]["notes"])
    (run / "manifest.tsr").unlink()
    (run / "manifest.tsr.sha256").unlink()
    told = json.loads(proefbank("verify", run, *trust, "--json").output)
    assert any("not valid today" in note for note in told["lines"][0]["notes"])


@needs_openssl
def test_what_is_no_time_stamp_of_this_signature_is_not_attached(
    run: Path, who: Signatory, tmp_path: Path
) -> None:
    asked, other = tmp_path / "my.tsq", tmp_path / "other.tsr"
    done = proefbank("sign", run, *who.words(), *TAKEN, "--timestamp-request", asked)
    assert done.exit_code == 0, done.stderr
    authority = stamper(tmp_path / "tsa")
    (tmp_path / "something").write_text("else", encoding="ascii")
    words = ("-data", "something", "-sha256", "-cert", "-out", "other.tsq")
    openssl(tmp_path, "ts", "-query", *words)
    authority.answer(tmp_path / "other.tsq", other)
    refused = tmp_path / "refused.tsr"
    openssl(tmp_path, "ts", "-query", "-data", "something", "-sha1", "-out", "sha1.tsq")
    authority.answer(tmp_path / "sha1.tsq", refused)
    good = tmp_path / "good.tsr"
    authority.answer(asked, good)
    cut = tmp_path / "cut.tsr"
    cut.write_bytes(good.read_bytes()[:-200])
    forged = tmp_path / "forged.tsr"
    data = good.read_bytes()
    forged.write_bytes(data[:-20] + bytes(byte ^ 1 for byte in data[-20:]))
    (tmp_path / "empty.tsr").touch()
    cases = {
        other: "something else than this signature",
        refused: "did not grant",
        cut: "can be read",
        forged: "does not hold",
        asked: "can be read",
        tmp_path / "empty.tsr": "can be read",
        tmp_path / "absent.tsr": "missing",
    }
    for path, words_ in cases.items():
        done = proefbank("sign", run, "--timestamp", path)
        assert (done.exit_code, words_ in done.stderr) == (4, True), f"{path}: {done.stderr}"
    assert not (run / "manifest.tsr").exists()


@needs_openssl
def test_openssl_refuses_to_stamp_without_the_usage_and_so_do_we(tmp_path: Path) -> None:
    authority = stamper(tmp_path / "tsa", stamps=False)
    (tmp_path / "something").write_text("else", encoding="ascii")
    openssl(tmp_path, "ts", "-query", "-data", "something", "-sha256", "-cert", "-out", "q.tsq")
    with pytest.raises(AssertionError):
        authority.answer(tmp_path / "q.tsq", tmp_path / "a.tsr")


def test_a_request_does_not_go_into_the_run(run: Path, who: Signatory) -> None:
    words = [*TAKEN, "--timestamp-request", run / "my.tsq"]
    done = proefbank("sign", run, *who.words(), *words)
    assert (done.exit_code, "a file too many" in done.stderr) == (4, True)
