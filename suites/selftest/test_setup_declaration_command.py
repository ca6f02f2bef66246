"""`proefbank check setup`, as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from proefbank import cli
from proefbank.certificates import to_der
from proefbank.report.text import failure_text

from .setup_artefacts import OURS, certified, rsa_public
from .setup_declarations import EXAMPLES, KILLERS, ONE, SEVERAL, TWO, example, swap


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """Run the command line; return its exit code."""
    monkeypatch.setattr("sys.argv", ["proefbank", "check", "setup", *words])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert isinstance(end.value.code, int)
    return end.value.code


def written(folder: Path, text: str) -> str:
    """Write a set-up file; return its path."""
    path = folder / "setup.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_an_example_is_printed_and_passes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(monkeypatch, "--example", "list") == 0
    assert capsys.readouterr().out.split() == [name.removesuffix(".toml") for name in EXAMPLES]
    assert run(monkeypatch, "--example", ONE) == 0
    text = capsys.readouterr().out
    assert text == example(ONE)
    assert run(monkeypatch, "--example", "example-2") == 0
    assert capsys.readouterr().out == example(TWO)
    assert run(monkeypatch, "--example", "keys") == 0
    assert "`[[enterprises]]`" in capsys.readouterr().out
    assert run(monkeypatch, written(tmp_path, text)) == 0
    told = capsys.readouterr().out
    assert told.startswith("PASSED: ")
    assert "Access manager of Voorbeeld NV, 2024-09-17" in told


@pytest.mark.parametrize("killer", KILLERS[:3], ids=lambda killer: killer.slug)
def test_a_broken_one_fails_and_says_where(
    killer: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    assert run(monkeypatch, written(tmp_path, killer.text()), "--json") == 1
    page = json.loads(capsys.readouterr().out)
    bad = [row for row in page["requirements"] if row["outcome"] == "failed"]
    assert [row["id"] for row in bad] == [killer.breaks]
    assert run(monkeypatch, written(tmp_path, killer.text())) == 1
    told = capsys.readouterr().out
    assert told.startswith("FAILED: ")
    assert killer.breaks in told
    assert "setup.toml: " in told


def test_without_attestation_it_is_incomplete(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text = example(ONE).partition("[[attestations]]")[0]
    assert run(monkeypatch, written(tmp_path, text)) == 2
    told = capsys.readouterr().out
    assert told.startswith("INCOMPLETE: ")
    assert "an attestation would show it: [[attestations]]" in told


def test_the_day_decides(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = written(tmp_path, example(ONE))
    assert run(monkeypatch, path, "--on", "2049-12-31") == 0
    assert run(monkeypatch, path, "--on", "2050-01-01") == 1
    assert "a certificate that is valid on 2050-01-01" in capsys.readouterr().out


def test_bad_input_is_exit_4(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    dots = swap("0000000196", "0000.000.196")(example(ONE))
    assert run(monkeypatch, written(tmp_path, dots)) == 4
    told = capsys.readouterr().err
    assert "setup.toml: enterprises[1].number" in told
    assert 'number = "0000000196"' in told
    assert run(monkeypatch) == 4
    assert run(monkeypatch, "--example", "nothing") == 4
    assert run(monkeypatch, "--example", "example-1") == 4  # there are two
    assert run(monkeypatch, str(tmp_path / "none.toml")) == 4
    assert "none.toml" in capsys.readouterr().err


def test_certificate_files_and_user_names_are_judged_as_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "good.cer").write_bytes(to_der(certified(first=0.0, last=2_500_000_000.0)))
    (tmp_path / "weak.cer").write_bytes(
        to_der(certified(rsa_public(1024), issuer=OURS, first=0.0, last=2_500_000_000.0))
    )
    named = swap('name = "fla-own 1"', 'name = "fla-own 1"\nfile = "FILE"')(example(SEVERAL))
    head, _, rest = named.partition('file = "FILE"\n')
    named = f'{head}file = "FILE"\n' + rest.partition("not_after = 2049-12-31\n")[2]
    good = named.replace("FILE", "good.cer")
    assert run(monkeypatch, written(tmp_path, good), "--on", "2026-11-22") == 0
    assert "judged as well: good.cer" in capsys.readouterr().out
    short = ec.generate_private_key(ec.SECP384R1()).public_key()
    (tmp_path / "sftp.pub").write_bytes(short.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH))
    weak = named.replace("FILE", "weak.cer").replace(
        '"voorbeeldsftp01"', '"voorbeeld_sftp01"\nkey = "sftp.pub"'
    )
    assert run(monkeypatch, written(tmp_path, weak), "--on", "2026-11-22", "--json") == 1
    page = json.loads(capsys.readouterr().out)
    bad = {row["id"] for row in page["requirements"] if row["outcome"] == "failed"}
    assert bad >= {
        "setup.certificate.rsa-size-is-supported",
        "setup.name.has-letters-and-digits-only",
        "setup.key.has-2048-bits-at-least",
    }


def test_a_report_is_a_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    killer = KILLERS[0]
    path = written(tmp_path, killer.text())
    words = (path, "--reports", str(tmp_path / "reports"), "--run", "set-up")
    assert run(monkeypatch, *words) == 1
    folder = tmp_path / "reports" / "set-up"
    assert f"{folder}/report.html" in capsys.readouterr().out
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    row = next(item for item in report["requirements"] if item["id"] == killer.breaks)
    assert killer.breaks in failure_text(row, row["judgements"][0])
    assert any("attested" in str(note) for note in report["notes"])
