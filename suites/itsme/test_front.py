"""Where the browser is sent, and what is made of it when it comes back."""

from __future__ import annotations

from proefbank.plugin import Judgement
from proefbank.services.itsme.wire import front


def test_departure(
    reading: front.Departure | front.IdentificationDeparture | front.SigningDeparture,
    rule: Judgement,
) -> None:
    """The address that the browser is sent to."""
    rule(reading)


def test_return(
    reading: front.SecondReturn | front.ForgedReturn | front.ReloadedReturn, rule: Judgement
) -> None:
    """A return from signing, one that never was, and one that comes twice."""
    rule(reading)


def test_patience(reading: front.SlowIdentification, rule: Judgement) -> None:
    """Somebody who takes minutes."""
    rule(reading)
