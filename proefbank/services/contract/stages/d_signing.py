"""A signature from the configuration to the signed hash, and everything the table refuses."""

from __future__ import annotations

from proefbank.staging import Staging, stage

from ..wire import sign_errors as errors
from ..wire import signing
from .signing_steps import (
    LOOK,
    MINE,
    OPEN,
    SIGN,
    ask,
    codes,
    identify,
    opening,
    sign_body,
    status_body,
)

NEEDS = ("itsme",)
FLOW = (
    signing.IdentificationStatus,
    signing.Identification,
    errors.IdentificationPending,
    signing.IdentifiedStatus,
    signing.Identified,
    signing.Departed,
    signing.SignStartStatus,
    signing.SignStart,
    signing.SignPending,
    signing.Signed,
)
REFUSED = (
    errors.NoRequest,
    errors.MissingPartner,
    errors.MissingService,
    errors.InvalidUrl,
    errors.UnknownPartner,
    errors.UnauthorizedUrl,
    errors.InvalidLanguage,
    errors.SignError,
    errors.UnknownSession,
)
STRANGER = "PROEFBANK0"
TOO_MANY, LAPSE = 71, 200
"""Hashes in one request, and seconds after which the making of a certificate has lapsed."""


@stage(
    "contract-configuration",
    judges=[signing.ConfigurationStatus, signing.Configuration],
    needs=NEEDS,
)
def configuration(staging: Staging) -> None:
    """The configuration is read."""
    staging.begin()
    staging.call("probe", {"to": ".well-known/configuration"}, note="configuration")


@stage("contract-sign", judges=FLOW, needs=NEEDS)
def sign(staging: Staging) -> None:
    """Somebody is identified and signs two hashes; each session is asked about twice."""
    staging.begin()
    look = identify(staging)
    if look is None:
        return
    code = ask(staging, LOOK, look, note="identified", keep=("userCode",)).get("userCode")
    if code is None:
        return
    url = "optOutp.itsme.signingUrl"
    body = sign_body(staging, str(code), 2)
    started = ask(staging, SIGN, body, note="sign-start", keep=("respID", url))
    if "respID" not in started:
        return
    question = status_body(staging, started["respID"])
    ask(staging, SIGN, question, note="sign-pending")
    page = f"{started.get(url)}&mine={MINE}"
    if staging.visit(page, person="with-certificate") is not None:
        ask(staging, SIGN, question, note="signed")


@stage("contract-sign-refused", judges=REFUSED, needs=NEEDS, wire=["provoke"])
def refused(staging: Staging) -> None:
    """Sessions are asked for with one thing wrong at a time."""
    staging.begin()
    wrong = (
        ("no-request", None),
        ("missing-partner", opening(staging, partnerCode=None)),
        ("missing-service", opening(staging, serviceCode=None)),
        ("invalid-url", opening(staging, redirectUrl="proefbank made this up")),
        ("unknown-partner", opening(staging, partnerCode=STRANGER)),
        ("unauthorized-url", opening(staging, redirectUrl="https://elsewhere.example/return")),
        ("invalid-language", opening(staging, lang="XX")),
    )
    for note, body in wrong:
        ask(staging, OPEN, body, note=note)
    look = {**codes(staging), "asyncRespID": "proefbankproefbankproefbankproefbank"}
    ask(staging, OPEN, opening(staging), note="session", keep=("asyncRespID",))
    ask(staging, SIGN, status_body(staging, look["asyncRespID"]), note="unknown-session")
    opened = ask(staging, OPEN, opening(staging), note="session", keep=("asyncRespID",))
    if "asyncRespID" in opened:
        look = {**codes(staging), "asyncRespID": opened["asyncRespID"]}
        ask(staging, LOOK, look, note="identification-pending")


@stage("contract-sign-batch", judges=[errors.BatchTooLarge], needs=NEEDS, wire=["provoke"])
def batch(staging: Staging) -> None:
    """Somebody who was identified has seventy-one hashes signed at once."""
    staging.begin()
    _hashes(staging, TOO_MANY, "batch-too-large")


@stage(
    "contract-sign-single",
    judges=[errors.SingleHashOnly],
    needs=NEEDS,
    wire=["provoke", "roles"],
)
def single(staging: Staging) -> None:
    """Two hashes are sent by a partner whose contract is for one."""
    staging.begin("single-hash")
    _hashes(staging, 2, "single-hash")


def _hashes(staging: Staging, count: int, note: str) -> None:
    look = identify(staging, note="before")
    if look is None:
        return
    code = ask(staging, LOOK, look, note="before", keep=("userCode",)).get("userCode")
    if code is not None:
        ask(staging, SIGN, sign_body(staging, str(code), count), note=note)


@stage(
    "contract-sign-rejected",
    judges=[errors.IdentificationRejected],
    needs=NEEDS,
    wire=["roles"],
)
def rejected(staging: Staging) -> None:
    """Somebody refuses to have a certificate made."""
    staging.begin()
    look = identify(staging, person="without-certificate", act="approve-then-reject", note="before")
    if look is not None:
        ask(staging, LOOK, look, note="identification-rejected")


@stage(
    "contract-sign-lapsed",
    judges=[errors.IdentificationExpired],
    needs=NEEDS,
    wire=["roles", "time"],
)
def lapsed(staging: Staging) -> None:
    """Somebody has a certificate made, and does not confirm it within three minutes."""
    staging.begin()
    look = identify(staging, person="without-certificate", act="approve-then-wait", note="before")
    if look is not None:
        staging.advance(LAPSE, client=False)
        ask(staging, LOOK, look, note="identification-expired")


@stage("contract-sign-blocked", judges=[errors.NotAllowed], needs=NEEDS, wire=["roles"])
def blocked(staging: Staging) -> None:
    """Somebody whose account is blocked wants to sign."""
    staging.begin()
    look = identify(staging, person="blocked", note="before")
    if look is not None:
        ask(staging, LOOK, look, note="not-allowed")
