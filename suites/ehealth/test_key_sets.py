"""Key sets of every kind that a realm may publish."""

from __future__ import annotations

from proefbank.plugin import Judgement
from proefbank.services.ehealth.wire import key_choice, odd_sets


def test_choice_of_key(
    reading: key_choice.TokensWithoutKid
    | key_choice.CaseChangedKids
    | key_choice.ShiftedKids
    | key_choice.EncryptionKeyTokens
    | key_choice.SharedKid
    | key_choice.ForgedWithoutKid
    | key_choice.SymmetricMember
    | key_choice.KeysOwnAlgorithm
    | key_choice.MismatchingCertificates,
    rule: Judgement,
) -> None:
    """Which key of a set verifies a token, and which does not."""
    rule(reading)


def test_unusual_set(
    reading: odd_sets.UnknownTypes
    | odd_sets.UnknownCurves
    | odd_sets.UnknownAlgorithms
    | odd_sets.EllipticBesideRsa
    | odd_sets.IncompleteMembers
    | odd_sets.NonObjectMembers
    | odd_sets.KeysWithoutAlg
    | odd_sets.KeysWithoutUse
    | odd_sets.KeysWithoutCertificate
    | odd_sets.CertificateChains
    | odd_sets.ExtraMembers
    | odd_sets.ReorderedMembers,
    rule: Judgement,
) -> None:
    """Key sets that are unusual, and leave a usable key all the same."""
    rule(reading)
