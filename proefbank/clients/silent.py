"""A client that claims success and never sends a thing: it must pass nothing."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

__all__ = ["SilentClient"]


class SilentClient:
    """Accepts everything with values that look right, from the air."""

    name = "silent client"
    version = "1"

    def scenario(self, members: Mapping[str, object]) -> None:
        """Hear where the services are, and go to none of them."""

    def clock(self, now: float) -> None:
        """Follow any time: there is nothing that could age."""

    def token_fetch(self, scope: str | None) -> dict[str, object]:
        """Return a token that nobody issued."""
        token = {"access_token": secrets.token_urlsafe(32), "token_type": "Bearer"}
        return {**token, "expires_in": 3600, **({"scope": scope} if scope else {})}

    def api_call(self, method: str, path: str, body: object) -> dict[str, object]:
        """Return an answer that nobody gave."""
        return {"status": 200, "body": body if method in ("POST", "PUT") else {"path": path}}
