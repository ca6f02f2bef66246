"""The wayward clients there are, and the base of those that remember."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from proefbank.wayward import Roll

from ..reference import ReferenceClient

__all__ = ["WAYWARD", "Lingering", "breaks"]

WAYWARD: Roll[ReferenceClient] = Roll("socialsecurity")
"""Every wayward client of the service by name."""

breaks = WAYWARD.breaks


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
