"""What all parts of the provider share: partners, people, sessions, settings, one lock."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field

from proefbank.arming import Queue

from .authority import Authority
from .discovery import Offer
from .facts import ACTION_SECONDS, Dialect
from .parties import Parties, Party
from .people import People, identifier
from .sessions import Sessions
from .stimuli import CATALOGUE, LAYERS

__all__ = ["Shared"]

_Q_LENGTH = 32


@dataclass(slots=True)
class Shared:
    """The state of one simulated provider. Whoever changes it holds the lock."""

    parties: Parties
    people: People
    authority: Authority
    rng: random.Random
    offer: Offer
    prefix: str
    """What stands between origin and `/qes-partners`; empty, or with a slash in front."""
    page_paths: tuple[str, str]
    """Paths of the identification and of the signing page."""
    front: str | None = None
    """Origin of the pages; None puts them on the origin of the calls."""
    elsewhere: str | None = None
    """Origin that redirects point to."""
    lenient: bool = False
    dialect: Dialect = "documented"
    varied: bool = True
    exact_redirect: bool = False
    hash_alphabet: str = "any"
    single_digest: bool = False
    delivers_once: bool = False
    ready_at_once: bool = False
    blocked_at_sign: bool = False
    sign_lifetime: float = ACTION_SECONDS
    lock: threading.RLock = field(default_factory=threading.RLock)
    sessions: Sessions = field(default_factory=Sessions)
    queue: Queue = field(default_factory=lambda: Queue(CATALOGUE, LAYERS))

    def reset(self) -> None:
        """Forget sessions, created certificates and armed stimuli; keep codes and settings."""
        with self.lock:
            self.sessions = Sessions()
            self.people.forget()
            self.queue.clear()

    def id(self) -> str:
        """Return a new session id; the lock is held."""
        return identifier(self.rng)

    def q(self) -> str:
        """Return a new value for a page's address; the lock is held."""
        return identifier(self.rng, _Q_LENGTH)

    def page(self, kind: str, q: str, lang: str, origin: str) -> str:
        """Return a page's address, its parameters in any order; the lock is held."""
        path = self.page_paths[0 if kind == "identification" else 1]
        pairs = [f"q={q}", f"language={lang}"]
        self.rng.shuffle(pairs)
        return f"{self.front or origin}{path}?{'&'.join(pairs)}"

    def assumed(self) -> Party:
        """Return whom a lenient provider takes a caller for that names nobody."""
        return next(iter(self.parties))
