"""Declared set-ups: the examples are right, and each broken organisation fails for its reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from proefbank.checking import PACKAGE
from proefbank.judge import catalogue, rules_of
from proefbank.services.setup.wire.declaration import Declaration
from proefbank.verdict import Outcome

from .setup_declarations import (
    BAD,
    EXAMPLES,
    KILLERS,
    TABLE,
    Killer,
    attestable,
    example,
    judged,
    page,
)

CONVERSATIONS = (
    *("account", "sender", "access", "attested"),
    *("flow", "group", "software", "mandate", "delegation"),
)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_right(name: str, tmp_path: Path) -> None:
    found = judged(example(name.removesuffix(".toml")), tmp_path)
    assert {key: item for key, item in found.items() if item.outcome in BAD} == {}
    assert any(item.outcome is Outcome.PASSED for item in found.values())


def test_the_six_worked_examples_are_there() -> None:
    assert {name[:9] for name in EXAMPLES} >= {f"example-{number}" for number in range(1, 7)}


@pytest.mark.parametrize("killer", KILLERS, ids=lambda killer: killer.slug)
def test_a_broken_organisation_fails_for_its_own_reason(killer: Killer, tmp_path: Path) -> None:
    found = judged(killer.text(), tmp_path)
    bad = {key: item.outcome for key, item in found.items() if item.outcome in BAD}
    assert bad == {killer.breaks: killer.outcome}
    finding = found[killer.breaks].finding
    assert finding is not None
    assert finding.where.startswith("setup.toml: ")
    assert finding.expected
    assert finding.actual


def test_every_rule_has_a_killer_or_is_attested() -> None:
    ours = {item.requirement for item in rules_of(PACKAGE) if item.reading is Declaration}
    assert ours - {killer.breaks for killer in KILLERS} <= set(attestable())


def test_killers_stand_in_the_requirement_files() -> None:
    folder = Path(__file__).parents[2] / "proefbank/services/setup/requirements"
    text = "".join(page.read_text(encoding="utf-8") for page in folder.glob("declared-*.toml"))
    first = {killer.breaks: killer for killer in reversed(KILLERS)}
    for killer in first.values():
        row = text.partition(f'id = "{killer.breaks}"')[2].partition("[[requirement]]")[0]
        assert f"# killer: {killer.slug}\n" in row


@pytest.mark.parametrize("requirement", attestable())
def test_without_attestation_it_is_open(requirement: str, tmp_path: Path) -> None:
    for name in EXAMPLES:
        text = example(name.removesuffix(".toml"))
        block = f'[[attestations]]\nrequirement = "{requirement}"'
        if block not in text:
            continue
        head, _, rest = text.partition(block)
        found = judged(head + rest.partition("\n\n")[2], tmp_path)
        bad = {key: item.outcome for key, item in found.items() if item.outcome in BAD}
        assert bad == {requirement: Outcome.NOT_OBSERVABLE}
        assert requirement in found[requirement].reason
        return
    pytest.fail("no example has it")


def test_every_set_up_row_of_the_sources_is_judged_attested_or_excluded() -> None:
    rows = {row.code for row in catalogue(PACKAGE).values()}
    wanted = {f"CHAMAN-{number:03}" for number in range(1, 63)}
    wanted |= {f"MAHIS-{number:03}" for number in range(1, 13)}
    wanted |= {f"FLA-{number:03}" for number in (11, 13, *range(15, 32), 47)}
    assert wanted - rows == set()


def test_the_table_is_up_to_date() -> None:
    again = "make the table again: python suites/selftest/setup_declarations.py"
    assert TABLE.read_text(encoding="utf-8") == page(), again


def test_statements_are_short_sentences() -> None:
    rows = [row for row in catalogue(PACKAGE).values() if row.id.split(".")[1] in CONVERSATIONS]
    assert len(rows) > len(KILLERS)
    for row in rows:
        assert row.statement.endswith("."), row.id
        assert len(row.statement) <= 120, row.id
        assert row.section, row.id
