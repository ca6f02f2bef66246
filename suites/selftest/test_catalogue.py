"""The requirement files: whole, well-formed, and each row judged or excluded, never both."""

from __future__ import annotations

import importlib
import re
from collections import Counter

import pytest

from proefbank.judge import catalogue, rules_of
from proefbank.requirement import Requirement
from proefbank.service import Service, catalogues, services
from proefbank.staging import rules_for, stages_of

EHEALTH_GROUPS = {"TL": 7, "KEY": 24, "ROT": 12, "JWK": 12, "JWT": 19, "CLI": 4, "OPS": 2}
ITSME_GROUPS = dict(
    zip(
        "SET TLS DIS FLW ID IDR IDS IDC FC SGN SRS STS SIG ERR PRV".split(),
        (4, 9, 4, 8, 12, 5, 6, 5, 13, 38, 4, 12, 7, 16, 11),
        strict=True,
    )
)
SETUP_GROUPS = {"CERT": 20, "CHAMAN": 62, "MAHIS": 12}
CONTRACT_GROUPS = {"TOK": 23, "FLA": 15, "KEY": 23, "SGN": 33, "ERR": 15, "DOC": 4}
DECLARED = (11, 13, *range(15, 32), 47)
"""Rows of the FLA manual that a declared set-up shows too."""
CODES = {
    # rows of the catalogue that each service was given; every one has an entry
    "socialsecurity": [
        *(f"SSOAUTH-{number:03}" for number in range(1, 45)),
        *(f"FLA-{number:03}" for number in range(1, 48)),
    ],
    "ehealth": [
        f"EHEALTH-{group}-{number:03}"
        for group, count in EHEALTH_GROUPS.items()
        for number in range(1, count + 1)
    ],
    "setup": [
        *(
            f"{group}-{number:03}"
            for group, count in SETUP_GROUPS.items()
            for number in range(1, count + 1)
        ),
        *(f"FLA-{number:03}" for number in DECLARED),
    ],
    "contract": [
        f"CON-{group}-{number:03}"
        for group, count in CONTRACT_GROUPS.items()
        for number in range(1, count + 1)
    ],
    "itsme": [
        f"ITSME-{group}-{number:03}"
        for group, count in ITSME_GROUPS.items()
        for number in range(1, count + 1)
    ],
}
LONGEST_STATEMENT = 120
WORD = r"[a-z0-9]+(-[a-z0-9]+)*"

ROWS = [
    (service, row)
    for service in catalogues().values()
    for row in catalogue(service.package).values()
]


def per_row(service: Service, row: Requirement) -> str:
    """Name a test by its requirement."""
    return row.id


every_row = pytest.mark.parametrize(("service", "row"), ROWS, ids=[per_row(*pair) for pair in ROWS])
every_service = pytest.mark.parametrize("service", catalogues().values(), ids=list(catalogues()))
every_staged = pytest.mark.parametrize("service", services().values(), ids=list(services()))


def judged_by_rules(service: Service) -> Counter[str]:
    """Count rules by requirement."""
    return Counter(rule.requirement for rule in rules_of(service.package))


def judged_in_stages(service: Service) -> set[str]:
    """Return the requirements that some stage puts to the test."""
    return {
        rule.requirement
        for stage in stages_of(service.package)
        for reading in stage.readings
        for rule in rules_for(stage, reading)
    }


def broken_by(service: Service) -> Counter[str]:
    """Count wayward clients by requirement; files and declarations have tests of their own."""
    if not service.wayward:
        return Counter()
    wayward = importlib.import_module(service.wayward).WAYWARD
    return Counter(entry.requirement for entry in wayward.values())


@every_row
def test_a_row_is_well_formed(service: Service, row: Requirement) -> None:
    assert re.fullmatch(rf"{service.name}\.{WORD}\.{WORD}", row.id)
    assert not re.search(r"(^|[.-])(must|should)([.-]|$)", row.id), "a level can be softened"
    assert row.source
    assert row.section
    assert row.url == "" or row.url.startswith("https://")


@every_row
def test_a_statement_is_one_short_sentence(service: Service, row: Requirement) -> None:
    assert row.statement.endswith(".")
    assert row.statement[0].isupper() or row.statement[0].isdigit()
    assert len(row.statement) <= LONGEST_STATEMENT
    assert "  " not in row.statement
    assert "\n" not in row.statement


@every_row
def test_a_row_is_judged_or_excluded(service: Service, row: Requirement) -> None:
    judged = judged_by_rules(service)[row.id]
    if row.excluded:
        assert not judged, "excluded, and judged all the same"
        assert not broken_by(service)[row.id], "a wayward client breaks what nothing judges"
        return
    assert judged, "no rule judges it"
    if service not in services().values():
        return
    assert row.id in judged_in_stages(service), "no stage shows it"
    assert broken_by(service)[row.id] == 1, "exactly one wayward client breaks it"


@every_service
def test_every_code_of_the_catalogue_has_an_entry(service: Service) -> None:
    codes = {row.code for row in catalogue(service.package).values()}
    assert service.name in CODES, "give the service its codes in this file"
    assert codes == set(CODES[service.name])


@every_service
def test_ids_are_unique_without_case_and_hyphens(service: Service) -> None:
    flat = Counter(name.replace("-", "").lower() for name in catalogue(service.package))
    assert [name for name, count in flat.items() if count > 1] == []


@every_staged
def test_wayward_clients_say_what_they_do_wrong(service: Service) -> None:
    for entry in importlib.import_module(service.wayward).WAYWARD.values():
        assert entry.requirement in catalogue(service.package), entry.name
        assert entry.defect, f"{entry.name} has no docstring"


@every_service
def test_rules_say_why(service: Service) -> None:
    for rule in rules_of(service.package):
        assert rule.why.endswith((".", "?")), f"{rule.place}: the docstring is what reports print"


def test_stages_of_all_services_have_names_of_their_own() -> None:
    names = Counter(stage.name for item in services().values() for stage in stages_of(item.package))
    assert [name for name, count in names.items() if count > 1] == []
