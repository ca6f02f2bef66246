"""Realms with a wrong discovery document, a wrong key set, or steps of their own."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from proefbank.exchange import Request, Response

from .registry import breaks, header, members, remade

at_document = partial(breaks, service="ehealth", path="/.well-known/openid-configuration")
at_keys = partial(breaks, service="ehealth", path="/protocol/openid-connect/certs")
ALGORITHMS = "id_token_signing_alg_values_supported"
OVER = 1_770_000_000
"""Epoch seconds well after the renewal in acceptance, whose days are staged."""
_KEPT: list[Any] = []
"""The old key, for the provider that does not let go of it."""


def each(response: Response, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Response:
    """Return a key set with each key changed."""
    found = [change(dict(key)) for key in members(response).get("keys", [])]
    return remade(response, {"keys": found})


def signing(response: Response, **changes: Any) -> Response:
    """Return a key set whose keys to sign with have other members, or not those that are None."""

    def changed(key: dict[str, Any]) -> dict[str, Any]:
        if key.get("use") != "sig":
            return key
        return {name: value for name, value in {**key, **changes}.items() if value is not None}

    return each(response, changed)


def is_now(request: Request) -> bool:
    """Whether the request comes in days of our own, and not in a renewal of the past."""
    return request.received_at > OVER


@at_document("discovery.answered-with-200")
def document_not_authoritative(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Answers 203 where the discovery document is."""
    return replace(response, status=203)


@at_document("discovery.is-json")
def document_as_text(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Says that the discovery document is plain text."""
    return header(response, "Content-Type", "text/plain")


@at_document("discovery.issuer-is-the-realm")
def issuer_with_slash(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Ends the issuer with a slash."""
    return remade(response, {"issuer": f"{members(response).get('issuer')}/"})


@at_document("discovery.names-its-key-set")
def open_key_set(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Names the key set with http."""
    url = str(members(response).get("jwks_uri"))
    return remade(response, {"jwks_uri": url.replace("https:", "http:")})


@at_document("discovery.names-its-endpoints")
def no_token_endpoint(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Leaves out the token endpoint."""
    return remade(response, {"token_endpoint": None})


@at_document("discovery.lists-what-is-required")
def no_subject_types(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Leaves out the types of subjects."""
    return remade(response, {"subject_types_supported": None})


@at_document("discovery.offers-rs256")
def no_rs256(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Does not list RS256."""
    return remade(response, {ALGORITHMS: ["ES256"]})


@at_keys("key-set.answered-with-200")
def keys_accepted(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Answers 202 where the key set is."""
    return replace(response, status=202)


@at_keys("key-set.is-json")
def keys_as_text(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Says that the key set is plain text."""
    return header(response, "Content-Type", "text/plain")


@at_keys("key-set.has-keys")
def keys_and_a_text(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Puts a text between the keys."""
    return remade(response, {"keys": [*members(response).get("keys", []), "one more"]})


@at_keys("key-set.keys-tell-their-type")
def key_without_type(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Publishes one key more, without a type."""
    more = {"kid": "untyped", "use": "sig"}
    return remade(response, {"keys": [*members(response).get("keys", []), more]})


@at_keys("key-set.nothing-private")
def private_exponent(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Publishes a private exponent."""
    return signing(response, d="made-up-on-purpose")


@at_keys("key-set.kids-are-distinct")
def one_kid(request: Request, response: Response) -> Response:
    """Gives all keys one kid."""
    return each(response, lambda key: {**key, "kid": "the-key"}) if is_now(request) else response


@at_keys("key-set.every-key-has-a-kid")
def no_kid(request: Request, response: Response) -> Response:
    """Publishes a key to encrypt with that has no kid."""
    if not is_now(request):
        return response

    def nameless(key: dict[str, Any]) -> dict[str, Any]:
        return {n: v for n, v in key.items() if n != "kid"} if key.get("use") == "enc" else key

    return each(response, nameless)


@at_keys("key-set.use-tells-keys-apart")
def no_use(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Does not tell which keys are to sign with."""
    return signing(response, use=None)


@at_keys("key-set.holds-a-signing-key")
def nothing_to_verify_with(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Says that all keys are to encrypt with."""
    return signing(response, use="enc")


@at_keys("key-set.rsa-keys-are-long-enough")
def short_key(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Publishes an RSA key of 1024 bits."""
    number = base64.urlsafe_b64encode(b"\xff" * 128).rstrip(b"=").decode()
    more = {"kid": "short", "kty": "RSA", "use": "sig", "alg": "RS256", "n": number, "e": "AQAB"}
    return remade(response, {"keys": [*members(response).get("keys", []), more]})


@at_keys("key-set.numbers-are-base64url")
def padded_numbers(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Pads the numbers of its keys."""
    return each(response, lambda key: {**key, "n": f"{key.get('n')}=="})


@at_keys("key-set.certificate-holds-the-key")
def other_certificate(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Puts another key's certificate beside each key, with its thumbprints."""
    keys = members(response).get("keys", [])
    names = ("x5c", "x5t", "x5t#S256")
    turned = [
        {**key, **{name: other[name] for name in names if name in other}}
        for key, other in zip(keys, [*keys[1:], *keys[:1]], strict=True)
    ]
    return remade(response, {"keys": turned})


@at_keys("key-set.thumbprints-are-the-certificates")
def other_thumbprint(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Tells a thumbprint that is no certificate's."""
    return each(response, lambda key: {**key, "x5t#S256": "A" * 43})


@at_keys("key-steps.step-1-publishes-the-new-key")
def new_key_too_late(request: Request, response: Response) -> Response:
    """Does not add the new key before it signs."""
    return _without(request, response, "NEW", state="S1")


@at_keys("key-steps.step-2-keeps-both-keys")
def old_key_too_early(request: Request, response: Response) -> Response:
    """Removes the old key as soon as the new one signs."""
    return _without(request, response, "OLD", state="S2")


@at_keys("key-steps.step-3-removes-the-old-key")
def old_key_for_ever(request: Request, response: Response) -> Response:
    """Goes on publishing the old key."""
    if is_now(request):
        return response
    keys = members(response).get("keys", [])
    if old := [key for key in keys if key.get("kid") == kid_of(response, "OLD")]:
        _KEPT[:] = old
        return response
    return remade(response, {"keys": [*keys, *_KEPT]})


def kid_of(response: Response, name: str) -> str | None:
    """Return the kid of the key with this name, if it is published."""
    facts = response.trail.facts
    order, kids = facts.get("order"), facts.get("kids")
    if not (isinstance(order, list) and isinstance(kids, list) and name in order):
        return None
    return str(kids[order.index(name)])


def _without(request: Request, response: Response, name: str, *, state: str) -> Response:
    if is_now(request) or response.trail.facts.get("state") != state:
        return response
    kid = kid_of(response, name)
    left = [key for key in members(response).get("keys", []) if key.get("kid") != kid]
    return remade(response, {"keys": left})
