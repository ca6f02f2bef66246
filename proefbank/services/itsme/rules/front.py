"""Sending the browser to itsme, and having it back: what is sent along, and what it proves."""

from __future__ import annotations

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.front import (
    Departure,
    ForgedReturn,
    IdentificationDeparture,
    ReloadedReturn,
    SecondReturn,
    SigningDeparture,
    SlowIdentification,
    fetched,
    page_of,
)
from ..wire.journeys import said

OWN = ("q", "language")
"""What itsme puts into the addresses of its pages."""


@rule("itsme.front.browser-goes-to-the-identification-url")
def goes_to_the_identification_url(departure: IdentificationDeparture) -> Finding | None:
    """The page is for the person; whoever fetches it on the way may use it up."""
    return _goes_to(departure, departure.identification_urls, "identificationUrl")


@rule("itsme.front.browser-goes-to-the-signing-url")
def goes_to_the_signing_url(departure: SigningDeparture) -> Finding | None:
    """The page is for the person; whoever fetches it on the way may use it up."""
    if page_of(departure.url) in map(page_of, departure.identification_urls):
        return _fetched(departure, departure.signing_urls, "signingUrl")  # or it is judged below
    return _goes_to(departure, departure.signing_urls, "signingUrl")


@rule("itsme.front.signing-uses-the-signing-url")
def signing_uses_the_signing_url(departure: SigningDeparture) -> Finding | None:
    """On the other page nobody is asked to sign, and the session lapses."""
    if page_of(departure.url) in map(page_of, departure.signing_urls):
        return None
    if page_of(departure.url) not in map(page_of, departure.identification_urls):
        raise DoesNotApply("it is no page of itsme's, which is judged elsewhere")
    return Finding(
        "redirect for signing",
        expected=f"the signingUrl that was received, {page_of(departure.signing_urls[-1])}…",
        actual="the identificationUrl",
    )


@rule("itsme.front.provider-parameters-stay")
def provider_parameters_stay(departure: Departure) -> Finding | None:
    """They name the session and the language; without them the page is nobody's."""
    if departure.given is None:
        raise DoesNotApply("it is no page of itsme's, which is judged elsewhere")
    added = [name for name, _ in departure.added or []]
    for name, value in departure.lost:
        if _ran_on(departure, name, value):
            continue  # a second question mark is judged with the application's own parameters
        there = "something else" if name in added else "absent"
        return Finding(
            f"redirect, parameter {name}",
            expected=f"as itsme gave it, {value[:8]}…",
            actual=there,
            hint="append to the address as a text; do not take it apart and build it anew",
        )
    return None


@rule("itsme.front.own-parameters-are-added-to-identification-url")
def own_on_identification(departure: IdentificationDeparture) -> Finding | None:
    """What takes the place of itsme's parameters takes the page away from the person."""
    return _own(departure)


@rule("itsme.front.own-parameters-are-added-to-signing-url")
def own_on_signing(departure: SigningDeparture) -> Finding | None:
    """What takes the place of itsme's parameters takes the page away from the person."""
    return _own(departure)


@rule("itsme.front.returns-are-told-apart")
def returns_are_told_apart(second: SecondReturn) -> Finding | None:
    """Both returns look alike, and nobody but the application knows which is which."""
    asked = [call.kind for call in second.step.sent if call.kind != "configuration"]
    if "sign-status" in asked:
        return None
    if not asked and not second.step.redirect:
        raise DoesNotApply("nothing was asked of itsme after the return")
    return Finding(
        f"{second.step.call.op} after the return from signing",
        expected="a question for the signatures",
        actual=", ".join(asked) or "a redirect, and nothing asked",
        hint="keep in the session which page the user was sent to",
    )


@rule("itsme.front.identification-may-take-minutes")
def identification_may_take_minutes(slow: SlowIdentification) -> Finding | None:
    """Somebody who makes a certificate on the way, or looks for a phone, needs minutes."""
    new = [call for step in slow.waited for call in step.of("identification")]
    if new:
        return Finding(
            "while the identification went on",
            expected="the session that there is",
            actual="a new identification session",
            exchange=new[0].number,
        )
    if slow.waited[0].call.outcome != "accepted":
        raise DoesNotApply("it gave up when it was first told to wait, which is judged elsewhere")
    for step in slow.waited:
        if step.call.outcome != "accepted":
            return Finding(
                f"outcome of {step.call.op} some minutes after the start",
                expected="accepted: pending, or where to go to sign",
                actual=said(step.call),
                exchange=step.exchange or slow.exchange,
            )
    if slow.journey.sign_ids:
        return None
    return Finding(
        "after the identification, which took minutes",
        expected="a sign session",
        actual=said(slow.waited[-1].call),
        exchange=slow.exchange,
    )


@rule("itsme.front.return-proves-nothing")
def return_proves_nothing(forged: ForgedReturn) -> Finding | None:
    """Anybody can open the redirect URL; only itsme knows what happened."""
    step = forged.step
    told = step.call
    if told.outcome == "rejected" or step.pending:
        return None
    started = step.of("sign-start")
    asked = step.of("identification-status", "sign-status")
    if step.signed and asked:
        raise DoesNotApply("itsme was asked; what it said is judged elsewhere")
    if told.outcome == "accepted" and step.redirect and not (started or forged.leads_on):
        return None  # sent to the same page once more
    actual = "a sign session was opened" if started else said(told)
    where = f"outcome of {told.op} though the person had not been there"
    return Finding(where, expected="accepted: pending; or rejected", actual=actual)


@rule("itsme.front.repeated-return-does-no-harm")
def repeated_return_does_no_harm(reloaded: ReloadedReturn) -> Finding | None:
    """People reload pages; who signs once should be asked once."""
    more = [call for step in reloaded.again for call in step.of("sign-start")]
    if more:
        return Finding(
            "after the first return came twice",
            expected="the sign session that was opened the first time",
            actual=f"{len(more)} more",
            exchange=more[0].number,
        )
    for step in reloaded.again:
        if step.call.outcome not in ("accepted", "rejected"):
            return Finding(
                f"outcome of {step.call.op} after the first return came twice",
                expected="accepted or rejected",
                actual=said(step.call),
                exchange=step.exchange or reloaded.exchange,
            )
    return None


def _goes_to(departure: Departure, urls: tuple[str, ...], name: str) -> Finding | None:
    if page_of(departure.url) not in map(page_of, urls):
        return Finding(
            "redirect",
            expected=f"the {name} that was received, {page_of(urls[-1])}…",
            actual=page_of(departure.url)[:80],
        )
    return _fetched(departure, urls, name)


def _fetched(departure: Departure, urls: tuple[str, ...], name: str) -> Finding | None:
    taken = fetched(departure, urls)
    if not taken:
        return None
    return Finding(
        f"the page of {name}",
        expected="opened by the user's browser alone",
        actual=f"{taken[0].request.method} by the application itself",
        exchange=taken[0].number,
    )


def _own(departure: Departure) -> Finding | None:
    if departure.added is None:
        raise DoesNotApply("it is no page of itsme's, which is judged elsewhere")
    given = dict(departure.lost)
    for name, value in departure.added:
        if name in given:
            if _ran_on(departure, name, given[name]):
                return Finding(
                    f"redirect, parameter {name}",
                    expected="own parameters after an ampersand",
                    actual="a second question mark",
                )
            continue  # one of itsme's that was changed, which is judged elsewhere
        if name in OWN:
            return Finding(
                f"redirect, parameter {name}",
                expected="the one of itsme alone",
                actual=f"given once more, as {value[:20]}",
            )
    if not departure.added:
        raise DoesNotApply("no parameter was added")
    return None


def _ran_on(departure: Departure, name: str, value: str) -> bool:
    """Whether own parameters ran into one of itsme's by a second question mark."""
    return any(own == name and text.startswith(f"{value}?") for own, text in departure.added or [])
