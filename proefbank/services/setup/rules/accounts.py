"""User name and public key of an FTP or SFTP account."""

from __future__ import annotations

import re

from proefbank.judge import rule
from proefbank.verdict import Finding

from ..wire.account import PublicKey, UserName
from ..wire.limits import LIMITS
from ..wire.measures import measure

LEAST_BITS = measure(
    "setup.key.has-2048-bits-at-least",
    "key size",
    limit=f"at least {LIMITS.least_key_bits} bits",
    found=lambda it: it.words,
    hint="for example: ssh-keygen -t rsa -b 4096 -f sftp",
)
MOST_BITS = measure(
    "setup.key.has-4096-bits-at-most",
    "key size",
    limit=f"at most {LIMITS.most_key_bits} bits",
    found=lambda it: it.words,
    hint="for example: ssh-keygen -t rsa -b 4096 -f sftp",
)
CHARACTERS = measure(
    "setup.name.has-letters-and-digits-only",
    "characters",
    limit="letters A-Z and a-z, digits 0-9",
    found=lambda it: _others(it) or "letters and digits only",
    hint="for example: voorbeeld01",
)
SHORTEST = measure(
    "setup.name.has-8-characters-at-least",
    "length",
    limit=f"at least {LIMITS.least_name} characters",
    found=lambda it: f"{len(it.text)} characters",
)
LONGEST = measure(
    "setup.name.has-17-characters-at-most",
    "length",
    limit=f"at most {LIMITS.most_name} characters",
    found=lambda it: f"{len(it.text)} characters",
)
SPACES = measure(
    "setup.name.has-no-spaces",
    "spaces",
    limit="none",
    found=lambda it: str(len(_spaces(it))) if _spaces(it) else "none",
)


def _spaces(name: UserName) -> list[str]:
    return [character for character in name.text if character.isspace()]


def _others(name: UserName) -> str:
    found = re.findall(r"[^A-Za-z0-9\s]", name.text)
    return ", ".join(ascii(character)[1:-1] for character in dict.fromkeys(found))


@rule("setup.key.has-2048-bits-at-least")
def least_bits(key: PublicKey) -> Finding | None:
    """ChaMan refuses shorter keys, and with them every elliptic one."""
    return LEAST_BITS.off(key) if key.bits < LIMITS.least_key_bits else None


@rule("setup.key.has-4096-bits-at-most")
def most_bits(key: PublicKey) -> Finding | None:
    """ChaMan refuses longer keys, however much stronger they are."""
    return MOST_BITS.off(key) if key.bits > LIMITS.most_key_bits else None


@rule("setup.name.has-letters-and-digits-only")
def characters(name: UserName) -> Finding | None:
    """Accents, dots, hyphens and underscores are refused when the account is made."""
    return CHARACTERS.off(name) if _others(name) else None


@rule("setup.name.has-8-characters-at-least")
def shortest(name: UserName) -> Finding | None:
    """A shorter name is refused when the account is made."""
    return SHORTEST.off(name) if len(name.text) < LIMITS.least_name else None


@rule("setup.name.has-17-characters-at-most")
def longest(name: UserName) -> Finding | None:
    """A longer name is refused when the account is made."""
    return LONGEST.off(name) if len(name.text) > LIMITS.most_name else None


@rule("setup.name.has-no-spaces")
def spaces(name: UserName) -> Finding | None:
    """A space at the end is copied along easily, and is not seen."""
    return SPACES.off(name) if _spaces(name) else None
