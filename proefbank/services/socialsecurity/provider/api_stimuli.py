"""How each stimulus of the layer `api` shapes the API's answer."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from email.utils import formatdate
from typing import Any

from proefbank.arming import Armed
from proefbank.exchange import Headers, Response

from .answers import html, json_bytes, json_response, redirect, whole_seconds, with_retry
from .operations import Issue
from .problems import (
    Problem,
    bad_request,
    missing_permission,
    missing_scope,
    not_found,
    token_problem,
    unavailable,
)

__all__ = ["EARLY", "ENDS_TOKEN", "replacement_problem", "replacement_response", "shaped_success"]

EARLY = ("api-revoke-early", "api-strict-accept")
"""Stimuli that work before a call is judged."""

ENDS_TOKEN = {"expiredAccessToken": "expired", "invalidAccessToken": "revoked"}
"""Problems after which the presented token is what the problem says."""

_ISSUE = Issue("schemaViolation", "body", "reference", "refused on purpose by the bench")
_TRUNCATED = 3
_PLAIN_TEXT: Headers = (("Content-Type", "text/plain; charset=utf-8"),)

_OTHER_WORDS = {
    "expiredAccessToken": ("Sessie voorbij", "Uw sleutel is niet meer geldig, haal een nieuwe."),
    "invalidAccessToken": ("Sleutel geweigerd", "Deze sleutel kennen wij niet."),
    "noAccessToken": ("Niet aangemeld", "Wij vonden geen sleutel in uw vraag."),
    "missingScope": ("Bereik te klein", "Uw sleutel opent deze deur niet."),
    "missingPermission": ("Geen toelating", "U mag dit niet voor deze onderneming."),
    "badRequest": ("Foute vraag", "Er staat iets verkeerds in uw bericht."),
    "resourceNotFound": ("Onvindbaar", "Wat u zoekt bestaat niet."),
    "tooManyRequests": ("Te vlug", "Wacht even voor u verdergaat."),
    "serviceUnavailable": ("Even weg", "De dienst ligt stil, kom later terug."),
}


def _problem(kind: str, scopes: Sequence[str], params: Mapping[str, Any]) -> Problem:
    """Return a problem of that kind as the API would send it."""
    if kind in ("tooManyRequests", "serviceUnavailable"):
        status = 429 if kind == "tooManyRequests" else 503
        waiting = {"seconds": 2, **params}
        return unavailable(status, whole_seconds(waiting), with_retry(waiting))
    if kind == "missingScope":
        return missing_scope(scopes)
    simple: dict[str, Callable[[], Problem]] = {
        "missingPermission": lambda: missing_permission("Refused on purpose by the bench"),
        "badRequest": lambda: bad_request([_ISSUE]),
        "resourceNotFound": lambda: not_found("registrationId"),
    }
    return simple[kind]() if kind in simple else token_problem(kind)


_KINDS = {
    "api-expired-token": "expiredAccessToken",
    "api-invalid-token": "invalidAccessToken",
    "api-no-token": "noAccessToken",
    "api-missing-scope-403": "missingScope",
    "api-missing-permission-403": "missingPermission",
    "api-bad-request-400": "badRequest",
    "api-not-found-404": "resourceNotFound",
    "api-429-retry-after": "tooManyRequests",
    "api-503-retry-after": "serviceUnavailable",
}


def replacement_problem(armed: Armed, scopes: Sequence[str], now: float) -> Problem | None:
    """Return the problem a stimulus answers with at `now`, or None if it does something else."""
    name, params = armed.stimulus.name, armed.params
    if name in _KINDS:
        return _problem(_KINDS[name], scopes, params)
    if name == "api-changed-texts":
        kind = params["problem"]
        title, detail = _OTHER_WORDS[kind]
        return replace(_problem(kind, scopes, params), title=title, detail=detail)
    if name.startswith("api-429-"):
        seconds = whole_seconds(params)
        date = formatdate(now + seconds, usegmt=True)
        headers = (("Retry-After", date),) if name.endswith("-date") else ()
        return unavailable(429, seconds, headers)
    problem = bad_request([_ISSUE])
    if name == "api-problem-extra-members":
        more = {"supportCode": "P-17", "timestamps": [{"seen": None}], "retry": {"ever": False}}
        return replace(problem, members={**problem.members, **more})
    if name == "api-bad-request-400-old-shape":
        invalid = {"in": "body", "name": _ISSUE.name, "reason": _ISSUE.detail, "value": ""}
        return replace(problem, members={"invalidParams": [invalid]})
    return None


def replacement_response(armed: Armed, *, elsewhere: str | None, target: str) -> Response | None:
    """Return the answer that is no problem, or None when the stimulus only shapes one."""
    params = armed.params
    if armed.stimulus.name == "api-redirect-elsewhere":
        return redirect(params, elsewhere, target)
    plain: dict[str, Callable[[], Response]] = {
        "api-html-502": lambda: html(params["status"], "Bad gateway", "No answer came."),
        "api-plain-500": lambda: Response(500, _PLAIN_TEXT, b"Internal error\n"),
        "api-json-error-not-problem": lambda: json_response(
            params["status"], {"code": 17, "message": "Rejected", "data": []}
        ),
        "api-reset": lambda: Response(500),
    }
    make = plain.get(armed.stimulus.name)
    return make() if make else None


def shaped_success(armed: Armed, response: Response, rng: random.Random) -> Response:
    """Return a success with members nobody defined, with its JSON cut short, or without any."""
    if armed.stimulus.name == "api-empty-body":
        return replace(response, body=b"")
    if armed.stimulus.name == "api-truncated-json":
        return replace(response, body=response.body[:-_TRUNCATED] if response.body else b'{"x')
    if armed.stimulus.name != "api-extra-members":
        return response
    try:
        data = json.loads(response.body)
    except ValueError:
        return response
    if not isinstance(data, dict):
        return response
    extra = {
        f"x{rng.randrange(10**6):06d}": {"nested": [None, 1]},
        "links": [],
        "veldVanMorgen": True,
    }
    return replace(response, body=json_bytes({**data, **extra}))
