"""The shape and the signature of the client assertion."""

from __future__ import annotations

from proefbank.judge import DoesNotApply, rule
from proefbank.redaction import parse_hole
from proefbank.verdict import Finding

from ..wire.assertion import ClientAssertion
from ..wire.token_request import TokenRequest

FITTING = {"EC P-384": "ES384", "EC P-521": "ES512"}
PARTS = {"1": "one", "2": "two", "4": "four", "5": "five"}
"""In words: two parts have no signature and five are encrypted, which are other defects."""
NO_SIGNATURE = ("none", "")


@rule("socialsecurity.assertion.is-compact-signed-jwt")
def compact(request: TokenRequest) -> Finding | None:
    """Three parts in base64url without padding are the one form that every server reads."""
    raw = request.one("client_assertion")
    if not raw:
        raise DoesNotApply("there is no client_assertion, which is a requirement of its own")
    if raw.count("<redacted:") > 1:
        raise DoesNotApply("there are several assertions, which is a requirement of its own")
    hole = parse_hole(raw)
    if hole is None or not hole.header:
        return Finding("client_assertion", expected="a JWT", actual="something else")
    if hole.attributes.get("parts") != "3":
        count = hole.attributes.get("parts", "")
        actual = f"{PARTS.get(count, count)} parts"
        return Finding("client_assertion", expected="three parts", actual=actual)
    if hole.attributes.get("alphabet") == "base64url":
        return None
    told = {"padded": "base64url with padding", "base64": "plain base64"}
    return Finding(
        "client_assertion",
        expected="base64url without padding",
        actual=told.get(hole.attributes.get("alphabet", ""), "something else"),
    )


@rule("socialsecurity.assertion.is-signed")
def signed(assertion: ClientAssertion) -> Finding | None:
    """An unsigned assertion proves nothing: anybody could have written it."""
    if assertion.algorithm.lower() not in NO_SIGNATURE:
        return None
    return Finding(
        "client_assertion, header alg", expected="RS256", actual=assertion.algorithm or "absent"
    )


@rule("socialsecurity.assertion.signature-is-asymmetric")
def asymmetric(assertion: ClientAssertion) -> Finding | None:
    """The server holds a certificate and no shared secret; a public key is no secret either."""
    if _kind(assertion) == "none":
        raise DoesNotApply("the assertion is not signed, which is a requirement of its own")
    if not assertion.algorithm.startswith("HS"):
        return None
    return Finding("client_assertion, header alg", expected="RS256", actual=assertion.algorithm)


@rule("socialsecurity.assertion.alg-fits-the-key")
def fits_key(assertion: ClientAssertion) -> Finding | None:
    """Each curve has exactly one algorithm (RFC 7518, 3.4), and RSA keys have their own."""
    if _kind(assertion) != "asymmetric":
        raise DoesNotApply("the assertion is not signed with a private key")
    if _fits(assertion):
        return None
    return Finding(
        "client_assertion, header alg",
        expected=FITTING.get(assertion.key_kind, "RS256"),
        actual=f"{assertion.algorithm} for a registered key of kind {assertion.key_kind}",
    )


@rule("socialsecurity.assertion.alg-is-rs256-for-rsa-keys")
def documented_algorithm(assertion: ClientAssertion) -> Finding | None:
    """RS256 is the one that the document shows; whether others work there is not told."""
    if _kind(assertion) != "asymmetric" or not _fits(assertion):
        raise DoesNotApply("the algorithm is judged by other requirements")
    if not assertion.key_kind.startswith("RSA"):
        raise DoesNotApply("the registered key is no RSA key")
    if assertion.algorithm == "RS256":
        return None
    return Finding("client_assertion, header alg", expected="RS256", actual=assertion.algorithm)


@rule("socialsecurity.assertion.signature-fits-a-registered-certificate")
def registered_key(assertion: ClientAssertion) -> Finding | None:
    """The certificate uploaded in ChaMan is how the server knows the key."""
    if _kind(assertion) != "asymmetric" or not _fits(assertion):
        raise DoesNotApply("the algorithm is judged by other requirements")
    if assertion.signature == "registered":
        return None
    hole = parse_hole(assertion.raw)
    unseen = assertion.signature == "absent" and hole and hole.attributes.get("signature") != "0"
    if unseen or assertion.raw.count("<redacted:") > 1:
        raise DoesNotApply("the server found no single assertion, a requirement of its own")
    told = {
        "expired-certificate": "the key of a certificate that has expired",
        "unregistered-key": "a key whose certificate the account does not hold",
        "absent": "no signature",
    }
    return Finding(
        "client_assertion, signature",
        expected=f"a key registered for {assertion.client_id}",
        actual=told.get(assertion.signature, assertion.signature),
        hint="upload the new certificate in ChaMan before switching keys",
    )


def _kind(assertion: ClientAssertion) -> str:
    if assertion.algorithm.lower() in NO_SIGNATURE:
        return "none"
    return "symmetric" if assertion.algorithm.startswith("HS") else "asymmetric"


def _fits(assertion: ClientAssertion) -> bool:
    if assertion.key_kind.startswith("RSA"):
        return assertion.algorithm[:2] in ("RS", "PS")
    return assertion.algorithm == FITTING.get(assertion.key_kind, assertion.algorithm)
