"""Proefbank judges the clients of three Belgian government-identity services, rule by rule."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
