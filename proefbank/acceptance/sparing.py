"""Keeps a client from asking acceptance more than a situation needs."""

from __future__ import annotations

import threading

from proefbank.exchange import Provider, Request, Response, Trail

__all__ = ["Sparing"]


class Sparing:
    """Lets so many requests through and answers the rest itself, so that acceptance is spared."""

    def __init__(self, provider: Provider) -> None:
        """Stand in front of `provider`, and let nothing through yet."""
        self._provider = provider
        self._lock = threading.Lock()
        self._left = 0
        self.spent = False
        """Whether more was asked than was let through."""

    def let_through(self, count: int) -> None:
        """Let so many requests through from now on."""
        with self._lock:
            self._left, self.spent = count, False

    def handle(self, request: Request) -> Response:
        """Ask the provider, or answer 503 in its place."""
        with self._lock:
            self._left -= 1
            if self._left < 0:
                self.spent = True
        if self.spent:
            return Response(503, trail=Trail("control", facts={"spared": True}))
        return self._provider.handle(request)

    def reset(self) -> None:
        """Nothing is remembered."""
