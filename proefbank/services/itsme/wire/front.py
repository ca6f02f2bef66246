"""Where the application sends the browser, and what it makes of the browser coming back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self
from urllib.parse import urlsplit

from proefbank.journal import Exchange, Journal
from proefbank.judge import NotExercised, Reading

from .journeys import Journey, Step, answer_to, journeys_of
from .members import at
from .requests import parameters

__all__ = [
    "Departure",
    "ForgedReturn",
    "IdentificationDeparture",
    "ReloadedReturn",
    "SecondReturn",
    "SigningDeparture",
    "SlowIdentification",
    "fetched",
    "page_of",
]

SLOW = "identification-status-pending"


def page_of(url: str) -> str:
    """Return an address without query and fragment."""
    return url.partition("#")[0].partition("?")[0]


@dataclass(frozen=True, slots=True)
class Departure(Reading):
    """One address that the application sends the browser to."""

    url: str
    signing: bool
    """Whether itsme gave a page to sign on last, not one to be identified on."""
    identification_urls: tuple[str, ...]
    """Addresses that itsme gave in this session."""
    signing_urls: tuple[str, ...]
    pages: tuple[Exchange, ...]
    """Pages that the application asked for by itself."""
    exchange: int | None

    signing_only: ClassVar[bool | None] = None

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return every address told; none where itsme gave none."""
        return [
            made
            for journey in journeys_of(journal)
            for made in cls._of(journey)
            if cls.signing_only in (None, made.signing)
        ]

    @classmethod
    def _of(cls, journey: Journey) -> Iterable[Self]:
        identification: list[str] = []
        signing: list[str] = []
        to_sign = False
        for step in journey.steps:
            for call in step.sent:
                page = at(answer_to(call), "identificationUrl")
                sign_page = at(answer_to(call), *_SIGNING_URL)
                if isinstance(page, str):
                    identification.append(page)
                    to_sign = False
                elif isinstance(sign_page, str):
                    signing.append(sign_page)
                    to_sign = True
            if step.redirect is not None and identification:
                yield cls(
                    url=step.redirect,
                    signing=to_sign,
                    identification_urls=tuple(identification),
                    signing_urls=tuple(signing),
                    pages=step.pages,
                    exchange=step.exchange,
                )

    @property
    def given(self) -> str | None:
        """The address of itsme that it was made of: the newest of that page.

        An older one counts if all its parameters are there.
        """
        addresses = (*self.identification_urls, *self.signing_urls)
        same = [url for url in reversed(addresses) if page_of(url) == page_of(self.url)]
        whole = (url for url in same if not lost(url, self.url))
        return next(whole, next(iter(same), None))

    @property
    def added(self) -> list[tuple[str, str]] | None:
        """Parameters besides those of itsme; None if it is no page of itsme's."""
        if self.given is None:
            return None
        left = Counter(parameters(self.given))
        added = []
        for pair in parameters(self.url):
            if left[pair]:
                left[pair] -= 1
            else:
                added.append(pair)
        return added

    @property
    def lost(self) -> list[tuple[str, str]]:
        """Parameters of itsme that are not there as they were."""
        return lost(self.given or "", self.url)


def lost(given: str, told: str) -> list[tuple[str, str]]:
    """Return the parameters of an address that another one does not have, or not so."""
    return list((Counter(parameters(given)) - Counter(parameters(told))).elements())


class IdentificationDeparture(Departure):
    """An address that the application sends the browser to, to be identified."""

    signing_only = False


class SigningDeparture(Departure):
    """An address that the application sends the browser to, to sign."""

    signing_only = True


def fetched(departure: Departure, urls: Iterable[str]) -> list[Exchange]:
    """Return the pages of these addresses that the application asked for by itself."""
    paths = {urlsplit(url).path for url in urls}
    return [item for item in departure.pages if item.request.path in paths]


@dataclass(frozen=True, slots=True)
class SecondReturn(Reading):
    """The first order after the browser came back from signing."""

    step: Step
    exchange: int | None

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return one for each session that came so far."""
        found = []
        for journey in journeys_of(journal):
            page = [page_of(url) for url in journey.told("sign-start", *_SIGNING_URL)]
            back = next(
                (one for one in journey.visits if one.returned_to and page_of(one.url) in page),
                None,
            )
            after = [step for step in journey.steps if back and step.place > back.place]
            found += [cls(step, step.exchange) for step in after[:1]]
        return found


_SIGNING_URL = ("optOutp", "itsme", "signingUrl")


@dataclass(frozen=True, slots=True)
class SlowIdentification(Reading):
    """A person who takes minutes to be identified."""

    journey: Journey
    waited: tuple[Step, ...]
    """Orders from the first on for which itsme told the application to wait."""
    exchange: int | None

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return one reading; raises `NotExercised` if itsme never told anybody to wait."""
        for journey in journeys_of(journal):
            first = next(
                (
                    place
                    for place, step in enumerate(journey.steps)
                    if any(call.exchange.trail.stimulus == SLOW for call in step.sent)
                ),
                None,
            )
            if first is not None:
                waited = journey.steps[first:]
                return [cls(journey, waited, waited[-1].exchange)]
        raise NotExercised("no status was asked while the identification went on")


@dataclass(frozen=True, slots=True)
class ForgedReturn(Reading):
    """An order to go on though the person never went to the page, or never came back."""

    step: Step
    journey: Journey
    exchange: int | None

    @property
    def leads_on(self) -> bool:
        """Whether the browser is sent to a page where it had not been sent before."""
        before = [
            page_of(one.redirect) for one in self.journey.steps if one.redirect and one != self.step
        ]
        return self.step.redirect is not None and page_of(self.step.redirect) not in before

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return the orders; raises `NotExercised` if the application did not come so far."""
        found = [
            cls(step, journey, step.exchange or journey.steps[0].exchange)
            for journey in journeys_of(journal)
            for step in journey.steps
            if step.call.note == "probe" and journey.identification_ids
        ]
        if len(found) < 2 or not found[-1].journey.sign_ids:  # noqa: PLR2004 - one of each kind
            raise NotExercised("the application sent nobody to be identified, or nobody to sign")
        return found


@dataclass(frozen=True, slots=True)
class ReloadedReturn(Reading):
    """A session in which the first return came twice."""

    journey: Journey
    again: tuple[Step, ...]
    """From the order on that came the second time."""
    exchange: int | None

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return one reading; raises `NotExercised` unless a sign session was open by then."""
        for journey in journeys_of(journal):
            again = next(
                (n for n, step in enumerate(journey.steps) if step.call.note == "probe"), None
            )
            if again is not None:
                before = Journey(journey.steps[:again], (), journey.turn)
                if not before.sign_ids:
                    raise NotExercised("no sign session was open when the return came again")
                return [cls(journey, journey.steps[again:], journey.steps[again].exchange)]
        raise NotExercised("the application sent nobody to sign")
