"""The signature values: believed when they verify, complete, and handed over as they came."""

from __future__ import annotations

import base64
import binascii

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.journeys import said
from ..wire.outcomes import Claim, Ended, PendingClaim, Shuffled, loose
from ..wire.signatures import (
    FalseSignatures,
    ForeignEcho,
    NoSignatures,
    UnknownMajor,
    WrongSet,
)
from .failures import ANY, failed

FALSE = frozenset({"malformed", "invalid_signature", "digest_mismatch"})
"""Classes for signatures that are not right; libraries differ in what they see first."""
EMPTY = FALSE | {"provider_error"}
UNKNOWN = frozenset({"provider_error", "malformed"})
ECHO = frozenset({"malformed", "provider_error"})


@rule("itsme.flow.success-comes-after-sign-status")
def success_comes_after_sign_status(claim: Claim) -> Finding | None:
    """A document that is told to be signed, and is not, shows up when somebody relies on it."""
    return _success(claim)


@rule("itsme.flow.success-comes-after-sign-status")
def success_comes_after_pending(claim: PendingClaim) -> Finding | None:
    """Being back from the page is not the same as having signed there."""
    return _success(claim) if claim.step.signed else None


def _success(claim: Claim) -> Finding | None:
    if claim.is_backed:
        return None
    return Finding(
        f"outcome of {claim.step.call.op}",
        expected="signatures after a status answer with Success",
        actual=f"signatures after {len(claim.asked)} status answers without it",
    )


@rule("itsme.signature.matched-by-document")
def matched_by_document(shuffled: Shuffled) -> Finding | None:
    """The order of the signatures is itsme's affair; their names are what counts."""
    if shuffled.end is None:
        return Finding(
            f"outcome of {shuffled.step.call.op}, signatures in another order than the documents",
            expected="accepted, each signature with its document",
            actual=said(shuffled.step.call),
        )
    told = {name: loose(value) for name, value in shuffled.end.told.items()}
    for name, value in shuffled.end.given:
        held = loose(value)
        if held is not None and held != told.get(name) and held in told.values():
            return Finding(
                f"sign.resume, signature of {name}",
                expected="the one whose whichDoc is this document",
                actual="the one of another document",
            )
    return None


@rule("itsme.signature.is-a-bare-pkcs-1-value")
def is_a_bare_value(end: Ended) -> Finding | None:
    """Who puts it into a container needs the octets, and nothing around them."""
    given = dict(end.given)
    held = [loose(value) for value in end.told.values()]
    for name, value in end.told.items():
        if name not in given:
            return Finding(
                "sign.resume, signatures",
                expected=f"one for {name}",
                actual=", ".join(given) or "none",
            )
        handed = given[name]
        if _standard(handed) == loose(value):
            continue
        if loose(handed) in held and loose(handed) != loose(value):
            continue  # that of another document, which is judged elsewhere
        return Finding(
            f"sign.resume, signature of {name}",
            expected="standard base64 of the octets that came",
            actual="another alphabet" if loose(handed) == loose(value) else "other octets",
        )
    return None


def _standard(value: object) -> bytes | None:
    try:
        return base64.b64decode(str(value), validate=True) if value else None
    except (binascii.Error, ValueError):
        return None


@rule("itsme.signature.is-verified")
def is_verified(false: FalseSignatures) -> Finding | None:
    """Whoever relies on the document verifies; better the application does it first."""
    if false.recovered:
        raise DoesNotApply("it asked again, and the signatures were right")
    hint = "verify over the digest that was sent, with the key of the certificate received"
    return failed(false.step.call, false.story, FALSE, hint=hint, exchange=false.exchange)


@rule("itsme.signature.set-is-complete")
def set_is_complete(wrong: WrongSet) -> Finding | None:
    """Some of the documents signed is none of what the user was asked."""
    if wrong.recovered:
        raise DoesNotApply("it asked again, and the signatures were complete")
    return failed(wrong.step.call, wrong.story, FALSE, exchange=wrong.exchange)


@rule("itsme.signature.success-needs-signatures")
def success_needs_signatures(empty: NoSignatures) -> Finding | None:
    """Success is a word; the signatures are the matter."""
    if empty.recovered:
        raise DoesNotApply("it asked again, and there were signatures")
    return failed(empty.step.call, empty.story, EMPTY, exchange=empty.exchange)


@rule("itsme.sign-answer.only-documented-majors-count")
def only_documented_majors_count(odd: UnknownMajor) -> Finding | None:
    """What a result means that nobody documented, nobody knows."""
    if odd.recovered:
        raise DoesNotApply("it asked again, and the result was a documented one")
    takes = ANY if odd.is_error else UNKNOWN
    return failed(odd.step.call, odd.story, takes, exchange=odd.exchange)


@rule("itsme.sign-answer.echoed-id-is-compared")
def echoed_id_is_compared(foreign: ForeignEcho) -> Finding | None:
    """It is the only sign that the answer belongs to the request."""
    return failed(foreign.step.call, foreign.story, ECHO, exchange=foreign.exchange)
