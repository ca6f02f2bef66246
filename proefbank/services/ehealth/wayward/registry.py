"""How a wayward consumer says which requirement it breaks."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from ..reference import ReferenceConsumer

__all__ = ["WAYWARD", "Wayward", "breaks"]

Consumer = TypeVar("Consumer", bound=type[ReferenceConsumer])


@dataclass(frozen=True, slots=True)
class Wayward:
    """One wayward consumer."""

    name: str
    requirement: str
    client: type[ReferenceConsumer]

    @property
    def defect(self) -> str:
        """What it does wrong: the docstring of its class."""
        return inspect.getdoc(self.client) or ""


WAYWARD: dict[str, Wayward] = {}
"""Every wayward consumer of the service by name."""


def breaks(slug: str) -> Callable[[Consumer], Consumer]:
    """Enter the decorated consumer as the one that breaks `ehealth.<slug>` alone."""

    def enter(client: Consumer) -> Consumer:
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", client.__name__).lower()
        client.name = f"wayward consumer: {name}"
        WAYWARD[name] = Wayward(name, f"ehealth.{slug}", client)
        return client

    return enter
