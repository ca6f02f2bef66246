"""Several token requests of one staging, side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from proefbank.journal import Journal
from proefbank.judge import NotExercised, Reading

from .assertion import ClientAssertion
from .token_request import TokenRequest, token_exchanges

__all__ = ["RepeatedRequests", "TokenRequestSeries"]


@dataclass(frozen=True, slots=True)
class TokenRequestSeries(Reading):
    """Every token request of one staging, in order of arrival; at least two."""

    requests: tuple[TokenRequest, ...]
    jtis: tuple[str | None, ...]
    """The `jti` of each request's assertion, None where it has none."""
    issuers: tuple[str, ...]
    """The `iss` of each, by whom a server tells one `jti` from another; empty where it has none."""
    repeated: tuple[int, ...]
    """Numbers of the exchanges whose assertion had been sent before, claim for claim."""
    exchange: int

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return one series; raises `NotExercised` for fewer than two requests."""
        requests = [TokenRequest.of(exchange) for exchange in token_exchanges(journal)]
        if len(requests) < 2:  # noqa: PLR2004
            raise NotExercised(f"{len(requests)} token requests came where several were asked for")
        made = [ClientAssertion.of(request, 0.0) for request in requests]
        raw = [item.raw if item else None for item in made]
        first = {text: place for place, text in reversed(list(enumerate(raw)))}
        jtis = [item.claims.get("jti") if item else None for item in made]
        return [
            cls(
                requests=tuple(requests),
                jtis=tuple(jti if isinstance(jti, str) else None for jti in jtis),
                issuers=tuple(str(item.claims.get("iss", "")) if item else "" for item in made),
                repeated=tuple(
                    request.exchange
                    for place, request in enumerate(requests)
                    if raw[place] is not None and first[raw[place]] < place
                ),
                exchange=requests[-1].exchange,
            )
        ]


@dataclass(frozen=True, slots=True)
class RepeatedRequests(TokenRequestSeries):
    """A series in which the server failed in between, so that requests had to be made again."""
