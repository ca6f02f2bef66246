"""Each rule about providers finds something: one wayward provider each, and what it breaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from proefbank.judge import catalogue
from proefbank.service import services
from proefbank.services.contract.wayward import WAYWARD

from .contract_matrix import PACKAGE, TABLE, SpoiledBench, caught, opened, page, row


@pytest.fixture(scope="module", params=list(services()))
def bench(request: pytest.FixtureRequest) -> Iterator[SpoiledBench]:
    """A bench in front of one service's provider, for all its wayward ones."""
    with opened(request.param) as made:
        yield made


def committed() -> dict[str, str]:
    """Return the rows of the committed table by wayward provider."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    return {line.split("|")[4].strip(" `"): line for line in lines if line.startswith("| `")}


def test_each_wayward_provider_breaks_what_the_table_says(bench: SpoiledBench) -> None:
    rows = committed()
    mine = [item for item in WAYWARD.values() if item.service == bench.service.name]
    assert mine
    for wayward in mine:
        assert row(wayward, caught(bench, wayward)) == rows[wayward.name]


def test_every_requirement_has_exactly_one_killer() -> None:
    count = Counter(item.requirement for item in WAYWARD.values())
    assert count == dict.fromkeys(catalogue(PACKAGE), 1)


def test_every_wayward_provider_says_what_it_does_wrong() -> None:
    assert all(item.defect.endswith(".") for item in WAYWARD.values())


def test_the_table_holds_them_all_in_order() -> None:
    assert page(committed()) == TABLE.read_text(encoding="utf-8")
