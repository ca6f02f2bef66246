"""Credentials by reference: read where they lie, and shown nowhere."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import pytest

from proefbank.errors import BadInvocation
from proefbank.profile import credentials
from proefbank.profile.credentials import Reference, reference
from proefbank.tables import Table

SECRET = "correct-horse-battery"
PRIVATE = b"-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n"


def read(value: object, folder: Path = Path()) -> Reference | None:
    table = Table({"key": value}, file="proefbank.toml", name="acc.itsme")
    found = reference(table, "key", folder=folder)
    table.done()
    return found


def refused(value: object) -> str:
    with pytest.raises(BadInvocation) as caught:
        read(value)
    assert caught.value.where.startswith("proefbank.toml: acc.itsme.key")
    assert caught.value.hint
    return str(caught.value)


def unreadable(made: Reference) -> str:
    with pytest.raises(BadInvocation) as caught:
        made.read()
    assert caught.value.where == made.where != ""
    assert caught.value.hint
    return str(caught.value)


def test_absent_is_none() -> None:
    table = Table({}, file="proefbank.toml")
    assert reference(table, "key", folder=Path()) is None


def test_an_environment_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACC_PASSWORD", f"{SECRET}\n")
    made = read({"env": "ACC_PASSWORD"})
    assert made == Reference("env", "ACC_PASSWORD")
    assert (made.read(), made.text()) == (f"{SECRET}\n".encode(), SECRET)
    assert SECRET not in f"{made!r}{made}{made.words}"
    monkeypatch.delenv("ACC_PASSWORD")
    assert "there is no environment variable ACC_PASSWORD" in unreadable(made)
    monkeypatch.setenv("ACC_PASSWORD", " ")
    assert "is empty" in unreadable(made)


def test_a_file_beside_the_profile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "key.pem").write_bytes(PRIVATE)
    (tmp_path / "key.pem").chmod(0o600)
    made = read({"file": "key.pem"}, tmp_path)
    assert made is not None
    assert made.path == tmp_path / "key.pem"
    assert made.read() == PRIVATE
    assert "MIIB" not in repr(made)
    assert capsys.readouterr().err == ""


def test_a_path_from_home_or_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    made = read({"file": "~/key.pem"}, Path("elsewhere"))
    assert made is not None
    assert made.path == tmp_path / "key.pem"
    made = read({"file": str(tmp_path / "other.pem")}, Path("elsewhere"))
    assert made is not None
    assert made.path == tmp_path / "other.pem"


@pytest.mark.skipif(sys.platform == "win32", reason="files have no such permissions")
def test_a_private_key_for_all_to_read_is_noted_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(PRIVATE)
    path.chmod(0o644)
    made = Reference("file", "key.pem", tmp_path)
    assert made.read() == made.read() == PRIVATE
    said = capsys.readouterr().err
    assert said.count("chmod 600") == 1
    assert "MIIB" not in said
    public = tmp_path / "certificate.pem"
    public.write_bytes(b"-----BEGIN CERTIFICATE-----\n")
    public.chmod(0o644)
    Reference("file", "certificate.pem", tmp_path).read()
    assert capsys.readouterr().err == ""


def test_a_file_that_is_none(tmp_path: Path) -> None:
    made = read({"file": "missing.pem"}, tmp_path)
    assert made is not None
    assert "cannot be read: No such file" in unreadable(made)
    made = read({"file": "."}, tmp_path)
    assert made is not None
    assert "cannot be read" in unreadable(made)
    (tmp_path / "long").write_bytes(b"x" * 2_000_000)
    made = read({"file": "long"}, tmp_path)
    assert made is not None
    assert "too long" in unreadable(made)
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00" + SECRET.encode())
    made = read({"file": "binary"}, tmp_path)
    assert made is not None
    with pytest.raises(BadInvocation, match="holds no text") as caught:
        made.text()
    assert SECRET not in str(caught.value)


def test_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = {("https://acc.example/x", "mine"): SECRET}
    ring: Any = types.ModuleType("keyring")
    ring.get_password = lambda service, user: stored.get((service, user))
    monkeypatch.setitem(sys.modules, "keyring", ring)
    made = read({"keyring": "https://acc.example/x/mine"})
    assert made is not None
    assert (made.text(), SECRET in repr(made)) == (SECRET, False)
    missing = read({"keyring": "acc/theirs"})
    assert missing is not None
    assert "keyring set acc theirs" in unreadable(missing)

    def locked(service: str, user: str) -> str:
        raise RuntimeError(SECRET)

    ring.get_password = locked
    said = unreadable(made)
    assert "does not open: RuntimeError" in said
    assert SECRET not in said


def test_no_keyring_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    made = read({"keyring": "acc/mine"})
    assert made is not None
    assert "pip install keyring" in unreadable(made)


@pytest.mark.parametrize(
    "value",
    [
        SECRET,
        [SECRET],
        7,
        {"env": f"{SECRET} in clear"},
        {"file": PRIVATE.decode()},
        {"keyring": SECRET},
        {"keyring": f"/{SECRET}"},
        {"file": 7},
    ],
)
def test_a_credential_in_clear_is_refused_and_not_repeated(value: object) -> None:
    said = refused(value)
    assert SECRET not in said
    assert "MIIB" not in said


def test_one_place_that_is_known() -> None:
    assert "refers to no place" in refused({})
    assert "refers to no place" in refused({"env": ""})
    assert "refers to two places" in refused({"env": "A", "file": "b"})
    assert "Did you mean 'file'" in refused({"fil": SECRET})


def test_every_kind_is_read() -> None:
    assert set(credentials.KINDS) == {"env", "file", "keyring"}
