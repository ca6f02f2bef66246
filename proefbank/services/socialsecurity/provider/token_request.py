"""Reading a token request off HTTP: method, media type, parameters, means of authentication.

P1 ("Obtaining an access token from social security OAuth server") and RFC 6749, 2.3 and 3.2.
Whatever is wrong is written down, and as much as possible is read all the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from proefbank.exchange import Request, Secret

from .findings import Findings, printable

__all__ = ["ASSERTION_TYPE", "FORM", "GRANT_TYPE", "TokenRequest", "read_token_request"]

FORM = "application/x-www-form-urlencoded"
GRANT_TYPE = "client_credentials"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

_KNOWN = frozenset(
    (
        "grant_type",
        "client_assertion_type",
        "client_assertion",
        "client_id",
        "client_secret",
        "scope",
    )
)
_SECRET = {"client_assertion": "assertion", "client_secret": "client-secret"}
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_MOST_FIELDS = 200

Pairs = list[tuple[str, str]]


@dataclass(slots=True)
class TokenRequest:
    """The parameters of a token request, each with its first non-empty value."""

    parameters: dict[str, str] = field(default_factory=dict)
    basic: bool = False
    """Whether Basic credentials were sent."""
    secrets: list[Secret] = field(default_factory=list)
    """Every assertion and secret that was sent, in whatever place."""

    def get(self, name: str) -> str | None:
        """Return a parameter; one sent without a value counts as left out (RFC 6749 3.2)."""
        return self.parameters.get(name)


def read_token_request(request: Request, findings: Findings) -> TokenRequest:
    """Return what can be read of the request, and write down what is wrong with it."""
    if request.method != "POST":
        findings.add("method-not-post", f"the method is {printable(request.method)}, not POST")
    media = _media_type(request, findings)
    pairs = _body(request.body, media, findings)
    result = TokenRequest()
    names: set[str] = set()
    query = request.query
    if query:
        in_query, _ = _form(query)
        sent = sorted({name for name, _ in in_query} & _KNOWN)
        if sent:
            findings.add("parameters-in-query", f"in the query: {', '.join(sent)}")
        pairs += [pair for pair in in_query if pair[0] in _KNOWN]
    repeated: list[str] = []
    for name, value in pairs:
        if name in names and name not in repeated:
            repeated.append(name)
        names.add(name)
        if name in _SECRET and value:
            result.secrets.append(Secret(_SECRET[name], value))
        if value:
            result.parameters.setdefault(name, value)
    if repeated:
        listed = ", ".join(printable(name) for name in repeated)
        findings.add("parameter-repeated", f"sent more than once: {listed}")
    _grant_type(result, findings)
    result.basic = _basic(request, result, findings)
    _authentication(result, findings)
    return result


def _media_type(request: Request, findings: Findings) -> str:
    values = request.header_values("content-type")
    if not values:
        if request.method == "POST":
            findings.add("media-type-missing", "there is no Content-Type")
        return ""
    if values[0] == FORM and len(values) == 1:
        return FORM
    if len(values) > 1:
        findings.add("media-type-repeated", f"Content-Type is sent {len(values)} times")
    media, *parameters = values[0].split(";")
    media = media.strip().lower()
    if media != FORM:
        findings.add("media-type-not-form", f"Content-Type is {printable(values[0])}, not {FORM}")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        charset = value.strip().strip('"').lower()
        if name.strip().lower() == "charset" and charset not in ("utf-8", "utf8"):
            findings.add("charset-not-utf-8", f"the charset is {printable(charset)}")
    return media


def _body(body: bytes, media: str, findings: Findings) -> Pairs:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        findings.add("body-not-utf-8", "the body is not UTF-8")
        text = body.decode("latin-1")
    if media.endswith("json"):
        return _json_members(text)
    pairs, problem = _form(text)
    if problem:
        findings.add(problem, "the body cannot be decoded as a form in UTF-8")
    elif not text.isascii():
        findings.note("body-unescaped")
    return pairs


def _form(text: str) -> tuple[Pairs, str]:
    problem = "body-not-form" if _LONE_PERCENT.search(text) else ""
    try:
        return parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS
        ), problem
    except UnicodeDecodeError:
        return parse_qsl(text, keep_blank_values=True, errors="replace"), "body-not-utf-8"
    except ValueError:
        return [], "body-not-form"


def _json_members(text: str) -> Pairs:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return []
    members = data.items() if isinstance(data, dict) else ()
    return [(name, value) for name, value in members if isinstance(value, str)]


def _grant_type(request: TokenRequest, findings: Findings) -> None:
    grant_type = request.get("grant_type")
    if grant_type is None:
        findings.add("grant-type-missing", "there is no grant_type")
    elif grant_type != GRANT_TYPE:
        findings.add(
            "grant-type-unknown", f"grant_type is {printable(grant_type)}, not {GRANT_TYPE}"
        )


def _basic(request: Request, result: TokenRequest, findings: Findings) -> bool:
    values = [value.partition(" ") for value in request.header_values("authorization")]
    schemes = [scheme.lower() for scheme, _, _ in values]
    for scheme, _, rest in values:
        if scheme.lower() == "basic" and rest:
            result.secrets.append(Secret("client-secret", rest))
    if any(scheme != "basic" for scheme in schemes):
        findings.note("authorization-header-ignored")
    return "basic" in schemes


def _authentication(request: TokenRequest, findings: Findings) -> None:
    assertion, kind = request.get("client_assertion"), request.get("client_assertion_type")
    secret = request.get("client_secret") is not None
    others = _listed(("Basic credentials", request.basic), ("client_secret", secret))
    if assertion is not None and others:
        findings.add(
            "authentication-methods-combined", f"the assertion comes with {' and '.join(others)}"
        )
    elif request.basic:
        findings.add("basic-authentication", "Basic credentials instead of a client assertion")
    elif secret:
        findings.add("client-secret-used", "client_secret instead of a client assertion")
    elif assertion is None and kind is None:
        findings.add("client-authentication-missing", "the client does not authenticate")
    if assertion is not None and kind is None:
        findings.add("assertion-type-missing", "there is no client_assertion_type")
    if kind is not None and kind != ASSERTION_TYPE:
        findings.add("assertion-type-wrong", f"client_assertion_type is {printable(kind)}")
    if assertion is None and kind is not None:
        findings.add("assertion-missing", "there is no client_assertion")


def _listed(*choices: tuple[str, bool]) -> Sequence[str]:
    return [name for name, chosen in choices if chosen]
