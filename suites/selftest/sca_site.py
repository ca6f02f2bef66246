"""A signing application with a front end: the reference signer behind three pages of its own.

`/sign` sends the browser to be identified, `/return` is where it comes back both times, and what
came of it is shown there.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Mapping
from html import escape
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlencode

from proefbank.errors import Rejected
from proefbank.exchange import Request, Response
from proefbank.services.itsme.reference import ReferenceSigner

__all__ = ["SignerSite"]


class SignerSite:
    """The application; each visitor gets a session of their own, named by a cookie."""

    def __init__(self, **order: Any) -> None:
        """Have every visitor sign one document, with these further wishes."""
        self.signer = ReferenceSigner()
        self.origin = ""
        self.order = order
        self.returns: list[str] = []
        """Every address that browsers came back to."""
        self._lock = threading.Lock()
        self._visitors: dict[str, str] = {}

    def handle(self, request: Request) -> Response:
        """Answer one request of a browser."""
        if request.path == "/sign":
            return self._begin(parse_qs(request.query))
        if request.path == "/return":
            return self._back(request)
        return _page(404, "no such page")

    def reset(self) -> None:
        """Forget the visitors."""
        self._visitors.clear()

    def _begin(self, query: Mapping[str, list[str]]) -> Response:
        digest = hashlib.sha256(b"the document").digest()
        document = {"id": "d1", "sha256": base64.b64encode(digest).decode("ascii")}
        [lang] = query.get("lang", ["NL"])
        begun = self.signer.sign_start([document], lang, **self.order)
        with self._lock:
            visitor = str(len(self._visitors) + 1)
            self._visitors[visitor] = begun["session"]
        return _go(begun["redirect"], visitor)

    def _back(self, request: Request) -> Response:
        self.returns.append(f"{self.origin}{request.target}")
        visitor = SimpleCookie(request.header("Cookie") or "")["visitor"].value
        try:
            told = self.signer.sign_resume(self._visitors[visitor], self.returns[-1])
        except Rejected as refusal:
            return _page(200, f"not signed: {refusal.reject_class}")
        if "redirect" in told:
            return _go(told["redirect"], visitor)
        return _page(200, "not yet" if told.get("pending") else "signed")

    def start_at(self, query: Mapping[str, str]) -> str:
        """Return the address at which a browser begins."""
        return f"{self.origin}/sign?{urlencode(query)}"


def _go(where: str, visitor: str) -> Response:
    cookie = ("Set-Cookie", f"visitor={visitor}; Path=/; Secure; HttpOnly; SameSite=Lax")
    return Response(303, (("Location", where), cookie, ("Cache-Control", "no-store")))


def _page(status: int, text: str) -> Response:
    page = f'<!doctype html><title>{escape(text)}</title><p id="came-of-it">{escape(text)}</p>'
    return Response(status, (("Content-Type", "text/html"),), page.encode())
