"""The times that the client assertion tells: its end, its age, and in which unit."""

from __future__ import annotations

import math

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.assertion import ClientAssertion

DAY = 86_400.0


@rule("socialsecurity.assertion.exp-is-present")
def expiry_present(assertion: ClientAssertion) -> Finding | None:
    """Without an end, a copied assertion would work for ever."""
    if "exp" in assertion.claims:
        return None
    return Finding(
        "client_assertion, claim exp", expected="an end at most 10 minutes ahead", actual="absent"
    )


@rule("socialsecurity.assertion.lifetime-at-most-10-minutes")
def lifetime(assertion: ClientAssertion) -> Finding | None:
    """A stolen assertion is a password until it expires; the document allows ten minutes."""
    exp = _in_seconds(assertion)
    ahead = exp - assertion.received_at
    most = assertion.number("max_lifetime_s", 600.0)
    if ahead <= most + assertion.number("grace_s", 30.0):
        return None
    return Finding(
        "client_assertion, claim exp",
        expected=f"at most {most:.0f} s after its receipt",
        actual=f"about {_rounded(ahead)} s after its receipt",
        hint="give the assertion five minutes; it is only used once anyway",
    )


@rule("socialsecurity.assertion.exp-lies-ahead")
def expiry_ahead(assertion: ClientAssertion) -> Finding | None:
    """An assertion that has ended when it arrives cannot authenticate anyone."""
    ahead = _in_seconds(assertion) - assertion.received_at
    if ahead > -assertion.number("grace_s", 30.0):
        return None
    return Finding(
        "client_assertion, claim exp",
        expected="later than its receipt",
        actual=f"about {_rounded(-ahead)} s before its receipt",
        hint="make a new assertion for each request, and check the machine's clock",
    )


@rule("socialsecurity.assertion.exp-is-in-seconds")
def expiry_in_seconds(assertion: ClientAssertion) -> Finding | None:
    """A NumericDate counts seconds (RFC 7519, 2); milliseconds land in the distant future."""
    if "exp" not in assertion.claims:
        raise DoesNotApply("there is no exp")
    exp = assertion.instant("exp")
    if exp is None:
        kind = type(assertion.claims["exp"]).__name__
        return Finding("client_assertion, claim exp", expected="a number", actual=f"a {kind}")
    if not _in_milliseconds(assertion, exp):
        return None
    return Finding(
        "client_assertion, claim exp", expected="seconds since 1970", actual="milliseconds"
    )


@rule("socialsecurity.assertion.nbf-not-in-the-future")
def not_before(assertion: ClientAssertion) -> Finding | None:
    """A server must refuse an assertion before its `nbf` (RFC 7523, 3)."""
    return _not_ahead(assertion, "nbf")


@rule("socialsecurity.assertion.iat-not-in-the-future")
def issued_at(assertion: ClientAssertion) -> Finding | None:
    """An assertion from the future shows that one of the clocks is wrong."""
    return _not_ahead(assertion, "iat")


@rule("socialsecurity.assertion.span-at-most-10-minutes")
def span(assertion: ClientAssertion) -> Finding | None:
    """Back-dating `iat` does not make an assertion younger."""
    exp, iat = _in_seconds(assertion), assertion.instant("iat")
    most = assertion.number("max_lifetime_s", 600.0)
    grace = assertion.number("grace_s", 30.0)
    if iat is None:
        raise DoesNotApply("there is no iat")
    if exp - assertion.received_at > most + grace:
        raise DoesNotApply("the lifetime itself is too long, which is a requirement of its own")
    if exp - iat <= most + grace:
        return None
    return Finding(
        "client_assertion, claims iat and exp",
        expected=f"at most {most:.0f} s apart",
        actual=f"{_rounded(exp - iat)} s apart",
    )


def _in_milliseconds(assertion: ClientAssertion, exp: float) -> bool:
    return abs(exp / 1000 - assertion.received_at) < DAY


def _in_seconds(assertion: ClientAssertion) -> float:
    exp = assertion.instant("exp")
    if exp is None or _in_milliseconds(assertion, exp):
        raise DoesNotApply("exp is missing or not in seconds, which is a requirement of its own")
    return exp


def _not_ahead(assertion: ClientAssertion, claim: str) -> Finding | None:
    told = assertion.instant(claim)
    if told is None:
        raise DoesNotApply(f"there is no {claim}")
    ahead = told - assertion.received_at
    if ahead <= assertion.number("skew_s", 60.0):
        return None
    return Finding(
        f"client_assertion, claim {claim}",
        expected="not later than its receipt",
        actual=f"about {_rounded(ahead)} s later",
    )


def _rounded(seconds: float) -> int:
    """Round to tens, so that two runs tell the same story."""
    return math.floor(seconds / 10 + 0.5) * 10
