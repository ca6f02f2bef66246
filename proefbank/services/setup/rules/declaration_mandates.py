"""Mandates in MAHIS ("Opzetten kanaal REST API", 2.2; MAHIS, what is a mandate)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import combinations

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.declaration import Declaration
from ..wire.declared import Flow
from ..wire.ties import Mandate
from .declaration_findings import Wrong, among, finding

NOBODY = "nobody sends for a principal"
NO_FLA = "no mandate for the Federal Learning Account"


def _pairs(declared: Declaration) -> list[tuple[Flow, str]]:
    return among(list(declared.mandated()), NOBODY)


def _held(declared: Declaration, pair: tuple[Flow, str]) -> Sequence[Mandate]:
    flow, principal = pair
    return declared.mandates_of(principal, flow.sender)


def _fla(declared: Declaration) -> list[Mandate]:
    return among([item for item in declared.mandates if item.for_fla], NO_FLA)


@rule("setup.mandate.links-principal-and-mandatary")
def links(declared: Declaration) -> Finding | None:
    """Without an official mandate the platform takes no data of another company."""
    grouped = {
        (member, group.sender)
        for group in declared.groups
        if group.sender
        for member in group.members
    } | {
        (customer, item.vendor)
        for item in declared.software
        if item.vendor_sends
        for customer in item.customers
    }
    pairs = [pair for pair in _pairs(declared) if (pair[1], pair[0].sender) not in grouped]
    wrong = [
        (flow.place, f"no mandate of {declared.number(principal)} to {flow.sender}")
        for flow, principal in among(pairs, "groups and vendors are requirements of their own")
        if not declared.mandates_of(principal, flow.sender)
    ]
    return finding(declared, wrong, "a mandate of every principal", "make it in MAHIS")


@rule("setup.mandate.is-for-the-federal-learning-account")
def is_for_fla(declared: Declaration) -> Finding | None:
    """A mandate is given for a service; one for Dimona says nothing about learning accounts."""
    wrong: list[Wrong] = []
    for pair in _pairs(declared):
        mandates = _held(declared, pair)
        if mandates and not any(item.for_fla for item in mandates):
            services = ", ".join(item.service for item in mandates)
            wrong.append((mandates[0].place, f"for {services}"))
    return finding(declared, wrong, "a mandate for the service Federal Learning Account")


@rule("setup.mandate.is-active")
def is_active(declared: Declaration) -> Finding | None:
    """The mandatary can begin once the mandate is activated, and until it ends."""
    wrong: list[Wrong] = []
    for pair in _pairs(declared):
        mandates = [item for item in _held(declared, pair) if item.for_fla]
        if mandates and not any(item.active_on(declared.day) for item in mandates):
            wrong += [(item.place, _words(item)) for item in mandates]
    return finding(declared, wrong, f"a mandate that is active on {declared.day}")


def _words(mandate: Mandate) -> str:
    return f"{mandate.status}, from {mandate.begins} to {mandate.ends or 'an open end'}"


@rule("setup.mandate.one-mandatary-for-each-employer")
def one_mandatary(declared: Declaration) -> Finding | None:
    """For this service an employer has one mandatary; with two, neither knows who sends what."""
    wrong = [
        (later.place, f"{declared.number(one.principal)} has {one.mandatary} and {other.mandatary}")
        for one, other in combinations(_fla(declared), 2)
        if _clash(one, other) and (later := max(one, other, key=lambda item: item.begins))
    ]
    return finding(
        declared,
        wrong,
        "one mandatary at a time for the Federal Learning Account",
        "other services may have other mandataries",
    )


def _clash(one: Mandate, other: Mandate) -> bool:
    return (
        one.principal == other.principal
        and one.mandatary != other.mandatary
        and one.status == other.status == "active"
        and (not one.ends or other.begins <= one.ends)
        and (not other.ends or one.begins <= other.ends)
    )


@rule("setup.mandate.both-sides-validate")
def both_validate(declared: Declaration) -> Finding | None:
    """A mandate that one side alone has validated does not come into force."""
    wrong = [
        (item.place, f"validated by {' and '.join(item.validated_by) or 'nobody'}")
        for item in _settled(declared.mandates)
        if set(item.validated_by) != {"principal", "mandatary"}
    ]
    return finding(declared, wrong, "validated by principal and mandatary")


def _settled(mandates: Iterable[Mandate]) -> list[Mandate]:
    found = [item for item in mandates if item.status != "pending"]
    return among(found, "no mandate but those that wait for validation")


@rule("setup.mandate.runs-by-quarters")
def runs_by_quarters(declared: Declaration) -> Finding | None:
    """MAHIS keeps a first and a last quarter: other dates are not what it holds."""
    if not declared.mandates:
        raise DoesNotApply("no mandate")
    wrong: list[Wrong] = []
    for item in declared.mandates:
        if not _begins_quarter(item.begins):
            wrong.append((item.place, f"from {item.begins}"))
        if item.ends and not _begins_quarter(_day_after(item.ends)):
            wrong.append((item.place, f"to {item.ends}"))
    return finding(declared, wrong, "the first day of a quarter, and the last day of one")


def _begins_quarter(day: str) -> bool:
    return day[5:] in ("01-01", "04-01", "07-01", "10-01")


def _day_after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
