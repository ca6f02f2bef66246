"""Enterprises, their senders and the people who work in ChaMan, out of their tables."""

from __future__ import annotations

from collections.abc import Sequence

from ..wire.declared import Contact, Enterprise, Person, Sender
from .words import CAPACITIES, CONTACT_ROLES, PEOPLE_ROLES
from .worked import Worked, refer

__all__ = ["read_enterprise", "read_person", "read_sender"]


def read_enterprise(table: Worked) -> Enterprise:
    """Return the enterprise in one [[enterprises]] table; its `name` is for people only."""
    name = table.needed_text("id")
    table.optional_text("name")
    enterprise = Enterprise(
        place=table.place(name),
        id=name,
        number=table.kbo_number("number"),
        capacities=table.spelled_list("capacities", CAPACITIES),
        ocmw=table.flag("ocmw", default=False),
    )
    table.done()
    return enterprise


def read_sender(table: Worked, enterprises: Sequence[str]) -> Sender:
    """Return the sender in one [[senders]] table; of contacts it is kept that they are there."""
    owner = table.needed_text("enterprise")
    refer(table, "enterprise", owner, enterprises, "enterprise")
    contacts = tuple(_contact(item) for item in table.each("contacts"))
    table.done()
    return Sender(table.place(owner), owner, contacts)


def _contact(table: Worked) -> Contact:
    contact = Contact(
        place=table.place(),
        role=table.spelled("role", CONTACT_ROLES),
        named=bool((table.optional_text("name") or "").strip()),
        emails=len([told for told in table.texts("emails", ()) if told.strip()]),
    )
    table.done()
    return contact


def read_person(table: Worked, enterprises: Sequence[str]) -> Person:
    """Return the person in one [[people]] table; `id` is best a function, and no name."""
    name = table.needed_text("id")
    owner = table.needed_text("enterprise")
    person = Person(
        place=table.place(name),
        id=name,
        enterprise=refer(table, "enterprise", owner, enterprises, "enterprise"),
        role=table.spelled("role", PEOPLE_ROLES),
        granted_by=table.text("granted_by", ""),
    )
    table.done()
    return person
