"""The wayward consumers there are."""

from __future__ import annotations

from proefbank.wayward import Roll

from ..reference import ReferenceConsumer

__all__ = ["WAYWARD", "breaks"]

WAYWARD: Roll[ReferenceConsumer] = Roll("ehealth", noun="consumer")
"""Every wayward consumer of the service by name."""

breaks = WAYWARD.breaks
