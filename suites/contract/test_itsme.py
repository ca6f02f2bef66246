"""The configuration, the two sessions, the pages, and the table of errors."""

from __future__ import annotations

from proefbank.plugin import Judgement
from proefbank.services.contract.wire import sign_errors, signing


def test_configuration(
    reading: signing.ConfigurationStatus | signing.Configuration, rule: Judgement
) -> None:
    """What can be signed, and in which languages it is told."""
    rule(reading)


def test_identification(
    reading: signing.IdentificationStatus
    | signing.Identification
    | signing.IdentifiedStatus
    | signing.Identified,
    rule: Judgement,
) -> None:
    """Who somebody is."""
    rule(reading)


def test_pages(reading: signing.Departed, rule: Judgement) -> None:
    """Where the pages send browsers."""
    rule(reading)


def test_signature(
    reading: signing.SignStartStatus | signing.SignStart | signing.SignPending | signing.Signed,
    rule: Judgement,
) -> None:
    """What was signed."""
    rule(reading)


def test_refused_requests(
    reading: sign_errors.NoRequest
    | sign_errors.MissingPartner
    | sign_errors.MissingService
    | sign_errors.InvalidUrl
    | sign_errors.UnknownPartner
    | sign_errors.UnauthorizedUrl
    | sign_errors.InvalidLanguage
    | sign_errors.SingleHashOnly
    | sign_errors.BatchTooLarge
    | sign_errors.UnknownSession
    | sign_errors.SignError,
    rule: Judgement,
) -> None:
    """Requests with something wrong."""
    rule(reading)


def test_refused_people(
    reading: sign_errors.IdentificationPending
    | sign_errors.IdentificationRejected
    | sign_errors.IdentificationExpired
    | sign_errors.NotAllowed,
    rule: Judgement,
) -> None:
    """People who are not there yet, would not, or may not."""
    rule(reading)
