"""Clients under test: how the bench speaks to them, never knowing who listens.

A Python client imports `Rejected` and `Unsupported` from here; `proefbank.clients.python`
tells what it looks like, `protocol.schema.json` holds the lines of every other adapter.
"""

from __future__ import annotations

from proefbank.clients.refusals import Rejected, Unsupported

__all__ = ["Rejected", "Unsupported"]
