"""Wayward clients: the reference signer with exactly one defect each.

Each proves that the rule for its requirement can fail, and fails alone. They are found by being
in this folder; `WAYWARD` lists them by name, e.g. `signs-the-first`.
"""

from __future__ import annotations

import importlib
import pkgutil

from .registry import WAYWARD

__all__ = ["WAYWARD"]

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
