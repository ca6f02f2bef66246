"""APIs that refuse what they should, and say it wrongly."""

from __future__ import annotations

from proefbank.errors import Rejected

from ..reference_api import ReferenceApi, Reply
from .registry import breaks


@breaks("token.refusal-is-401")
class ForbidsInstead(ReferenceApi):
    """Answers 403 to every token that is not good."""

    def refusal(self, refusal: Rejected) -> Reply:
        """Forbid."""
        return Reply("403 Forbidden", super().refusal(refusal).challenge)


@breaks("token.refusal-names-invalid-token")
class Bare401(ReferenceApi):
    """Answers 401 without WWW-Authenticate."""

    def refusal(self, refusal: Rejected) -> Reply:  # noqa: ARG002
        """Say nothing more."""
        return Reply("401 Unauthorized")
