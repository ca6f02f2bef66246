"""The simulated realm beside a real Keycloak: the same probes, in the same states."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

from proefbank.exchange import Request
from proefbank.keys import key_for
from proefbank.services.ehealth.provider import EHealth, Party, Timeline, load_timeline

from .keycloak_probes import API, CLIENT, STATES, Realm, probe, probe_refusals
from .keycloak_shapes import Answer, Shape

__all__ = ["REALM", "WAYS", "simulated_shapes"]

REALM = "M2M"
WAYS = ("active_off", "priority")
ORIGIN = "http://127.0.0.1:8080"


class _Simulated:
    """The simulated server at one instant after the other."""

    def __init__(self, timeline: Timeline) -> None:
        self.provider = EHealth(
            timeline, origin=ORIGIN, party=Party(API, CLIENT), rng=random.Random(1)
        )
        self.key = key_for("keycloak-client", "RSA-2048")
        self.provider.register(CLIENT, self.key, realm=REALM)
        self.instant = timeline.begins

    def send(
        self, method: str, url: str, headers: Sequence[tuple[str, str]], body: bytes
    ) -> Answer:
        request = Request.to(
            url, method=method, headers=headers, body=body, received_at=self.instant
        )
        answer = self.provider.handle(request)
        return Answer(answer.status, answer.headers, answer.body)

    def names(self) -> Mapping[str, str]:
        ring = self.provider.ring(REALM)
        return {one.kid: one.name for one in ring.components(self.instant)}

    def rule(self) -> Sequence[str]:
        keys = self.provider.ring(REALM).enabled(self.instant)
        found = sorted(keys, key=lambda one: (-one.place.priority, one.id))
        return [one.name for one in found]

    def realm(self) -> Realm:
        url = self.provider.issuer(REALM)
        return Realm(url, self.send, lambda: self.instant, self.key, self.names, self.rule)


def simulated_shapes() -> dict[str, dict[str, Shape]]:
    """Return the shapes of all answers, by state with the way of making a key passive."""
    renewal = load_timeline("enc-renewed")
    # The steps follow each other at once, as on the real server: tokens outlive them.
    steps = [
        replace(step, at=renewal.begins + number if number else step.at)
        for number, step in enumerate(renewal.steps)
    ]
    renewal = replace(renewal, steps=tuple(steps))
    found = {}
    for way in WAYS:
        side = _Simulated(replace(renewal, passive_by=way))
        kept: dict[str, str] = {}
        for state in STATES:
            side.instant = renewal.begins if state == "S0" else renewal.first(state)
            found[f"{state}, {way}"] = probe(side.realm(), kept, state)
        if way == WAYS[0]:
            stranger = key_for("keycloak-stranger", "RSA-2048")
            found["refusals"] = probe_refusals(side.realm(), stranger)
    return found
