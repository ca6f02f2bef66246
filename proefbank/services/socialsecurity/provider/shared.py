"""What the token server and the API have in common: accounts, tokens, armed stimuli, one lock."""

from __future__ import annotations

import random
import threading
import uuid
from dataclasses import dataclass, field

from proefbank.arming import Queue

from .accounts import Accounts
from .chaman import ChaMan
from .mahis import Mahis
from .profile import Profile
from .stimuli import CATALOGUE, LAYERS
from .tokens import JtiMemory, TokenStore

__all__ = ["Shared"]


@dataclass(slots=True)
class Shared:
    """The state of one simulated provider. Whoever changes it holds the lock."""

    profile: Profile
    accounts: Accounts
    rng: random.Random
    lenient: bool = False
    strict_accept: bool = False
    readable_tokens: bool = False
    assumed: str | None = None
    """Account to go on with in lenient mode when a request names none that is known."""
    elsewhere: str | None = None
    """Origin that redirects point to."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    tokens: TokenStore = field(default_factory=TokenStore)
    jtis: JtiMemory = field(default_factory=JtiMemory)
    queue: Queue = field(default_factory=lambda: Queue(CATALOGUE, LAYERS))
    chaman: ChaMan = field(init=False)
    mahis: Mahis = field(init=False)

    def __post_init__(self) -> None:
        """Set up the portal's services over the accounts and mandates of the profile."""
        self.chaman = ChaMan(self.accounts, self.lock)
        self.mahis = Mahis(self.profile.mandates, self.lock)

    def reset(self) -> None:
        """Forget tokens, jti values, armed stimuli and what people did; keep keys and modes."""
        self.chaman.restore()
        self.mahis.restore()
        with self.lock:
            self.tokens = TokenStore()
            self.jtis = JtiMemory()
            self.queue.clear()

    def uuid(self) -> str:
        """Return a version 4 UUID from the seeded source."""
        with self.lock:
            return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))
