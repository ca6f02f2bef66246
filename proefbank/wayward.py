"""How a wayward client says which requirement it breaks."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

__all__ = ["Roll", "Wayward"]

Client = TypeVar("Client")
Entered = TypeVar("Entered", bound=type[Any])


@dataclass(frozen=True, slots=True)
class Wayward(Generic[Client]):
    """One wayward client: the reference client of a service with exactly one defect."""

    name: str
    requirement: str
    client: type[Client]

    @property
    def defect(self) -> str:
        """What it does wrong: the docstring of its class."""
        return inspect.getdoc(self.client) or ""


class Roll(dict[str, Wayward[Client]]):
    """Every wayward client of one service by name, e.g. `thirty-hour-cache`."""

    def __init__(self, service: str, *, noun: str = "client") -> None:
        """Start an empty roll; `noun` is what its clients are called."""
        super().__init__()
        self._service, self._noun = service, noun

    def breaks(self, slug: str) -> Callable[[Entered], Entered]:
        """Enter the decorated class as the one that breaks `<service>.<slug>` alone."""

        def enter(client: Entered) -> Entered:
            name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", client.__name__).lower()
            client.name = f"wayward {self._noun}: {name}"
            self[name] = Wayward(name, f"{self._service}.{slug}", client)
            return client

        return enter
