"""Whose data may an account send: its own, or that of principals with an active mandate.

"Opzetten kanaal REST API": employers and training providers send under their own number (2.1,
2.5), a mandatary under its principal's (2.2). A training provider may mention a participant's
employer without any mandate (2.5), so only the places named in the profile are looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .enterprise_numbers import Found, check_digits_fit, normal_form, shown
from .facts import PROVIDER
from .mahis import Mahis
from .mandates import mandate_state
from .operations import Issue
from .problems import Problem, bad_request, missing_permission
from .profile import Account

__all__ = ["Sender", "check_sender"]


@dataclass(slots=True)
class Sender:
    """What the enterprise numbers in one request say."""

    number: str | None = None
    """The ten digits meant, or what was sent if they cannot be told."""
    as_sent: str | None = None
    ok: bool | None = None
    """Whether it is written in ten digits with the right check digits."""
    firm: bool = False
    """Whether people changed the mandate in MAHIS: then a lenient API goes by it too."""
    mandate: str = "not-needed"
    """`active`, `none`, `ended` or `not-needed`."""
    problems: tuple[tuple[str, str, Problem], ...] = ()
    notes: tuple[str, ...] = ()


def check_sender(account: Account, found: Sequence[Found], mahis: Mahis, instant: float) -> Sender:
    """Judge every number found; facts come from the first that is wrong, else the first."""
    result: Sender | None = None
    problems: list[tuple[str, str, Problem]] = []
    notes: list[str] = []
    for item in found:
        one = _check_one(account, item, mahis, instant)
        problems += one.problems
        notes += one.notes
        if result is None or (one.problems and not result.problems):
            result = one
    if result is None:
        return Sender()
    result.problems, result.notes = tuple(problems), tuple(notes)
    return result


def _check_one(account: Account, found: Found, mahis: Mahis, instant: float) -> Sender:
    number, in_full = normal_form(found.value)
    sent = shown(found.value)
    if number is None:
        detail = "an enterprise number is ten digits, the first one 0 or 1"
        return Sender(sent, sent, ok=False, problems=(_issue(found, "malformed", detail),))
    notes = () if in_full else ("enterprise-number-not-ten-digits",)
    if not check_digits_fit(number):
        problem = _issue(found, "check-digits", f"the check digits of {number} do not fit")
        return Sender(number, sent, ok=False, problems=(problem,), notes=notes)
    result = Sender(number, sent, ok=in_full, notes=notes)
    if account.capacity == PROVIDER:
        _check_mandate(result, account, number, mahis, instant)
    elif number != account.enterprise_number:
        detail = f"{account.enterprise_number} sends for {number}"
        result.problems = (
            ("enterprise-number-not-own", detail, missing_permission("Not your enterprise")),
        )
    return result


def _check_mandate(
    result: Sender, account: Account, number: str, mahis: Mahis, instant: float
) -> None:
    if number == account.enterprise_number:
        result.mandate = "none"
        code, why = "enterprise-number-own-as-mandatary", "a mandatary sends its principal's number"
    else:
        result.mandate, why = mandate_state(
            mahis.mandates, principal=number, mandatary=account.enterprise_number, instant=instant
        )
        result.firm = (number, account.enterprise_number) in mahis.arranged
        code = f"mandate-{result.mandate}"
    if result.mandate != "active":
        result.problems = ((code, why, missing_permission("No active mandate")),)


def _issue(found: Found, code: str, detail: str) -> tuple[str, str, Problem]:
    name = found.name.removeprefix("/").replace("/", ".")
    issue = Issue("invalidInput", found.where, name, detail)
    return f"enterprise-number-{code}", detail, bad_request([issue])
