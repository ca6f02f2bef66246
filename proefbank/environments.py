"""Two environments of a service as one provider."""

from __future__ import annotations

from proefbank.exchange import Provider, Request, Response

__all__ = ["Environments"]


class Environments:
    """Which environment is asked shows in the listener's name: `other`, or any else for here."""

    def __init__(self, here: Provider, there: Provider) -> None:
        """Take the environment that stagings play in, and the other one."""
        self.here, self.there = here, there

    def handle(self, request: Request) -> Response:
        """Answer as the environment that was addressed."""
        return (self.there if request.listener == "other" else self.here).handle(request)

    def reset(self) -> None:
        """Have both forget."""
        self.here.reset()
        self.there.reset()
