"""The languages in which people read what the bench writes."""

from __future__ import annotations

from typing import Final

__all__ = ["LANGUAGES"]

LANGUAGES: Final = ("en", "nl", "fr")
"""English first: whatever has no translation is in it."""
