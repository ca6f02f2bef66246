"""The password of an FTP account. Places are told, characters never."""

from __future__ import annotations

from proefbank.judge import rule
from proefbank.verdict import Finding

from ..wire.account import Password
from ..wire.limits import LIMITS
from ..wire.measures import measure

LISTED = " ".join(LIMITS.special)


def _at(places: list[int]) -> str:
    """Return where something stands, as people say it."""
    if not places:
        return "none"
    word = "characters" if places[1:] else "character"
    return f"{word} {', '.join(map(str, places))}"


def _special(password: Password) -> str:
    enough = password.special >= LIMITS.least_special
    return f"{password.special}{' or more' if enough else ''}"


LONGEST = measure(
    "setup.password.has-15-characters-at-most",
    "length",
    limit=f"at most {LIMITS.most_password} characters",
    found=lambda it: f"{it.length} characters" if it.length else "not more",
)
SPECIAL = measure(
    "setup.password.has-two-special-characters",
    "special characters",
    limit=f"at least {LIMITS.least_special}",
    found=_special,
    hint=f"choose among {LISTED}",
)
SPACES = measure(
    "setup.password.has-no-spaces",
    "spaces",
    limit="none",
    found=lambda it: _at(it.places("spaces")),
    hint="a space at the end may have been copied along",
)
PUBLISHED = measure(
    "setup.password.special-characters-are-published",
    "special characters outside the list",
    limit=f"none but {LISTED}",
    found=lambda it: _at(it.places("foreign")),
)
DOUBTFUL = measure(
    "setup.password.avoids-characters-in-doubt",
    "characters in doubt",
    limit=f"none of {' '.join(LIMITS.doubtful)}",
    found=lambda it: _at(it.places("doubtful")),
    hint=f"choose among {LISTED}",
)
PLAIN = measure(
    "setup.password.letters-are-plain",
    "letters outside ASCII",
    limit="none",
    found=lambda it: _at(it.places("accented")),
)


@rule("setup.password.has-15-characters-at-most")
def longest(password: Password) -> Finding | None:
    """A longer one, such as a password manager makes by itself, is refused."""
    return LONGEST.off(password) if password.length is not None else None


@rule("setup.password.has-two-special-characters")
def special(password: Password) -> Finding | None:
    """One with fewer is refused when the account is made."""
    return SPECIAL.off(password) if password.special < LIMITS.least_special else None


@rule("setup.password.has-no-spaces")
def spaces(password: Password) -> Finding | None:
    """Spaces are refused, also those at the end that nobody sees."""
    return SPACES.off(password) if password.places("spaces") else None


@rule("setup.password.special-characters-are-published")
def published(password: Password) -> Finding | None:
    """Any other special character is refused when the account is made."""
    return PUBLISHED.off(password) if password.places("foreign") else None


@rule("setup.password.avoids-characters-in-doubt")
def doubtful(password: Password) -> Finding | None:
    """The published list is garbled where these might stand; the others are beyond doubt."""
    return DOUBTFUL.off(password) if password.places("doubtful") else None


@rule("setup.password.letters-are-plain")
def plain(password: Password) -> Finding | None:
    """Each machine may write an accent in other bytes, and the login fails on one of them."""
    return PLAIN.off(password) if password.places("accented") else None
