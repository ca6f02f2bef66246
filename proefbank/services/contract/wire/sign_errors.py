"""Answers of the signing service to requests with something wrong, and about people who did not."""

from __future__ import annotations

from .answers import Answer, Refused

__all__ = [
    "BatchTooLarge",
    "IdentificationExpired",
    "IdentificationPending",
    "IdentificationRejected",
    "InvalidLanguage",
    "InvalidUrl",
    "MissingPartner",
    "MissingService",
    "NoRequest",
    "NotAllowed",
    "SignError",
    "SingleHashOnly",
    "UnauthorizedUrl",
    "UnknownPartner",
    "UnknownSession",
]


class NoRequest(Answer):
    """The answer to a request without a body."""

    notes = ("no-request",)


class MissingPartner(Answer):
    """The answer to a request without partnerCode."""

    notes = ("missing-partner",)


class MissingService(Answer):
    """The answer to a request without serviceCode."""

    notes = ("missing-service",)


class InvalidUrl(Answer):
    """The answer to a request whose redirectUrl is no URL."""

    notes = ("invalid-url",)


class UnknownPartner(Answer):
    """The answer to a request of a partner that there is not."""

    notes = ("unknown-partner",)


class UnauthorizedUrl(Answer):
    """The answer to a request whose redirectUrl nobody registered."""

    notes = ("unauthorized-url",)


class InvalidLanguage(Answer):
    """The answer to a request in a language that is not supported."""

    notes = ("invalid-language",)


class SingleHashOnly(Answer):
    """The answer to two hashes of a partner whose contract is for one."""

    notes = ("single-hash",)


class BatchTooLarge(Answer):
    """The answer to seventy-one hashes."""

    notes = ("batch-too-large",)


class UnknownSession(Answer):
    """The answer to a question about a sign session that there is not."""

    notes = ("unknown-session",)


class IdentificationPending(Answer):
    """The answer about somebody who has not been identified yet."""

    notes = ("identification-pending",)


class IdentificationRejected(Answer):
    """The answer about somebody who refused to have a certificate made."""

    notes = ("identification-rejected",)


class IdentificationExpired(Answer):
    """The answer about somebody who let the making of a certificate lapse."""

    notes = ("identification-expired",)


class NotAllowed(Answer):
    """The answer about somebody whose account is blocked."""

    notes = ("not-allowed",)


class SignError(Refused):
    """Any refusal of the identification calls that has a body."""

    notes = (
        "no-request",
        "missing-partner",
        "missing-service",
        "invalid-url",
        "unknown-partner",
        "unauthorized-url",
        "invalid-language",
        "identification-pending",
    )
