"""Delegation of a REST account to a technical intermediary (ChaMan FAQ, for OCMW only)."""

from __future__ import annotations

from collections.abc import Iterator

from proefbank.judge import rule
from proefbank.verdict import Finding

from ..wire.course import MOST_RESENDS, Step, course
from ..wire.declaration import Declaration
from ..wire.ties import Delegation
from .declaration_findings import Wrong, among, finding

NONE = "nothing is delegated"
OWNER, INTERMEDIARY = "owner", "intermediary"


def _steps(declared: Declaration) -> Iterator[tuple[Delegation, Step]]:
    for delegation in among(declared.delegations, NONE):
        for step in course(delegation.events):
            yield delegation, step


def _done(declared: Declaration, by: str, *what: str) -> list[Step]:
    return [step for _, step in _steps(declared) if step.event.by == by and step.event.what in what]


def _when(step: Step) -> str:
    state = "before any request" if step.state == "none" else f"while {step.state}"
    return f"{step.event.what} by the {step.event.by} on {step.event.on}, {state}"


@rule("setup.delegation.is-of-an-ocmw")
def is_of_ocmw(declared: Declaration) -> Finding | None:
    """ChaMan offers delegation to public centres for social welfare and to nobody else."""
    ocmw = {item.id for item in declared.enterprises if item.ocmw}
    wrong: list[Wrong] = []
    for delegation in among(declared.delegations, NONE):
        account = declared.account(delegation.account)
        if account and account.enterprise not in ocmw:
            wrong.append((delegation.place, f"account of {declared.number(account.enterprise)}"))
    return finding(
        declared,
        wrong,
        "an account of an OCMW",
        "other enterprises have data sent for them by a mandate in MAHIS",
    )


@rule("setup.delegation.is-of-a-rest-account")
def is_of_rest(declared: Declaration) -> Finding | None:
    """What is delegated is the management of a REST account."""
    wrong: list[Wrong] = []
    for delegation in among(declared.delegations, NONE):
        account = declared.account(delegation.account)
        if account and account.type != "REST":
            wrong.append((delegation.place, f"account {account.id} of type {account.type}"))
    return finding(declared, wrong, "an account of type REST")


@rule("setup.delegation.other-side-answers")
def other_side_answers(declared: Declaration) -> Finding | None:
    """Either side may ask; it is for the other one to accept or refuse."""
    wrong = [
        (step.event.place, f"{step.event.what} by the {step.event.by}, who asked")
        for _, step in _steps(declared)
        if step.event.what in ("accept", "refuse") and step.event.by == step.asked_by
    ]
    return finding(declared, wrong, "accepted or refused by the side that did not ask")


@rule("setup.delegation.is-sent-again-20-times-at-most")
def resent_at_most(declared: Declaration) -> Finding | None:
    """The intermediary can ask again twenty times; the owner as often as needed."""
    wrong = [
        (step.event.place, f"re-send {step.resends} by the intermediary")
        for step in _done(declared, INTERMEDIARY, "resend")
        if step.resends > MOST_RESENDS
    ]
    return finding(
        declared,
        wrong,
        f"{MOST_RESENDS} re-sends at most",
        "have the enterprise itself ask for the delegation",
    )


@rule("setup.delegation.exhausted-intermediary-asks-no-more")
def asks_no_more(declared: Declaration) -> Finding | None:
    """After the last refusal only the enterprise, told by its number and role, can begin."""
    ends: dict[tuple[str, str, str], str] = {}
    asked: list[tuple[tuple[str, str, str], Step]] = []
    for delegation, step in _steps(declared):
        account = declared.account(delegation.account)
        owner = (account.enterprise, account.capacity) if account else ("", "")
        key = (delegation.intermediary, *owner)
        if step.event.what == "refuse" and step.event.by == OWNER and _used_up(step):
            ends[key] = min(ends.get(key, step.event.on), step.event.on)
        if step.event.what == "request" and step.event.by == INTERMEDIARY:
            asked.append((key, step))
    wrong = [
        (step.event.place, f"requested again on {step.event.on}")
        for key, step in asked
        if step.exhausted or (key in ends and step.event.on > ends[key])
    ]
    return finding(
        declared,
        wrong,
        f"no request by the intermediary after {MOST_RESENDS} re-sends that were refused",
        "have the enterprise itself ask for the delegation",
    )


def _used_up(step: Step) -> bool:
    return step.asked_by == INTERMEDIARY and step.resends >= MOST_RESENDS


@rule("setup.delegation.owner-changes-permissions")
def owner_changes(declared: Declaration) -> Finding | None:
    """What the account may do stays the affair of the enterprise that owns it."""
    steps = _done(declared, INTERMEDIARY, "change permissions")
    wrong = [(step.event.place, _when(step)) for step in steps]
    return finding(declared, wrong, "permissions changed by the owner only")


@rule("setup.delegation.intermediary-alone-sees-certificates")
def alone_sees(declared: Declaration) -> Finding | None:
    """The certificates are tied to the intermediary's account, so the owner cannot see them."""
    steps = _done(declared, OWNER, "view certificates", "manage certificates")
    wrong = [(step.event.place, _when(step)) for step in steps if step.state == "accepted"]
    return finding(declared, wrong, "certificates seen and managed by the intermediary only")


@rule("setup.delegation.certificates-are-managed-once-accepted")
def managed_once_accepted(declared: Declaration) -> Finding | None:
    """Until the owner has agreed, the account is none of the intermediary's business."""
    steps = _done(declared, INTERMEDIARY, "manage certificates", "view certificates")
    wrong = [(step.event.place, _when(step)) for step in steps if step.state != "accepted"]
    return finding(declared, wrong, "certificates managed after the delegation was accepted")


@rule("setup.delegation.intermediary-sends-once-accepted")
def sends_once_accepted(declared: Declaration) -> Finding | None:
    """The delegation is what lets the intermediary act in the enterprise's name."""
    steps = _done(declared, INTERMEDIARY, "send")
    wrong = [(step.event.place, _when(step)) for step in steps if step.state != "accepted"]
    return finding(declared, wrong, "sent after the delegation was accepted")
