"""What an application does when itsme says no, or nothing that can be understood."""

from __future__ import annotations

from proefbank.plugin import Judgement
from proefbank.services.itsme.wire import errors


def test_documented(
    reading: errors.DocumentedError | errors.NotAllowed | errors.Conflict, rule: Judgement
) -> None:
    """Each error of the table."""
    rule(reading)


def test_repeating(
    reading: errors.UnexpectedError | errors.UnknownError | errors.ConfigurationError,
    rule: Judgement,
) -> None:
    """Errors after which the same request makes no sense."""
    rule(reading)


def test_odd(
    reading: errors.NoPayload | errors.ServerError | errors.UnknownReason, rule: Judgement
) -> None:
    """Errors without a body, with a page, and with a reason that nobody documented."""
    rule(reading)


def test_broken(reading: errors.BrokenAnswer | errors.SlowAnswer, rule: Judgement) -> None:
    """Half an answer, none at all, and one that takes its time."""
    rule(reading)


def test_people_who_refuse(
    reading: errors.RejectedIdentification | errors.ExpiredIdentification | errors.RefusedSignature,
    rule: Judgement,
) -> None:
    """People who refuse, or let it lapse."""
    rule(reading)


def test_batches(reading: errors.SingleHashRefused | errors.BatchRefused, rule: Judgement) -> None:
    """More documents than itsme takes in one request."""
    rule(reading)


def test_dialects(reading: errors.OtherDialect, rule: Judgement) -> None:
    """An itsme that puts things otherwise."""
    rule(reading)
