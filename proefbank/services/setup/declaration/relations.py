"""What ties parties together: mandates, groups, software, delegations; and attestations."""

from __future__ import annotations

from collections.abc import Sequence

from ..wire.course import Impossible, course
from ..wire.ties import (
    Attestation,
    Delegation,
    Event,
    Group,
    Mandate,
    Software,
    Workforce,
)
from .worked import Worked, refer

__all__ = [
    "read_attestation",
    "read_delegation",
    "read_group",
    "read_mandate",
    "read_software",
    "read_workforce",
]

EVENTS = (
    "request",
    "accept",
    "refuse",
    "resend",
    "change permissions",
    "view certificates",
    "manage certificates",
    "send",
)
SIDES = ("owner", "intermediary")
VALIDATORS = ("principal", "mandatary")
SENDING_OPTION = 2


def _enterprise(table: Worked, key: str, enterprises: Sequence[str]) -> str:
    return refer(table, key, table.needed_text(key), enterprises, "enterprise")


def _enterprises(table: Worked, key: str, enterprises: Sequence[str]) -> tuple[str, ...]:
    told = table.texts(key, None, distinct=True)
    return tuple(refer(table, key, item, enterprises, "enterprise") for item in told)


def read_mandate(table: Worked, enterprises: Sequence[str]) -> Mandate:
    """Return the mandate in one [[mandates]] table: active and validated unless it says other."""
    begins, ends = table.span("from", "to")
    if not begins:
        raise table.complain("from", "is missing", "Add from to this table.")
    mandate = Mandate(
        place=table.place(),
        principal=_enterprise(table, "principal", enterprises),
        mandatary=_enterprise(table, "mandatary", enterprises),
        service=table.text("service", "Federal Learning Account"),
        status=table.text("status", "active", choices=("active", "pending", "closed")),
        begins=begins,
        ends=ends,
        validated_by=table.texts("validated_by", VALIDATORS, choices=VALIDATORS, distinct=True),
    )
    if mandate.principal == mandate.mandatary:
        raise table.complain("mandatary", "nobody is mandatary of itself")
    table.done()
    return mandate


def read_group(table: Worked, enterprises: Sequence[str]) -> Group:
    """Return the group in one [[groups]] table; `sender` belongs to option 2 (2.3)."""
    name = table.text("name", "")
    option = table.number("option", None, least=1)
    if option > SENDING_OPTION:
        raise table.complain("option", f"{option} is neither 1 nor 2", "The manual (2.3) has two.")
    members = _enterprises(table, "members", enterprises)
    sender = table.text("sender", "")
    if (option == SENDING_OPTION) != bool(sender):
        hint = "Option 1: each sends for itself; option 2: sender is the one that sends for all."
        raise table.complain("sender", f"does not go with option {option}", hint)
    refer(table, "sender", sender, members, "member of the group")
    table.done()
    return Group(table.place(name), name, members, option, sender)


def read_software(table: Worked, enterprises: Sequence[str]) -> Software:
    """Return the software in one [[software]] table; both flags are needed (2.4)."""
    table.optional_text("name")
    for key in ("central", "agreement"):
        if not table.has(key):
            raise table.complain(key, "is missing", "Add it: true or false.")
    software = Software(
        place=table.place(),
        vendor=_enterprise(table, "vendor", enterprises),
        central=table.flag("central", default=False),
        agreement=table.flag("agreement", default=False),
        customers=_enterprises(table, "customers", enterprises),
    )
    table.done()
    return software


def read_delegation(
    table: Worked, enterprises: Sequence[str], accounts: Sequence[str]
) -> Delegation:
    """Return the delegation in one [[delegations]] table: its events in their order."""
    account = refer(table, "account", table.needed_text("account"), accounts, "account")
    partner = _enterprise(table, "intermediary", enterprises)
    tables = list(table.each("events"))
    events = tuple(_event(item) for item in tables)
    try:
        list(course(events))
    except Impossible as problem:
        where = tables[events.index(problem.event)]
        key = "on" if "comes after" in str(problem) else "what"
        hint = "A request is accepted or refused by the other side; events stand in their order."
        raise where.complain(key, f"{problem.event.what}: {problem}", hint) from problem
    table.done()
    return Delegation(table.place(account), account, partner, events)


def _event(table: Worked) -> Event:
    event = Event(
        place=table.place(),
        what=_known(table, "what", EVENTS),
        by=_known(table, "by", SIDES),
        on=table.needed_date("on"),
        times=table.number("times", 1, least=1),
    )
    if event.times > 1 and event.what != "resend":
        raise table.complain("times", f"a {event.what} is told one by one", "Leave times out.")
    table.done()
    return event


def _known(table: Worked, key: str, choices: Sequence[str]) -> str:
    table.line = f'{key} = "{choices[0]}"'
    told = table.needed_text(key, choices=choices)
    table.line = ""
    return told


def read_workforce(table: Worked, enterprises: Sequence[str]) -> Workforce:
    """Return the workforce in one [[workforces]] table."""
    name = table.text("name", "")
    workforce = Workforce(
        place=table.place(name),
        dimona=_enterprise(table, "dimona", enterprises),
        fla=_enterprise(table, "fla", enterprises),
    )
    table.done()
    return workforce


def read_attestation(table: Worked, attestable: Sequence[str], day: str) -> Attestation:
    """Return the statement in one [[attestations]] table; nobody can make it in the future."""
    told = table.needed_text("requirement", choices=attestable)
    attestation = Attestation(
        place=table.place(),
        requirement=told,
        by=_known_text(table, "by"),
        on=table.needed_date("on"),
    )
    if attestation.on > day:
        table.line = f"on = {day}"
        raise table.complain("on", f"{attestation.on} is yet to come: today is {day}")
    table.done()
    return attestation


def _known_text(table: Worked, key: str) -> str:
    table.line = 'by = "Access manager of Voorbeeld NV"'
    told = table.needed_text(key)
    table.line = ""
    return told
