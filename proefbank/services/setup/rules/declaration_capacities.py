"""Capacities of accounts: what one may choose, what one has, and what fits what is sent."""

from __future__ import annotations

from proefbank.judge import rule
from proefbank.verdict import Finding

from ..wire.declaration import Declaration
from ..wire.declared import Account
from .declaration_findings import among, finding

NO_FLA = "no account is used for data of the Federal Learning Account"


@rule("setup.account.capacity-can-have-fla")
def capacity_can_have_fla(declared: Declaration) -> Finding | None:
    """In any other capacity ChaMan does not offer the Federal Learning Account."""
    accounts = among(declared.fla_accounts, NO_FLA)
    wrong = [(item.place, "another capacity") for item in accounts if item.capacity == "other"]
    return finding(
        declared, wrong, "employer, social_secretariat, service_provider or training_provider"
    )


@rule("setup.account.capacity-is-registered")
def capacity_is_registered(declared: Declaration) -> Finding | None:
    """A capacity that the company lacks is first created by its chief access manager."""
    held = {item.id: item.capacities for item in declared.enterprises}
    accounts = [item for item in declared.accounts if item.capacity not in ("", "other")]
    wrong = [
        (item.place, f"{item.capacity}; the enterprise has {', '.join(held[item.enterprise])}")
        for item in among(accounts, "no account has a capacity")
        if item.capacity not in held[item.enterprise]
    ]
    return finding(declared, wrong, "a capacity in which the enterprise is registered")


def _serving(declared: Declaration, role: str) -> list[Account]:
    """Return the accounts through which FLA goes in this role and in no other."""
    roles: dict[str, set[str]] = {}
    for flow in declared.fla:
        roles.setdefault(flow.account, set()).add(flow.role)
    return [
        item
        for item in declared.fla_accounts
        if roles[item.id] == {role} and item.capacity != "other"
    ]


def _fits(declared: Declaration, role: str, *capacities: str) -> Finding | None:
    wrong = [
        (item.place, item.capacity)
        for item in among(_serving(declared, role), f"no account serves the role {role} alone")
        if item.capacity not in capacities
    ]
    return finding(declared, wrong, f"capacity {' or '.join(capacities)}")


@rule("setup.account.employer-chose-employer")
def employer_chose(declared: Declaration) -> Finding | None:
    """The capacity chosen at login decides what the account may send: here one's own staff."""
    return _fits(declared, "employer", "employer")


@rule("setup.account.mandatary-chose-mandatary")
def mandatary_chose(declared: Declaration) -> Finding | None:
    """In any other capacity the account sends in its own name, and mandates count for nothing."""
    return _fits(declared, "mandatary", "social_secretariat", "service_provider")


@rule("setup.account.training-provider-chose-training-provider")
def training_provider_chose(declared: Declaration) -> Finding | None:
    """Trainings given to the staff of others are sent in this capacity and in no other."""
    return _fits(declared, "training_provider", "training_provider")
