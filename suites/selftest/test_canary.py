"""Planted secrets are in nothing that a run leaves behind, however a client leaks them."""

from __future__ import annotations

import base64
import json
import os
import time
from pathlib import Path

import pytest

from proefbank.exchange import Secret
from proefbank.keys import KeyKind, mint_key
from proefbank.redaction import Redactor, find_holes

from .program import proefbank

HERE = Path(__file__).parent
STAGES = (
    "token token-with-scope token-error-invalid-client-401 token-redirect-elsewhere tls-expired "
    "api api-for-another-account api-redirect-elsewhere"
).split()


@pytest.mark.parametrize(
    "parallel", [(), pytest.param(("-n", "2"), marks=pytest.mark.slow)], ids=["alone", "xdist"]
)
def test_no_planted_secret_is_in_any_file_of_the_run(
    tmp_path: Path, parallel: tuple[str, ...]
) -> None:
    leaked = tmp_path / "leaked"
    path = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    words = ["run", "socialsecurity", "--client", "leaky_client:Leaky", "--seed", "1"]
    words += [f"--stage={stage}" for stage in STAGES]
    told = {"LEAKED": str(leaked), "PYTHONPATH": path}
    words += ["--reports", "reports", "--run", "r", "--", *parallel]
    done = proefbank(tmp_path, *words, **told)
    assert done.returncode == 1, done.stderr
    planted = set(leaked.read_text(encoding="utf-8").split())
    assert len(planted) > 100
    left = [file for file in (tmp_path / "reports").rglob("*") if file.is_file()]
    assert {"events.ndjson", "report.html", "traffic.har"} <= {file.name for file in left}
    texts = {file.name: file.read_text(encoding="utf-8") for file in left}
    for name, text in {**texts, "stdout": done.stdout, "stderr": done.stderr}.items():
        plain = text.replace("\\n", "\n").replace("\\/", "/").replace("&#x2F;", "/")
        found = [word for word in planted if word in text or word in plain]
        assert not found, f"{name} holds {found[0][:12]}… and {len(found) - 1} more"
    rows = json.loads(texts["report.json"])["requirements"]
    outcomes = {row["id"]: row["outcome"] for row in rows}
    assert outcomes["socialsecurity.token-use.stays-out-of-output"] == "failed"
    assert outcomes["socialsecurity.assertion.stays-out-of-output"] == "failed"


def test_no_key_code_or_number_of_a_signer_is_in_any_file_of_the_run(tmp_path: Path) -> None:
    leaked = tmp_path / "leaked"
    path = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    words = ["run", "itsme", "--client", "leaky_signer:Leaky", "--seed", "1"]
    words += [f"--stage={stage}" for stage in ("sign", "sign-known-user", "other-account")]
    told = {"LEAKED": str(leaked), "PYTHONPATH": path}
    done = proefbank(tmp_path, *words, "--reports", "reports", "--run", "r", **told)
    assert done.returncode in (0, 1), done.stderr + done.stdout
    planted = set(leaked.read_text(encoding="utf-8").splitlines())
    assert len(planted) > 12
    left = [file for file in (tmp_path / "reports").rglob("*") if file.is_file()]
    assert {"events.ndjson", "report.html", "traffic.har"} <= {file.name for file in left}
    texts = {file.name: file.read_text(encoding="utf-8") for file in left}
    assert "/log/" in texts["events.ndjson"]
    for name, text in {**texts, "stdout": done.stdout, "stderr": done.stderr}.items():
        plain = text.replace("\\n", "\n").replace("\\/", "/").replace("&#x2F;", "/")
        found = [word for word in planted if word in text or word in plain]
        assert not found, f"{name} holds {found[0][:12]}… and {len(found) - 1} more"


@pytest.mark.parametrize("kind", ["RSA-2048", "EC P-384"])
def test_a_key_is_cut_in_every_form(kind: KeyKind) -> None:
    key = mint_key(kind)
    redactor = Redactor([Secret("private-key", text) for text in key.secret_texts()])
    pem = key.pem_private().decode()
    body = "".join(pem.splitlines()[1:-1])
    for text in (
        pem,
        repr(pem),
        body,
        body.rstrip("="),
        f"key={body[40:]}",
        "\n".join(body[place : place + 76] for place in range(0, len(body), 76)),
        base64.b64encode(pem.encode()).decode(),
    ):
        cut = redactor.text(text)
        assert "private-key" in find_holes(cut), text
        assert (body[60:100] if kind.startswith("EC") else body[-60:-20]) not in cut


def test_the_public_half_stays_readable() -> None:
    """A client may print its certificate; that is no leak."""
    for _ in range(3):
        key = mint_key("RSA-2048")
        redactor = Redactor([Secret("private-key", text) for text in key.secret_texts()])
        for shift in range(3):
            der = b"x" * shift + key.public.public_numbers().n.to_bytes(256, "big")  # type: ignore[union-attr]
            text = base64.b64encode(der).decode()
            assert redactor.text(text) == text
        assert redactor.text(json.dumps(key.jwk())) == json.dumps(key.jwk())


TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJlLXRoYXQtbm9ib2R5LW1heS1zZWU"


@pytest.mark.parametrize(
    "text",
    [
        TOKEN.rpartition(".")[2],
        TOKEN[6:],
        TOKEN[:-4],
        base64.b64encode(TOKEN.encode()).decode(),
        base64.b64encode(f"id:{TOKEN}".encode()).decode(),
        f"https://127.0.0.1/?x={TOKEN}",
        f"https%3A%2F%2F127.0.0.1%2F%3Fx%3D{TOKEN}",
        repr({"headers": [("Authorization", f"Bearer {TOKEN}")]}),
    ],
)
def test_a_token_is_cut_in_other_dress(text: str) -> None:
    redactor = Redactor([Secret("token", TOKEN)])
    cut = redactor.text(text)
    assert find_holes(cut), cut
    assert TOKEN.rpartition(".")[2][:20] not in cut


@pytest.mark.parametrize(
    "text",
    [
        "client_secret=hunter2-and-more&x=1",
        'password: "hunter2-and-more"',
        '{"client_secret": "hunter2-and-more"',
        "{'password': 'hunter2-and-more'}",
        "https://user:hunter2-and-more@127.0.0.1/",
    ],
)
def test_what_stands_behind_a_telling_name_is_cut(text: str) -> None:
    assert "hunter2" not in Redactor().text(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://127.0.0.1:44885/REST/oauth/v5/token",
        "the password was wrong",
        "no client_secret was sent",
        "BelGov-Trace-Id 00000000-0000-4000-8000-000000000000",
        "100 % of 3 %20 things",
        "self_service_chaman_000001_proefbank1",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert Redactor([Secret("token", TOKEN)]).text(text) == text


@pytest.mark.parametrize(
    "text", ["a" * 99_999, "://" + ":" * 50_000, "%25" * 30_000, "a." * 50_000, "QUJD" * 20_000]
)
def test_long_texts_are_read_in_no_time(text: str) -> None:
    redactor = Redactor([Secret("token", TOKEN)])
    began = time.process_time()
    redactor.text(text)
    assert time.process_time() - began < 2.0
