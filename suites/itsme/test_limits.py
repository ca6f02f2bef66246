"""Orders at the edge of what itsme takes, and beyond it."""

from __future__ import annotations

from proefbank.plugin import Judgement
from proefbank.services.itsme.wire import bounds


def test_numbers(
    reading: bounds.SeventyDocuments | bounds.TooManyDocuments, rule: Judgement
) -> None:
    """As many documents as itsme takes, and one more."""
    rule(reading)


def test_lengths(reading: bounds.LongDescription | bounds.LongRole, rule: Judgement) -> None:
    """Texts that are too long."""
    rule(reading)


def test_characters(
    reading: bounds.TypographicDescription | bounds.TypographicRole, rule: Judgement
) -> None:
    """Texts with characters that itsme does not take."""
    rule(reading)


def test_choices(reading: bounds.OddLanguage | bounds.PolicyOfTheDay, rule: Judgement) -> None:
    """A language that itsme does not speak, and a policy it lists since today."""
    rule(reading)
