"""Which token a client uses when: after its end, for another account, for another scope."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from proefbank.journal import Exchange, Journal
from proefbank.judge import NotExercised, Reading

from .api_request import api_exchanges, bearer_token, issued_token

__all__ = ["SeparateAccounts", "SeparateScopes", "TokenOutlived"]


@dataclass(frozen=True, slots=True)
class TokenOutlived(Reading):
    """Calls before and after the end of a token's life, the clock moved in between."""

    lifetime: float
    """Seconds that the server had promised."""
    elapsed: float
    first_token: str
    later: tuple[Exchange, ...]
    """API requests after the token had ended."""
    exchange: int

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return the one reading; raises `NotExercised` unless both calls were made."""
        moved = journal.of("clock")
        requests = api_exchanges(journal)
        if not moved:
            raise NotExercised("the clock was not moved")
        at = float(str(moved[-1]["now"]))
        before = [item for item in requests if item.request.received_at < at - 1]
        later = tuple(item for item in requests if item.request.received_at >= at - 1)
        if not before or not later:
            raise NotExercised("the API was not called both before and after the token's end")
        if before[-1].facts.get("token") != "valid":
            raise NotExercised("the first call was not made with a good token")
        armed = next(iter(journal.of("stimulus")), {})
        params = armed.get("params")
        return [
            cls(
                lifetime=float(params.get("seconds", 0)) if isinstance(params, dict) else 0.0,
                elapsed=float(str(moved[-1]["by"])),
                first_token=bearer_token(before[0]),
                later=later,
                exchange=later[0].number,
            )
        ]


@dataclass(frozen=True, slots=True)
class SeparateAccounts(Reading):
    """The same client told to be one account, then another."""

    expected: tuple[str, ...]
    """Account that each scenario was about."""
    used: tuple[str, ...]
    """Account whose token came with the API call of each scenario."""
    exchange: int

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return the one reading; raises `NotExercised` unless both accounts called the API."""
        whose: dict[str, object] = {}
        used: list[tuple[Exchange, str]] = []
        for item in journal.exchanges:
            if item.conversation == "token" and (issued := issued_token(item)):
                whose[issued] = item.scenario.get("account")
            elif item.conversation == "api":
                # The server may have forgotten a token; who got it is on the wire all the same.
                account = item.facts.get("token_account") or whose.get(bearer_token(item))
                used += [(item, str(account))] if account else []
        if len({str(item.scenario.get("account")) for item, _ in used}) < 2:  # noqa: PLR2004
            raise NotExercised("the API was not called for both accounts")
        return [
            cls(
                expected=tuple(str(item.scenario.get("account")) for item, _ in used),
                used=tuple(account for _, account in used),
                exchange=used[-1][0].number,
            )
        ]


@dataclass(frozen=True, slots=True)
class SeparateScopes(Reading):
    """A token fetched for one scope, then an API call for which another one holds."""

    fetched: str
    """Hole of the token that was fetched with a scope of its own."""
    used: str
    """Hole of the token that came with the API call."""
    exchange: int

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return the one reading; raises `NotExercised` if either part is missing."""
        tokens = [item for item in journal.exchanges if item.conversation == "token"]
        requests = api_exchanges(journal)
        if not tokens or not requests:
            raise NotExercised("a token and an API call were both asked for")
        if bearer_token(requests[-1]) not in {issued_token(item) for item in tokens} - {""}:
            raise NotExercised("the API was not called with a token that had been issued")
        return [
            cls(
                fetched=issued_token(tokens[0]),
                used=bearer_token(requests[-1]),
                exchange=requests[-1].number,
            )
        ]
