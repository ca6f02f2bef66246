"""What requests for key sets show by themselves, where nobody tells which tokens came.

So it is with a product that somebody points at the simulated realms, and with traffic that was
recorded elsewhere: there are no orders and no outcomes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from proefbank.journal import Exchange, Journal
from proefbank.judge import NotExercised, Reading

__all__ = ["MINUTE", "Asked", "KeySetTraffic"]

MINUTE = 60.0
_GOOD = 200
_ERROR = 500
_WAIT = 429


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for a key set."""

    number: int
    at: float
    target: str
    status: int
    retry_after: str
    cut: bool
    """Whether the answer did not come through: reset, or cut off."""

    @property
    def good(self) -> bool:
        """Whether it brought something."""
        return self.status == _GOOD and not self.cut

    @property
    def failed(self) -> bool:
        """Whether the server was in no state to answer."""
        return self.cut or self.status >= _ERROR or self.status == _WAIT


@dataclass(frozen=True, slots=True)
class KeySetTraffic(Reading):
    """Every request for a key set, from one start of one consumer on, in order of arrival.

    Consumers are told apart by their `User-Agent`: what one of them does is not the other's doing.
    """

    asked: tuple[Asked, ...]
    published: tuple[str, ...]
    """The addresses that were published, as far as anybody said; they may have a query."""
    redirected: int | None
    """Number of the first answer that led to another host by a redirect, where that is known."""
    elsewhere: tuple[Exchange, ...]
    """Requests that came where nothing but redirects and hostile tokens lead."""
    until: float
    """When anything was heard last: what would have come later nobody knows."""
    exchange: int | None

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return one reading for each start; `NotExercised` when no key set was asked for."""
        exchanges = {item.number: item for item in journal.exchanges}
        starts: list[list[Exchange]] = [[]]
        for event in journal:
            if event["event"] == "scenario" and event.get("anew"):
                starts.append([])
            elif event["event"] == "exchange":
                starts[-1].append(exchanges[int(str(event["exchange"]))])
        readings = [
            cls._of([item for item in items if _agent(item) == agent], items)
            for items in starts
            for agent in dict.fromkeys(_agent(item) for item in items if _is_request(item))
        ]
        if not readings:
            raise NotExercised("no key set was asked for")
        return readings

    @classmethod
    def _of(cls, items: list[Exchange], all_: list[Exchange]) -> Self:
        asked = tuple(_asked(item) for item in items if _is_request(item))
        led = [item for item in items if item.trail.stimulus == "jwks-redirect-elsewhere"]
        return cls(
            asked=asked,
            published=tuple(dict.fromkeys(filter(None, map(_published, all_)))),
            redirected=led[0].number if led else None,
            elsewhere=tuple(item for item in items if item.conversation == "trap"),
            until=max(item.request.received_at for item in all_),
            exchange=asked[-1].number,
        )

    @property
    def gaps(self) -> list[tuple[float, Asked]]:
        """Seconds between fetches that brought a set, with the later one."""
        good = [item for item in self.asked if item.good]
        return [(later.at - one.at, later) for one, later in pairwise(good)]

    @property
    def span(self) -> float:
        """Seconds from the first request to the last."""
        return self.asked[-1].at - self.asked[0].at

    @property
    def busiest_minute(self) -> list[Asked]:
        """The requests of the minute with the most of them, failed ones apart."""
        return _busiest([item for item in self.asked if not item.failed])

    @property
    def hammered(self) -> list[Asked]:
        """The failed requests of the minute with the most of them."""
        return _busiest([item for item in self.asked if item.failed])

    def queried(self, item: Asked) -> bool:
        """Whether a request's query has other parameters than the published address has."""
        path = urlsplit(item.target).path
        here = [address for address in self.published if urlsplit(address).path == path]
        asked = _parameters(item.target)
        return all(asked != _parameters(address) for address in here or self.published)


def _agent(item: Exchange) -> str:
    return item.request.header("user-agent") or ""


def _is_request(item: Exchange) -> bool:
    return item.conversation == "jwks" and item.request.listener in ("main", "")


def _asked(item: Exchange) -> Asked:
    return Asked(
        number=item.number,
        at=item.request.received_at,
        target=item.request.target,
        status=item.response.status,
        retry_after=item.response.header("retry-after") or "",
        cut=item.response.wire.reset or item.response.wire.cut_after is not None,
    )


def _published(item: Exchange) -> str | None:
    """Return the address that the scenario or a discovery document tells."""
    if "jwks_uri" in item.scenario:
        return str(item.scenario["jwks_uri"])
    if item.conversation != "discovery" or item.response.status != _GOOD:
        return None
    try:
        told = json.loads(item.response.body)
    except (ValueError, RecursionError):
        return None
    address = told.get("jwks_uri") if isinstance(told, Mapping) else None
    return address if isinstance(address, str) else None


def _busiest(asked: Sequence[Asked]) -> list[Asked]:
    """Return those of the minute with the most of them."""
    minutes = (
        [item for item in asked[place:] if item.at < first.at + MINUTE]
        for place, first in enumerate(asked)
    )
    return max(minutes, key=len, default=[])


def _parameters(target: str) -> list[str]:
    return sorted(name for name, _ in parse_qsl(urlsplit(target).query, keep_blank_values=True))
