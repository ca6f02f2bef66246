"""Every reason for a refusal: where it is documented, and under which HTTP status.

The appendix lists status and `statusReason` together, and only together they have a meaning:
`UNEXPECTED_ERROR` stands under 400 and under 409. Names that only the publisher's swagger has
are used where the document has none for a situation; no client is judged by them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .facts import MAJ_REQUESTER, MAJ_RESPONDER

__all__ = ["DOCUMENTED", "FINAL", "SWAGGER_ONLY", "Reason", "Refusal", "slug"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One row of the appendix."""

    status: int
    name: str
    calls: tuple[str, ...]
    """Conversations in which it is met."""


_ALL = ("identification", "identification-status", "sign-start", "sign-status")
_STARTS = ("identification", "sign-start")

DOCUMENTED = (
    Reason(400, "NOT_ALLOWED_TO_SIGN", ("identification", "identification-status", "sign-start")),
    Reason(400, "NO_REQUEST", _ALL),
    Reason(400, "MISSING_PARTNER_CODE", _ALL),
    Reason(400, "MISSING_SERVICE_CODE", _ALL),
    Reason(400, "INVALID_URL", _STARTS),
    Reason(400, "INVALID_REQUESTOR", _ALL),
    Reason(400, "UNAUTHORIZED_URL", _STARTS),
    Reason(400, "INVALID_LANG", _STARTS),
    Reason(400, "UNEXPECTED_ERROR", _ALL),
    Reason(400, "UNKNOWN", _ALL),
    Reason(400, "ONLY_SINGLE_HASH_SUPPORTED", ("sign-start",)),
    Reason(400, "BATCH_TOO_LARGE", ("sign-start",)),
    Reason(409, "PENDING", ("identification-status",)),
    Reason(409, "REJECTED", ("identification-status",)),
    Reason(409, "EXPIRED", ("identification-status",)),
    Reason(409, "UNEXPECTED_ERROR", ("identification-status",)),
)
"""The rows with a name, in the appendix's order; one more, "No payload", is a bare 409."""

SWAGGER_ONLY = (
    "NO_HASH_PROVIDED",
    "NO_DIGEST_INFO_PROVIDED",
    "ONLY_SINGLE_DIGEST_INFO_SUPPORTED",
    "INVALID_DIGEST_INFO",
    "INCOMPLETE_REQUEST",
    "MISSING_ASYNC_RESP_ID",
    "INVALID_POLICY",
    "INVALID_POLICY_STATUS",
    "TECHNICAL_ERROR",
)
"""Names that the document does not have."""

FINAL: dict[str, Literal["REJECTED", "EXPIRED", "BLOCKED"]] = {
    "REJECTED": "REJECTED",
    "EXPIRED": "EXPIRED",
    "NOT_ALLOWED_TO_SIGN": "BLOCKED",
}
"""Reasons after which an identification session stays in this state."""

_PROVIDER_SIDE = ("UNEXPECTED_ERROR", "UNKNOWN", "TECHNICAL_ERROR")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call is not done. Without a reason the answer has no body."""

    status: int
    reason: str | None = None
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def major(self) -> str:
        """The DSS result that goes with it; which goes with which is nowhere documented."""
        theirs = self.status == 400 and self.reason not in _PROVIDER_SIDE  # noqa: PLR2004
        return MAJ_REQUESTER if theirs else MAJ_RESPONDER


def slug(name: str) -> str:
    """Return a reason as it stands in the name of a stimulus."""
    return name.lower().replace("_", "-")
