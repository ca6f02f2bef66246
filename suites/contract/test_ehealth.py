"""The discovery document of a realm and its key set."""

from __future__ import annotations

from proefbank.plugin import Judgement
from proefbank.services.contract.wire import keys


def test_discovery(reading: keys.DiscoveryStatus | keys.Discovery, rule: Judgement) -> None:
    """Where the realm says that everything is."""
    rule(reading)


def test_key_set(reading: keys.KeySetStatus | keys.KeySet, rule: Judgement) -> None:
    """The keys that are published."""
    rule(reading)


def test_key_steps(reading: keys.KeySteps, rule: Judgement) -> None:
    """What each step of a renewal does to them."""
    rule(reading)
