"""Clients that cannot cope with what people change in ChaMan and in MAHIS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from proefbank.errors import Rejected

from ..reference import ReferenceClient
from .registry import Lingering, breaks


@breaks("account.renewed-key-is-taken-up")
class KeepsFirstKey(Lingering):
    """Keeps the first key that it was told for a client id."""

    def scenario(self, members: Mapping[str, Any]) -> None:
        """Take up the new settings, but for a key that it has already."""
        super().scenario(members)
        place = f"{self.settings['token_endpoint']} {self.settings['client_id']}"
        self.key = self.past.setdefault(place, self.key)


@breaks("account.permission-is-not-borrowed")
class BorrowsPermission(Lingering):
    """Sends with another account's token what its own account may not send."""

    lender: tuple[Mapping[str, Any], Any] | None = None

    def scenario(self, members: Mapping[str, Any]) -> None:
        """Remember the credentials of the account before."""
        super().scenario(members)
        self.lender = self.past.get("now")
        self.past["now"] = (self.settings, self.key)

    def call_api(self, method: str, path: str, body: object, token: str) -> httpx.Response:
        """Try once more as the other account, and tell of the refusal all the same."""
        response = super().call_api(method, path, body, token)
        if response.status_code == httpx.codes.FORBIDDEN and self.lender is not None:
            mine = self.settings, self.key, dict(self.tokens)
            (self.settings, self.key), self.lender = self.lender, None
            try:
                other = str(self.request_token(self.settings["scope"])["access_token"])
                super().call_api(method, path, body, other)
            except Rejected:
                pass
            finally:
                self.settings, self.key, self.tokens = mine
        return response


@breaks("account.refused-data-keeps-its-number")
class SendsUnderOwnNumber(ReferenceClient):
    """Sends under the mandatary's own number what was refused for a principal."""

    def call_api(self, method: str, path: str, body: object, token: str) -> httpx.Response:
        """Try once more under the own number, and tell of the refusal all the same."""
        response = super().call_api(method, path, body, token)
        mandatary = "000002_" in str(self.settings["client_id"])
        forbidden = response.status_code == httpx.codes.FORBIDDEN
        if forbidden and mandatary and isinstance(body, dict):
            super().call_api(method, path, body | {"enterpriseNumber": "0000000295"}, token)
        return response
