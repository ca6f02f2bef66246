"""Broken set-up files: each made of an example by one change, to break one requirement."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

from proefbank.checking import PACKAGE, Artefact, journal_of, verdicts_on
from proefbank.judge import catalogue
from proefbank.services.setup.declaration.file import read_set_up
from proefbank.services.setup.wire.declaration import ATTESTED, KIND, Declaration
from proefbank.verdict import Outcome, Verdict

__all__ = ["DAY", "EXAMPLES", "KILLERS", "Killer", "attestable", "example", "judged"]

DAY = "2026-11-22"
NOW = 1_795_348_800.0
"""Noon of that day."""
FOLDER = resources.files(f"{PACKAGE}.examples")
EXAMPLES = sorted(item.name for item in FOLDER.iterdir() if item.name.endswith(".toml"))
FLA = "CareerPro - Federal Learning Account - Aangifte"
DIMONA = "Dimona-aangiftes verrichten"
BAD = (Outcome.FAILED, Outcome.WARNED, Outcome.NOT_OBSERVABLE, Outcome.BROKEN)

Change = Callable[[str], str]


def example(name: str) -> str:
    """Return the text of an example, named without its suffix."""
    return (FOLDER / f"{name}.toml").read_text(encoding="utf-8")


def attestable() -> list[str]:
    """Return the requirements that a person can attest."""
    return [key for key in catalogue(PACKAGE) if key.startswith(ATTESTED)]


def judged(text: str, folder: Path) -> dict[str, Verdict]:
    """Write a set-up file, read it, and return every verdict on it by requirement."""
    path = folder / "setup.toml"
    path.write_text(text, encoding="utf-8")
    declared = read_set_up(path, day=DAY, attestable=attestable()).declaration
    artefact = Artefact(path.name, KIND, Declaration, declared.to_json())
    journal = journal_of(artefact, at=NOW)
    return {verdict.requirement: verdict for verdict in verdicts_on(journal, Declaration)}


def swap(old: str, new: str, nth: int = 1) -> Change:
    """Return a change that puts `new` in the place of the nth `old`."""

    def change(text: str) -> str:
        parts = text.split(old)
        assert len(parts) > nth, f"{old!r} is not there {nth} times"
        return old.join(parts[:nth]) + new + old.join(parts[nth:])

    return change


def inside(table: str, nth: int, old: str, new: str) -> Change:
    """Return a change within the nth [[table]]: `new` for the first `old` after its header."""

    def change(text: str) -> str:
        parts = text.split(f"[[{table}]]")
        assert old in parts[nth], f"{old!r} is not in [[{table}]] {nth}"
        parts[nth] = parts[nth].replace(old, new, 1)
        return f"[[{table}]]".join(parts)

    return change


def without(table: str, nth: int) -> Change:
    """Return a change that takes out the nth [[table]], up to the next header."""

    def change(text: str) -> str:
        parts = text.split(f"[[{table}]]")
        start = sum(len(part) for part in parts[:nth]) + (nth - 1) * len(f"[[{table}]]")
        end = text.find("\n[[", start + 2)
        return text[:start] + text[end + 1 :]

    return change


def added(block: str) -> Change:
    """Return a change that appends tables."""
    return lambda text: f"{text}\n{block}"


@dataclass(frozen=True, slots=True)
class Killer:
    """One broken organisation."""

    slug: str
    example: str
    change: Change
    breaks: str
    outcome: Outcome = Outcome.FAILED

    def text(self) -> str:
        """Return the broken file, which is still TOML."""
        changed = self.change(example(self.example))
        tomllib.loads(changed)
        return changed


ONE, SHARED, TWO, THREE, FOUR, FIVE, SIX = (
    "example-1-account-for-each-flow",
    "example-1-shared-account",
    "example-2-one-mandatary",
    "example-3-mandatary-for-fla",
    "example-4-mixed",
    "example-5-group-each-for-itself",
    "example-6-group-one-for-all",
)
SEVERAL, CENTRAL, ALONE = "several-capacities", "software-central", "software-autonomous"
TRAINER, OCMW = "training-provider", "ocmw-delegation"

SECOND_SFTP = """
[[accounts]]
id = "sftp-2"
enterprise = "company"
type = "SFTP"
capacity = "employer"
configured_by = "company-manager"
"""
SECOND_MANDATARY_ACCOUNT = """
[[accounts]]
id = "second"
enterprise = "provider"
type = "REST"
name = "second"
capacity = "service_provider"
client_id = "another"
permissions = ["CareerPro - Federal Learning Account"]
configured_by = "provider-manager"

[[accounts.certificates]]
name = "second"
not_before = 2024-01-01
not_after = 2049-12-31

[[flows]]
flow = "FLA"
sender = "provider"
role = "mandatary"
account = "second"
data_of = ["employer-2"]
"""
SECOND_MANDATE = """
[[enterprises]]
id = "rival"
number = "0000000493"
capacities = ["service_provider"]

[[mandates]]
principal = "employer"
mandatary = "rival"
from = 2025-01-01
"""
SECOND_TECHNICIAN = """
[[senders.contacts]]
role = "technical_user"
name = "Another desk"
emails = ["more@company.example"]
"""
TWO_REFERENCES = """
[[senders.contacts]]
role = "reference_person"
name = "One"
emails = ["one@company.example"]

[[senders.contacts]]
role = "reference_person"
name = "Two"
emails = ["two@company.example"]
"""
CONTACT = 'name = "Technical desk"\n'
REFUSED = '[[delegations.events]]\nwhat = "refuse"\nby = "owner"\non = 2025-01-20\n'
ASKED = '[[delegations.events]]\nwhat = "request"\nby = "intermediary"\non = 2025-01-21\n'


def both(*changes: Change) -> Change:
    """Return changes that are one defect together."""

    def change(text: str) -> str:
        for item in changes:
            text = item(text)
        return text

    return change


def event(what: str, by: str, on: str) -> str:
    """Return the table of an event."""
    return f'[[delegations.events]]\nwhat = "{what}"\nby = "{by}"\non = {on}\n\n'


def before(marker: str, block: str) -> Change:
    """Return a change that puts tables in front of the first `marker`."""
    return swap(marker, f"{block}{marker}")


ACCEPTED = '[[delegations.events]]\nwhat = "accept"'
SENT = '[[delegations.events]]\nwhat = "send"'

KILLERS = [
    Killer(
        "flow-without-account",
        ONE,
        inside("flows", 1, 'account = "fla"\n', ""),
        "setup.account.is-made-before-fla-is-sent",
    ),
    Killer(
        "account-not-active",
        ONE,
        inside("accounts", 1, 'environment = "PROD"', "active = false"),
        "setup.account.is-activated",
    ),
    Killer(
        "account-of-type-soap",
        ONE,
        inside("accounts", 1, '"REST"', '"SOAP"'),
        "setup.account.is-of-type-rest",
    ),
    Killer(
        "only-dimona-ticked",
        ONE,
        inside("accounts", 1, FLA, DIMONA),
        "setup.account.permits-fla",
    ),
    Killer(
        "other-capacity",
        ONE,
        inside("accounts", 1, 'capacity = "employer"', 'capacity = "other"'),
        "setup.account.capacity-can-have-fla",
    ),
    Killer(
        "employer-as-service-provider",
        SEVERAL,
        inside("accounts", 1, 'capacity = "employer"', 'capacity = "service_provider"'),
        "setup.account.employer-chose-employer",
    ),
    Killer(
        "mandatary-as-employer",
        SEVERAL,
        inside("accounts", 2, 'capacity = "service_provider"', 'capacity = "employer"'),
        "setup.account.mandatary-chose-mandatary",
    ),
    Killer(
        "training-provider-as-employer",
        SEVERAL,
        inside("accounts", 3, 'capacity = "training_provider"', 'capacity = "employer"'),
        "setup.account.training-provider-chose-training-provider",
    ),
    Killer(
        "one-account-for-two-capacities",
        SEVERAL,
        inside("flows", 3, '"fla-trainings"', '"fla-own"'),
        "setup.account.one-for-each-capacity",
    ),
    Killer(
        "certificate-without-name",
        ONE,
        inside("accounts.certificates", 1, 'name = "fla 1"\n', ""),
        "setup.account.form-is-complete",
    ),
    Killer(
        "expired-certificate",
        ONE,
        inside("accounts.certificates", 1, "2049-12-31", "2026-11-21"),
        "setup.account.certificate-is-valid",
    ),
    Killer(
        "capacity-not-registered",
        ONE,
        inside("enterprises", 1, '["employer"]', '["training_provider"]'),
        "setup.account.capacity-is-registered",
    ),
    Killer(
        "client-id-not-kept",
        ONE,
        inside("accounts", 1, 'client_id = "self_service_chaman_000001_000001"\n', ""),
        "setup.account.client-id-is-kept",
        Outcome.WARNED,
    ),
    Killer(
        "client-id-of-soap-account",
        SEVERAL,
        inside("accounts", 5, 'type = "SOAP"', 'type = "SOAP"\nclient_id = "of another"'),
        "setup.account.only-rest-has-a-client-id",
        Outcome.WARNED,
    ),
    Killer(
        "second-sftp-account",
        SEVERAL,
        added(SECOND_SFTP),
        "setup.account.one-each-of-ftp-sftp-soap",
    ),
    Killer(
        "second-certificate-of-soap",
        SEVERAL,
        before('[[accounts]]\nid = "sftp"', '[[accounts.certificates]]\nname = "one more"\n\n'),
        "setup.account.batch-and-soap-have-one-certificate",
    ),
    Killer(
        "client-id-of-prod-in-acc",
        SEVERAL,
        lambda text: text.replace(
            tomllib.loads(text)["accounts"][3]["client_id"],
            tomllib.loads(text)["accounts"][0]["client_id"],
        ),
        "setup.account.test-environment-has-its-own",
    ),
    Killer(
        "tested-with-account-of-prod",
        SEVERAL,
        inside("flows", 1, 'account = "fla-own"', 'account = "fla-own"\nenvironment = "ACC"'),
        "setup.account.test-environment-has-its-own",
    ),
    Killer(
        "certificate-of-prod-in-acc",
        SEVERAL,
        lambda text: text.replace(
            tomllib.loads(text)["accounts"][3]["certificates"][0]["fingerprint"],
            tomllib.loads(text)["accounts"][0]["certificates"][0]["fingerprint"],
        ),
        "setup.account.test-certificate-is-its-own",
        Outcome.WARNED,
    ),
    Killer(
        "no-sender",
        FIVE,
        both(without("senders", 2), without("senders.contacts", 2)),
        "setup.sender.exists-before-any-exchange",
    ),
    Killer(
        "two-technical-users",
        ONE,
        before("\n[[people]]", SECOND_TECHNICIAN),
        "setup.sender.has-one-technical-user",
    ),
    Killer(
        "two-persons-in-a-role",
        ONE,
        before("\n[[people]]", TWO_REFERENCES),
        "setup.sender.has-one-person-for-each-role",
    ),
    Killer("contact-without-name", ONE, swap(CONTACT, ""), "setup.sender.contact-has-a-name"),
    Killer(
        "contact-without-address",
        ONE,
        swap('["channels@company.example"]', '[""]'),
        "setup.sender.contact-has-an-email-address",
    ),
    Killer(
        "contact-with-two-addresses",
        ONE,
        swap("channels@company.example", 'a@company.example", "b@company.example'),
        "setup.sender.contact-has-one-email-address",
    ),
    Killer(
        "user-without-access",
        SEVERAL,
        swap('granted_by = "company-manager"\n', ""),
        "setup.access.ordinary-user-was-granted-it",
    ),
    Killer(
        "access-granted-by-user",
        SEVERAL,
        swap('granted_by = "company-manager"', 'granted_by = "technician"'),
        "setup.access.is-granted-by-a-manager",
    ),
    Killer(
        "configured-by-another-enterprise",
        FIVE,
        inside("accounts", 3, "company-3-manager", "company-1-manager"),
        "setup.access.rest-is-configured-within-the-enterprise",
    ),
    Killer(
        "configured-by-integrator",
        ALONE,
        inside("people", 1, '"access_manager"', '"integrator"'),
        "setup.access.integrator-does-not-configure-rest",
    ),
    Killer(
        "employer-sends-for-sister",
        FIVE,
        inside("flows", 1, 'account = "fla-1"', 'account = "fla-1"\ndata_of = ["company-2"]'),
        "setup.flow.employer-sends-for-itself",
    ),
    Killer(
        "training-provider-sends-under-employer",
        SEVERAL,
        inside("flows", 3, '"fla-trainings"', '"fla-trainings"\ndata_of = ["customer"]'),
        "setup.flow.training-provider-sends-in-its-own-name",
    ),
    Killer(
        "mandatary-sends-its-own",
        TWO,
        inside("flows", 1, '["employer"]', '["employer", "secretariat"]'),
        "setup.flow.mandatary-sends-for-principals",
    ),
    Killer(
        "account-for-each-principal",
        FOUR,
        both(without("flows", 4), added(SECOND_MANDATARY_ACCOUNT)),
        "setup.flow.mandatary-uses-one-account",
    ),
    Killer(
        "account-of-sister",
        FIVE,
        inside("flows", 3, '"fla-3"', '"fla-2"'),
        "setup.group.each-company-has-its-own-account",
    ),
    Killer(
        "sister-without-account",
        FIVE,
        both(without("flows", 3), without("accounts", 3), without("accounts.certificates", 3)),
        "setup.group.each-company-has-its-own-account",
    ),
    Killer(
        "certificate-of-sister",
        FIVE,
        lambda text: text.replace(
            tomllib.loads(text)["accounts"][2]["certificates"][0]["fingerprint"],
            tomllib.loads(text)["accounts"][1]["certificates"][0]["fingerprint"],
        ),
        "setup.group.each-company-has-its-own-certificate",
    ),
    Killer(
        "group-without-mandate",
        SIX,
        both(without("mandates", 4), without("mandates", 2)),
        "setup.group.sender-is-mandatary-of-the-others",
    ),
    Killer(
        "vendor-without-mandate",
        CENTRAL,
        without("mandates", 2),
        "setup.software.sending-vendor-is-mandatary",
    ),
    Killer(
        "account-of-vendor",
        ALONE,
        inside("flows", 3, '"fla-2"', '"fla-vendor"'),
        "setup.software.each-employer-has-its-own-account",
    ),
    Killer(
        "workforce-under-holding",
        SEVERAL,
        inside("workforces", 1, 'dimona = "company"', 'dimona = "customer"'),
        "setup.attested.staff-goes-under-its-dimona-number",
    ),
    Killer(
        "mandate-missing",
        FOUR,
        without("mandates", 2),
        "setup.mandate.links-principal-and-mandatary",
    ),
    Killer(
        "mandate-for-dimona",
        THREE,
        inside("mandates", 2, "Federal Learning Account", "Dimona"),
        "setup.mandate.is-for-the-federal-learning-account",
    ),
    Killer(
        "mandate-ended",
        TWO,
        inside("mandates", 1, "from = 2024-10-01", "from = 2024-10-01\nto = 2026-09-30"),
        "setup.mandate.is-active",
    ),
    Killer(
        "two-mandataries",
        THREE,
        added(SECOND_MANDATE),
        "setup.mandate.one-mandatary-for-each-employer",
    ),
    Killer(
        "validated-by-one-side",
        TWO,
        inside("mandates", 1, '["principal", "mandatary"]', '["principal"]'),
        "setup.mandate.both-sides-validate",
    ),
    Killer(
        "mandate-begins-mid-quarter",
        TWO,
        inside("mandates", 1, "2024-10-01", "2024-10-15"),
        "setup.mandate.runs-by-quarters",
    ),
    Killer(
        "delegation-of-a-company",
        OCMW,
        swap("ocmw = true\n", ""),
        "setup.delegation.is-of-an-ocmw",
    ),
    Killer(
        "delegation-of-sftp-account",
        OCMW,
        both(
            inside("accounts", 2, '"REST"', '"SFTP"'),
            inside("accounts", 2, 'client_id = "self_service_chaman_000027_000001"\n', ""),
        ),
        "setup.delegation.is-of-a-rest-account",
    ),
    Killer(
        "accepted-by-who-asked",
        OCMW,
        inside("delegations.events", 4, 'by = "owner"', 'by = "intermediary"'),
        "setup.delegation.other-side-answers",
    ),
    Killer(
        "sent-again-21-times",
        OCMW,
        swap("times = 20", "times = 21"),
        "setup.delegation.is-sent-again-20-times-at-most",
    ),
    Killer(
        "asked-once-more",
        OCMW,
        before(ACCEPTED, f"{REFUSED}\n{ASKED}\n"),
        "setup.delegation.exhausted-intermediary-asks-no-more",
    ),
    Killer(
        "permissions-by-intermediary",
        OCMW,
        inside("delegations.events", 6, 'by = "owner"', 'by = "intermediary"'),
        "setup.delegation.owner-changes-permissions",
    ),
    Killer(
        "certificates-seen-by-owner",
        OCMW,
        before(SENT, event("view certificates", "owner", "2025-02-06")),
        "setup.delegation.intermediary-alone-sees-certificates",
    ),
    Killer(
        "certificates-before-acceptance",
        OCMW,
        before(ACCEPTED, event("manage certificates", "intermediary", "2025-01-14")),
        "setup.delegation.certificates-are-managed-once-accepted",
    ),
    Killer(
        "sent-before-acceptance",
        OCMW,
        before(ACCEPTED, event("send", "intermediary", "2025-01-14")),
        "setup.delegation.intermediary-sends-once-accepted",
    ),
]


TABLE = Path(__file__).parents[2] / "reports/sample/kill-matrix-set-up-files.md"
HEAD = """\
# The kill matrix of declared set-ups

Each organisation is an example of `proefbank check setup --example list` with one defect. It
breaks exactly the requirement in its row, by failing a MUST or by a warning for the rest. Made by
`python suites/selftest/setup_declarations.py`; a test holds the table to what happens.

| Organisation | Example | Requirement | Level | Expected | Found |
|---|---|---|---|---|---|
"""


def page() -> str:
    """Return the table: one row for each broken organisation."""
    rows = []
    for killer in KILLERS:
        with TemporaryDirectory() as folder:
            finding = judged(killer.text(), Path(folder))[killer.breaks].finding
        assert finding is not None
        row = catalogue(PACKAGE)[killer.breaks]
        cells = [killer.slug, killer.example, f"`{row.id}`", row.level.value]
        cells += [finding.expected, finding.actual]
        rows.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n")
    return HEAD + "".join(rows)


if __name__ == "__main__":
    TABLE.write_text(page(), encoding="utf-8")
