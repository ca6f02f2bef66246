"""People change the set-up in ChaMan and in MAHIS while the client goes on working."""

from __future__ import annotations

from typing import Any, cast

from proefbank.staging import Staging, stage

from ..wire.set_up import (
    ForbiddenBySetUp,
    MandateEnded,
    PermissionWithdrawn,
    RefusedBySetUp,
    RenewedKey,
)

FETCH, CALL = "token.fetch", "api.call"
INTERMEDIARY = "intermediary"
ASIDE = 4 * 3600.0
"""Seconds from midnight: no source says by which clock a quarter ends, and none is so far off."""


def fetch(staging: Staging, note: str) -> None:
    """Ask for a token."""
    staging.call(FETCH, {"scope": None}, note=note)


@stage("certificate-rollover", judges=[RenewedKey], needs=["token"])
def certificate_rollover(staging: Staging) -> None:
    """A second certificate is added; the client is told its key; then the first one is removed."""
    staging.begin()
    fetch(staging, "control")
    staging.arrange("certificate", account=staging.facts["account"], do="add")
    fetch(staging, "control")
    staging.begin("renewed")
    staging.arrange("certificate", account=staging.facts["account"], do="add")
    fetch(staging, "control")
    staging.arrange("certificate", account=staging.facts["account"], do="remove")
    fetch(staging, "probe")


@stage("certificate-removed", judges=[RefusedBySetUp], needs=["token"])
def certificate_removed(staging: Staging) -> None:
    """The certificate was replaced in ChaMan, and nobody told the client its new key."""
    staging.begin()
    fetch(staging, "control")
    staging.arrange("certificate", account=staging.facts["account"], do="add")
    staging.arrange("certificate", account=staging.facts["account"], do="remove")
    fetch(staging, "probe")


@stage("channel-not-activated", judges=[RefusedBySetUp], needs=["token"])
def channel_not_activated(staging: Staging) -> None:
    """A token is asked for; then anew while the account's REST channel is not activated."""
    staging.begin()
    fetch(staging, "control")
    staging.begin()
    staging.arrange("channel", account=staging.facts["account"], do="undo")
    fetch(staging, "probe")


@stage("permission-withdrawn", judges=[ForbiddenBySetUp, PermissionWithdrawn], needs=["api"])
def permission_withdrawn(staging: Staging) -> None:
    """The client acts for one employer, then for another, whose permission is withdrawn."""
    staging.begin("second-employer")
    staging.call(CALL, staging.sample(), note="control")
    staging.begin()
    staging.call(CALL, staging.sample(), note="control")
    staging.arrange("permission", account=staging.facts["account"], do="withdraw")
    staging.call(CALL, staging.sample(), note="probe")


@stage("mandate-ended", judges=[ForbiddenBySetUp, MandateEnded], needs=["api"])
def mandate_ended(staging: Staging) -> None:
    """A mandatary sends for a principal, before and after the midnight that ends the mandate."""
    staging.begin("mandatary")
    order = staging.sample("principal")
    principals = cast("list[str]", staging.facts["principals"])
    midnight = cast("float", staging.facts["quarter_ends"])
    told: dict[str, Any] = {
        "principal": principals[0],
        "mandatary": staging.facts["enterprise_number"],
    }
    staging.arrange("mandate", do="end", **told)
    staging.at(midnight - ASIDE)
    staging.call(CALL, order, note="control")
    staging.at(midnight + ASIDE)
    staging.call(CALL, order, note="probe")


def delegated(*answers: str) -> None:
    """Register a stage with an intermediary whose request was not accepted (yet)."""
    name = "refused" if answers else "pending"

    def script(staging: Staging) -> None:
        staging.begin(INTERMEDIARY)
        account = staging.facts["account"]
        staging.arrange("delegation", account=account, do="request", by=INTERMEDIARY)
        staging.arrange("delegation", account=account, do="accept", by="owner")
        staging.arrange("certificate", account=account, do="add", by=INTERMEDIARY)
        fetch(staging, "control")
        staging.begin(INTERMEDIARY)
        staging.arrange("delegation", account=account, do="request", by=INTERMEDIARY)
        for answer in answers:
            staging.arrange("delegation", account=account, do=answer, by="owner")
        fetch(staging, "probe")

    what = "was refused" if answers else "is not answered yet"
    script.__doc__ = (
        "The client is the intermediary of an OCMW, with the account's client id and a key of its "
        f"own: once the account was delegated to it, then anew while its request {what}."
    )
    stage(f"delegation-{name}", judges=[RefusedBySetUp], needs=["token"])(script)


delegated()
delegated("refuse")
