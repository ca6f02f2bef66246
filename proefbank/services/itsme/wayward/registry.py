"""How a wayward client says which requirement it breaks, and what several of them do."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import httpx

from proefbank.errors import Rejected
from proefbank.wayward import Roll

from ..reference import ReferenceSigner, SignSession

__all__ = ["WAYWARD", "Askew", "Json", "Lingering", "breaks"]

Json = dict[str, Any]

WAYWARD: Roll[ReferenceSigner] = Roll("itsme")
"""Every wayward client of the service by name."""
breaks = WAYWARD.breaks


class Lingering(ReferenceSigner):
    """Base: remembers something from one scenario of a staging to the next.

    The memory is the class's own, because each scenario may get a new instance.
    """

    memory: ClassVar[dict[str, Json]] = {}
    past: Json

    def scenario(self, members: Mapping[str, Any]) -> None:
        """Find what this client kept since the staging began."""
        self.past = self.memory.setdefault(f"{type(self).__name__}/{members['run']}", {})
        super().scenario(members)


class Askew(ReferenceSigner):
    """Base: keeps what the caller asked, and how to send requests in other ways."""

    asked: Json
    ca_file = ""

    def scenario(self, members: Mapping[str, Any]) -> None:
        """Remember the authority."""
        self.ca_file = members["ca_file"]
        super().scenario(members)

    def sign_start(  # type: ignore[override] # the same arguments, by name
        self, documents: Sequence[Mapping[str, Any]], lang: str, **more: Any
    ) -> Json:
        """Remember what was asked, and hand on what `wanted` makes of it."""
        self.asked = {"documents": documents, "lang": lang, **more}
        return super().sign_start(**self.wanted(self.asked))

    def wanted(self, asked: Json) -> Json:
        """Return the order that the reference signer is to carry out."""
        return asked

    def post(self, path: str, body: Json, media_type: str = "application/json") -> httpx.Response:
        """Post JSON and call it something."""
        assert self.http is not None  # noqa: S101 - a scenario comes before any call
        headers = self.headers() | {"Content-Type": media_type}
        content = json.dumps(body).encode()
        try:
            return self.http.post(self.url(path), content=content, headers=headers)
        except httpx.HTTPError as problem:
            raise Rejected("transport", type(problem).__name__) from problem

    def by_another_way(
        self, method: str, url: str, body: Json | None = None, **how: Any
    ) -> httpx.Response:
        """Send one request over a connection of its own; without a certificate unless told."""
        trust = how.pop("verify", None) or ssl.create_default_context(cafile=self.ca_file)
        transport = httpx.HTTPTransport(verify=trust, **how)
        try:
            with httpx.Client(transport=transport, timeout=5.0, trust_env=False) as other:
                return other.request(method, url, json=body, headers=self.headers())
        except httpx.HTTPError as problem:
            raise Rejected("transport", type(problem).__name__) from problem

    def itsme_of(self, body: Json) -> Json:
        """Return `optInp.itsme` of a sign request."""
        itsme: Json = body["optInp"]["itsme"]
        return itsme

    def ask_first(self, session: SignSession, **other: object) -> None:
        """Ask for the sign status with other members, and think no more of it."""
        self.send("POST", "/sign_document", self.sign_status_body(session) | other)
