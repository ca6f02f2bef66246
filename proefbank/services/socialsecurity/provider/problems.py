"""Belgif problems (RFC 9457): the kinds this API answers with, in the shapes the guide shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from proefbank.exchange import Headers, Response

from .answers import json_response
from .operations import Issue

__all__ = [
    "BELGIF",
    "PROBLEM_JSON",
    "Problem",
    "bad_request",
    "missing_permission",
    "missing_scope",
    "not_found",
    "token_problem",
    "unavailable",
]

PROBLEM_JSON = "application/problem+json"
BELGIF = "urn:problem-type:belgif:"
_HREF = "https://www.belgif.be/specification/rest/api-guide/problems/{}.html"
_REALM = 'Bearer realm="federalLearningAccount"'
_ISSUE_TITLES = {
    "schemaViolation": "Input value is invalid with respect to the schema",
    "unknownInput": "Unknown input",
    "invalidInput": "Invalid input",
    "referencedResourceNotFound": "Referenced resource not found",
}

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of refusal, ready to be sent."""

    kind: str
    """Last part of the type, e.g. `missingPermission`; empty for a bare status."""
    status: int
    title: str = ""
    detail: str = ""
    headers: Headers = ()
    members: Mapping[str, Any] = field(default_factory=lambda: NOTHING)

    @property
    def type(self) -> str | None:
        """The type URN, or None for an answer without a body."""
        return BELGIF + self.kind if self.kind else None

    def response(self, instance: str) -> Response:
        """Return the answer; `instance` is a UUID."""
        if not self.kind:
            return Response(self.status, self.headers)
        body = {
            "type": self.type,
            "href": _HREF.format(self.kind),
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": f"urn:uuid:{instance}",
            **self.members,
        }
        return json_response(self.status, body, self.headers, media_type=PROBLEM_JSON)


def token_problem(kind: str) -> Problem:
    """Return the 401 for `noAccessToken`, `invalidAccessToken` or `expiredAccessToken`."""
    if kind == "noAccessToken":
        title, detail, error = "No Access Token", "No access token was found", ""
    elif kind == "expiredAccessToken":
        title, detail, error = "Expired Access Token", "The access token expired", "invalid_token"
    else:
        title, detail = "Invalid Access Token", "The access token is invalid"
        error = "invalid_token"
    challenge = f'{_REALM}, error="{error}", error_description="{detail}"' if error else _REALM
    return Problem(kind, 401, title, detail, (("WWW-Authenticate", challenge),))


def missing_scope(required: Sequence[str]) -> Problem:
    """Return the 403 for a token that lacks a scope."""
    challenge = (
        f'{_REALM}, error="insufficient_scope", error_description="Missing scope", '
        f'scope="{" ".join(required)}"'
    )
    return Problem(
        "missingScope",
        403,
        "Missing Scope",
        "The access token lacks a required scope",
        (("WWW-Authenticate", challenge),),
        {"requiredScopes": list(required)},
    )


def missing_permission(detail: str) -> Problem:
    """Return the 403 for a sender who may not send for this enterprise."""
    return Problem("missingPermission", 403, "Missing Permission", detail)


def not_found(name: str, *, detail: str = "No such resource") -> Problem:
    """Return the 404, with the issue about the part of the path that leads nowhere."""
    issue = issue_member(Issue("referencedResourceNotFound", "path", name, detail))
    return Problem("resourceNotFound", 404, "Resource Not Found", detail, (), {"issues": [issue]})


def bad_request(issues: Sequence[Issue], *, headers: Headers = ()) -> Problem:
    """Return the 400 with its issues."""
    return Problem(
        "badRequest",
        400,
        "Bad Request",
        "The input message is incorrect",
        headers,
        {"issues": [issue_member(issue) for issue in issues]},
    )


def malformed_authorization() -> Problem:
    """Return the 400 for an Authorization header that cannot be read (RFC 6750 3.1)."""
    issue = Issue("schemaViolation", "header", "Authorization", "one Bearer token is expected")
    challenge = f'{_REALM}, error="invalid_request"'
    return bad_request([issue], headers=(("WWW-Authenticate", challenge),))


def unavailable(status: int, seconds: int, headers: Headers) -> Problem:
    """Return the 429 or 503; `headers` carries Retry-After, if it is to be sent."""
    members = {"retryAfterSec": seconds}
    if status == 429:  # noqa: PLR2004 - too many requests
        return Problem(
            "tooManyRequests", status, "Too Many Requests", "Slow down", headers, members
        )
    return Problem(
        "serviceUnavailable", status, "Service Unavailable", "Try again later", headers, members
    )


def issue_member(issue: Issue) -> dict[str, Any]:
    """Return one issue as the guide writes it."""
    return {
        "type": f"{BELGIF}input-validation:{issue.kind}",
        "title": _ISSUE_TITLES[issue.kind],
        "detail": issue.detail,
        "in": issue.place,
        "name": issue.name,
    }
