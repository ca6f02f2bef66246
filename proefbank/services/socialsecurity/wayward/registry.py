"""How a wayward client says which requirement it breaks."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from ..reference import ReferenceClient

__all__ = ["WAYWARD", "Lingering", "Wayward", "breaks"]

Client = TypeVar("Client", bound=type[ReferenceClient])


@dataclass(frozen=True, slots=True)
class Wayward:
    """One wayward client."""

    name: str
    requirement: str
    client: type[ReferenceClient]

    @property
    def defect(self) -> str:
        """What it does wrong: the docstring of its class."""
        return inspect.getdoc(self.client) or ""


WAYWARD: dict[str, Wayward] = {}
"""Every wayward client of the service by name."""


class Lingering(ReferenceClient):
    """Base: remembers something from one scenario of a staging to the next.

    The memory is the class's own, because each scenario may get a new instance.
    """

    memory: ClassVar[dict[str, dict[str, Any]]] = {}
    past: dict[str, Any]

    def scenario(self, members: Mapping[str, Any]) -> None:
        """Find what this client kept since the staging began."""
        self.past = self.memory.setdefault(f"{type(self).__name__}/{members['run']}", {})
        super().scenario(members)


def breaks(slug: str) -> Callable[[Client], Client]:
    """Enter the decorated client as the one that breaks `socialsecurity.<slug>` alone."""

    def enter(client: Client) -> Client:
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", client.__name__).lower()
        client.name = f"wayward client: {name}"
        WAYWARD[name] = Wayward(name, f"socialsecurity.{slug}", client)
        return client

    return enter
