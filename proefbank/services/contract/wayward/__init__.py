"""Providers with one defect each: they show that each rule about providers can find something."""

from __future__ import annotations

from . import api, documents, keys, sign_errors, signing, token, token_errors
from .registry import WAYWARD, WaywardProvider

__all__ = ["WAYWARD", "WaywardProvider"]

_ENTERED = (token, token_errors, api, keys, signing, sign_errors, documents)
