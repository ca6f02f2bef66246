"""Whose keys are trusted, and on whose word."""

from __future__ import annotations

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.keys_origin import (
    DistrustedServer,
    ExpiredCertificate,
    KeySetAddress,
    OtherDiscovery,
    OtherHost,
    RedirectedSet,
    TwoIssuers,
    UnknownAuthority,
)
from .outcomes import KEY
from .renewal import must_refuse

UNREACHABLE = frozenset({"transport", "provider_error", "unknown_key"})


@rule("ehealth.keys.stay-with-their-issuer")
def with_their_issuer(tokens: TwoIssuers) -> Finding | None:
    """One realm's administrator could otherwise issue tokens of all the others."""
    return must_refuse(tokens.probes, KEY | {"wrong_issuer"}, hint="keep a key set for each issuer")


@rule("ehealth.keys.address-is-not-guessed")
def not_guessed(address: KeySetAddress) -> Finding | None:
    """Paths are the provider's affair: they change with its versions."""
    if not address.fetches:
        raise DoesNotApply("no key set was fetched, which is a requirement of its own")
    guessed = next((item for item in address.fetches if "?" not in item.target), None)
    if guessed is None:
        return None
    return Finding(
        "request for the key set, path and query",
        expected="the published address, with its query",
        actual=guessed.target,
        hint="take jwks_uri from the configuration or from discovery, as it is",
        exchange=guessed.number,
    )


@rule("ehealth.keys.discovery-of-another-issuer-is-not-believed")
def not_believed(discovery: OtherDiscovery) -> Finding | None:
    """The issuer is what the API was configured with, not what a document says of itself."""
    if not discovery.discovered:
        raise DoesNotApply("discovery is not read")
    if discovery.control is None or discovery.control.accepted:
        raise DoesNotApply("such a token is taken anyway, which is a requirement of its own")
    takes = KEY | {"wrong_issuer", "malformed", "provider_error", "transport"}
    return must_refuse(
        discovery.probes, takes, hint="refuse a document whose issuer is not the one configured"
    )


@rule("ehealth.keys.unknown-ca-is-refused")
def unknown_authority(server: UnknownAuthority) -> Finding | None:
    """Without this check anybody on the path can hand out keys."""
    return _broke_off(server, "the certificate's issuer is not in the trust store")


@rule("ehealth.keys.other-host-certificate-is-refused")
def other_host(server: OtherHost) -> Finding | None:
    """Any owner of any certificate could otherwise hand out keys."""
    return _broke_off(server, "the certificate is for another host name")


@rule("ehealth.keys.expired-certificate-is-refused")
def expired(server: ExpiredCertificate) -> Finding | None:
    """An expired certificate is no longer vouched for, and its key may have been given up."""
    return _broke_off(server, "the certificate's validity has ended")


@rule("ehealth.keys.redirect-elsewhere-is-not-followed")
def not_followed(redirected: RedirectedSet) -> Finding | None:
    """Keys are trusted because of where they come from."""
    if not redirected.probes:
        raise DoesNotApply("here the key set was where it should be")
    if not redirected.redirected:
        raise DoesNotApply("the key set was not fetched while it redirected")
    takes = KEY | {"transport", "provider_error", "malformed"}
    return must_refuse(
        redirected.probes, takes, hint="follow no redirects when fetching the key set"
    )


def _broke_off(server: DistrustedServer, fault: str) -> Finding | None:
    if server.requests:
        return Finding(
            "TLS handshake",
            expected=f"the consumer breaks off: {fault}",
            actual="the consumer sent its request all the same",
            hint="leave certificate checks on; trust the CA file of the environment instead",
        )
    if server.had_keys:
        return None
    return must_refuse(server.shown, UNREACHABLE)
