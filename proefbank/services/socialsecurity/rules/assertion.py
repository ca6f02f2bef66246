"""The claims of the client assertion, one rule for each."""

from __future__ import annotations

import math

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.assertion import ClientAssertion, OtherEnvironmentAssertion
from ..wire.series import RepeatedRequests, TokenRequestSeries

DAY = 86_400.0


@rule("socialsecurity.assertion.iss-is-the-client-id")
def issuer(assertion: ClientAssertion) -> Finding | None:
    """The server looks the account up by it; nobody else may speak for that account."""
    return _names_client(assertion, "iss", "sub")


@rule("socialsecurity.assertion.sub-is-the-client-id")
def subject(assertion: ClientAssertion) -> Finding | None:
    """The subject is who will hold the token, and that is the client itself."""
    return _names_client(assertion, "sub", "iss")


@rule("socialsecurity.account.client-id-is-the-one-shown")
def client_id_as_shown(assertion: ClientAssertion) -> Finding | None:
    """Client ids are opaque: one built from the sender number breaks for new accounts."""
    told = assertion.claims.get("iss")
    if told != assertion.claims.get("sub") or told in assertion.told("other_client_ids"):
        raise DoesNotApply("iss and sub name a known account, or differ from each other")
    if told == assertion.client_id:
        return None
    return Finding(
        "client_assertion, claims iss and sub",
        expected=assertion.client_id,
        actual=str(told),
        hint="use the client id exactly as ChaMan shows it after activation",
    )


@rule("socialsecurity.account.credentials-belong-to-the-environment")
def credentials_of_environment(assertion: OtherEnvironmentAssertion) -> Finding | None:
    """Each environment has its own accounts; the other one's client id is unknown here."""
    told = assertion.claims.get("iss")
    if told != assertion.claims.get("sub") or told not in assertion.told("foreign_client_ids"):
        return None
    return Finding(
        "client_assertion, claims iss and sub", expected=assertion.client_id, actual=str(told)
    )


@rule("socialsecurity.assertion.aud-is-token-url")
def audience(assertion: ClientAssertion) -> Finding | None:
    """An assertion minted for one server must not be of use at another."""
    if assertion.audiences == [assertion.audience]:
        return None
    shown = [str(item) for item in assertion.audiences]
    return Finding(
        "client_assertion, claim aud",
        expected=assertion.audience,
        actual=", ".join(shown) or "absent",
        hint="v3 and v4 used an issuer-like audience; v5 wants the token URL itself",
    )


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


@rule("socialsecurity.assertion.jti-is-present")
def jti_present(assertion: ClientAssertion) -> Finding | None:
    """By its `jti` the server tells a copied assertion from a new one."""
    told = assertion.claims.get("jti")
    if told and isinstance(told, str):
        return None
    actual = f"a {type(told).__name__}" if told else "absent"
    return Finding("client_assertion, claim jti", expected="a unique text", actual=actual)


@rule("socialsecurity.assertion.jti-is-unique")
def jti_unique(series: TokenRequestSeries) -> Finding | None:
    """A server that remembers `jti` values takes the second one for a replay and refuses it."""
    seen = [jti for jti in series.jtis if jti is not None]
    if not seen:
        raise DoesNotApply("the assertions have no jti")
    if len(set(seen)) == len(seen):
        return None
    return Finding(
        "client_assertion, claim jti",
        expected=f"{len(seen)} different values in {len(seen)} requests",
        actual=f"{len(set(seen))} different",
        hint="a random UUID for each assertion will do",
    )


@rule("socialsecurity.assertion.is-fresh-for-each-request")
def fresh(series: RepeatedRequests) -> Finding | None:
    """The server may have seen the first copy though its answer was lost."""
    if len(set(series.jtis)) == 1:
        raise DoesNotApply("the assertions have no jti of their own, which is a requirement apart")
    if not series.repeated:
        return None
    return Finding(
        "client_assertion",
        expected="a new assertion for the next request",
        actual="the same assertion as before the failure",
        exchange=series.repeated[0],
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


def _names_client(assertion: ClientAssertion, claim: str, twin: str) -> Finding | None:
    told, other = assertion.claims.get(claim), assertion.claims.get(twin)
    if told == assertion.client_id or (told is not None and told == other):
        return None
    return Finding(
        f"client_assertion, claim {claim}",
        expected=assertion.client_id,
        actual="absent" if told is None else str(told),
        hint="iss and sub are both the client id that ChaMan shows",
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
