"""Collecting everything found against one request, and what the first of it is answered with."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from proefbank.exchange import Violation

__all__ = ["REFUSALS", "Findings", "plain", "printable"]

_LONGEST = 120

INVALID_REQUEST = "invalid_request"
INVALID_CLIENT = "invalid_client"

REFUSALS: Mapping[str, str] = MappingProxyType(
    {
        "endpoint-not-v5": "not_found",
        "method-not-post": INVALID_REQUEST,
        "media-type-missing": INVALID_REQUEST,
        "media-type-repeated": INVALID_REQUEST,
        "media-type-not-form": INVALID_REQUEST,
        "charset-not-utf-8": INVALID_REQUEST,
        "body-not-utf-8": INVALID_REQUEST,
        "body-not-form": INVALID_REQUEST,
        "parameters-in-query": INVALID_REQUEST,
        "parameter-repeated": INVALID_REQUEST,
        "grant-type-missing": INVALID_REQUEST,
        "grant-type-unknown": "unsupported_grant_type",
        "authentication-methods-combined": INVALID_REQUEST,
        "basic-authentication": INVALID_CLIENT,
        "client-secret-used": INVALID_CLIENT,
        "client-authentication-missing": INVALID_CLIENT,
        "assertion-type-missing": INVALID_REQUEST,
        "assertion-type-wrong": INVALID_CLIENT,
        "assertion-missing": INVALID_REQUEST,
        "assertion-not-compact": INVALID_CLIENT,
        "assertion-encrypted": INVALID_CLIENT,
        "assertion-not-base64url": INVALID_CLIENT,
        "header-not-json": INVALID_CLIENT,
        "header-member-repeated": INVALID_CLIENT,
        "claims-not-json": INVALID_CLIENT,
        "claim-repeated": INVALID_CLIENT,
        "crit-unknown": INVALID_CLIENT,
        "alg-missing": INVALID_CLIENT,
        "alg-none": INVALID_CLIENT,
        "alg-symmetric": INVALID_CLIENT,
        "alg-not-accepted": INVALID_CLIENT,
        "sub-missing": INVALID_CLIENT,
        "client-unknown": INVALID_CLIENT,
        "client-of-other-environment": INVALID_CLIENT,
        "client-id-differs": INVALID_CLIENT,
        "no-certificate-registered": INVALID_CLIENT,
        "alg-does-not-fit-key": INVALID_CLIENT,
        "signature-absent": INVALID_CLIENT,
        "signature-not-registered": INVALID_CLIENT,
        "certificate-expired": INVALID_CLIENT,
        "certificate-not-yet-valid": INVALID_CLIENT,
        "iss-missing": INVALID_CLIENT,
        "iss-not-sub": INVALID_CLIENT,
        "aud-missing": INVALID_CLIENT,
        "aud-not-token-url": INVALID_CLIENT,
        "exp-missing": INVALID_CLIENT,
        "exp-not-number": INVALID_CLIENT,
        "exp-not-seconds": INVALID_CLIENT,
        "exp-past": INVALID_CLIENT,
        "exp-too-far": INVALID_CLIENT,
        "lifetime-too-long": INVALID_CLIENT,
        "nbf-not-number": INVALID_CLIENT,
        "nbf-future": INVALID_CLIENT,
        "iat-not-number": INVALID_CLIENT,
        "iat-future": INVALID_CLIENT,
        "jti-missing": INVALID_CLIENT,
        "jti-not-text": INVALID_CLIENT,
        "jti-replayed": INVALID_CLIENT,
        "channel-inactive": INVALID_CLIENT,
        "scope-malformed": "invalid_scope",
        "scope-without-prefix": "invalid_scope",
        "scope-of-other-capacity": "invalid_scope",
        "scope-not-authorised": "invalid_scope",
        "scope-unknown": "invalid_scope",
    }
)
"""Violation of a token request to the error it is refused with (RFC 6749 5.2, RFC 7521 4.2.1).

The order is the order in which the token server looks.
"""


class Findings:
    """Violations in the order they were found, the first one answered; notes refuse nothing."""

    def __init__(self) -> None:
        """Start with nothing found."""
        self.violations: list[Violation] = []
        self.notes: list[str] = []
        self.refusal: Violation | None = None

    def add(self, code: str, detail: str, *, refuse: bool = True) -> None:
        """Write down a violation; with `refuse` it also refuses, unless another did before."""
        violation = Violation(code, detail)
        self.violations.append(violation)
        if refuse and self.refusal is None:
            self.refusal = violation

    def note(self, slug: str) -> None:
        """Write down something worth a remark, no more."""
        if slug not in self.notes:
            self.notes.append(slug)


def printable(value: object) -> str:
    """Return a claim or parameter as a short ASCII text for a detail."""
    try:
        text = value if isinstance(value, str) else repr(value)
    except RecursionError:
        text = f"a {type(value).__name__}"
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return short if short.isascii() and short.isprintable() else ascii(short)[1:-1]


def plain(text: str) -> str:
    """Return `text` in the characters RFC 6749 allows in an error_description."""
    tame = text.replace('"', "'").replace("\\", "/")
    return "".join(char if " " <= char <= "~" else "?" for char in tame)
