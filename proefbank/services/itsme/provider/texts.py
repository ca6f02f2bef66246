"""The free texts of a start request: which languages, which characters, how many of them.

Descriptions are ISO 8859-15 (appendix), signer roles ISO-8859-1 (section 7). The repertoire is
meant, not the encoding of the JSON: curly apostrophes and long dashes are in neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .call import Call
from .discovery import DOCUMENT_DEFAULT, Offer
from .facts import DESCRIPTION_LIMIT, LANGUAGES, ROLE_LIMIT, SWAGGER_TEXT_LIMIT
from .reasons import Refusal
from .sessions import Texts

__all__ = ["read_texts"]

_INCOMPLETE = Refusal(400, "INCOMPLETE_REQUEST")
_REFUSED_TEXT = Refusal(400, "TECHNICAL_ERROR")
"""For lengths and characters no reason is documented: "you will receive an error message"."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a free text may be."""

    name: str
    limit: int
    charset: str
    other_charset: str
    every_language: bool


_DESCRIPTION = _Kind("description", DESCRIPTION_LIMIT, "iso8859-15", "latin-1", True)  # noqa: FBT003
_ROLE = _Kind("role", ROLE_LIMIT, "latin-1", "iso8859-15", False)  # noqa: FBT003


def read_texts(call: Call, itsme: dict[str, Any], offer: Offer) -> Texts:
    """Read description, policy, commitment type and role from `optInp.itsme`."""
    description = _labels(call, itsme.get("description"), _DESCRIPTION)
    policy = itsme.get("signPolicy")
    if policy is None:
        return Texts(description)
    if not isinstance(policy, dict):
        call.add("policy-no-object", "signPolicy is no object", _INCOMPLETE)
        return Texts(description)
    role = _labels(call, policy.get("signerRole"), _ROLE)
    ref = _policy(call, policy.get("signPolicyRef"), offer)
    return Texts(description, role, _commitment(call, policy, offer), ref)


def _labels(call: Call, given: object, kind: _Kind) -> dict[str, str]:
    """Read a list of texts by language."""
    if given is None:
        return {}
    if not isinstance(given, list) or not all(_is_label(one) for one in given):
        message = f"the {kind.name} is no list of objects with the texts lang and value"
        call.add(f"{kind.name}-no-list", message, _INCOMPLETE)
        return {}
    labels = {one["lang"].upper(): one["value"] for one in given}
    if labels.keys() - set(LANGUAGES):
        message = f"the {kind.name} is in a language that is not supported"
        call.add(f"{kind.name}-language-unknown", message, Refusal(400, "INVALID_LANG"))
    if len(labels) < len(given):
        message = f"the {kind.name} has two texts in one language"
        call.add(f"{kind.name}-language-twice", message, Refusal(400, "INVALID_LANG"))
    if set(LANGUAGES) - labels.keys():
        if kind.every_language:
            message = f"the {kind.name} is not there in all four languages"
            call.add(f"{kind.name}-language-missing", message, _INCOMPLETE)
        else:
            call.note(f"{kind.name}-language-missing")
    _check_texts(call, list(labels.values()), kind)
    return {lang: text for lang, text in labels.items() if lang in LANGUAGES}


def _is_label(given: object) -> bool:
    if not isinstance(given, dict):
        return False
    lang, value = given.get("lang"), given.get("value")
    return isinstance(lang, str) and isinstance(value, str) and bool(value)


def _check_texts(call: Call, texts: list[str], kind: _Kind) -> None:
    limit = min(kind.limit, SWAGGER_TEXT_LIMIT) if call.dialect == "swagger" else kind.limit
    if any(len(text) > limit for text in texts):
        message = f"the {kind.name} has more than {limit} characters"
        call.add(f"{kind.name}-too-long", message, _REFUSED_TEXT)
    elif any(len(text) > SWAGGER_TEXT_LIMIT for text in texts):
        call.note(f"{kind.name}-longer-than-50")
    if not all(_fits(text, kind.charset) for text in texts):
        message = f"the {kind.name} has characters that are not in {kind.charset}"
        call.add(f"{kind.name}-characters", message, _REFUSED_TEXT)
    elif not all(_fits(text, kind.other_charset) for text in texts):
        call.note(f"{kind.name}-not-in-{kind.other_charset}")


def _fits(text: str, charset: str) -> bool:
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def _policy(call: Call, ref: object, offer: Offer) -> str | None:
    if ref in (None, ""):
        call.add("policy-ref-missing", "signPolicy has no signPolicyRef", _INCOMPLETE)
        return None
    if ref == DOCUMENT_DEFAULT:
        call.note("policy-of-the-example")
        return None
    policy = offer.policy(ref)
    if policy is None:
        refusal = Refusal(400, "INVALID_POLICY")
        call.add("policy-unknown", "signPolicyRef is not in the configuration", refusal)
        return None
    if not policy.enabled:
        refusal = Refusal(400, "INVALID_POLICY_STATUS")
        call.add("policy-disabled", "signPolicyRef is listed as DISABLED", refusal)
    return policy.ref


def _commitment(call: Call, policy: dict[str, Any], offer: Offer) -> str | None:
    ref = policy.get("commitmentTypeRef")
    if ref is None:
        return None
    if isinstance(ref, str) and ref in offer.commitments:
        return ref
    call.note("commitment-unknown")  # it SHOULD be a listed one, so nothing refuses others
    return None
