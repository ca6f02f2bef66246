"""What no machine can check: somebody states it, and the report says who and when.

A statement that is missing leaves the requirement open, and the run incomplete.
"""

from __future__ import annotations

from proefbank.errors import NotObservable
from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.declaration import Declaration
from .declaration_findings import Wrong, finding

_SHOWN = """\
nobody stated it; an attestation would show it: [[attestations]] with \
requirement = "{requirement}", by and on"""


def _stated(declared: Declaration, requirement: str) -> Finding | None:
    """Return None, which passes, or raise `NotObservable` when nobody stated it."""
    if declared.stated(requirement) is None:
        raise NotObservable(_SHOWN.format(requirement=requirement))
    return None


@rule("setup.attested.enterprise-is-registered-on-the-portal")
def is_registered(declared: Declaration) -> Finding | None:
    """Who is not registered on the portal of the social security cannot enter ChaMan."""
    if not declared.accounts:
        raise DoesNotApply("no account")
    return _stated(declared, "setup.attested.enterprise-is-registered-on-the-portal")


@rule("setup.attested.employer-is-known-to-the-nsso")
def is_known(declared: Declaration) -> Finding | None:
    """The capacity of employer exists for those whom the NSSO knows as such."""
    if not any(item.capacity == "employer" for item in declared.accounts):
        raise DoesNotApply("no account in the capacity of employer")
    return _stated(declared, "setup.attested.employer-is-known-to-the-nsso")


@rule("setup.attested.integrator-checked-the-configuration")
def checked(declared: Declaration) -> Finding | None:
    """An integrator who begins earlier meets refusals that no code can mend."""
    if not declared.software and not any(item.role == "integrator" for item in declared.people):
        raise DoesNotApply("no integrator and no vendor's software")
    return _stated(declared, "setup.attested.integrator-checked-the-configuration")


@rule("setup.attested.test-access-was-requested")
def was_requested(declared: Declaration) -> Finding | None:
    """The test environment is closed until the enterprise has been let in on request."""
    if not any(item.environment == "ACC" for item in declared.accounts):
        raise DoesNotApply("no account in the test environment")
    return _stated(declared, "setup.attested.test-access-was-requested")


@rule("setup.attested.mandatary-meets-the-conditions")
def meets_conditions(declared: Declaration) -> Finding | None:
    """Not every company may become mandatary; MAHIS publishes what it asks."""
    if not any(flow.role == "mandatary" for flow in declared.fla):
        raise DoesNotApply("nobody sends as mandatary")
    return _stated(declared, "setup.attested.mandatary-meets-the-conditions")


@rule("setup.attested.principal-informs-its-mandatary")
def informs(declared: Declaration) -> Finding | None:
    """A mandatary can declare only what its principal has told it, in whatever form."""
    if not any(flow.role == "mandatary" for flow in declared.fla):
        raise DoesNotApply("nobody sends as mandatary")
    return _stated(declared, "setup.attested.principal-informs-its-mandatary")


@rule("setup.attested.staff-goes-under-its-dimona-number")
def under_dimona_number(declared: Declaration) -> Finding | None:
    """The account of an employee is found by the employer that Dimona and DmfA know."""
    if not declared.fla:
        raise DoesNotApply("no data of the Federal Learning Account is sent")
    if not declared.workforces:
        return _stated(declared, "setup.attested.staff-goes-under-its-dimona-number")
    wrong: list[Wrong] = [
        (item.place, f"under {declared.number(item.fla)}")
        for item in declared.workforces
        if item.dimona != item.fla
    ]
    return finding(declared, wrong, "the number under which Dimona and DmfA go")
