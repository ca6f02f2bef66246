"""What a consumer says of tokens across the three steps of a renewal."""

from __future__ import annotations

from proefbank.plugin import Judgement
from proefbank.services.ehealth.wire import rotation


def test_before_and_between_the_steps(
    reading: rotation.ColdStarts | rotation.SecondKeyListed | rotation.FirstUseOfNewKey,
    rule: Judgement,
) -> None:
    """The new key is listed, and signs nothing yet."""
    rule(reading)


def test_overlap(
    reading: rotation.NewKeySigns
    | rotation.OldKeyInOverlap
    | rotation.AlternatingKeys
    | rotation.AlternatingFetches
    | rotation.EveryOrder,
    rule: Judgement,
) -> None:
    """The new key signs, and tokens of the old one are still good."""
    rule(reading)


def test_removal(
    reading: rotation.SameTokenAfterRemoval | rotation.NewKeyAfterRemoval, rule: Judgement
) -> None:
    """The old key is gone."""
    rule(reading)


def test_unusual_renewal(
    reading: rotation.RolledBack | rotation.ThreeSigningKeys | rotation.NewEncryptionKey,
    rule: Judgement,
) -> None:
    """A renewal that does not go as the notice says."""
    rule(reading)


def test_one_process(reading: rotation.OneProcess, rule: Judgement) -> None:
    """The consumer lives through all of it."""
    rule(reading)
