"""What an application says to ask whether the documents were signed."""

from __future__ import annotations

from .channel import Sent
from .members import at

__all__ = ["SignStatus"]


class SignStatus(Sent):
    """A request on sign_document that is about a session that there is."""

    kinds = frozenset({"sign-status"})

    @property
    def itsme(self) -> object:
        """The part `optInp.itsme`."""
        return at(self.call.said, "optInp", "itsme")
