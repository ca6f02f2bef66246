"""The live configuration, behind the same certificate and address as everything (section 1)."""

from __future__ import annotations

from typing import Any

from proefbank.exchange import Request, Response

from .call import Call
from .desk import Desk
from .shared import Shared

__all__ = ["Configuration"]


class Configuration:
    """Answers with the offer of this run."""

    def __init__(self, shared: Shared, desk: Desk) -> None:
        """Serve the offer of `shared`."""
        self._shared, self._desk = shared, desk

    def handle(self, request: Request) -> Response:
        """Answer a GET on the well-known path."""
        call = self._desk.receive(request, "discovery", method="GET")

        def perform(_: Call, __: str | None) -> dict[str, Any]:
            return self._shared.offer.to_json()

        return self._desk.hand_out(call, perform)
