"""The persons who sign: made up, each with a phone number and a code of its own per partner."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .authority import Holder

__all__ = ["PEOPLE", "People", "Person", "identifier"]

_ALPHABET = string.ascii_lowercase + string.digits
_CODE_LENGTH = 36


def identifier(rng: random.Random, length: int = _CODE_LENGTH) -> str:
    """Return an identifier of small letters and digits, like those in the examples."""
    return "".join(rng.choices(_ALPHABET, k=length))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with the app."""

    holder: Holder
    phone: str
    """As typed: with a prefix that no operator has."""
    certificate: bool = True
    """Whether there is a signing certificate from the start."""
    blocked: bool = False
    """Whether the account may not sign, whatever its owner does (NOT_ALLOWED_TO_SIGN)."""

    @property
    def name(self) -> str:
        """What we call this person, e.g. `with-certificate`."""
        return self.holder.slug


PEOPLE = (
    Person(Holder("with-certificate", "Anna", "Voorbeeld", "00000000001"), "0400 00 00 01"),
    Person(Holder("another", "Bram", "Exemple", "00000000002"), "0400 00 00 02"),
    Person(
        Holder("without-certificate", "Chloé", "Beispiel", "00000000003"),
        "0400 00 00 03",
        certificate=False,
    ),
    Person(Holder("blocked", "Dirk", "Voorbeeld", "00000000004"), "0400 00 00 04", blocked=True),
)


class People:
    """Persons, their codes and who has a certificate. Not locked: the provider's lock covers it."""

    def __init__(self, people: Iterable[Person], rng: random.Random) -> None:
        """Know these; codes are given out when they are first asked for."""
        self._rng = rng
        self._by_name = {person.name: person for person in people}
        self._by_phone = {_digits(person.phone): person for person in self}
        self._codes: dict[tuple[str, str], str] = {}
        self._owners: dict[str, tuple[str, Person]] = {}
        self._certified: set[str] = set()

    def __iter__(self) -> Iterator[Person]:
        return iter(self._by_name.values())

    def __getitem__(self, name: str) -> Person:
        return self._by_name[name]

    def code(self, person: Person, partner_code: str) -> str:
        """Return the person's code at a partner: always the same there, another elsewhere.

        No code is ever given to somebody else (sections 2 and 8).
        """
        at = (person.name, partner_code)
        if at not in self._codes:
            made = identifier(self._rng)
            self._codes[at] = made
            self._owners[made] = (partner_code, person)
        return self._codes[at]

    def owner(self, code: object) -> tuple[str, Person] | None:
        """Return the partner code and the person that a code stands for."""
        return self._owners.get(code) if isinstance(code, str) else None

    def dialled(self, phone: str) -> Person | None:
        """Return who has that number, however it is written: with spaces, +32, 0032."""
        return self._by_phone.get(_digits(phone))

    def certified(self, person: Person) -> bool:
        """Whether the person has a certificate by now."""
        return person.certificate or person.name in self._certified

    def certify(self, person: Person) -> None:
        """Let the person have a certificate from now on."""
        self._certified.add(person.name)

    def forget(self) -> None:
        """Take back the certificates that were created here; codes stay."""
        self._certified.clear()


def _digits(phone: str) -> str:
    """Return the number as dialled within Belgium."""
    return re.sub(r"^(\+32|0032|32)\(?0?\)?", "0", re.sub(r"[\s./\-]", "", phone[:40]))
