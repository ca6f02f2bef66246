"""Every wayward signer breaks the requirement it names, and nothing else; the table says so.

Only the stages that judge its requirement are played, unless `-m matrix` asks for it: all of
them for all signers take twenty minutes.
"""

from __future__ import annotations

import pytest

from proefbank.clients.always_failing import AlwaysFailingClient
from proefbank.clients.silent import SilentClient
from proefbank.judge import catalogue, rules_of
from proefbank.services.itsme import SERVICE
from proefbank.services.itsme.reference import ReferenceSigner
from proefbank.services.itsme.wayward import WAYWARD
from proefbank.verdict import Outcome

from . import kill_matrix

matrix = kill_matrix.Matrix.of("itsme")
AGAIN = "make the table again: python suites/selftest/kill_matrix.py itsme"


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


def test_the_table_has_one_row_for_each_wayward_signer() -> None:
    rows = matrix.committed()
    assert set(rows) == set(WAYWARD), AGAIN
    assert matrix.table.read_text(encoding="utf-8") == matrix.page(rows), AGAIN


def test_every_rule_has_one_wayward_signer() -> None:
    judged = {rule.requirement for rule in rules_of(SERVICE.package)}
    assert sorted(item.requirement for item in WAYWARD.values()) == sorted(judged)
    left = set(catalogue(SERVICE.package)) - judged
    assert all(catalogue(SERVICE.package)[name].excluded for name in left)


def test_each_defect_is_told_in_the_docstring() -> None:
    assert [name for name, wayward in WAYWARD.items() if not wayward.defect] == []


def test_the_reference_signer_passes_everything() -> None:
    verdicts = matrix.thorough(ReferenceSigner)
    assert kill_matrix.bad(verdicts) == {}
    passed = {one.requirement for one in verdicts if one.outcome is Outcome.PASSED}
    assert {rule.requirement for rule in rules_of(SERVICE.package)} == passed


@pytest.mark.parametrize("client", [SilentClient, AlwaysFailingClient])
def test_who_sends_nothing_passes_nothing(client: type) -> None:
    outcomes = {verdict.outcome for verdict in matrix.thorough(client)}
    assert outcomes <= {Outcome.NOT_EXERCISED, Outcome.FAILED}
