"""What a client does when people change its set-up in ChaMan and in MAHIS."""

from __future__ import annotations

from proefbank.plugin import Judgement
from proefbank.services.socialsecurity.wire.set_up import (
    ForbiddenBySetUp,
    MandateEnded,
    PermissionWithdrawn,
    RefusedBySetUp,
    RenewedKey,
)


def test_certificates(reading: RenewedKey | RefusedBySetUp, rule: Judgement) -> None:
    """Which key a client uses, and what it does when its certificate is not the account's."""
    rule(reading)


def test_permissions_and_mandates(
    reading: ForbiddenBySetUp | PermissionWithdrawn | MandateEnded, rule: Judgement
) -> None:
    """What a client does when it may not send any more."""
    rule(reading)
