"""Whom the client assertion names, and what tells it from every other one."""

from __future__ import annotations

from proefbank.errors import NotObservable
from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.assertion import ClientAssertion, OtherEnvironmentAssertion
from ..wire.series import RepeatedRequests, TokenRequestSeries

THROUGH = (
    "the assertion is addressed to an environment that was reached through another host, and what "
    "stands behind that host the recording does not tell; one in front of the environment's own "
    "host would show it"
)


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
    if not assertion.audience:
        raise NotObservable(THROUGH)
    shown = [str(item) for item in assertion.audiences]
    return Finding(
        "client_assertion, claim aud",
        expected=assertion.audience,
        actual=", ".join(shown) or "absent",
        hint="v3 and v4 used an issuer-like audience; v5 wants the token URL itself",
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
    told = zip(series.issuers, series.jtis, strict=True)
    seen = [(issuer, jti) for issuer, jti in told if jti is not None]
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
