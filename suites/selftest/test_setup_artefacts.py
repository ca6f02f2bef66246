"""Set-up artefacts: conforming ones pass everything, each wayward one breaks its requirement."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from proefbank.checking import PACKAGE
from proefbank.judge import catalogue, rules_of
from proefbank.requirement import Level
from proefbank.services.setup.wire.measures import MEASURES
from proefbank.verdict import Outcome

from . import setup_artefacts as made

CONVERSATIONS = ("certificate", "key", "name", "password")
ROWS = [row for row in catalogue(PACKAGE).values() if row.id.split(".")[1] in CONVERSATIONS]
GOOD = (Outcome.PASSED, Outcome.NOT_APPLICABLE)


@pytest.mark.parametrize("wayward", made.WAYWARD, ids=lambda wayward: wayward.requirement)
def test_a_wayward_artefact_breaks_its_requirement_alone(
    wayward: made.Wayward, tmp_path: Path
) -> None:
    bad = [verdict for verdict in wayward.judge(tmp_path) if verdict.outcome not in GOOD]
    assert [verdict.requirement for verdict in bad] == [wayward.requirement], bad
    must = catalogue(PACKAGE)[wayward.requirement].level is Level.MUST
    assert bad[0].outcome is (Outcome.FAILED if must else Outcome.WARNED)
    assert bad[0].finding is not None
    assert bad[0].finding.expected
    assert bad[0].finding.actual
    assert bad[0].finding.expected != bad[0].finding.actual


@pytest.mark.parametrize("name", made.CONFORMING)
def test_a_conforming_artefact_passes_everything(name: str, tmp_path: Path) -> None:
    verdicts = made.CONFORMING[name](tmp_path)
    assert verdicts
    assert [verdict for verdict in verdicts if verdict.outcome not in GOOD] == []
    assert any(verdict.outcome is Outcome.PASSED for verdict in verdicts)


def test_every_requirement_is_broken_by_one_artefact_or_excluded() -> None:
    broken = Counter(wayward.requirement for wayward in made.WAYWARD)
    assert dict(broken) == {row.id: 1 for row in ROWS if not row.excluded}
    assert {row.id for row in ROWS if not row.excluded} <= set(MEASURES)


def test_the_table_is_up_to_date() -> None:
    again = "make the table again: python suites/selftest/setup_artefacts.py"
    assert made.TABLE.read_text(encoding="utf-8") == made.page(), again


def test_every_row_of_the_catalogue_has_an_entry() -> None:
    codes = {row.code for row in ROWS}
    wanted = {f"CERT-{number:03}" for number in range(1, 21)}
    assert codes == wanted | {f"CHAMAN-{number:03}" for number in range(36, 47)}


def test_rules_say_why() -> None:
    for rule in rules_of(PACKAGE):
        assert rule.why.endswith((".", "?")), rule.place


def test_statements_are_short_sentences() -> None:
    for row in ROWS:
        assert row.statement.endswith("."), row.id
        assert len(row.statement) <= 120, row.id
        assert row.section, row.id
        assert "\n" not in row.statement, row.id


def test_persons_stay_out_of_the_facts(tmp_path: Path) -> None:
    """A certificate of a person shows who it is; what is written down does not."""
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    from proefbank.services.setup.artefacts.certificate_facts import certificate_facts
    from proefbank.services.setup.artefacts.certificate_files import open_certificate

    parts = {
        NameOID.COMMON_NAME: "Jan Verzonnen (Authentication)",
        NameOID.SURNAME: "Verzonnen",
        NameOID.GIVEN_NAME: "Jan",
        NameOID.SERIAL_NUMBER: "99999999999",
        NameOID.EMAIL_ADDRESS: "jan@voorbeeld.test",
        NameOID.ORGANIZATION_NAME: "Voorbeeld vzw",
    }
    subject = x509.Name([x509.NameAttribute(oid, value) for oid, value in parts.items()])
    path = tmp_path / "my.pfx"
    certificate = made.issued(subject=subject, issuer=made.EID)
    path.write_bytes(made.stored(made.own(), certificate, b"alias Jan Verzonnen (Authentication)"))
    facts = certificate_facts(open_certificate(path, lambda _path: ""))
    told = str(facts)
    for value in ("Verzonnen", "Jan", "99999999999", "jan@"):
        assert value not in told
    assert "Voorbeeld vzw" in told
    assert facts["issuer"][-1] == ["CN", "Citizen CA"]
