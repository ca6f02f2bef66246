"""What a client sent to the FLA API."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from proefbank.errors import NotObservable
from proefbank.journal import Call, Exchange, Journal
from proefbank.judge import NotExercised, Reading
from proefbank.redaction import find_holes
from proefbank.untold import Untold

from .token_request import arrived_as_utf8

__all__ = [
    "ApiRequest",
    "ApiSeries",
    "MandataryRequest",
    "MandataryRequests",
    "OtherCapacityRequest",
    "OtherEnvironmentCall",
    "PayloadRequest",
    "TrainingProviderRequest",
    "api_exchanges",
    "bearer_token",
    "issued_token",
]


@dataclass(frozen=True, slots=True)
class ApiRequest(Reading):
    """One request to the API. Secrets in it are holes."""

    method: str
    origin: str
    """Scheme, host and port it was sent to."""
    path: str
    query: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    media_type: str
    accept: str
    arrived_as_utf8: bool
    text: str
    """The body as redacted text."""
    api_base: str
    order: Call | None
    """What the client had been told to do when it sent this."""
    scenario: Mapping[str, object]
    facts: Mapping[str, object]
    """What the API testified: the token's state, the enterprise number it found, …"""
    token: str
    """The hole of the token in the Authorization header; empty if there was none."""
    issued_before: frozenset[str]
    """Holes of the tokens that the token server had issued before, in this staging."""
    exchange: int

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return every request that reached the API."""
        orders = {item.number: call for call in journal.calls for item in call.exchanges}
        issued: set[str] = set()
        found = []
        for exchange in journal.exchanges:
            if exchange.conversation == "token":
                issued.add(issued_token(exchange))
            elif exchange.conversation == "api":
                found.append(
                    cls.of(exchange, orders.get(exchange.number), frozenset(issued - {""}))
                )
        return found

    @classmethod
    def of(cls, exchange: Exchange, order: Call | None, issued: frozenset[str]) -> Self:
        """Return the reading of one exchange."""
        request = exchange.request
        return cls(
            method=request.method,
            origin=request.origin,
            path=request.path,
            query=tuple(parse_qsl(request.query, True)),  # noqa: FBT003
            headers=request.headers,
            media_type=request.header("content-type") or "",
            accept=request.header("accept") or "",
            arrived_as_utf8=exchange.utf8,
            text=exchange.text,
            api_base=str(exchange.scenario.get("api_base", "")),
            order=order,
            scenario=exchange.scenario,
            facts=exchange.facts,
            token=bearer_token(exchange),
            issued_before=issued,
            exchange=exchange.number,
        )

    @property
    def utf8(self) -> bool:
        """Whether the body arrived as UTF-8; not observable where only its text was recorded."""
        return arrived_as_utf8(self.facts, self.arrived_as_utf8)

    @property
    def issued(self) -> frozenset[str]:
        """Tokens that were issued before; not observable where they may have come earlier."""
        if self.token not in self.issued_before and isinstance(self.scenario, Untold):
            raise NotObservable(
                "the token may have been fetched before the recording began; a recording that "
                "holds its token request too would show it"
            )
        return self.issued_before

    def header(self, name: str) -> str | None:
        """Return the first value of a header, or None."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    @property
    def base_path(self) -> str:
        """Path of the API base that the client was told."""
        return urlsplit(self.api_base).path

    @property
    def json(self) -> object:
        """The body as JSON; None if it is none."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None

    @property
    def secrets_outside_header(self) -> list[str]:
        """Where a token stood that is not the Authorization header: `query`, `body`."""
        places = [("query", " ".join(value for _, value in self.query)), ("body", self.text)]
        return [place for place, text in places if {"token", "jwt"} & set(find_holes(text))]


class PayloadRequest(ApiRequest):
    """A request with a JSON payload that names an enterprise and a person outside ASCII."""

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return every request that was ordered, sends something, or should have."""
        return [
            item
            for item in super().read(journal)
            if item.order
            or item.text
            or (item.method in _WITH_PAYLOAD and not isinstance(item.scenario, Untold))
        ]


class MandataryRequest(ApiRequest):
    """A request that the client sent as mandatary of an employer."""


class TrainingProviderRequest(ApiRequest):
    """A request that the client sent as training provider."""


_WITH_PAYLOAD = ("POST", "PUT", "PATCH")
_TOKEN = re.compile(r"<redacted:(?:token|jwt) [^>]*>")


def api_exchanges(journal: Journal) -> list[Exchange]:
    """Return the exchanges with the API."""
    return [item for item in journal.exchanges if item.conversation == "api"]


class OtherCapacityRequest(ApiRequest):
    """A request made after the client was told to act in another capacity."""


class OtherEnvironmentCall(ApiRequest):
    """A request made after the client was moved from one environment to another."""


@dataclass(frozen=True, slots=True)
class ApiSeries(Reading):
    """Several API requests of one staging, side by side; at least two."""

    requests: tuple[ApiRequest, ...]
    exchange: int

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return one series; raises `NotExercised` for fewer than two requests."""
        requests = tuple(ApiRequest.read(journal))
        if len(requests) < 2:  # noqa: PLR2004
            raise NotExercised(f"{len(requests)} API requests came where several were asked for")
        return [cls(requests, requests[-1].exchange)]


class MandataryRequests(ApiSeries):
    """Requests that one mandatary made for several principals."""


def issued_token(exchange: Exchange) -> str:
    """Return the hole of the token that a token answer holds; empty if it holds none."""
    found = _TOKEN.search(exchange.response.body.decode("utf-8", "replace"))
    return found.group() if found else ""


def bearer_token(exchange: Exchange) -> str:
    """Return the hole in the Authorization header; empty if there is none."""
    found = _TOKEN.search(exchange.request.header("authorization") or "")
    return found.group() if found else ""
