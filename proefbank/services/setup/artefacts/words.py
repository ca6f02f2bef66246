"""User names and passwords as facts: of a password, only what its faults need."""

from __future__ import annotations

from typing import Any

from ..wire.limits import LIMITS

__all__ = ["name_facts", "password_facts"]


def name_facts(text: str) -> dict[str, Any]:
    """Return the facts of a user name, which is no secret: the name itself."""
    return {"text": text}


def password_facts(password: str) -> dict[str, Any]:
    """Return the facts of a password; nothing that is told of a good one tells it from another.

    The length is told only if it is too much, special characters are counted up to the limit,
    and of bad characters it is told where they stand (from 1), not what they are.
    """
    spaces, foreign, doubtful, accented, special = [], [], [], [], 0
    for place, character in enumerate(password, start=1):
        if character.isspace():
            spaces.append(place)
        elif character.isascii() and character.isalnum():
            continue
        elif character.isalnum():
            accented.append(place)
        else:
            special += 1
            if character in LIMITS.doubtful:
                doubtful.append(place)
            elif character not in LIMITS.special:
                foreign.append(place)
    return {
        "too_long": len(password) if len(password) > LIMITS.most_password else None,
        "special": min(special, LIMITS.least_special),
        "spaces": spaces,
        "foreign": foreign,
        "doubtful": doubtful,
        "accented": accented,
    }
