"""Reading the bearer token off a request (P2; RFC 6750, 2.1 and 3.1; Belgif problems)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from proefbank.exchange import Request, Secret

from .operations import query_pairs
from .problems import Problem, malformed_authorization, token_problem

__all__ = ["Bearer", "read_bearer"]

_B64TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*", re.ASCII)
_API_KEY_HEADERS = ("x-api-key", "apikey", "api-key")
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Bearer:
    """Where a token was looked for and what was found."""

    state: str
    """`shown`, `absent`, `malformed` or `elsewhere` (only outside the Authorization header)."""
    token: str | None = None
    problems: tuple[tuple[str, str, Problem], ...] = ()
    """Violation code, detail and answer, in order."""
    secrets: tuple[Secret, ...] = ()


def read_bearer(request: Request) -> Bearer:
    """Return the token a request carries and what is wrong with the way it does."""
    values = request.header_values("authorization")
    outside = _outside(request)
    secrets = tuple(
        Secret("token", text)
        for text in (*(value.partition(" ")[2].strip() for value in values), *outside.values())
        if text
    )
    problems = []
    no_token = token_problem("noAccessToken")
    for place in outside:
        problem = malformed_authorization() if values else no_token
        problems.append((f"token-in-{place}", f"a token is carried in the {place}", problem))
    if not values:
        if outside:
            return Bearer("elsewhere", None, tuple(problems), secrets)
        if any(request.header(name) is not None for name in _API_KEY_HEADERS):
            problems.append(("api-key-sent", "an API key gives no access", no_token))
        problems.append(("token-absent", "there is no Authorization header", no_token))
        return Bearer("absent", None, tuple(problems), secrets)
    scheme, _, rest = values[0].strip().partition(" ")
    if len(values) > 1:
        detail = f"there are {len(values)} Authorization headers"
        problems.append(("authorization-repeated", detail, malformed_authorization()))
    if scheme.lower() != "bearer":
        problems.append(("authorization-not-bearer", "the scheme is not Bearer", no_token))
        return Bearer("malformed", None, tuple(problems), secrets)
    token = rest.strip()
    if not _B64TOKEN.fullmatch(token):
        detail = "what follows Bearer is no single token"
        problems.append(("authorization-malformed", detail, malformed_authorization()))
        return Bearer("malformed", None, tuple(problems), secrets)
    return Bearer("shown", token, tuple(problems), secrets)


def _outside(request: Request) -> dict[str, str]:
    """Return tokens in places RFC 6750 knows but this API does not take."""
    found = {}
    if request.query:
        for name, value in query_pairs(request.query):
            if name == "access_token":
                found["query"] = value
    media = (request.header("content-type") or "").partition(";")[0].strip().lower()
    if media == _FORM:
        for name, value in query_pairs(request.body.decode("latin-1")):
            if name == "access_token":
                found["body"] = value
    return found
