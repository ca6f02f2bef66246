"""The dates between which the certificate is valid."""

from __future__ import annotations

from datetime import UTC, datetime

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.certificate import Certificate
from ..wire.limits import LIMITS
from ..wire.measures import measure

DAY = 86_400.0


def _day(instant: float) -> str:
    return f"{datetime.fromtimestamp(instant, UTC):%Y-%m-%d %H:%M} UTC"


BEGUN = measure(
    "setup.certificate.has-begun",
    "first day",
    limit="not in the future",
    found=lambda it: _day(it.facts["valid_from"]),
    hint="wait until then, or look at the clock of the machine that made it",
)
ENDED = measure(
    "setup.certificate.has-not-ended",
    "last day",
    limit="not in the past",
    found=lambda it: _day(it.facts["valid_to"]),
    hint="make or order the next one; a REST account takes it beside this one",
)
LEFT = measure(
    "setup.certificate.has-a-month-left",
    "last day",
    limit=f"{LIMITS.days_left} days from now, or later",
    found=lambda it: f"{_day(it.facts['valid_to'])}, in {int(_left(it) // DAY)} days",
    hint="make or order the next one; a REST account takes it beside this one",
)


def _left(certificate: Certificate) -> float:
    return float(certificate.facts["valid_to"]) - certificate.at


@rule("setup.certificate.has-begun")
def begun(certificate: Certificate) -> Finding | None:
    """A certificate that is not valid yet authenticates nobody."""
    early = certificate.facts["valid_from"] > certificate.at
    return BEGUN.off(certificate) if early else None


@rule("setup.certificate.has-not-ended")
def ended(certificate: Certificate) -> Finding | None:
    """A channel is activated with a valid certificate, and works as long as that lasts."""
    return ENDED.off(certificate) if _left(certificate) < 0 else None


@rule("setup.certificate.has-a-month-left")
def left(certificate: Certificate) -> Finding | None:
    """When it ends every call fails, and whoever may upload the next one has to be found."""
    if _left(certificate) < 0:
        raise DoesNotApply("the certificate has ended, which is a requirement of its own")
    return LEFT.off(certificate) if _left(certificate) < LIMITS.days_left * DAY else None
