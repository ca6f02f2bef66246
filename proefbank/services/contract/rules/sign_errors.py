"""Refusals of itsme Sign: status and reason of the table in the appendix."""

from __future__ import annotations

from proefbank.judge import rule
from proefbank.verdict import Finding

from ..wire.answers import Answer
from ..wire.sign_errors import (
    BatchTooLarge,
    IdentificationExpired,
    IdentificationPending,
    IdentificationRejected,
    InvalidLanguage,
    InvalidUrl,
    MissingPartner,
    MissingService,
    NoRequest,
    NotAllowed,
    SignError,
    SingleHashOnly,
    UnauthorizedUrl,
    UnknownPartner,
    UnknownSession,
)
from .findings import shown, status, text_at


def tabled(answer: Answer, code: int, reason: str) -> Finding | None:
    """Find another status, or another reason, than the table has.

    Refused sign requests tell the reason in `statusReason` by the appendix, in `result.min` by
    sections 8 and 11; either will do.
    """
    if found := status(answer, code):
        return found
    told = answer.told("statusReason") or answer.told("result.min")
    return None if told == reason else Finding("body, reason", reason, shown(told))


@rule("contract.sign-error.no-request")
def no_request(answer: NoRequest) -> Finding | None:
    """The reason tells a developer that the body got lost."""
    return tabled(answer, 400, "NO_REQUEST")


@rule("contract.sign-error.missing-partner-code")
def missing_partner(answer: MissingPartner) -> Finding | None:
    """The reason tells a developer what was not configured."""
    return tabled(answer, 400, "MISSING_PARTNER_CODE")


@rule("contract.sign-error.missing-service-code")
def missing_service(answer: MissingService) -> Finding | None:
    """The reason tells a developer what was not configured."""
    return tabled(answer, 400, "MISSING_SERVICE_CODE")


@rule("contract.sign-error.invalid-url")
def invalid_url(answer: InvalidUrl) -> Finding | None:
    """The reason tells a developer what was not configured."""
    return tabled(answer, 400, "INVALID_URL")


@rule("contract.sign-error.invalid-requestor")
def unknown_partner(answer: UnknownPartner) -> Finding | None:
    """Whoever is not registered opens no session."""
    return tabled(answer, 400, "INVALID_REQUESTOR")


@rule("contract.sign-error.unauthorized-url")
def unauthorized_url(answer: UnauthorizedUrl) -> Finding | None:
    """Or people can be sent anywhere in the service's name."""
    return tabled(answer, 400, "UNAUTHORIZED_URL")


@rule("contract.sign-error.invalid-language")
def invalid_language(answer: InvalidLanguage) -> Finding | None:
    """The reason sends a developer to the list of languages."""
    return tabled(answer, 400, "INVALID_LANG")


@rule("contract.sign-error.single-hash-only")
def single_hash(answer: SingleHashOnly) -> Finding | None:
    """It is a matter of contracts, and nothing that code can solve."""
    return tabled(answer, 400, "ONLY_SINGLE_HASH_SUPPORTED")


@rule("contract.sign-error.batch-too-large")
def batch_too_large(answer: BatchTooLarge) -> Finding | None:
    """A client that hears it sends fewer at a time."""
    return tabled(answer, 400, "BATCH_TOO_LARGE")


@rule("contract.sign-error.identification-is-pending")
def identification_pending(answer: IdentificationPending) -> Finding | None:
    """By this reason alone a client knows that it is to ask again."""
    return tabled(answer, 409, "PENDING")


@rule("contract.sign-error.certificate-was-rejected")
def rejected(answer: IdentificationRejected) -> Finding | None:
    """A client that hears it begins anew, if the person wants to."""
    return tabled(answer, 409, "REJECTED")


@rule("contract.sign-error.certificate-lapsed")
def lapsed(answer: IdentificationExpired) -> Finding | None:
    """A client that hears it begins anew, if the person wants to."""
    return tabled(answer, 409, "EXPIRED")


@rule("contract.sign-error.blocked-person-may-not-sign")
def not_allowed(answer: NotAllowed) -> Finding | None:
    """Only the person can solve it, so the person has to be told."""
    return tabled(answer, 400, "NOT_ALLOWED_TO_SIGN")


@rule("contract.sign-error.unknown-session-is-a-conflict")
def unknown_session(answer: UnknownSession) -> Finding | None:
    """A client that parses what is not there fails over its own feet, so it has to know."""
    return status(answer, 409) or (
        Finding("body", "no content", f"{len(answer.text)} characters") if answer.text else None
    )


@rule("contract.sign-error.bodies-tell-a-status")
def body_status(answer: SignError) -> Finding | None:
    """It stands beside the reason in every error that has a body."""
    return text_at(answer, "status")
