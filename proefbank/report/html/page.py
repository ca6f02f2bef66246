"""What stands on the page: cards, tables and sections as plain values for the template."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from proefbank.journal import Event, Journal, split_stages
from proefbank.report.commands import again, whole
from proefbank.report.html.renewal_choice import pictures
from proefbank.report.html.renewal_picture import Picture
from proefbank.report.html.timeline import Moment, timeline
from proefbank.report.html.witness import (
    LONGEST_BODY,
    Statement,
    WireView,
    statements,
    wire_view,
)
from proefbank.report.words import ENGLISH, Words
from proefbank.requirement import Basis
from proefbank.verdict import Outcome

__all__ = ["Card", "Page", "Situation", "page", "safe_url"]

_CARDS = (Outcome.FAILED, Outcome.NOT_EXERCISED, Outcome.BROKEN, Outcome.WARNED)
_EXCHANGES_SHOWN = 2
_LEAST_ALIKE = 4
_EVIDENCE_BUDGET = 400_000
"""Characters of evidence that the cards may hold: keeps the page of any run about a megabyte."""
_MARKUP = 3_000
"""Characters that an exchange takes besides its words, roughly."""


@dataclass(frozen=True, slots=True)
class Card:
    """One requirement that needs attention, with the judgement that shows it best."""

    row: Mapping[str, Any]
    judgement: Mapping[str, Any]
    others: tuple[Mapping[str, Any], ...]
    """Further judgements with the same outcome."""
    expected: tuple[str, str, str]
    """Text before, at and after the first difference from `actual`."""
    actual: tuple[str, str, str]
    wire: tuple[WireView, ...]
    elsewhere: tuple[int, ...]
    """Exchanges that are evidence too, but are not shown here."""
    said: tuple[Statement, ...]
    moments: tuple[Moment, ...]
    command: str

    @property
    def decides(self) -> bool:
        """Whether it counts for the verdict."""
        return bool(self.row["basis"] != Basis.PRACTICE)


@dataclass(frozen=True, slots=True)
class Situation:
    """One staging, for whoever asks how a pass is known."""

    name: str
    service: str
    story: str
    state: str
    reason: str
    exchanges: int
    outcomes: Mapping[str, int]
    """How many judgements of each outcome it gave."""
    moments: tuple[Moment, ...]
    command: str
    pictures: tuple[Picture, ...] = ()
    """How the keys were renewed, if they were; the one that leads the page is not among them."""


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that the template lays out."""

    report: Mapping[str, Any]
    cards: tuple[Card, ...]
    warnings: tuple[Card, ...]
    hardening: tuple[Mapping[str, Any], ...]
    hardening_cards: tuple[Card, ...]
    requirements: tuple[Mapping[str, Any], ...]
    excluded: tuple[Mapping[str, Any], ...]
    unshown: tuple[Mapping[str, Any], ...]
    """Not observable, whether or not they decide."""
    situations: tuple[Situation, ...]
    command: str
    renewal: Picture | None = None
    """The picture to look at first, in a run in which keys were renewed."""


def page(report: Mapping[str, Any], events: Iterable[Event], words: Words = ENGLISH) -> Page:
    """Return what the page of this report holds."""
    journals = split_stages(events)
    rows = report["requirements"]
    deciding = [r for r in rows if r["basis"] != Basis.PRACTICE and r["state"] != "excluded"]
    hardening = [r for r in rows if r["basis"] == Basis.PRACTICE and r["state"] != "excluded"]
    maker = _CardMaker(report, journals, words)
    cards = maker.cards(deciding)
    failed = {stage for row in rows for stage in _failed_in(row)}
    renewal, drawn = pictures(journals, failed, words)
    return Page(
        report=report,
        cards=tuple(card for card in cards if card.row["outcome"] != Outcome.WARNED),
        warnings=tuple(card for card in cards if card.row["outcome"] == Outcome.WARNED),
        hardening=tuple(hardening),
        hardening_cards=tuple(maker.cards(hardening)),
        requirements=tuple(deciding),
        excluded=tuple(row for row in rows if row["state"] == "excluded"),
        unshown=tuple(row for row in rows if row["outcome"] == Outcome.NOT_OBSERVABLE),
        situations=tuple(
            replace(one, pictures=drawn.get(one.name, ()))
            for one in _situations(report, journals, words)
        ),
        command=whole(report),
        renewal=renewal,
    )


def safe_url(url: object) -> str:
    """Return `url` if it is plain http(s), else nothing: the client chooses some of them."""
    try:
        return str(url) if urlsplit(str(url)).scheme in ("https", "http") else ""
    except ValueError:
        return ""


class _CardMaker:
    """Makes cards while it keeps count of the evidence that the page can still hold."""

    def __init__(
        self, report: Mapping[str, Any], journals: Mapping[str, Journal], words: Words
    ) -> None:
        self._words = words
        self._report = report
        self._journals = journals
        self._left = _EVIDENCE_BUDGET
        self._exchanges = {
            (stage, event["exchange"]): event
            for stage, journal in journals.items()
            for event in journal.of("exchange")
        }

    def cards(self, rows: Iterable[Mapping[str, Any]]) -> list[Card]:
        """Return a card for each row that needs one, the worst outcomes first."""
        wanted = [row for row in rows if row["outcome"] in _CARDS]
        wanted.sort(key=lambda row: _CARDS.index(Outcome(row["outcome"])))
        return [self._card(row) for row in wanted]

    def _card(self, row: Mapping[str, Any]) -> Card:
        same = [item for item in row["judgements"] if item["outcome"] == row["outcome"]]
        judgement = same[0] if same else {"stage": "", "finding": None, "reason": row["reason"]}
        finding = judgement["finding"] or {}
        stage, numbers = judgement["stage"], _numbers(judgement)
        expected, actual = _divergence(finding.get("expected", ""), finding.get("actual", ""))
        found = [n for n in numbers if (stage, n) in self._exchanges]
        room = self._left > 0
        shown = found[:_EXCHANGES_SHOWN] if room else []
        self._left -= sum(self._cost(stage, number) for number in shown)
        journal = self._journals.get(stage) if room else None
        service = row["id"].partition(".")[0]
        return Card(
            row=row,
            judgement=judgement,
            others=tuple(same[1:]),
            expected=expected,
            actual=actual,
            wire=tuple(wire_view(self._exchanges[stage, n], self._words) for n in shown),
            elsewhere=tuple(number for number in found if number not in shown),
            said=tuple(statements(journal, shown, self._words)) if journal else (),
            moments=tuple(timeline(journal, numbers, 24, self._words)) if journal else (),
            command=again(self._report, service, stage) if stage else "",
        )

    def _cost(self, stage: str, number: int) -> int:
        event: Any = self._exchanges[stage, number]
        texts = (event[side]["body"]["text"] for side in ("request", "response"))
        return _MARKUP + sum(min(len(text), LONGEST_BODY) for text in texts)


def _failed_in(row: Mapping[str, Any]) -> list[str]:
    return [item["stage"] for item in row["judgements"] if item["outcome"] == Outcome.FAILED]


def _numbers(judgement: Mapping[str, Any]) -> list[int]:
    finding = judgement["finding"] or {}
    places = [finding.get("exchange")]
    places += [item["exchange"] for item in judgement.get("evidence", ())]
    return list(dict.fromkeys(number for number in places if number is not None))


_Split = tuple[str, str, str]


def _divergence(expected: str, actual: str) -> tuple[_Split, _Split]:
    """Split two words at what differs; texts with spaces or little in common stay whole."""
    shortest = min(len(expected), len(actual))
    head = tail = 0
    if not any(character.isspace() for character in expected + actual):
        while head < shortest and expected[head] == actual[head]:
            head += 1
        while tail < shortest - head and expected[-1 - tail] == actual[-1 - tail]:
            tail += 1
    if head + tail < max(_LEAST_ALIKE, shortest // 4):
        return (expected, "", ""), (actual, "", "")
    return _split(expected, head, tail), _split(actual, head, tail)


def _split(text: str, head: int, tail: int) -> _Split:
    end = len(text) - tail
    return text[:head], text[head:end], text[end:]


def _situations(
    report: Mapping[str, Any], journals: Mapping[str, Journal], words: Words
) -> Iterable[Situation]:
    outcomes: dict[str, dict[str, int]] = {}
    for row in report["requirements"]:
        for judgement in row["judgements"]:
            tally = outcomes.setdefault(judgement["stage"], {})
            tally[judgement["outcome"]] = tally.get(judgement["outcome"], 0) + 1
    for stage, journal in journals.items():
        header, ended = journal.header, journal.ended
        if not header and not ended:
            continue
        service = str(header.get("service", ""))
        tally = outcomes.get(stage, {})
        yield Situation(
            name=stage,
            service=service,
            story=str(header.get("story", "")),
            state=str(ended.get("state") or "interrupted"),
            reason=str(ended.get("reason") or ""),
            exchanges=len(journal.of("exchange")),
            outcomes={o.value: tally[o.value] for o in Outcome if o.value in tally},
            moments=tuple(timeline(journal, most=30, words=words)),
            command=again(report, service, stage),
        )
