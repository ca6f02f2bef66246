"""Mandates at random, and quarters that go by: no sequence leads to what nobody documents."""

from __future__ import annotations

import threading
from itertools import combinations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from proefbank.services.socialsecurity.provider.enterprise_numbers import synthetic
from proefbank.services.socialsecurity.provider.mahis import PARTIES, Mahis, state_at
from proefbank.services.socialsecurity.provider.mandates import (
    mandate_state,
    quarter_begins,
    quarter_name,
    quarter_of,
)

from .socialsecurity_bench import NOW

SETTINGS = settings(
    max_examples=60,
    stateful_step_count=60,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=tuple(HealthCheck),
)
FIRST = quarter_of(NOW)
EMPLOYERS = (synthetic(4), synthetic(8))
MANDATARIES = (synthetic(2), synthetic(11))
QUARTER = st.integers(FIRST, FIRST + 5)


class Mandating(RuleBasedStateMachine):
    """Two employers, two mandataries, and quarters that go by."""

    def __init__(self) -> None:
        """Begin without mandates."""
        super().__init__()
        self.mahis = Mahis((), threading.Lock())
        self.now = NOW
        self.ends: dict[tuple[str, str, str], int] = {}

    @rule(
        principal=st.sampled_from(EMPLOYERS),
        mandatary=st.sampled_from(MANDATARIES),
        by=st.sampled_from(PARTIES),
        first=QUARTER,
        last=st.none() | QUARTER,
    )
    def ask(self, principal: str, mandatary: str, by: str, first: int, last: int | None) -> None:
        """Ask for a mandate, sensible or not."""
        end = None if last is None else quarter_name(last)
        before = self.mahis.mandates
        try:
            self.mahis.request(
                principal, mandatary, by=by, from_quarter=quarter_name(first), to_quarter=end
            )
        except ValueError:
            assert self.mahis.mandates == before
        else:
            assert last is None or last >= first
            assert self.mahis.mandates[-1].status == "pending"

    @rule(
        principal=st.sampled_from(EMPLOYERS),
        mandatary=st.sampled_from(MANDATARIES),
        by=st.sampled_from(PARTIES),
    )
    def validate(self, principal: str, mandatary: str, by: str) -> None:
        """Validate what was asked for."""
        mine = [
            item
            for item in self.mahis.mandates
            if (item.principal, item.mandatary, item.status) == (principal, mandatary, "pending")
        ]
        try:
            self.mahis.validate(principal, mandatary, by=by)
        except ValueError:
            return
        assert mine
        assert mine[0].asked_by != by

    @rule(
        principal=st.sampled_from(EMPLOYERS), mandatary=st.sampled_from(MANDATARIES), last=QUARTER
    )
    def end(self, principal: str, mandatary: str, last: int) -> None:
        """Have a mandate end with a quarter."""
        before = self.mahis.mandates
        try:
            self.mahis.end(principal, mandatary, quarter=quarter_name(last), instant=self.now)
        except ValueError:
            assert self.mahis.mandates == before
        else:
            assert last >= quarter_of(self.now), "the past is not changed"

    @rule(quarters=st.integers(0, 2), aside=st.sampled_from((-1.0, 0.0, 1.0, 40 * 86_400.0)))
    def pass_time(self, quarters: int, aside: float) -> None:
        """Let time go by, often to the second around midnight."""
        self.now = max(self.now, quarter_begins(quarter_of(self.now) + quarters) + aside)

    @invariant()
    def one_mandatary_at_most(self) -> None:
        """No employer has two active mandataries, now or in any quarter to come."""
        for principal in EMPLOYERS:
            mine = [i for i in self.mahis.mandates if i.principal == principal]
            sure = [item for item in mine if item.status == "active"]
            for one, other in combinations(sure, 2):
                apart = one.span[1] < other.span[0] or other.span[1] < one.span[0]
                assert apart or one.mandatary == other.mandatary
            active = {i.mandatary for i in mine if state_at(i, self.now) == "active"}
            assert len(active) <= 1
            for mandatary in MANDATARIES:
                told, _ = mandate_state(
                    self.mahis.mandates,
                    principal=principal,
                    mandatary=mandatary,
                    instant=self.now,
                )
                assert (told == "active") == (mandatary in active), "the API goes by the same"

    @invariant()
    def states_are_documented(self) -> None:
        """Only four states; what has ended stays so."""
        for item in self.mahis.mandates:
            state = state_at(item, self.now)
            assert state in {"pending", "coming", "active", "ended"}
            key = (item.principal, item.mandatary, item.from_quarter)
            if state == "ended" and item.status == "active":
                assert self.ends.setdefault(key, item.span[1]) == item.span[1]


def test_mandates() -> None:
    run_state_machine_as_test(Mandating, settings=SETTINGS)
