"""The simulated realm answers as a real Keycloak did, but for what is declared.

`keycloak_shapes.json` holds what `benchmarks/beside_keycloak.py --record` saw: names, types and
lengths, and no key.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from .keycloak_differences import DECLARED, compare, recorded, replayed
from .keycloak_probes import STATES
from .keycloak_shapes import Shape
from .keycloak_simulated import WAYS, simulated_shapes

RECORD = Path(__file__).with_name("keycloak_shapes.json")


@cache
def real() -> dict[str, dict[str, Shape]]:
    kept: dict[str, Any] = json.loads(RECORD.read_text("utf-8"))
    return replayed(kept["shapes"])


@cache
def ours() -> dict[str, dict[str, Shape]]:
    return simulated_shapes()


def test_nothing_differs_but_what_is_declared() -> None:
    outcome = compare(real(), ours())
    assert outcome.undeclared == []
    assert outcome.gone == []
    assert len(outcome.agreed) > 2_000


@pytest.mark.parametrize("way", WAYS)
def test_the_renewal_was_seen_step_by_step(way: str) -> None:
    """The record is of a renewal: or it would prove nothing."""
    seen = {state: real()[f"{state}, {way}"] for state in STATES}
    assert {state: seen[state]["keys"]["published"] for state in STATES} == {
        "S0": "ENC OLD",
        "S1": "ENC NEW OLD",
        "S2": "ENC ENC-NEW NEW OLD",
        "S3": "ENC-NEW NEW",
    }
    for state, signer in zip(STATES, ("OLD", "OLD", "NEW", "NEW"), strict=True):
        assert seen[state]["keys"]["order"] == "by priority, then id"
        assert seen[state]["token"]["body.access_token.header.kid"] == f"kid of {signer}"
        assert seen[state]["page"]["body.public_key"] == f"SPKI of {signer}"
    active = {
        born: [
            seen[state].get(f"introspect a token of {born}", {}).get("body.active")
            for state in STATES
        ]
        for born in ("S0", "S2")
    }
    assert active == {"S0": ["true", "true", "true", "false"], "S2": [None, None, "true", "true"]}


def test_a_difference_is_noticed() -> None:
    for situation, answers in real().items():
        for request, shape in answers.items():
            changed = {**shape, "header Cache-Control": "public, max-age=60"}
            outcome = compare({situation: {request: shape}}, {situation: {request: changed}})
            assert len(outcome.undeclared) == 1
    lost = dict(ours())
    del lost["refusals"]
    assert compare(real(), lost).undeclared


def test_the_record_holds_no_key() -> None:
    text = RECORD.read_text("utf-8")
    assert "MII" not in text
    opaque = re.compile(r"(?=\S*[A-Z])(?=\S*[a-z])(?=\S*\d)[\w+/=-]{27,}")
    assert [found.group() for found in opaque.finditer(text)] == []


def test_the_record_can_be_made_again() -> None:
    assert replayed(recorded(real())) == real()
    assert all(one.why for one in DECLARED)
