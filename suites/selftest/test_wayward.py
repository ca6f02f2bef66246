"""Every wayward client breaks the requirement it names, and nothing else; the table says so."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from proefbank.judge import catalogue, rules_of
from proefbank.services.socialsecurity.reference import ReferenceClient
from proefbank.services.socialsecurity.wayward import WAYWARD
from proefbank.verdict import Verdict

from . import kill_matrix

matrix = kill_matrix.Matrix.of("socialsecurity")
AGAIN = "make the table again: python suites/selftest/kill_matrix.py"


@pytest.mark.parametrize("name", WAYWARD)
def test_breaks_exactly_its_requirement(name: str) -> None:
    wayward = WAYWARD[name]
    caught = matrix.catches(wayward, kill_matrix.quick(matrix, wayward.client))
    assert matrix.committed().get(name) == matrix.row_of(wayward, caught), AGAIN


@pytest.mark.slow
@pytest.mark.parametrize("name", WAYWARD)
def test_breaks_exactly_its_requirement_over_sockets(name: str) -> None:
    wayward = WAYWARD[name]
    caught = matrix.catches(wayward, matrix.thorough(wayward.client))
    assert matrix.committed().get(name) == matrix.row_of(wayward, caught), AGAIN


def test_the_table_has_one_row_for_each_wayward_client() -> None:
    rows = matrix.committed()
    assert set(rows) == set(WAYWARD), AGAIN
    assert matrix.table.read_text(encoding="utf-8") == matrix.page(rows), AGAIN


def test_every_rule_has_a_wayward_client_and_every_wayward_client_a_rule() -> None:
    judged = {rule.requirement for rule in rules_of(matrix.package)}
    broken = {wayward.requirement for wayward in WAYWARD.values()}
    assert broken == judged
    left = set(catalogue(matrix.package)) - judged
    assert all(catalogue(matrix.package)[name].excluded for name in left)


@pytest.mark.parametrize(
    "way", [partial(kill_matrix.quick, matrix), matrix.thorough], ids=["quick", "thorough"]
)
def test_the_reference_client_breaks_nothing(way: Callable[[type], list[Verdict]]) -> None:
    assert kill_matrix.bad(way(ReferenceClient)) == {}


def test_each_defect_is_told_in_the_docstring() -> None:
    assert [name for name, wayward in WAYWARD.items() if not wayward.defect] == []
