"""What a recipe for a token is, and a book to collect them in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from .workshop import Workshop

__all__ = ["ACCEPT", "EITHER", "REFUSE", "Book", "Recipe", "Verdict"]

Verdict = Literal["accept", "refuse", "either"]
ACCEPT: Verdict = "accept"
REFUSE: Verdict = "refuse"
EITHER: Verdict = "either"

Make = Callable[[Workshop], str]


@dataclass(frozen=True, slots=True)
class Recipe:
    """One token that can be asked for by name."""

    name: str
    verdict: Verdict
    """What an API should do that trusts only this realm's signing keys, RS256 and itself as
    audience: `accept` it, `refuse` it, or `either`."""
    description: str
    make: Make
    leads: str = ""
    """The header or claim that leads to the trap, if one does."""
    stimulus: str = ""
    """The stimulus without which it is pointless."""


class Book:
    """Recipes by name; a name is given once."""

    def __init__(self) -> None:
        """Start empty."""
        self.recipes: dict[str, Recipe] = {}

    def add(
        self,
        name: str,
        verdict: Verdict,
        description: str,
        make: Make,
        *,
        leads: str = "",
        stimulus: str = "",
    ) -> None:
        """Put a recipe in; ValueError if the name is taken."""
        if name in self.recipes:
            raise ValueError(f"two recipes are called {name}")
        self.recipes[name] = Recipe(name, verdict, description, make, leads, stimulus)

    def recipe(
        self, name: str, verdict: Verdict, description: str, *, leads: str = "", stimulus: str = ""
    ) -> Callable[[Make], Make]:
        """Put the decorated function in."""

        def decorate(make: Make) -> Make:
            self.add(name, verdict, description, make, leads=leads, stimulus=stimulus)
            return make

        return decorate

    def claims(self, name: str, verdict: Verdict, description: str, /, **changes: Any) -> None:
        """Put in an access token, signed in good order, with these claims.

        A value that is a function is given the workshop.
        """

        def make(workshop: Workshop) -> str:
            given = {
                claim: value(workshop) if callable(value) else value
                for claim, value in changes.items()
            }
            return workshop.made(workshop.header(), workshop.claims(**given))

        self.add(name, verdict, description, make)
