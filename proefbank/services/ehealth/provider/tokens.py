"""The catalogue of tokens that can be asked for by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from proefbank.names import nearest

from . import tokens_claims, tokens_headers, tokens_honest, tokens_keys, tokens_shapes
from .recipes import Recipe

__all__ = ["TOKENS", "token_recipe"]


def _collected() -> Mapping[str, Recipe]:
    found: dict[str, Recipe] = {}
    for module in (tokens_honest, tokens_keys, tokens_headers, tokens_claims, tokens_shapes):
        for name, recipe in module.BOOK.recipes.items():
            if name in found:
                raise ValueError(f"two recipes are called {name}")
            found[name] = recipe
    return MappingProxyType(found)


TOKENS: Mapping[str, Recipe] = _collected()
"""Every recipe by name. Each says what an API ought to do with its token."""


def token_recipe(name: str) -> Recipe:
    """Return the recipe of that name; ValueError names the nearest known one."""
    if name not in TOKENS:
        known = nearest(name, TOKENS)
        raise ValueError(f"no token is called {name!r}; the nearest is {known!r}")
    return TOKENS[name]
