"""What a redactor remembers to be quick never costs it a secret."""

from __future__ import annotations

import base64
import json
import secrets

import pytest

from proefbank.exchange import Secret
from proefbank.redaction import Redactor

JSON = "application/json"


def written(redactor: Redactor, body: str) -> str:
    return str(redactor.body(body.encode(), JSON)["text"])


def dressed(secret: str) -> dict[str, str]:
    encoded = base64.urlsafe_b64encode(secret.encode()).decode().rstrip("=")
    return {
        "plain": secret,
        "base64": encoded,
        "part": secret[:24],
        "longer": f"x{secret}",
        "escaped": secret[:5] + "\\u00" + f"{ord(secret[5]):02x}" + secret[6:],
        "quoted": secret[:5] + f"%{ord(secret[5]):02x}" + secret[6:],
    }


@pytest.mark.parametrize("dress", ["plain", "base64", "part", "escaped", "quoted"])
@pytest.mark.parametrize("kind", ["token", "private-key", "client-secret"])
def test_what_is_learned_late_is_cut_from_bodies_that_were_clean(dress: str, kind: str) -> None:
    secret = secrets.token_urlsafe(48).replace("-", "a").replace("_", "b")
    shown = dressed(secret)[dress]
    if kind == "private-key" and dress in ("escaped", "quoted"):
        pytest.skip("keys are looked for by their parts, as they stand")
    body = f'{{"member": "{shown}", "keys": [1, 2]}}'
    redactor = Redactor()
    for _ in range(4):
        assert written(redactor, body) == body
    redactor.learn(Secret(kind, secret))
    after = json.loads(written(redactor, body))["member"]
    assert "redacted" in after
    assert secret[8:20] not in after


@pytest.mark.parametrize("length", [16, 43, 200])
def test_short_texts_that_were_clean_are_looked_at_again(length: int) -> None:
    secret = secrets.token_hex(length)
    redactor = Redactor()
    for text in (secret[:40], secret[-30:]):
        for _ in range(3):
            assert redactor.text(text) == text
    redactor.learn(Secret("token", secret))
    assert "redacted" in redactor.text(secret[:40])
    assert "redacted" in redactor.text(secret[-30:])


def test_the_last_secrets_are_known_by_their_parts_however_many_came() -> None:
    redactor = Redactor()
    key = secrets.token_hex(60)
    redactor.learn(Secret("private-key", key))
    tokens = [secrets.token_hex(40) for _ in range(400)]
    for token in tokens:
        redactor.learn(Secret("token", token))
    for token in tokens[-50:]:
        assert redactor.text(token[:20]) == "<redacted:token part=20>"
    assert redactor.text(f"{key[:32]}") == "<redacted:private-key>"
    for token in tokens[:10]:  # their parts are forgotten; they themselves are not
        assert redactor.text(token[:20]) == token[:20]
        assert redactor.text(token).startswith("<redacted:token ref=")


def test_a_body_with_a_telling_name_is_never_taken_for_clean_text() -> None:
    redactor = Redactor()
    body = '{"password": 12345678}'
    for _ in range(4):
        assert written(redactor, body) == body  # a number is no password of ours
    assert "redacted" in redactor.text(body)
