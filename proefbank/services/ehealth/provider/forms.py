"""Reading a form, with everything found against it, and the secrets in a request."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from proefbank.exchange import Request, Secret, Violation

from .facts import FORM

__all__ = ["Findings", "Form", "bearer_of", "read_form"]

_MOST_FIELDS = 100
_SECRET_FIELDS = {
    "client_assertion": "assertion",
    "subject_token": "token",
    "token": "token",
    "client_secret": "client-secret",
    "refresh_token": "token",
}


@dataclass(slots=True)
class Findings:
    """Everything found against a request; the first of it decides the answer."""

    found: list[Violation] = field(default_factory=list)

    def add(self, code: str, detail: str) -> None:
        """Write down one thing; `detail` never holds a secret or what the client sent."""
        self.found.append(Violation(code, detail))

    @property
    def first(self) -> str | None:
        """Code of the first finding."""
        return self.found[0].code if self.found else None


@dataclass(frozen=True, slots=True)
class Form:
    """The parameters of a request body."""

    values: dict[str, str]
    secrets: tuple[Secret, ...] = field(repr=False)

    def get(self, name: str) -> str:
        """Return a parameter; an empty one counts as absent and both give an empty text."""
        return self.values.get(name, "")


def read_form(request: Request, findings: Findings) -> Form:
    """Return the form in a request's body, as much as can be read of it."""
    media_type = (request.header("content-type") or "").partition(";")[0].strip().lower()
    if media_type != FORM:
        findings.add("media-type-not-form", f"the body should be {FORM}")
    try:
        pairs = parse_qsl(
            request.body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        findings.add("body-not-form", "the body is no form in UTF-8")
        pairs = []
    values = dict(reversed(pairs))
    if len(values) < len(pairs):
        findings.add("parameter-repeated", "a parameter comes more than once")
    secrets = [
        Secret(_SECRET_FIELDS[name], value) for name, value in pairs if name in _SECRET_FIELDS
    ]
    token = bearer_of(request)
    if token:
        secrets.append(Secret("token", token))
    return Form(values, tuple(secrets))


def bearer_of(request: Request) -> str:
    """Return the bearer token of a request; an empty text if there is none."""
    scheme, _, token = (request.header("authorization") or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
