"""Signature policies and commitment types: which are referenced, and how."""

from __future__ import annotations

from collections.abc import Mapping

from proefbank.errors import NotObservable
from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.members import Members, Missing, at, told
from ..wire.sign_start import DescribedStart, SignStart
from .said import posted

REF = "sign_document (start), optInp.itsme.signPolicy.signPolicyRef"
COMMITMENT = "sign_document (start), optInp.itsme.signPolicy.commitmentTypeRef"
GENERIC = "1.3.6.1.4.1.49274.1.1.7."
EXAMPLE = "ITSME_DEFAULT"


@rule("itsme.policy.has-a-reference")
def policy_has_a_reference(start: SignStart) -> Finding | None:
    """A policy that is not named is none."""
    posted(start)
    if start.policy is Missing:
        raise DoesNotApply("no signPolicy was sent, and none is needed")
    value = at(start.policy, "signPolicyRef")
    if isinstance(value, str) and value:
        return None
    return Finding(REF, expected="the reference of a listed policy", actual=told(value))


@rule("itsme.policy.generic-one-when-none-is-asked")
def generic_policy(start: SignStart) -> Finding | None:
    """Signatures under itsme's test policies bind nobody."""
    ref, asked = _ref(start), _asked(start, "sign_policy")
    if not start.call.wishes:
        raise NotObservable("nobody told the bench whether a policy was asked")
    if asked or _listed(start).get(ref) != "ENABLED":
        raise DoesNotApply("a policy was asked, or it is none of the list: judged elsewhere")
    if ref.startswith(GENERIC):
        return None
    expected = f"a generic qualified policy, {GENERIC}…"
    return Finding(REF, expected=expected, actual=ref)


@rule("itsme.policy.is-listed-and-enabled")
def policy_is_listed(start: SignStart) -> Finding | None:
    """Any other reference ends the flow, after the user was identified for nothing."""
    ref = _ref(start)
    if ref == EXAMPLE:
        raise DoesNotApply("it is the name of the example, a requirement of its own")
    status = _listed(start).get(ref)
    if status == "ENABLED":
        return None
    return Finding(
        REF,
        expected="the reference of a policy that is listed and enabled",
        actual=f"{ref}, which is {'not listed' if status is None else status}",
    )


@rule("itsme.policy.is-not-the-name-of-the-example")
def policy_is_no_example(start: SignStart) -> Finding | None:
    """The name stands in one example, and in no list."""
    if _ref(start) != EXAMPLE:
        return None
    return Finding(REF, expected="the reference of a listed policy", actual=EXAMPLE)


@rule("itsme.policy.asked-policy-is-sent")
def asked_policy_is_sent(start: DescribedStart) -> Finding | None:
    """The user was shown the policy that the caller asked, and signs under the one sent."""
    posted(start)
    asked, ref = _asked(start, "sign_policy"), at(start.policy, "signPolicyRef")
    if not asked or not isinstance(start.itsme, Members):
        raise DoesNotApply("no policy was asked, or there is no optInp.itsme to hold it")
    if start.policy is not Missing and (not isinstance(ref, str) or ref not in _listed(start)):
        raise DoesNotApply("it is none of the list, which is a requirement of its own")
    if ref == asked:
        return None
    return Finding(REF, expected=asked, actual=told(ref))


@rule("itsme.policy.commitment-type-is-listed")
def commitment_is_listed(start: DescribedStart) -> Finding | None:
    """The app shows the commitment by its code, in the user's language."""
    posted(start)
    value = at(start.policy, "commitmentTypeRef")
    if value is Missing or value is None:
        raise DoesNotApply("no commitment type was sent")
    listed = start.scenario.get("commitment_types")
    if not isinstance(listed, list | tuple):
        raise NotObservable("nobody told the bench which commitment types are listed")
    if value in listed:
        return None
    return Finding(COMMITMENT, expected="a listed code", actual=told(value))


def _ref(start: SignStart) -> str:
    posted(start)
    ref = at(start.policy, "signPolicyRef") if isinstance(start.policy, Members) else Missing
    if not isinstance(ref, str) or not ref:
        raise DoesNotApply("no policy was referenced")
    return ref


def _listed(start: SignStart) -> Mapping[str, object]:
    listed = start.scenario.get("policies")
    if not isinstance(listed, Mapping):
        raise NotObservable("nobody told the bench which policies are listed")
    return listed


def _asked(start: SignStart, name: str) -> str:
    """Return what the caller asked in the order that the session is for; empty if nothing."""
    return start.wishes.get(name, "")
