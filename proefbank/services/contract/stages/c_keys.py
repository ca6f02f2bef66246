"""The discovery document and the key set of a realm, and the key set through a renewal."""

from __future__ import annotations

from collections.abc import Mapping

from proefbank.staging import Staging, stage

from ..wire import keys

NEEDS = ("ehealth",)
RENEWAL = "ehealth-2024-acc"
AFTER = 86_400.0
"""Seconds after the beginning of the day of a step: on that day either state may hold."""


@stage("contract-discovery", judges=[keys.DiscoveryStatus, keys.Discovery], needs=NEEDS)
def discovery(staging: Staging) -> None:
    """The discovery document is read."""
    staging.begin()
    staging.call("probe", {"to": "discovery"}, note="discovery")


@stage("contract-key-set", judges=[keys.KeySetStatus, keys.KeySet], needs=NEEDS)
def key_set(staging: Staging) -> None:
    """The key set is read."""
    staging.begin()
    staging.call("probe", {"to": "key-set"}, note="key-set")


@stage("contract-key-steps", judges=[keys.KeySteps], needs=NEEDS, wire=["time"])
def key_steps(staging: Staging) -> None:
    """The key set is read before the renewal begins, and on the day after each step."""
    staging.begin(RENEWAL)
    steps = staging.facts["steps"]
    dated = [step for step in steps if step["at"] is not None] if isinstance(steps, list) else []
    places = {str(step["state"]): float(step["at"]) + AFTER for step in dated if _is_step(step)}
    staging.at(min(places.values()) - 2 * AFTER)
    staging.call("probe", {"to": "key-set"}, note="key-set-S0")
    for state, instant in sorted(places.items()):
        staging.at(instant)
        staging.call("probe", {"to": "key-set"}, note=f"key-set-{state}")


def _is_step(step: object) -> bool:
    return isinstance(step, Mapping) and step["state"] in ("S1", "S2", "S3")
