"""Delegations and mandates, fuzzed: no sequence reaches a state that is not documented."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from proefbank.checking import Artefact, journal_of, verdicts_on
from proefbank.services.setup.declaration.relations import EVENTS, SIDES
from proefbank.services.setup.wire.course import (
    MOST_RESENDS,
    STATES,
    Impossible,
    course,
    last_state,
)
from proefbank.services.setup.wire.declaration import KIND, Declaration
from proefbank.services.setup.wire.declared import Account, Enterprise, Flow
from proefbank.services.setup.wire.ties import Delegation, Event, Mandate
from proefbank.verdict import Outcome

from .setup_declarations import DAY, NOW

RESENT = "setup.delegation.is-sent-again-20-times-at-most"
ASKED = "setup.delegation.exhausted-intermediary-asks-no-more"
ONE_MANDATARY = "setup.mandate.one-mandatary-for-each-employer"
ACTIVE = "setup.mandate.is-active"
FLA = "CareerPro - Federal Learning Account"


def outcomes(**members: Any) -> dict[str, Outcome]:
    """Judge a declaration made of these members; return the outcome by requirement."""
    declared = Declaration("setup.toml", DAY, **members)
    journal = journal_of(Artefact("setup.toml", KIND, Declaration, declared.to_json()), at=NOW)
    return {item.requirement: item.outcome for item in verdicts_on(journal, Declaration)}


def account() -> Account:
    """Return the account that is delegated."""
    active = True
    return Account(
        "accounts[1]",
        "fla",
        "ocmw",
        "REST",
        "fla",
        "employer",
        "PROD",
        "id",
        (FLA,),
        active,
        "",
        (),
    )


def told(events: list[Event]) -> dict[str, Outcome]:
    """Judge one delegation with these events."""
    ocmw = Enterprise("enterprises[1]", "ocmw", "0000000196", ("employer",), ocmw=True)
    delegation = Delegation("delegations[1]", "fla", "partner", tuple(events))
    return outcomes(enterprises=(ocmw,), accounts=(account(),), delegations=(delegation,))


class Delegations(RuleBasedStateMachine):
    """Both sides do what they may; a model counts along."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Event] = []
        self.state, self.asked, self.resends, self.beyond = "none", "", 0, False

    def do(self, what: str, by: str) -> None:
        self.events.append(Event(f"events[{len(self.events) + 1}]", what, by, DAY, 1))

    @precondition(lambda self: self.state == "none")
    @rule(by=st.sampled_from(SIDES))
    def ask(self, by: str) -> None:
        self.do("request", by)
        self.state, self.asked = "requested", by

    @precondition(lambda self: self.state == "requested")
    @rule(what=st.sampled_from(["accept", "refuse", "refuse", "refuse", "refuse", "refuse"]))
    def answer(self, what: str) -> None:
        self.do(what, "owner" if self.asked == "intermediary" else "intermediary")
        self.state = {"accept": "accepted", "refuse": "refused"}[what]

    @precondition(lambda self: self.state == "refused")
    @rule()
    def ask_again(self) -> None:
        self.do("resend", self.asked)
        self.state = "requested"
        self.resends += self.asked == "intermediary"

    @precondition(lambda self: self.state == "refused" and self.asked == "intermediary")
    @rule()
    def owner_asks_instead(self) -> None:
        self.do("request", "owner")
        self.state, self.asked = "requested", "owner"

    @precondition(lambda self: self.state == "accepted")
    @rule(
        deed=st.sampled_from(
            [
                ("change permissions", "owner"),
                ("manage certificates", "intermediary"),
                ("view certificates", "intermediary"),
                ("send", "intermediary"),
            ]
        )
    )
    def use(self, deed: tuple[str, str]) -> None:
        self.do(*deed)

    @invariant()
    def the_course_agrees_with_the_model(self) -> None:
        assert last_state(self.events) == self.state
        assert self.state in STATES
        steps = list(course(self.events))
        assert not steps or steps[-1].resends == self.resends

    @invariant()
    def only_the_intermediary_is_counted(self) -> None:
        if self.events:
            found = told(self.events)
            failed = {key for key, outcome in found.items() if outcome is Outcome.FAILED}
            expected = {RESENT} if self.resends > MOST_RESENDS else set()
            assert {key for key in failed if key.startswith("setup.delegation.")} == expected


TestDelegations = Delegations.TestCase
TestDelegations.settings = settings(
    max_examples=10,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=tuple(HealthCheck),  # most deeds are impossible in most states
)

ANY = st.builds(
    Event,
    st.just("events[n]"),
    st.sampled_from(EVENTS),
    st.sampled_from(SIDES),
    st.just(DAY),
    st.just(1),
)


@settings(max_examples=60, deadline=None, suppress_health_check=tuple(HealthCheck))
@given(st.lists(ANY, max_size=12))
def test_any_sequence_is_impossible_or_ends_in_a_known_state(events: list[Event]) -> None:
    try:
        state = last_state(events)
    except Impossible:
        return
    assert state in STATES
    found = told(events)
    assert Outcome.BROKEN not in found.values()


def asked_and_refused(times: int) -> list[Event]:
    """Return a request of the intermediary, sent again so often and refused each time."""
    events = [
        Event("events[1]", "request", "intermediary", DAY, 1),
        Event("events[2]", "refuse", "owner", DAY, 1),
    ]
    for _ in range(times):
        events += [
            Event("events[3]", "resend", "intermediary", DAY, 1),
            Event("events[4]", "refuse", "owner", DAY, 1),
        ]
    return events


@settings(max_examples=12, deadline=None, suppress_health_check=tuple(HealthCheck))
@given(st.integers(18, 23))
def test_the_limit_is_twenty(times: int) -> None:
    found = told(asked_and_refused(times))
    assert (found[RESENT] is Outcome.FAILED) == (times > MOST_RESENDS)
    assert found[ASKED] is Outcome.PASSED
    again = [*asked_and_refused(times), Event("events[5]", "request", "intermediary", DAY, 1)]
    assert (told(again)[ASKED] is Outcome.FAILED) == (times >= MOST_RESENDS)
    owner = [*asked_and_refused(times), Event("events[5]", "request", "owner", DAY, 1)]
    assert told(owner)[ASKED] is Outcome.PASSED


@settings(max_examples=12, deadline=None, suppress_health_check=tuple(HealthCheck))
@given(st.integers(1, 300))
def test_the_owner_may_ask_as_often_as_needed(times: int) -> None:
    events = [
        Event("events[1]", "request", "owner", DAY, 1),
        Event("events[2]", "refuse", "intermediary", DAY, 1),
        Event("events[3]", "resend", "owner", DAY, times),
    ]
    assert told(events)[RESENT] is Outcome.PASSED


FIRST = date(2026, 1, 1)
DAYS = st.integers(0, 700).map(lambda days: (FIRST + timedelta(days=days)).isoformat())
STATUSES = st.sampled_from(["active", "pending", "closed"])


@st.composite
def mandates(draw: st.DrawFn) -> Mandate:
    """Return a mandate of one employer to one of two mandataries."""
    begins, ends = sorted([draw(DAYS), draw(DAYS)])
    return Mandate(
        "mandates[n]",
        "employer",
        draw(st.sampled_from(["one", "other"])),
        "Federal Learning Account",
        draw(STATUSES),
        begins,
        draw(st.sampled_from([ends, ""])),
        ("principal", "mandatary"),
    )


@settings(max_examples=60, deadline=None, suppress_health_check=tuple(HealthCheck))
@given(st.lists(mandates(), max_size=4))
def test_mandates_are_in_force_day_by_day(given_: list[Mandate]) -> None:
    """Two mandataries are told exactly when some day has both, and no day but a span's counts."""
    days = [(FIRST + timedelta(days=day)).isoformat() for day in range(702)]
    both = any(len({item.mandatary for item in given_ if item.active_on(day)}) > 1 for day in days)
    flow = Flow("flows[1]", "FLA", "one", "mandatary", "", ("employer",))
    found = outcomes(mandates=tuple(given_), flows=(flow,))
    assert (found[ONE_MANDATARY] is Outcome.FAILED) == both
    mine = [item for item in given_ if item.mandatary == "one"]
    active = any(item.active_on(DAY) for item in mine)
    assert (found[ACTIVE] is Outcome.FAILED) == (bool(mine) and not active)
