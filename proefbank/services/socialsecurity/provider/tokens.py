"""Memory of the token server: tokens that were issued and `jti` values that were shown."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from .profile import Account

__all__ = ["Issued", "JtiMemory", "TokenStore"]

_MOST_TOKENS = 50_000
_MOST_JTIS = 200_000
_SWEEP_EVERY = 4_096


@dataclass(slots=True)
class Issued:
    """One access token."""

    ref: int
    """Counts from 1 since the last reset; stands for the token wherever it is written down."""
    account: Account
    scope: str | None
    expires_at: float
    text: str = field(repr=False)
    revoked: bool = False

    def state(self, now: float) -> str:
        """Return `valid`, `expired` or `revoked` at epoch seconds `now`."""
        if self.revoked:
            return "revoked"
        return "valid" if now < self.expires_at else "expired"


class TokenStore:
    """Tokens by their text. Not locked: the provider's lock covers it."""

    def __init__(self) -> None:
        """Start with no token."""
        self._tokens: OrderedDict[str, Issued] = OrderedDict()
        self._count = 0

    def add(self, text: str, account: Account, scope: str | None, expires_at: float) -> Issued:
        """Keep a new token; the oldest is forgotten when there are very many."""
        self._count += 1
        issued = Issued(self._count, account, scope, expires_at, text)
        self._tokens[text] = issued
        if len(self._tokens) > _MOST_TOKENS:
            self._tokens.popitem(last=False)
        return issued

    def get(self, text: str) -> Issued | None:
        """Return the token of that text, alive or not."""
        return self._tokens.get(text)

    def alive(self, now: float) -> int:
        """Count the tokens that are valid at epoch seconds `now`."""
        return sum(token.state(now) == "valid" for token in self._tokens.values())

    def revoke_all(self) -> None:
        """Revoke every token."""
        for token in self._tokens.values():
            token.revoked = True


class JtiMemory:
    """Remembers (client id, jti) until the assertion is too old to be used again."""

    def __init__(self) -> None:
        """Start with nothing remembered."""
        self._until: dict[tuple[str, str], float] = {}
        self._next_sweep = _SWEEP_EVERY

    def seen(self, client_id: str, jti: str, now: float) -> bool:
        """Whether it was shown before and is still remembered."""
        return self._until.get((client_id, jti), 0.0) > now

    def remember(self, client_id: str, jti: str, until: float, now: float) -> None:
        """Remember it until epoch seconds `until`."""
        self._until[client_id, jti] = max(until, self._until.get((client_id, jti), 0.0))
        if len(self._until) >= self._next_sweep:
            self._until = {key: end for key, end in self._until.items() if end > now}
            for key in list(self._until)[: max(0, len(self._until) - _MOST_JTIS)]:
                del self._until[key]
            self._next_sweep = len(self._until) + _SWEEP_EVERY
