"""Every wayward consumer breaks the requirement it names, and nothing else; the table says so.

Only the stages that judge its requirement are played, unless `-m matrix` asks for it: all of
them for all consumers take twenty minutes.
"""

from __future__ import annotations

import pytest

from proefbank.bench import Bench
from proefbank.clients.always_failing import AlwaysFailingClient
from proefbank.clients.python import PythonClient
from proefbank.judge import catalogue, judge, rules_of
from proefbank.service import Settings, service
from proefbank.services.ehealth.reference import ReferenceConsumer
from proefbank.services.ehealth.wayward import WAYWARD
from proefbank.staging import rules_for, stages_of
from proefbank.verdict import Outcome

from . import kill_matrix

SERVICE = service("ehealth")
AGAIN = "make the table again: python suites/selftest/kill_matrix.py ehealth"
matrix = kill_matrix.Matrix.of("ehealth")


@pytest.mark.parametrize("name", WAYWARD)
def test_breaks_exactly_its_requirement_where_that_is_judged(name: str) -> None:
    wayward = WAYWARD[name]
    stages = matrix.stages_for(wayward.requirement)
    caught = matrix.catches(wayward, matrix.thorough(wayward.client, stages))
    assert matrix.committed().get(name) == matrix.row_of(wayward, caught), AGAIN


@pytest.mark.slow
@pytest.mark.matrix
@pytest.mark.parametrize("name", WAYWARD)
def test_breaks_exactly_its_requirement_in_the_whole_run(name: str) -> None:
    wayward = WAYWARD[name]
    caught = matrix.catches(wayward, matrix.thorough(wayward.client))
    assert matrix.committed().get(name) == matrix.row_of(wayward, caught), AGAIN


def test_the_table_has_one_row_for_each_wayward_consumer() -> None:
    rows = matrix.committed()
    assert set(rows) == set(WAYWARD), AGAIN
    assert matrix.table.read_text(encoding="utf-8") == matrix.page(rows), AGAIN


@pytest.mark.slow
def test_the_reference_consumer_breaks_nothing() -> None:
    assert kill_matrix.bad(matrix.thorough(ReferenceConsumer)) == {}


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
