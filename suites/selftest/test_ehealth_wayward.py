"""Every wayward consumer breaks the requirement it names where that is staged, and nothing else.

Only the stages that judge the requirement are played: all of them for all consumers would take
twenty minutes.
"""

from __future__ import annotations

import pytest

from proefbank.bench import Bench
from proefbank.clients.always_failing import AlwaysFailingClient
from proefbank.clients.python import PythonClient
from proefbank.judge import catalogue, judge, rules_of
from proefbank.service import Settings, service
from proefbank.services.ehealth.wayward import WAYWARD
from proefbank.staging import Stage, rules_for, stages_of
from proefbank.verdict import Outcome

SERVICE = service("ehealth")
GOOD = (Outcome.PASSED, Outcome.NOT_APPLICABLE)


def stages_for(requirement: str) -> list[Stage]:
    return [
        stage
        for stage in stages_of(SERVICE.package)
        if any(
            rule.requirement == requirement
            for reading in stage.readings
            for rule in rules_for(stage, reading)
        )
    ]


def broken(target: type, stages: list[Stage]) -> set[str]:
    bench = Bench(
        SERVICE, settings=Settings(), seed=1, make_client=lambda _ca: PythonClient(target)
    )
    found = set()
    try:
        for stage in stages:
            journal = bench.run(stage)
            for reading in stage.readings:
                for rule in rules_for(stage, reading):
                    if judge(rule, journal).outcome not in GOOD:
                        found.add(rule.requirement)
    finally:
        bench.close()
    return found


@pytest.mark.parametrize("name", WAYWARD)
def test_breaks_its_requirement_and_no_other_there(name: str) -> None:
    wayward = WAYWARD[name]
    stages = stages_for(wayward.requirement)
    if wayward.requirement == "ehealth.rotation.one-process-survives-all-steps":
        stages = [stage for stage in stages if stage.name.startswith("rotation-whole")]
    if wayward.requirement.endswith("stays-out-of-output"):
        stages = stages[:3]
    assert broken(wayward.client, stages) == {wayward.requirement}


def test_every_rule_has_one_wayward_consumer() -> None:
    judged = {rule.requirement for rule in rules_of(SERVICE.package)}
    assert sorted(item.requirement for item in WAYWARD.values()) == sorted(judged)
    left = set(catalogue(SERVICE.package)) - judged
    assert all(catalogue(SERVICE.package)[name].excluded for name in left)


class AlwaysRefusing(AlwaysFailingClient):
    """Claims to verify tokens, and refuses every one."""

    capabilities = ("jwt",)

    def jwt_verify(self, token: str, issuer: str | None = None) -> dict[str, object]:
        return self.token_fetch(None)


def test_a_consumer_that_refuses_everything_passes_nothing() -> None:
    bench = Bench(
        SERVICE, settings=Settings(), seed=1, make_client=lambda _ca: PythonClient(AlwaysRefusing)
    )
    try:
        for stage in stages_of(SERVICE.package):
            journal = bench.run(stage)
            for reading in stage.readings:
                for rule in rules_for(stage, reading):
                    verdict = judge(rule, journal)
                    assert verdict.outcome is not Outcome.PASSED, (rule.requirement, stage.name)
    finally:
        bench.close()
