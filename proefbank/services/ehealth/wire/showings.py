"""What every reading here is made of: tokens that were shown, and requests for key sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from proefbank.journal import Exchange, Journal
from proefbank.judge import NotExercised

__all__ = ["Fetch", "Verification", "check_controls", "fetches_of", "verifications_of"]


@dataclass(frozen=True, slots=True)
class Fetch:
    """One request for a key set, and what came of it."""

    number: int
    """The exchange."""
    scenario: int
    """Counts the scenarios of the staging from 1."""
    at: float
    """The bench's clock at arrival, in epoch seconds."""
    delivered: bool
    """Whether a whole set with a key in it was sent."""
    kids: frozenset[str]
    """The kids in it."""
    status: int
    stimulus: str
    """What shaped the answer; empty if nothing did."""
    target: str
    """Path and query as they were asked for."""
    retry_after: str
    """How long the answer asked to wait; empty if it did not."""


@dataclass(frozen=True, slots=True)
class Verification:
    """One token that was shown, and what the consumer said of it."""

    call: int
    scenario: int
    recipe: str
    key: str
    """Name of the key that signed it, or would have."""
    kid: str
    realm: str
    state: str
    """State of the renewal when it was shown, `S0` to `S3`."""
    note: str
    token: str
    """The hole in its place: equal for the same token."""
    at: float
    """The bench's clock when it was shown."""
    outcome: str
    reject_class: str
    detail: str
    exchanges: tuple[Exchange, ...]
    """What was on the wire between order and answer, oldest first."""
    start: int
    """Number of the last exchange before it; 0 if there was none."""
    status: int | None = None
    """What an API answered over HTTP; None where an adapter told the outcome."""
    challenges: tuple[str, ...] = ()
    """The values of WWW-Authenticate in that answer."""

    @property
    def accepted(self) -> bool:
        """Whether the consumer said yes."""
        return self.outcome == "accepted"

    @property
    def fetches(self) -> list[Exchange]:
        """Requests for key sets meanwhile."""
        return self.on("jwks")

    def on(self, conversation: str) -> list[Exchange]:
        """Return what belongs to one conversation."""
        return [item for item in self.exchanges if item.conversation == conversation]

    @property
    def exchange(self) -> int | None:
        """The exchange that evidence can point at: the last one of it, or before it."""
        return self.exchanges[-1].number if self.exchanges else (self.start or None)

    @property
    def said(self) -> str:
        """What the consumer said, in a few words."""
        told = self.reject_class or (self.detail.strip().splitlines() or [""])[-1]
        return f"{self.outcome}, {told}" if told else self.outcome or "no answer"


def fetches_of(journal: Journal) -> list[Fetch]:
    """Return every request for a key set on the realm's own origin."""
    starts = _scenarios(journal)
    return [
        Fetch(
            number=item.number,
            scenario=starts.get(item.number, 0),
            at=item.request.received_at,
            delivered=item.facts.get("delivered") is True,
            kids=frozenset(_texts(item.facts.get("kids"))),
            status=item.response.status,
            stimulus=item.trail.stimulus or "",
            target=item.request.target,
            retry_after=item.response.header("retry-after") or "",
        )
        for item in journal.exchanges
        if item.conversation == "jwks" and item.request.listener == "main"
    ]


def verifications_of(journal: Journal) -> list[Verification]:
    """Return every token that was shown.

    One that was shown once more because it had been refused counts once, by its last answer.
    """
    exchanges = {item.number: item for item in journal.exchanges}
    found: list[Verification] = []
    orders: dict[object, dict[str, Any]] = {}
    scenario = last = 0
    for event in journal:
        match event["event"]:
            case "scenario":
                scenario += 1
            case "exchange":
                last = int(str(event["exchange"]))
            case "call":
                orders[event["call"]] = {"order": event, "start": last, "scenario": scenario}
            case "shown" if event["call"] in orders:
                orders[event["call"]]["shown"] = event
            case "outcome" if "shown" in (order := orders.get(event["call"], {})):
                between = range(order["start"] + 1, last + 1)
                met = tuple(exchanges[number] for number in between if number in exchanges)
                _add(found, _verification(order, event, met))
    return found


def _verification(
    order: Mapping[str, Any], outcome: Mapping[str, object], met: tuple[Exchange, ...]
) -> Verification:
    shown, call = order["shown"], order["order"]
    told = outcome.get("answer")
    answer = told if isinstance(told, Mapping) else {}
    return Verification(
        call=int(call["call"]),
        scenario=order["scenario"],
        recipe=str(shown.get("recipe") or ""),
        key=str(shown.get("key") or ""),
        kid=str(shown.get("kid") or ""),
        realm=str(shown.get("realm") or ""),
        state=str(shown.get("state") or ""),
        note=str(call.get("note") or ""),
        token=str(call["args"].get("token", "")),
        at=float(shown.get("at") or 0.0),
        outcome=str(outcome.get("outcome") or ""),
        reject_class=str(outcome.get("class") or ""),
        detail=str(outcome.get("detail") or outcome.get("reason") or ""),
        exchanges=met,
        start=order["start"],
        status=answer.get("status"),
        challenges=tuple(_texts(answer.get("challenges"))),
    )


def _add(found: list[Verification], made: Verification) -> None:
    before = found[-1] if found else None
    again = (
        before is not None
        and not before.accepted
        and (before.token, before.note, before.scenario) == (made.token, made.note, made.scenario)
    )
    if again and before is not None:
        exchanges = before.exchanges + made.exchanges
        found[-1] = replace(made, exchanges=exchanges, start=before.start)
    else:
        found.append(made)


def check_controls(shown: Iterable[Verification]) -> None:
    """Raise `NotExercised` unless every token was accepted that serves as a control."""
    for item in shown:
        if item.note == "control" and not item.accepted:
            raise NotExercised(
                "the consumer did not accept a good token while all was well: it said "
                f"{item.said} to one of the key {item.key}"
            )


def _scenarios(journal: Journal) -> dict[int, int]:
    scenario, found = 0, {}
    for event in journal:
        if event["event"] == "scenario":
            scenario += 1
        elif event["event"] == "exchange":
            found[int(str(event["exchange"]))] = scenario
    return found


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
