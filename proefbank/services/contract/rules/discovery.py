"""The discovery document of a realm, by OpenID Connect Discovery 1.0."""

from __future__ import annotations

from urllib.parse import urlsplit

from proefbank.judge import NotExercised, rule
from proefbank.verdict import Finding

from ..wire.keys import Discovery, DiscoveryStatus
from .findings import media_type, shown, status

_LISTS = (
    "response_types_supported",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
)
_ENDPOINTS = ("authorization_endpoint", "token_endpoint")


@rule("contract.discovery.answered-with-200")
def answered(answer: DiscoveryStatus) -> Finding | None:
    """A client that finds no document has no other way to the keys."""
    return status(answer, 200)


@rule("contract.discovery.is-json")
def is_json(answer: Discovery) -> Finding | None:
    """A client that goes by the media type does not parse what is said to be something else."""
    return media_type(answer, "application/json")


@rule("contract.discovery.issuer-is-the-realm")
def issuer(answer: Discovery) -> Finding | None:
    """Clients compare it with `iss`, letter by letter."""
    value = answer.told("issuer")
    if value == answer.issuer:
        return None
    return Finding("body, issuer", answer.issuer, shown(value))


@rule("contract.discovery.names-its-key-set")
def key_set(answer: Discovery) -> Finding | None:
    """Keys that come over an open line can be anybody's."""
    return _secure(answer, "jwks_uri")


@rule("contract.discovery.names-its-endpoints")
def endpoints(answer: Discovery) -> Finding | None:
    """Clients find where to ask for a token here, and nowhere else."""
    return next(filter(None, (_secure(answer, name) for name in _ENDPOINTS)), None)


@rule("contract.discovery.lists-what-is-required")
def lists(answer: Discovery) -> Finding | None:
    """Libraries refuse a document in which a required list is missing."""
    for name in _LISTS:
        value = answer.at(name)
        if not (isinstance(value, list) and value and all(isinstance(i, str) for i in value)):
            return Finding(f"body, {name}", "a list of texts", shown(value))
    return None


@rule("contract.discovery.offers-rs256")
def rs256(answer: Discovery) -> Finding | None:
    """RS256 is what every client can do."""
    value = answer.told(_LISTS[2])
    if not isinstance(value, list) or not value:
        raise NotExercised("the document lists no algorithms")
    if "RS256" in value:
        return None
    return Finding(f"body, {_LISTS[2]}", "RS256 among them", shown(value))


def _secure(answer: Discovery, name: str) -> Finding | None:
    value = answer.told(name)
    parts = urlsplit(value) if isinstance(value, str) else urlsplit("")
    if parts.scheme == "https" and parts.hostname:
        return None
    return Finding(f"body, {name}", "an https URL", shown(value))
