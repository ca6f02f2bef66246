"""`proefbank check` and `proefbank certificate`: what they say, write, refuse, and never repeat."""

from __future__ import annotations

import json
import os
import pty
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs7,
    pkcs12,
)

from proefbank.certificates import certificate_from, name_of, to_der, to_pem
from proefbank.cli import cli
from proefbank.clock import Clock
from proefbank.errors import BadInvocation
from proefbank.keys import key_for
from proefbank.report.validation import problems_in_events, validate
from proefbank.report.write import FILES, render

from . import setup_artefacts as made

SECRET = "Geheim-woord,1"
V10 = b"\xa0\x03\x02\x01\x09"
"""A certificate's version as it never was."""
PEM_KEY = key_for("setup", "EC P-384").pem_private()


def run(*words: str | Path, typed: str | None = None) -> Result:
    told = [str(word) for word in words]
    return CliRunner().invoke(cli, told, standalone_mode=False, input=typed)


def refused(*words: str | Path, typed: str | None = None) -> str:
    """Run what cannot be run; return what is said of it."""
    done = run(*words, typed=typed)
    if isinstance(done.exception, BadInvocation):
        assert done.exception.hint, "a working command is shown"
        return f"{done.output}{done.exception}"
    assert done.return_value == 4, done.output
    return done.output


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(made, "NOW", Clock().now() + 60)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "my.cer"
    path.write_bytes(to_pem(made.certified(first=made.NOW - 300)))
    return path


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "my.pfx"
    locked = BestAvailableEncryption(SECRET.encode())
    path.write_bytes(
        pkcs12.serialize_key_and_certificates(b"een", made.own(), made.certified(), None, locked)
    )
    return path


def test_a_certificate_is_shown_with_limits_and_values(good: Path) -> None:
    done = run("check", "certificate", good)
    assert done.return_value == 0
    assert done.output.startswith("PASSED: ")
    for words in (
        "subject        C=BE, O=Voorbeeld vzw, CN=Voorbeeld vzw",
        "issuer         itself (self-signed)",
        "key            EC, P-384",
        "for REST: acceptable",
        "limit: P-384 or P-521",
        "found: P-384",
        "for SOAP, which was not asked for: not acceptable (issuer: self-signed)",
    ):
        assert words in done.output


def test_the_channels_that_are_asked_for_decide(good: Path, tmp_path: Path) -> None:
    assert run("check", "certificate", good, "--channel", "soap").return_value == 1
    both = run("check", "certificate", good, "--channel", "rest", "--channel", "sftp")
    assert both.return_value == 1
    assert "for REST: acceptable" in both.output
    assert "for SFTP: not acceptable" in both.output
    eid = tmp_path / "eid.cer"
    eid.write_bytes(to_der(made.issued(issuer=made.EID)))
    assert run("check", "certificate", eid, "--channel", "ftp").return_value == 0
    done = run("check", "certificate", eid, "--channel", "soap")
    assert done.return_value == 1
    assert "limit: GlobalSign PersonalSign 3 Pro" in done.output
    assert "found: C=BE, CN=Citizen CA" in done.output
    assert "taken for      eID" in done.output


def test_several_files_and_json(good: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.crt"
    other.write_bytes(to_pem(made.issued(made.rsa_public(2047))))
    done = run("check", "certificate", good, other, "--json")
    assert done.return_value == 1
    told = json.loads(done.output)
    assert told["verdict"] == "failed"
    decided = [item for item in told["artefacts"] if item["decides"]]
    assert [(item["name"], item["accepted"]) for item in decided] == [
        ("my.cer", True),
        ("other.crt", False),
    ]
    size = next(c for c in decided[1]["checks"] if c["id"].endswith("rsa-size-is-supported"))
    assert (size["limit"], size["found"]) == ("2048, 3072 or 4096 bits", "2047 bits")
    assert size["outcome"] == "failed"
    assert "openssl" in decided[1]["checks"][3]["hint"] or size["hint"]
    assert len(told["artefacts"]) == 8, "four channels for each file"


def test_two_files_of_one_name_are_two(good: Path, tmp_path: Path) -> None:
    (tmp_path / "acc").mkdir()
    twin = tmp_path / "acc" / "my.cer"
    twin.write_bytes(to_pem(made.certified(usage=None)))
    done = run("check", "certificate", good, twin, "--reports", tmp_path / "r", "--run", "two")
    assert done.return_value == 1
    report = json.loads((tmp_path / "r" / "two" / "report.json").read_text())
    assert report["counts"]["stagings"] == 2


def test_a_file_that_cannot_be_read_does_not_hide_the_others(good: Path, tmp_path: Path) -> None:
    done = run("check", "certificate", good, tmp_path / "absent.cer", "--json")
    assert done.return_value == 4
    told = json.loads(done.stdout)
    assert told["verdict"] == "passed"
    assert told["unread"][0]["file"] == "absent.cer"
    assert told["unread"][0]["hint"]


def test_a_report_is_a_report(good: Path, tmp_path: Path) -> None:
    words = ["--reports", "reports", "--run", "before", "--environment", "acc"]
    done = run("check", "certificate", good, *words)
    folder = tmp_path / "reports" / "before"
    assert "report: reports/before/report.html" in done.output
    assert "separate from production" in done.output
    assert {path.name for path in folder.iterdir()} == set(FILES)
    report = json.loads((folder / "report.json").read_text())
    assert validate(report) == []
    events = [json.loads(line) for line in (folder / "events.ndjson").read_text().splitlines()]
    assert problems_in_events(events) == []
    assert report["scope"]["environment"] == "acc"
    assert report["scope"]["services"] == ["setup"]
    assert report["verdict"] == "passed"
    told = " ".join(note["text"] for note in report["notes"])
    assert "simulator" not in told
    assert "no statement that it accepted anything" in told
    page = (folder / "report.html").read_text()
    assert "limit" in page or "P-384" in page
    assert render(folder)["headline"] == report["headline"], "it can be rendered again"


def test_a_report_says_how_to_look_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "my.cer"
    path.write_bytes(to_pem(made.certified(usage=None)))
    words = ["check", "certificate", "my.cer", "--run", "one"]
    monkeypatch.setattr(sys, "argv", ["/usr/bin/proefbank", *words])
    run(*words)
    page = (tmp_path / "reports" / "one" / "report.html").read_text()
    assert "self-signed-allows-digital-signature" in page
    assert "--stage" not in page, "nothing is staged"
    assert "proefbank check certificate my.cer --run one" in page


def test_a_folder_that_is_none_is_refused(good: Path) -> None:
    assert "not the name of a folder" in refused("check", "certificate", good, "--run", "a/b")
    Path("file").write_text("x")
    assert "--reports" in refused("check", "certificate", good, "--reports", "file")


# --- bad input ---


def bad_files() -> dict[str, tuple[bytes, str]]:
    """Return what may be handed over by mistake, and what is said of it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    key = made.own()
    request = x509.CertificateSigningRequestBuilder().subject_name(made.OURS)
    signed = request.sign(key, hashes.SHA256())
    der = Encoding.DER
    locked = key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(SECRET.encode())
    )
    bare = key_for("setup", "EC P-384").pem_public()
    bundle = pkcs7.serialize_certificates([made.certified()], der)
    plain = key.private_bytes(der, PrivateFormat.PKCS8, NoEncryption())
    ssh = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    certificate = to_pem(made.certified())
    return {
        "empty": (b"", "empty"),
        "blank": (b"\n \n", "empty"),
        "private-key": (PEM_KEY, "private key"),
        "private-key-der": (plain, "private key"),
        "private-key-locked": (locked, "private key"),
        "private-key-ssh": (ssh, "private key"),
        "private-key-cut": (PEM_KEY[:60], "private key"),
        "private-key-utf16": (PEM_KEY.decode().encode("utf-16"), "private key"),
        "private-key-base64": (b"".join(PEM_KEY.splitlines()[1:-1]), "private key"),
        "csr": (signed.public_bytes(Encoding.PEM), "signing request"),
        "csr-der": (signed.public_bytes(der), "signing request"),
        "bundle": (bundle, "PKCS#7"),
        "public-key": (bare, "public key without a certificate"),
        "ssh-key": (made.ssh_line(made.rsa_public(2048)), "public key without a certificate"),
        "jpeg": (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(200), "JPEG"),
        "html": (b"<!doctype html><title>no</title>", "HTML"),
        "base64": (b"".join(certificate.splitlines()[1:-1]), "base64 without"),
        "torn": (certificate[:200], "damaged"),
        "version": (to_der(made.certified()).replace(b"\xa0\x03\x02\x01\x02", V10, 1), "damaged"),
        "torn-der": (to_der(made.certified())[:-5], "no certificate"),
        "junk": (bytes(range(256)), "no certificate"),
        "damaged": (certificate.replace(b"M", b"!", 3), "damaged"),
        "pfx-torn": (made.stored(made.own(), made.certified())[:300], "my.cer"),
    }


@pytest.mark.parametrize("what", bad_files())
def test_what_is_no_certificate_is_refused_in_words(what: str, tmp_path: Path) -> None:
    data, words = bad_files()[what]
    path = tmp_path / "my.cer"
    path.write_bytes(data)
    told = refused("check", "certificate", path)
    assert words in told
    assert "my.cer" in told
    for line in data.decode("latin-1").splitlines():
        body = line.strip()
        assert len(body) < 20 or body.startswith("-----") or body not in told, "it is repeated"


def test_a_chain_is_judged_by_its_end(tmp_path: Path) -> None:
    authority = made.certified(subject=made.GLOBALSIGN, signer=made.SIGNER)
    for parts in ([made.issued(), authority], [authority, made.issued()]):
        path = tmp_path / "chain.cer"
        path.write_bytes(b"".join(map(to_pem, parts)))
        done = run("check", "certificate", path)
        assert done.return_value == 0
        assert "found: 2 certificates" in done.output
        assert "O=Voorbeeld vzw" in done.output
        assert "proefbank certificate export chain.cer -o my.cer" in done.output


def test_a_large_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "large.cer"
    with path.open("wb") as file:
        file.truncate(100_000_000)

    opened: Any = Path.open

    def never(self: Path, *args: Any, **more: Any) -> Any:
        assert self != path, "it was opened"
        return opened(self, *args, **more)

    monkeypatch.setattr(Path, "open", never)
    assert "100,000,000 bytes" in refused("check", "certificate", path)
    assert "100,000,000 bytes" in refused("check", "key", path)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    assert "folder" in refused("check", "certificate", tmp_path)
    os.mkfifo(tmp_path / "pipe.cer")
    assert "no ordinary file" in refused("check", "certificate", tmp_path / "pipe.cer")
    assert "No such file" in refused("check", "certificate", tmp_path / "absent.cer")
    assert "No such file" in refused("check", "key", tmp_path / "absent.pub")
    assert "name at least one file" in refused("check", "certificate")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert "cannot be read" in refused("check", "certificate", tmp_path / "loop")


@pytest.mark.skipif(os.geteuid() == 0, reason="everything can be read by root")
def test_a_file_that_may_not_be_read_is_refused(good: Path) -> None:
    good.chmod(0)
    assert "Permission denied" in refused("check", "certificate", good)


def test_a_file_that_may_not_be_read_is_told(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_args: object, **_more: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    assert "Permission denied" in refused("check", "certificate", good)


# --- passwords of key stores ---


def test_a_key_store_opens_by_environment_and_file(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PFX_PASSWORD", SECRET)
    done = run("check", "certificate", store, "--password-env", "PFX_PASSWORD", "--run", "one")
    assert done.return_value == 0
    assert "alias          een" in done.output
    file = tmp_path / "password"
    file.write_text(f"{SECRET}\r\n", newline="")
    again = run("check", "certificate", store, "--password-file", file, "--alias", "twee")
    assert again.return_value == 0
    assert "WARNING  alias in the key store" in again.output
    written = b"".join(p.read_bytes() for p in (tmp_path / "reports").rglob("*") if p.is_file())
    for page in (written.decode(), done.output, again.output):
        assert SECRET not in page


def test_a_key_store_that_does_not_open(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["check", "certificate", str(store)]
    assert "nobody is here to be asked" in refused(*words, typed="")
    monkeypatch.setenv("PFX_PASSWORD", "something-else")
    told = refused(*words, "--password-env", "PFX_PASSWORD")
    assert "does not open" in told
    assert "something-else" not in told
    absent = refused(*words, "--password-env", SECRET)
    assert "takes the name" in absent
    assert SECRET not in absent
    assert "--password-file" in refused(*words, "--password-file", tmp_path / "absent")
    both = ["--password-env", "PFX_PASSWORD", "--password-file", str(store)]
    assert "one place only" in refused(*words, *both)


def test_a_password_on_the_command_line_is_not_repeated(store: Path) -> None:
    for words in (["--password", SECRET], [f"--password={SECRET}"]):
        done = run("check", "certificate", store, *words)
        assert done.exception is not None
        assert SECRET not in f"{done.exception}{done.output}"


def at_a_terminal(typed: str, *words: str | Path) -> tuple[int, str]:
    """Run the command at a terminal of its own; return exit code and all that was shown."""
    main, side = pty.openpty()
    command = [sys.executable, "-c", "from proefbank.cli import main; main()", *map(str, words)]
    with subprocess.Popen(
        command, stdin=side, stdout=side, stderr=side, start_new_session=True, close_fds=True
    ) as process:
        os.close(side)
        shown = b""
        while True:
            try:
                part = os.read(main, 4096)
            except OSError:
                break
            if not part:
                break
            if b"password" in part and b":" in part and typed:
                os.write(main, f"{typed}\n".encode())
                typed = ""
            shown += part
    os.close(main)
    return process.returncode, shown.decode()


@pytest.mark.slow
def test_a_prompt_has_no_echo(store: Path) -> None:
    code, shown = at_a_terminal(SECRET, "check", "certificate", store)
    assert code == 0, shown
    assert SECRET not in shown
    code, shown = at_a_terminal("kort-e_2", "check", "password")
    assert code == 0, shown
    assert "kort" not in shown


# --- keys, names and passwords of accounts ---


def test_keys(tmp_path: Path) -> None:
    path = tmp_path / "sftp.pub"
    path.write_bytes(made.ssh_line(made.rsa_public(4096)))
    done = run("check", "key", path, "--run", "key")
    assert done.return_value == 0
    assert "RSA, 4096 bits" in done.output
    assert "voorbeeld" not in (tmp_path / "reports/key/events.ndjson").read_text(), "the comment"
    path.write_bytes(made.ssh_line(made.rsa_public(4097)))
    done = run("check", "key", path)
    assert done.return_value == 1
    assert "limit: at most 4096 bits" in done.output
    assert "found: RSA, 4097 bits" in done.output


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: PEM_KEY, "private key"),
        (lambda: to_pem(made.certified()), "check certificate"),
        (lambda: 2 * made.ssh_line(made.rsa_public(2048)), "2 keys"),
        (lambda: b"ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB", "damaged"),
        (lambda: b"ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAA", "damaged"),
        (lambda: b"hello", "no public key"),
        (lambda: b"", "empty"),
        (lambda: b"PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\n", "private key"),
    ],
    ids=["private", "certificate", "two", "torn", "mixed", "text", "empty", "putty"],
)
def test_what_is_no_public_key_is_refused(
    make: Callable[[], bytes], words: str, tmp_path: Path
) -> None:
    path = tmp_path / "sftp.pub"
    path.write_bytes(make())
    assert words in refused("check", "key", path)


def test_names() -> None:
    assert run("check", "name", "voorbeeld01").return_value == 0
    done = run("check", "name", "voor beeld_01")
    assert done.return_value == 1
    assert "FAILED   spaces" in done.output
    assert "found: _" in done.output
    assert '"voor beeld_01"' in done.output
    assert "empty" in refused("check", "name", "")
    strange = run("check", "name", "abc\x1b[31mdefgh\udcff")
    assert strange.return_value == 1
    assert "\x1b" not in strange.output


def test_passwords(tmp_path: Path) -> None:
    done = run("check", "password", "--run", "good", typed=f"{SECRET}\n")
    assert done.return_value == 0
    worse = run("check", "password", "--json", "--run", "bad", typed=f"{SECRET}~ 1é")
    assert worse.return_value == 1
    written = b"".join(p.read_bytes() for p in (tmp_path / "reports").rglob("*") if p.is_file())
    for page in (done.output, worse.output, written.decode()):
        assert SECRET not in page
        assert SECRET[:6] not in page
    report = json.loads((tmp_path / "reports" / "good" / "report.json").read_text())
    assert report["run"]["command"] == ["proefbank", "check", "password"]


@pytest.mark.parametrize(
    "typed", ["", "\n", "one\ntwo\n", "x" * 2000], ids=["nothing", "empty", "two", "long"]
)
def test_what_is_no_password_is_refused(typed: str) -> None:
    told = refused("check", "password", typed=typed)
    assert "xxxx" not in told


@pytest.mark.parametrize("words", [[SECRET], ["--", SECRET], [f"--{SECRET}"], ["-p", SECRET]])
def test_a_password_of_the_command_line_is_refused_and_not_repeated(words: list[str]) -> None:
    told = refused("check", "password", *words, typed="a-b-c\n")
    assert "command line" in told
    assert SECRET not in told


# --- making and exporting ---


@pytest.mark.parametrize("kind", ["RSA-2048", "P-384", "P-521"])
@pytest.mark.parametrize("digest", ["SHA-256", "SHA-512"])
def test_what_is_made_passes_the_check(kind: str, digest: str, tmp_path: Path) -> None:
    words = ["--organisation", "Voorbeeld vzw", "--enterprise-number", "0000000196"]
    done = run("certificate", "new", *words, "--kind", kind, "--digest", digest, "-o", "my.cer")
    assert done.exception is None
    assert "next: proefbank check certificate my.cer" in done.output
    key = tmp_path / "my.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    private = load_pem_private_key(key.read_bytes(), None)
    certificate = certificate_from((tmp_path / "my.cer").read_bytes())
    assert certificate.public_key() == private.public_key()
    assert key.read_text().splitlines()[1] not in done.output
    checked = run("check", "certificate", "my.cer", "--json")
    assert checked.return_value == 0
    outcomes = {c["outcome"] for c in json.loads(checked.output)["artefacts"][0]["checks"]}
    assert outcomes == {"passed", "not_applicable"}


def test_years_and_names(tmp_path: Path) -> None:
    words = ["--organisation", "Voorbeeld vzw", "--kind", "p-384", "-o", "acc.cer"]
    run("certificate", "new", *words, "--years", "5")
    made_now = certificate_from((tmp_path / "acc.cer").read_bytes())
    days = (made_now.not_valid_after_utc - made_now.not_valid_before_utc).days
    assert days == 5 * 365
    parts = name_of(("C", "BE"), ("O", "Voorbeeld vzw"), ("CN", "Voorbeeld vzw"))
    assert made_now.subject == parts
    assert (tmp_path / "acc.key").exists()


def test_nothing_is_written_over(tmp_path: Path) -> None:
    new = ["certificate", "new", "--organisation", "Voorbeeld vzw", "--kind", "P-384"]
    for name in ("my.key", "my.cer"):
        path = tmp_path / name
        path.write_text("mine")
        assert "left alone" in refused(*new)
        assert path.read_text() == "mine"
        assert len(list(tmp_path.iterdir())) == 1
        path.unlink()
    (tmp_path / "my.key").symlink_to(tmp_path / "elsewhere")
    assert "left alone" in refused(*new)
    assert not (tmp_path / "elsewhere").exists()
    assert "ends in .cer" in refused(*new, "-o", "my.key")
    assert "cannot be written" in refused(*new, "-o", "absent/my.cer")


@pytest.mark.parametrize("number", ["BE0000000196", "0000.000.196", "196", "2000000096", "x"])
def test_numbers_are_ten_digits(number: str) -> None:
    words = ["--organisation", "Voorbeeld vzw", "--enterprise-number", number]
    assert "ten digits" in refused("certificate", "new", *words)


def test_numbers_add_up() -> None:
    words = ["--organisation", "Voorbeeld vzw", "--enterprise-number", "0000000197"]
    assert "mistyped" in refused("certificate", "new", *words)
    assert "1 to 64" in refused("certificate", "new", "--organisation", " ")


def test_export_writes_the_public_part(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PFX_PASSWORD", SECRET)
    words = ["certificate", "export", str(store), "--password-env", "PFX_PASSWORD"]
    done = run(*words)
    assert done.exception is None
    exported = store.with_suffix(".cer")
    assert b"PRIVATE" not in exported.read_bytes()
    assert run("check", "certificate", exported).return_value == 0
    assert "left alone" in refused(*words)
    assert run(*words, "--force", "--der").exception is None
    assert exported.read_bytes()[:1] == b"\x30"
    assert run("check", "certificate", exported).return_value == 0


def test_export_keeps_the_source(good: Path, tmp_path: Path) -> None:
    assert "left alone" in refused("certificate", "export", good)
    both = tmp_path / "both.pem"
    both.write_bytes(good.read_bytes() + PEM_KEY)
    assert run("check", "certificate", both).return_value == 1
    assert run("certificate", "export", both, "-o", "upload.cer").exception is None
    assert (tmp_path / "upload.cer").read_bytes() == good.read_bytes()


@pytest.mark.parametrize(
    "words",
    [
        ["check"],
        ["check", "certificate"],
        ["check", "key"],
        ["check", "name"],
        ["check", "password"],
        ["certificate"],
        ["certificate", "export"],
        ["certificate", "new"],
    ],
)
def test_help_teaches_by_example(words: list[str]) -> None:
    done = CliRunner().invoke(cli, [*words, "--help"])
    assert done.exit_code == 0
    assert f"\n    proefbank {' '.join(words)}" in done.output, "an example on a line of its own"
    assert "\\b" not in done.output
