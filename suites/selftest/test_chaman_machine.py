"""Delegations and certificates at random: no sequence leads to what nobody documents.

Each machine keeps a plain account of its own of what was done, and holds the simulated ChaMan to
it: what it allows, what it refuses, and what it says the state is.
"""

from __future__ import annotations

import contextlib

import pytest
from cryptography.hazmat.primitives import hashes
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from proefbank.keys import key_for
from proefbank.services.socialsecurity.provider.accounts import RegisteredKey
from proefbank.services.socialsecurity.provider.delegations import (
    ACCEPTED,
    INTERMEDIARY,
    OWNER,
    REFUSED,
    REQUESTED,
    RESENDS,
    Ledger,
    answer,
    request,
    resend,
)
from proefbank.services.socialsecurity.provider.enterprise_numbers import synthetic
from proefbank.services.socialsecurity.provider.profile import Account

from .socialsecurity_bench import NOW, Bench, certificate, error

SETTINGS = settings(
    max_examples=60,
    stateful_step_count=60,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=tuple(HealthCheck),
)
ACCOUNTS = tuple(
    Account(name, name, "employer", synthetic(1), ocmw=True) for name in ("one", "two")
)
NUMBERS = (synthetic(9), synthetic(10))
SIDE = st.sampled_from((OWNER, INTERMEDIARY))
ACCOUNT = st.sampled_from(ACCOUNTS)
NUMBER = st.sampled_from(NUMBERS)


class Delegating(RuleBasedStateMachine):
    """Two accounts of one OCMW, two intermediaries, and everybody does anything."""

    def __init__(self) -> None:
        """Begin with nothing delegated."""
        super().__init__()
        self.ledger = Ledger()
        self.told: dict[tuple[str, str], tuple[str, str]] = {}
        self.sent = dict.fromkeys(NUMBERS, 0)

    def busy(self, account: Account) -> bool:
        return any(
            state != REFUSED for (name, _), (state, _) in self.told.items() if name == account.name
        )

    def does(self, after: Ledger | None, *, allowed: bool) -> None:
        assert (after is not None) == allowed
        self.ledger = after or self.ledger

    @rule(account=ACCOUNT, number=NUMBER, by=SIDE)
    def ask(self, account: Account, number: str, by: str) -> None:
        """Ask for a delegation."""
        before = self.told.get((account.name, number))
        tired = by == INTERMEDIARY and self.sent[number] >= RESENDS
        allowed = not self.busy(account) and not tired and (before is None or before[1] != by)
        after = None
        with contextlib.suppress(ValueError):
            after = request(self.ledger, account, number, by=by)
        self.does(after, allowed=allowed)
        if allowed:
            self.told[account.name, number] = REQUESTED, by

    @rule(account=ACCOUNT, number=NUMBER, by=SIDE, accept=st.sampled_from((False, False, True)))
    def reply(self, account: Account, number: str, by: str, accept: bool) -> None:
        """Accept, or more often refuse."""
        before = self.told.get((account.name, number))
        allowed = before is not None and before[0] == REQUESTED and before[1] != by
        after = None
        with contextlib.suppress(ValueError):
            after = answer(self.ledger, account.name, number, by=by, accept=accept)
        self.does(after, allowed=allowed)
        if allowed and before is not None:
            self.told[account.name, number] = ACCEPTED if accept else REFUSED, before[1]

    @rule(account=ACCOUNT, number=NUMBER, by=SIDE)
    def again(self, account: Account, number: str, by: str) -> None:
        """Send a refused request again."""
        mine = self.told.get((account.name, number)) == (REFUSED, by)
        tired = by == INTERMEDIARY and self.sent[number] >= RESENDS
        allowed = mine and not tired and not self.busy(account)
        after = None
        with contextlib.suppress(ValueError):
            after = resend(self.ledger, account.name, number, by=by)
        self.does(after, allowed=allowed)
        if allowed:
            self.told[account.name, number] = REQUESTED, by
            self.sent[number] += by == INTERMEDIARY

    @rule(account=ACCOUNT, number=NUMBER, by=SIDE, times=st.integers(1, 30))
    def insist(self, account: Account, number: str, by: str, times: int) -> None:
        """Send it again each time that it is refused."""
        other = OWNER if by == INTERMEDIARY else INTERMEDIARY
        for _ in range(times):
            self.again(account, number, by)
            self.reply(account, number, other, accept=False)

    @invariant()
    def states_are_documented(self) -> None:
        """Only three states, at most one delegation of an account alive, at most 20 re-sends."""
        found = {
            (item.account, item.intermediary): (item.state, item.asked_by)
            for item in self.ledger.delegations
        }
        assert found == self.told
        assert {state for state, _ in found.values()} <= {REQUESTED, ACCEPTED, REFUSED}
        for account in ACCOUNTS:
            alive = [name for (name, _), (state, _) in found.items() if state != REFUSED]
            assert alive.count(account.name) <= 1
        counts = self.ledger.resends
        assert all(counts.get((n, synthetic(1), "employer"), 0) == self.sent[n] for n in NUMBERS)
        assert max(self.sent.values()) <= RESENDS


def refused_unless(allowed: bool) -> contextlib.AbstractContextManager[object]:
    return contextlib.nullcontext() if allowed else pytest.raises(ValueError, match=r"\w")


KEYS = tuple(key_for(f"selftest-machine-{place}", "EC P-384") for place in range(3))
CERTIFICATES = tuple(certificate(key) for key in KEYS)
KEY = st.integers(0, len(KEYS) - 1)
OCMW = "second-employer"


class Keeping(RuleBasedStateMachine):
    """One OCMW's account, three keys, and a token server that goes by what ChaMan has."""

    def __init__(self) -> None:
        """Begin with the account as the profile has it."""
        super().__init__()
        self.bench = Bench()
        self.chaman = self.bench.provider.chaman
        self.held: set[int] = set()
        self.first = True
        """Whether the certificate that the account began with is on it."""
        self.state = ""

    @property
    def keeper(self) -> str:
        return INTERMEDIARY if self.state == ACCEPTED else OWNER

    @rule(which=KEY, by=SIDE)
    def add(self, which: int, by: str) -> None:
        """Add a certificate."""
        allowed = by == self.keeper and which not in self.held
        with refused_unless(allowed):
            self.chaman.add_certificate(OCMW, CERTIFICATES[which], instant=NOW, by=by)
        self.held |= {which} if allowed else set()

    @rule(which=KEY, by=SIDE)
    def remove(self, which: int, by: str) -> None:
        """Remove a certificate."""
        sha256 = CERTIFICATES[which].fingerprint(hashes.SHA256()).hex()
        last = len(self.held) + self.first == 1
        allowed = by == self.keeper and which in self.held and not last
        with refused_unless(allowed):
            self.chaman.remove_certificate(OCMW, sha256, by=by)
        self.held -= {which} if allowed else set()

    @rule(by=SIDE)
    def remove_the_first(self, by: str) -> None:
        """Remove the certificate that the account began with."""
        found = [key.sha256 for key in self._seen() if key.sha256 not in self._known()]
        assert len(found) == self.first
        allowed = by == self.keeper and self.first and bool(self.held)
        told = found[0] if found else "none"
        with refused_unless(allowed):
            self.chaman.remove_certificate(OCMW, told, by=by)
        self.first = self.first and not allowed

    def _known(self) -> set[str]:
        return {made.fingerprint(hashes.SHA256()).hex() for made in CERTIFICATES}

    def _seen(self) -> tuple[RegisteredKey, ...]:
        return self.chaman.certificates(OCMW, by=self.keeper)

    @rule(step=st.sampled_from(("request", "accept", "refuse", "resend")))
    def delegate(self, step: str) -> None:
        """Take a step of a delegation that the intermediary asks for, if it can be taken."""
        by = INTERMEDIARY if step in ("request", "resend") else OWNER
        with contextlib.suppress(ValueError):
            getattr(self.chaman, f"{step}_delegation")(OCMW, NUMBERS[0], by=by)
            words = {"accept": ACCEPTED, "refuse": REFUSED}
            self.state = words.get(step, REQUESTED)

    @rule(by=SIDE)
    def look(self, by: str) -> None:
        """Look at the certificates."""
        allowed = by == self.keeper
        with refused_unless(allowed):
            self.chaman.certificates(OCMW, by=by)

    @rule(lenient=st.booleans(), which=KEY)
    def fetch(self, lenient: bool, which: int) -> None:
        """Ask for a token with one of the keys: it is had with a registered one."""
        self.bench.provider.lenient = lenient
        answer = self.bench.post(self.bench.assertion(OCMW, key=KEYS[which]))
        if which in self.held:
            assert answer.status == 200
        elif not lenient:
            assert (answer.status, error(answer)) == (401, "invalid_client")

    @invariant()
    def there_is_a_certificate(self) -> None:
        """An account always has one, and has those that were added and not removed."""
        assert len(self._seen()) == len(self.held) + self.first > 0


def test_certificates_of_an_account_that_is_delegated() -> None:
    run_state_machine_as_test(Keeping, settings=settings(SETTINGS, max_examples=25))


def test_delegations() -> None:
    run_state_machine_as_test(Delegating, settings=SETTINGS)
