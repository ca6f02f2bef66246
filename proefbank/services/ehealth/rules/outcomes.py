"""Judging what a consumer says of a token: shared by the rules."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from proefbank.verdict import Finding

from ..wire.showings import Verification

__all__ = ["ANY", "KEY", "accepted", "all_accepted", "refused", "trapped", "where"]

ANY = frozenset(
    {"malformed", "invalid_signature", "unknown_key", "forbidden_algorithm", "wrong_kind"}
)
"""Classes for tokens whose header or shape is wrong: libraries differ in what they see first."""
KEY = frozenset({"unknown_key", "invalid_signature"})
"""Classes for tokens of a key that is not trusted any more."""


def where(shown: Verification) -> str:
    """Return how a finding names a token."""
    key = f" of {shown.key}" if shown.key else ""
    return f"outcome of jwt.verify, token {shown.recipe}{key} in {shown.state}"


def refused(
    shown: Verification, takes: AbstractSet[str], *, hint: str = "", lenient: bool = False
) -> Finding | None:
    """Find a token that was not refused, or for another reason than `takes`.

    A consumer that cannot say why gets a warning; so does acceptance where it is `lenient`. An
    API is not to say why (RFC 6750, 3.1 has one error for all of it), so it gets none.
    """
    if led := trapped(shown):
        return led
    if shown.outcome == "rejected" and shown.status is not None:
        return None
    expected = f"rejected, {' or '.join(sorted(takes))}"
    if shown.outcome == "rejected" and shown.reject_class in takes:
        return None
    soft = shown.outcome == "rejected" and shown.reject_class == "unclassified"
    return Finding(
        where(shown),
        expected,
        shown.said,
        hint=hint,
        soft=soft or (lenient and shown.accepted),
        exchange=shown.exchange,
    )


def trapped(shown: Verification) -> Finding | None:
    """Find a request to where a token, an issuer or a redirect would lead the consumer."""
    hits = shown.on("trap")
    if not hits:
        return None
    led_by = str(hits[0].facts.get("led_by") or "something")
    return Finding(
        f"requests while the token {shown.recipe} was verified",
        expected="none to an address that the token or an answer names",
        actual=f"{hits[0].request.method} {hits[0].request.path}, led there by {led_by}",
        hint="take keys from the configured realm's key set and from nowhere else",
        exchange=hits[0].number,
    )


def accepted(shown: Verification, *, hint: str = "") -> Finding | None:
    """Find a token that was not accepted."""
    if shown.accepted:
        return None
    return Finding(where(shown), "accepted", shown.said, hint=hint, exchange=shown.exchange)


def all_accepted(shown: Iterable[Verification], *, hint: str = "") -> Finding | None:
    """Find the first token that was not accepted."""
    found = (accepted(item, hint=hint) for item in shown)
    return next((finding for finding in found if finding is not None), None)
