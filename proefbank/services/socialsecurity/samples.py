"""Ordinary API calls that the bench asks a client to make."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from proefbank.errors import NotObservable

from .provider import Profile
from .provider.profile import default_sample

__all__ = ["sample"]

PERSON = "Zoë Müller-Désiré"
"""Obviously made up, and outside ASCII on purpose."""


def sample(
    profile: Profile,
    kind: str,
    facts: Mapping[str, object],
    from_document: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Return `method`, `path` and `body` of a call.

    Kinds: empty (own data), `read`, `principal` and `other-principal` (a mandatary's), `training`
    (a training provider's). With the user's own OpenAPI document, the sample of the profile or,
    failing that, one made from the document is taken for each, with the enterprise number put
    where the profile says it stands.
    """
    own = str(facts.get("enterprise_number", ""))
    number = _whose(kind, facts, own)
    if dict(profile.fla.sample) != default_sample():
        return _users_own(profile, profile.fla.sample, number)
    if profile.fla.openapi is not None:
        return _users_own(profile, from_document or {}, number)
    if kind == "read":
        return {"method": "GET", "path": f"/registrations?enterpriseNumber={own}", "body": None}
    body: dict[str, Any] = {
        "enterpriseNumber": number,
        "reference": "proefbank-sample",
        "title": "Voorbeeldopleiding",
        "participants": [{"reference": PERSON}],
    }
    if kind == "training":
        employer = str(facts.get("mentioned_employer", "0000000196"))
        body["participants"][0]["employerEnterpriseNumber"] = employer
    return {"method": "POST", "path": "/registrations", "body": body}


def _whose(kind: str, facts: Mapping[str, object], own: str) -> str:
    if not kind.endswith("principal"):
        return own
    principals = facts.get("principals")
    place = 1 if kind == "other-principal" else 0
    if not isinstance(principals, list) or len(principals) <= place:
        raise NotObservable(
            "the profile gives the mandatary too few active mandates; one more [[mandates]] "
            "would show it"
        )
    return str(principals[place])


def _users_own(profile: Profile, call: Mapping[str, Any], number: str) -> dict[str, Any]:
    made: dict[str, Any] = copy.deepcopy(dict(call))
    if not made:
        raise NotObservable(
            "the OpenAPI document is the user's own; a [fla.sample] in the profile, with method, "
            "path and body, would show it"
        )
    made.setdefault("body", None)
    for pointer in profile.fla.enterprise_number:
        _put(made["body"], pointer.strip("/").split("/"), number)
    return made


def _put(place: object, steps: list[str], number: str) -> None:
    if isinstance(place, list):
        for item in place:
            _put(item, steps[1:], number)
    elif isinstance(place, dict) and steps and steps[0] in place:
        if len(steps) == 1:
            place[steps[0]] = number
        else:
            _put(place[steps[0]], steps[1:], number)
