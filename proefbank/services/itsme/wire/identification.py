"""What an application says to have a person identified, and to ask whether that is done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Self

from proefbank.journal import Journal

from .channel import Sent

__all__ = [
    "IdentificationRequest",
    "IdentificationStatusRequest",
    "KnownUserRequest",
    "known_codes",
]


class IdentificationRequest(Sent):
    """A request on the path that opens an identification session."""

    kinds = frozenset({"identification"})

    @property
    def languages(self) -> list[str]:
        """Languages that itsme supports, as it writes them."""
        given = self.scenario.get("languages")
        return [str(item) for item in given] if isinstance(given, list | tuple) else []


class KnownUserRequest(IdentificationRequest):
    """A request made for a user whose code the caller handed over."""

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return the requests that were ordered with a user code."""
        return [item for item in super().read(journal) if item.call.wishes.get("user_code")]


class IdentificationStatusRequest(Sent):
    """A request on the path that tells whether the person was identified."""

    kinds = frozenset({"identification-status"})


def known_codes(scenario: Mapping[str, object]) -> frozenset[str] | None:
    """Return holes of the user codes issued to this partner; None where nobody knows."""
    given = scenario.get("known_user_codes")
    return frozenset(map(str, given.values())) if isinstance(given, Mapping) else None
