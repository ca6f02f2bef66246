"""What an application makes of the answers, up to the signed file."""

from __future__ import annotations

from proefbank.plugin import Judgement
from proefbank.services.itsme.wire import answers, contents, outcomes, signatures, users


def test_opening(
    reading: answers.Opening | answers.KnownOpening | answers.CookieSet, rule: Judgement
) -> None:
    """The answer to the identification request."""
    rule(reading)


def test_signer(
    reading: outcomes.SignerChoice | outcomes.OtherSigner | outcomes.NoCertificate,
    rule: Judgement,
) -> None:
    """Who was identified, and who is named as signer."""
    rule(reading)


def test_end(
    reading: outcomes.Claim | outcomes.PendingClaim | outcomes.Ended, rule: Judgement
) -> None:
    """What is handed over in the end, and when."""
    rule(reading)


def test_signatures(
    reading: outcomes.Shuffled
    | signatures.FalseSignatures
    | signatures.WrongSet
    | signatures.NoSignatures,
    rule: Judgement,
) -> None:
    """Signatures in another order, and signatures that are not right."""
    rule(reading)


def test_results(
    reading: signatures.UnknownMajor | signatures.ForeignEcho, rule: Judgement
) -> None:
    """Results that nobody documented, and answers to other requests."""
    rule(reading)


def test_content(reading: contents.ContentHashed | contents.ContainerMade, rule: Judgement) -> None:
    """What is hashed of a document that was handed over whole, and the file made of it."""
    rule(reading)


def test_people(
    reading: users.TwoUsers | users.ParallelUsers | users.UserEnd, rule: Judgement
) -> None:
    """Two people at a time."""
    rule(reading)
