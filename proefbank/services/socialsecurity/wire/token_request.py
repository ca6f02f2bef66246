"""What a client sent to the token endpoint."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from proefbank.errors import NotObservable
from proefbank.journal import Call, Exchange, Journal
from proefbank.judge import Reading

__all__ = [
    "OtherEnvironmentRequest",
    "Parameter",
    "ScopedTokenRequest",
    "TokenRequest",
    "TwoScopesRequest",
    "arrived_as_utf8",
    "token_exchanges",
]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter and where it stood: `form`, `json` or `query`."""

    name: str
    value: str
    place: str


@dataclass(frozen=True, slots=True)
class TokenRequest(Reading):
    """One request to the token endpoint. Secrets in it are holes."""

    method: str
    origin: str
    """Scheme, host and port it was sent to."""
    path: str
    media_type: str
    """The Content-Type header as sent; empty if there was none."""
    arrived_as_utf8: bool
    authorization: str
    """Scheme of the Authorization header, lower-case; empty if there was none."""
    parameters: tuple[Parameter, ...]
    endpoint: str
    """The token endpoint that the client was told."""
    order: Call | None
    """What the client had been told to do when it sent this."""
    scenario: Mapping[str, object]
    facts: Mapping[str, object]
    """What the token server testified."""
    exchange: int

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return every request that reached the token server."""
        orders = {item.number: call for call in journal.calls for item in call.exchanges}
        return [
            cls.of(exchange, orders.get(exchange.number)) for exchange in token_exchanges(journal)
        ]

    @classmethod
    def of(cls, exchange: Exchange, order: Call | None = None) -> Self:
        """Return the reading of one exchange; `order` is what the client had been told to do."""
        request = exchange.request
        return cls(
            method=request.method,
            origin=request.origin,
            path=request.path,
            media_type=request.header("content-type") or "",
            arrived_as_utf8=exchange.utf8,
            authorization=(request.header("authorization") or "").partition(" ")[0].lower(),
            parameters=(*_query(request.query), *_body(exchange.text)),
            endpoint=str(exchange.scenario.get("token_endpoint", "")),
            order=order,
            scenario=exchange.scenario,
            facts=exchange.facts,
            exchange=exchange.number,
        )

    @property
    def asked_scope(self) -> str | None:
        """The scope that the bench asked for; None when it asked for none."""
        if self.order is not None and self.order.op == "token.fetch":
            asked = self.order.args.get("scope")
        else:
            asked = self.scenario.get("scope")
        return asked if isinstance(asked, str) else None

    @property
    def utf8(self) -> bool:
        """Whether the body arrived as UTF-8; not observable where only its text was recorded."""
        return arrived_as_utf8(self.facts, self.arrived_as_utf8)

    def all(self, name: str) -> list[str]:
        """Return every value of the parameter called `name`, wherever it stood."""
        return [item.value for item in self.parameters if item.name == name]

    def one(self, name: str) -> str | None:
        """Return the first value of the parameter called `name`, or None."""
        return next(iter(self.all(name)), None)

    @property
    def endpoint_path(self) -> str:
        """Path of the token endpoint that the client was told."""
        return urlsplit(self.endpoint).path

    @property
    def endpoint_origin(self) -> str:
        """Scheme, host and port of the token endpoint that the client was told."""
        parts = urlsplit(self.endpoint)
        return f"{parts.scheme}://{parts.netloc}"


class ScopedTokenRequest(TokenRequest):
    """A request for which the bench asked one scope of the account."""


class TwoScopesRequest(TokenRequest):
    """A request for which the bench asked two scopes of the account."""


class OtherEnvironmentRequest(TokenRequest):
    """A request made after the client was moved from one environment to another."""


def arrived_as_utf8(facts: Mapping[str, object], arrived: bool) -> bool:  # noqa: FBT001
    """Return `arrived`, unless the recorder kept text in place of the bytes."""
    if "only_text_recorded" in facts:
        raise NotObservable(
            "the recording holds text and not the bytes that were sent; a run against the "
            "simulated service would show them"
        )
    return arrived


def token_exchanges(journal: Journal) -> list[Exchange]:
    """Return the exchanges with the token server."""
    return [item for item in journal.exchanges if item.conversation == "token"]


def _query(query: str) -> list[Parameter]:
    return [Parameter(name, value, "query") for name, value in parse_qsl(query, True)]  # noqa: FBT003


def _body(text: str) -> list[Parameter]:
    if text.lstrip().startswith("{"):
        try:
            members = json.loads(text)
        except ValueError:
            members = {}
        return [
            Parameter(name, value if isinstance(value, str) else json.dumps(value), "json")
            for name, value in members.items()
        ]
    return [Parameter(name, value, "form") for name, value in parse_qsl(text, True)]  # noqa: FBT003
