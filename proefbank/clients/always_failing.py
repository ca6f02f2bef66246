"""A client that refuses everything and never sends a thing: it must pass nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from proefbank.clients.refusals import Rejected

__all__ = ["AlwaysFailingClient"]


class AlwaysFailingClient:
    """Refuses whatever it is asked and cannot say why."""

    name = "always failing client"
    version = "1"

    def scenario(self, members: Mapping[str, object]) -> None:
        """Hear where the services are, and go to none of them."""

    def clock(self, now: float) -> None:
        """Follow any time: there is nothing that could age."""

    def token_fetch(self, scope: str | None) -> dict[str, object]:
        """Refuse to fetch."""
        raise Rejected("unclassified", f"no token for scope {scope or 'none'}")

    def api_call(self, method: str, path: str, body: object) -> dict[str, object]:
        """Refuse to call."""
        what = "with" if body is not None else "without"
        raise Rejected("unclassified", f"no {method} of {path} {what} a body")

    def sign_start(self, documents: Sequence[object]) -> dict[str, object]:
        """Refuse to have anything signed."""
        raise Rejected("unclassified", f"no signatures for {len(documents)} documents")

    def sign_resume(self, session: str) -> dict[str, object]:
        """Refuse to go on."""
        raise Rejected("unclassified", f"no session {session}")
