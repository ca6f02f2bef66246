"""The client assertion: with which a client proves who it is (RFC 7523, 2.2)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from proefbank.errors import NotObservable
from proefbank.journal import Journal
from proefbank.judge import Reading
from proefbank.redaction import parse_hole
from proefbank.untold import Untold

from .token_request import TokenRequest, token_exchanges

__all__ = ["ClientAssertion", "OtherEnvironmentAssertion"]


@dataclass(frozen=True, slots=True)
class ClientAssertion(Reading):
    """Header and claims of one assertion, read raw; the signature itself is never kept."""

    header: Mapping[str, object]
    claims: Mapping[str, object]
    raw: str
    """The hole: equal for two assertions that are the same but for their signature."""
    at: float
    """The bench's clock at arrival, in epoch seconds; 0 if the recording does not tell."""
    token_endpoint: str
    audience: str
    """What belongs into `aud`."""
    scenario: Mapping[str, object]
    facts: Mapping[str, object]
    """What the token server testified."""
    exchange: int

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return the assertion of every token request that carried a decodable one."""
        found = [
            cls.of(TokenRequest.of(exchange), exchange.request.received_at)
            for exchange in token_exchanges(journal)
        ]
        return [item for item in found if item is not None]

    @classmethod
    def of(cls, request: TokenRequest, received_at: float) -> Self | None:
        """Return the assertion of one token request; None if it has none that decodes."""
        raw = request.one("client_assertion") or ""
        hole = parse_hole(raw)
        if hole is None or not hole.header:
            return None
        return cls(
            header=json.loads(hole.header),
            claims=json.loads(hole.claims) if hole.claims else {},
            raw=raw,
            at=received_at,
            token_endpoint=request.endpoint,
            audience=str(request.scenario.get("audience", "")),
            scenario=request.scenario,
            facts=request.facts,
            exchange=request.exchange,
        )

    @property
    def received_at(self) -> float:
        """The bench's clock at arrival, in epoch seconds."""
        if self.at <= 0:
            raise NotObservable(
                "the recording does not say when the request came; one with instants would show it"
            )
        return self.at

    @property
    def client_id(self) -> str:
        """The client id of the account that the client was told to be.

        Where a recording does not tell it, the one that `iss` and `sub` agree on.
        """
        if isinstance(self.scenario, Untold) and "client_id" not in self.scenario:
            told = self.claims.get("iss")
            agreed = told is not None and told == self.claims.get("sub")
            return str(told) if agreed else "one client id in both iss and sub"
        return str(self.scenario.get("client_id", ""))

    @property
    def signature(self) -> str:
        """The server's testimony.

        `registered`, `expired-certificate`, `unregistered-key`, `unverifiable` or `absent`.
        """
        return str(self.facts.get("signature", "absent"))

    @property
    def key_kind(self) -> str:
        """Kind of the registered key, e.g. `RSA-2048` or `EC P-384`."""
        return str(self.facts.get("key_kind", ""))

    @property
    def algorithm(self) -> str:
        """The `alg` header as text; empty if absent."""
        return str(self.header.get("alg", ""))

    @property
    def audiences(self) -> list[object]:
        """`aud` as a list, whether it was one string or several (RFC 7519, 4.1.3)."""
        told = self.claims.get("aud")
        if told is None:
            return []
        return list(told) if isinstance(told, list) else [told]

    def instant(self, claim: str) -> float | None:
        """Return a NumericDate claim in seconds; None if it is absent or no number."""
        told = self.claims.get(claim)
        if isinstance(told, bool) or not isinstance(told, int | float):
            return None
        return float(told)

    def told(self, fact: str) -> list[str]:
        """Return a list among the facts of the scenario, e.g. the ids of sibling accounts."""
        found = self.scenario.get(fact)
        return [str(item) for item in found] if isinstance(found, list) else []

    def number(self, fact: str, default: float) -> float:
        """Return a tolerance of the simulated server, in seconds."""
        told = self.scenario.get(fact, default)
        return float(told) if isinstance(told, int | float) else default


class OtherEnvironmentAssertion(ClientAssertion):
    """An assertion made after the client was moved from one environment to another."""
