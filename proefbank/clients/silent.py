"""A client that claims success and never sends a thing: it must pass nothing."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping, Sequence

__all__ = ["SilentClient"]

_CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


class SilentClient:
    """Accepts everything with values that look right, from the air."""

    name = "silent client"
    version = "1"

    def __init__(self) -> None:
        """Begin with nothing."""
        self._signing: dict[str, list[str]] = {}

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

    def sign_start(self, documents: Sequence[Mapping[str, object]]) -> dict[str, object]:
        """Return a session of nobody's, and send the browser to a page that there is not."""
        session = secrets.token_urlsafe(12)
        self._signing[session] = [str(one.get("id")) for one in documents]
        return {"session": session, "redirect": f"https://localhost/?q={session}"}

    def sign_resume(self, session: str) -> dict[str, object]:
        """Return signatures that nobody made."""
        nothing = base64.b64encode(secrets.token_bytes(256)).decode("ascii")
        values = [{"id": id, "value": nothing} for id in self._signing.get(session, [])]
        return {"signatures": values, "certificate": _CERTIFICATE, "user_code": session}
