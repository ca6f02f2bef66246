"""What a person does to a session, for whoever has no browser at hand."""

from __future__ import annotations

from .people import Person
from .sessions import IdentificationSession, SignSession

__all__ = ["ACTS", "acted"]

ACTS = ("open", "approve", "reject", "lapse", "fail")
"""Look at the page, do what it asks, refuse it, let it expire; or let our side go wrong."""


def acted(session: IdentificationSession | SignSession, act: str, person: Person, at: float) -> str:
    """Open the session's page and act on it; return the state. ValueError for an unknown act.

    To approve, `person` is identified first if nobody is. So is one without a certificate to
    refuse it or to let its creation lapse; others refuse the page, and have nothing that lapses.
    """
    if act not in ACTS:
        raise ValueError(f"nobody can {act!r}; there are {', '.join(ACTS)}")
    session.opened(at)
    if act == "fail":
        return session.failed(at)
    if act == "open":
        return session.at(at)
    if isinstance(session, IdentificationSession) and (
        act == "approve" or not session.people.certified(person)
    ):
        session.identified(person, at)
    if act == "approve":
        return session.confirmed(at)
    return session.refused(at) if act == "reject" else session.lapsed(at)
