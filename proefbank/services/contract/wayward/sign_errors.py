"""Signing services that refuse in the wrong way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from proefbank.exchange import Request, Response

from .registry import breaks, members, remade

__all__ = ["TABLE"]

TABLE = (
    # requirement, path, the reason in the table, what is given instead
    ("no-request", "/user_identification", "NO_REQUEST", "UNKNOWN"),
    ("missing-partner-code", "/user_identification", "MISSING_PARTNER_CODE", "INVALID_REQUESTOR"),
    ("missing-service-code", "/user_identification", "MISSING_SERVICE_CODE", "INVALID_REQUESTOR"),
    ("invalid-url", "/user_identification", "INVALID_URL", "UNAUTHORIZED_URL"),
    ("invalid-requestor", "/user_identification", "INVALID_REQUESTOR", "UNKNOWN"),
    ("unauthorized-url", "/user_identification", "UNAUTHORIZED_URL", "INVALID_URL"),
    ("invalid-language", "/user_identification", "INVALID_LANG", "INVALID_LANGUAGE"),
    ("single-hash-only", "/sign_document", "ONLY_SINGLE_HASH_SUPPORTED", "BATCH_TOO_LARGE"),
    ("batch-too-large", "/sign_document", "BATCH_TOO_LARGE", "TECHNICAL_ERROR"),
    ("identification-is-pending", "/user_identification/status", "PENDING", "UNKNOWN"),
    ("certificate-was-rejected", "/user_identification/status", "REJECTED", "EXPIRED"),
    ("certificate-lapsed", "/user_identification/status", "EXPIRED", "REJECTED"),
    (
        "blocked-person-may-not-sign",
        "/user_identification/status",
        "NOT_ALLOWED_TO_SIGN",
        "SIGNATURE_NOT_ALLOWED",
    ),
)


def reason_of(response: Response) -> tuple[str, object]:
    """Return where the reason of a refusal stands, and what it is."""
    told = members(response)
    if "statusReason" in told:
        return "statusReason", told["statusReason"]
    result = told.get("result")
    return "result.min", result.get("min") if isinstance(result, dict) else None


def renamed(reason: str, other: str) -> Callable[[Request, Response], Response]:
    """Return what gives another reason in place of one."""

    def spoil(request: Request, response: Response) -> Response:  # noqa: ARG001
        where, told = reason_of(response)
        return remade(response, {where: other}) if told == reason else response

    spoil.__doc__ = f"Says {other} where the table has {reason}."
    spoil.__name__ = f"{reason.lower().replace('_', '-')}-is-{other.lower().replace('_', '-')}"
    return spoil


for _slug, _path, _reason, _other in TABLE:
    breaks(f"sign-error.{_slug}", "itsme", _path)(renamed(_reason, _other))


@partial(breaks, service="itsme", path="/sign_document")("sign-error.unknown-session-is-a-conflict")
def session_not_found(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Answers 404 about a sign session that there is not."""
    bare = response.status == 409 and not response.body  # noqa: PLR2004
    return replace(response, status=404) if bare else response


@partial(breaks, service="itsme", path="/user_identification")("sign-error.bodies-tell-a-status")
def error_without_status(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Leaves out the status of errors."""
    return remade(response, {"status": None}) if response.status >= 400 else response  # noqa: PLR2004
