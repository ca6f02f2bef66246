"""Where a consumer's keys come from, how old they grow, and what an outage does to them."""

from __future__ import annotations

from proefbank.plugin import Judgement
from proefbank.services.ehealth.wire import keys_age, keys_misses, keys_origin, keys_outages


def test_age(
    reading: keys_age.FirstAcceptance
    | keys_age.OfficeHours
    | keys_age.QuarterHours
    | keys_age.AcrossClockChange
    | keys_age.FreshlyFetchedKey,
    rule: Judgement,
) -> None:
    """Where the keys come from, and how often they are fetched."""
    rule(reading)


def test_removed_key(
    reading: keys_age.ReplacedSet
    | keys_age.NewKeyUnderOldKid
    | keys_age.SteadyAcrossRemoval
    | keys_age.AfterIdleSpell,
    rule: Judgement,
) -> None:
    """What becomes of a key that is listed no longer."""
    rule(reading)


def test_unknown_kid(
    reading: keys_misses.UnfamiliarKid
    | keys_misses.UnfamiliarKidAgain
    | keys_misses.UnannouncedRenewal
    | keys_misses.KeyNotYetListed,
    rule: Judgement,
) -> None:
    """What a consumer does about a kid that it does not know."""
    rule(reading)


def test_flood(
    reading: keys_misses.Flood
    | keys_misses.FloodAndKnownKids
    | keys_misses.FloodAndGenuineKey
    | keys_misses.ForgedSignatures,
    rule: Judgement,
) -> None:
    """What a consumer does when strangers send it many tokens."""
    rule(reading)


def test_economy(
    reading: keys_misses.ManyTokens
    | keys_misses.TokensAtOnce
    | keys_misses.AllowedForLong
    | keys_misses.TokensUnderNoCache,
    rule: Judgement,
) -> None:
    """How often a consumer fetches when all is well."""
    rule(reading)


def test_outage(
    reading: keys_outages.BridgedOutage
    | keys_outages.LongOutage
    | keys_outages.FailedFetches
    | keys_outages.AskedToWait,
    rule: Judgement,
) -> None:
    """What a consumer does while the key set is out of reach."""
    rule(reading)


def test_spoilt_fetch(
    reading: keys_outages.ServerError
    | keys_outages.NoAnswer
    | keys_outages.CutOffSet
    | keys_outages.PageForSet
    | keys_outages.EmptySet,
    rule: Judgement,
) -> None:
    """What a consumer does when something else comes in place of the key set."""
    rule(reading)


def test_origin(
    reading: keys_origin.TwoIssuers
    | keys_origin.KeySetAddress
    | keys_origin.OtherDiscovery
    | keys_origin.RedirectedSet,
    rule: Judgement,
) -> None:
    """Whose keys a consumer takes, and from where."""
    rule(reading)


def test_server_certificate(
    reading: keys_origin.UnknownAuthority | keys_origin.OtherHost | keys_origin.ExpiredCertificate,
    rule: Judgement,
) -> None:
    """What a consumer does when the server of the key set cannot prove who it is."""
    rule(reading)
