"""Orders at the edge of what itsme takes: brought within, or refused before they are sent."""

from __future__ import annotations

from collections.abc import Callable

from proefbank.judge import DoesNotApply, NotExercised, rule
from proefbank.verdict import Finding

from ..wire.bounds import Bounded, OddLanguage, PolicyOfTheDay, SeventyDocuments, TooManyDocuments
from ..wire.members import at, told
from ..wire.sign_start import SignStart
from .identification import language_is_supported
from .sign_start import at_most_seventy_hashes

__all__ = ["bounded", "refused_beforehand"]


def bounded(order: Bounded, judge: Callable[[SignStart], Finding | None]) -> Finding | None:
    """Judge each start of a sign session; without one, how the order was refused."""
    for start in order.starts:
        try:
            finding = judge(start)
        except DoesNotApply:
            continue
        if finding is not None:
            return finding
    return None if order.starts else refused_beforehand(order)


def refused_beforehand(order: Bounded) -> Finding | None:
    """Find an order that was refused for another reason than that it cannot be sent."""
    refusal = order.refusal
    if refusal is None:
        raise NotExercised("the order was accepted, and nothing came of it on the wire")
    if (refusal.outcome, refusal.reject_class) == ("rejected", "malformed"):
        return None
    expected = "rejected, malformed; or accepted, and brought within the limits"
    where = f"outcome of {refusal.op}"
    if refusal.outcome == "rejected":
        soft = refusal.reject_class == "unclassified"
        actual = f"rejected, {refusal.reject_class}"
        return Finding(where, expected=expected, actual=actual, soft=soft)
    why = (refusal.detail.strip().splitlines() or [""])[-1]
    return Finding(where, expected=expected, actual=f"{refusal.outcome}: {why}")


@rule("itsme.sign-start.at-most-seventy-hashes")
def too_many_documents(order: TooManyDocuments) -> Finding | None:
    """The user would have been identified for nothing."""
    return bounded(order, at_most_seventy_hashes)


@rule("itsme.sign-start.seventy-hashes-are-not-refused")
def seventy_documents(order: SeventyDocuments) -> Finding | None:
    """Seventy is allowed: a limit that is off by one costs a whole second round."""
    return _accepted(order, "seventy documents")


@rule("itsme.discovery.newly-listed-codes-work")
def policy_of_the_day(order: PolicyOfTheDay) -> Finding | None:
    """Lists change on itsme's side; a client with a list of its own has to be released anew."""
    if finding := _accepted(order, "a policy that is listed since today"):
        return finding
    wanted = order.calls[0].args.get("sign_policy")
    for start in order.starts:
        ref = at(start.policy, "signPolicyRef")
        listed = start.scenario.get("policies")
        if ref == wanted or not isinstance(listed, dict) or ref not in listed:
            continue  # another reference than a listed one is judged elsewhere
        return Finding(
            "sign_document (start), optInp.itsme.signPolicy.signPolicyRef",
            expected=str(wanted),
            actual=told(ref),
        )
    return None


@rule("itsme.identification.language-is-supported")
def odd_language(order: OddLanguage) -> Finding | None:
    """One that itsme lacks is replaced or refused before the user is sent anywhere."""
    for request in order.identifications:
        if finding := language_is_supported(request):
            return finding
    return None if order.identifications else refused_beforehand(order)


def _accepted(order: Bounded, what: str) -> Finding | None:
    refusal = order.refusal
    if refusal is None:
        return None
    told_why = refusal.reject_class or (refusal.detail.strip().splitlines() or [""])[-1]
    return Finding(
        f"outcome of {refusal.op} with {what}",
        expected="accepted",
        actual=f"{refusal.outcome}, {told_why}",
    )
