"""Renewals of keys at random, and what whoever fetches the key set daily makes of them.

`shortest_story` has Hypothesis walk virtual time with a consumer, without sockets: keys come,
sign and go a day or more apart, and tokens are shown at any hour. What the consumer must do
follows from the history of the key set alone.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from jwt.algorithms import RSAAlgorithm

from proefbank.clock import Clock
from proefbank.doors.carrier import Carrier
from proefbank.doors.inprocess import httpx_transport
from proefbank.errors import Rejected
from proefbank.exchange import Request, Response
from proefbank.services.ehealth.provider import EHealth, Timeline
from proefbank.services.ehealth.provider.facts import CERTS, LIFETIME
from proefbank.services.ehealth.provider.oddities import oddities
from proefbank.services.ehealth.provider.timeline import Step
from proefbank.services.ehealth.reference import KeyStore, ReferenceConsumer

__all__ = ["SETTINGS", "WAYWARD", "History", "Renewal", "Situation", "World", "shortest_story"]

HOUR, DAY = 3600, 86_400
BEGIN = 1_740_787_200
"""Midnight of day 0, in epoch seconds."""
BEFORE = 120
"""Seconds between the issue of a passive key's last token and the step that made it passive."""
ORIGIN = "https://127.0.0.1:8443"
KEYS = ("OLD", "NEW", "NEXT")
SHAPES = {
    ("active_off", "new_first"): "switched off; a new key is listed first",
    ("active_off", "new_last"): "switched off; a new key is listed last",
    ("priority", "new_first"): "put below the one that signs",
}
"""How a key is kept from signing, and what that does to the order of the key set."""

SETTINGS = settings(
    max_examples=150,
    stateful_step_count=14,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.generate,),
    report_multiple_bugs=False,
    verbosity=Verbosity.quiet,
    suppress_health_check=tuple(HealthCheck),
)
AFTERS = (0, 1, 6, 12, 25, 240)
GAPS = (24, 25, 26, 30, 36, 48, 240)
AFTER, GAP = st.sampled_from(AFTERS), st.sampled_from(GAPS)
STRANGER = 3
WHICH = st.integers(0, STRANGER)


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that happens, whatever happened before."""

    kind: str
    """`token`, `fetch` or `step`."""
    hours: int
    """Hours that pass before a token or a fetch, or between two steps."""
    which: int = 0
    """Which step of those possible; or whose token: OLD's, NEW's, a stranger's, or for 0 and for
    keys that never signed that of the key that signs."""


class Failed(AssertionError):  # noqa: N818 - it tells of a consumer
    """A consumer did what it should not do; the text is the whole story."""

    def __init__(self, world: World) -> None:
        """Tell how it went in a world."""
        super().__init__("\n".join(world.lines))
        self.world = world


@dataclass(frozen=True, slots=True)
class Situation:
    """What holds from one step on."""

    since: float
    signs: str
    listed: tuple[str, ...]
    """Signing keys in the key set, oldest first."""
    step: str = "start"

    @property
    def state(self) -> str:
        """The notice's state; after a renewal the next one begins where S3 was."""
        if len(self.listed) == 1:
            return "S0" if self.signs == KEYS[0] else "S3"
        return "S2" if self.signs == self.listed[-1] else "S1"


class History:
    """Every situation so far, and what a consumer may make of a token on account of it."""

    def __init__(self) -> None:
        """Begin with one key that signs."""
        self.situations = [Situation(float("-inf"), KEYS[0], KEYS[:1])]

    @property
    def now(self) -> Situation:
        """The situation in force."""
        return self.situations[-1]

    @property
    def passive(self) -> tuple[str, ...]:
        """Keys that signed and are still listed."""
        return self.now.listed[: self.now.listed.index(self.now.signs)]

    @property
    def gone(self) -> tuple[str, ...]:
        """Keys that are listed no more."""
        return KEYS[: KEYS.index(self.now.listed[0])]

    def ended(self, key: str) -> float:
        """Return when a key ceased to sign."""
        return next(two.since for one, two in pairwise(self.situations) if _passed(key, one, two))

    def removed(self, key: str | None) -> float:
        """Return when a key was removed."""
        found = (two.since for one, two in pairwise(self.situations) if key in _lost(one, two))
        return next(found)

    def sets(self, now: float) -> Iterator[tuple[str, ...]]:
        """Yield what whoever fetches daily may hold: every set in force within the last day."""
        for one, two in pairwise(self.situations):
            if two.since > now - DAY:
                yield one.listed
        yield self.now.listed

    def due(self, key: str | None, now: float) -> bool | None:
        """Whether a token of a key must be accepted, or refused; None if either is right."""
        if key in self.gone and now - self.removed(key) <= DAY:
            return None
        found = {key in held for held in self.sets(now)}
        return found.pop() if len(found) == 1 else None


def _passed(key: str, one: Situation, two: Situation) -> bool:
    return one.signs == key and two.signs != key


def _lost(one: Situation, two: Situation) -> set[str]:
    return set(one.listed) - set(two.listed)


_TOKENS: dict[tuple[str, float, int], str] = {}
"""Tokens once made, by key, instant of issue and lifetime: signing takes longest."""


class World:
    """The provider, a consumer, the clock that both live by, and the story so far."""

    def __init__(self, make: Callable[[], ReferenceConsumer], shape: tuple[str, str]) -> None:
        """Begin on day 0 with a consumer that knows nothing."""
        self.history, self.shape = History(), shape
        self.clock = Clock(frozen_at=BEGIN)
        self.provider = EHealth(self.timeline(), origin=ORIGIN, rng=random.Random(0))
        self.names = {self.provider.kid("OLD"): "OLD"}
        self.lines = [f"Keys that may not sign are {SHAPES[shape]}."]
        self.deeds: list[Deed] = []
        self.heard: list[tuple[Request, Response]] = []
        self.faults: list[Exception] = []
        self.issuer = self.provider.issuer()
        self.consumer = self.connected(make())

    def connected(self, consumer: ReferenceConsumer) -> ReferenceConsumer:
        """Tell a consumer of the realm, and lead it there without sockets."""
        carrier = Carrier(
            self.provider,
            clock=self.clock,
            on_exchange=lambda request, response: self.heard.append((request, response)),
            on_fault=self.faults.append,
        )
        client = httpx.Client(transport=httpx_transport(carrier), trust_env=False)
        consumer.connect = lambda ca_file: client  # type: ignore[method-assign]
        told = {"issuer": self.issuer, "jwks_uri": self.issuer + CERTS}
        told["audience"] = self.provider.party.audience
        consumer.scenario({"ehealth": told, "ca_file": ""})
        consumer.time = self.clock
        return consumer

    def timeline(self) -> Timeline:
        """Return the history as the provider knows it."""
        steps = tuple(
            Step(one.step, one.since, one.state, one.signs, one.listed)
            for one in self.history.situations
        )
        by, order = self.shape
        far = BEGIN + 10_000 * DAY
        return Timeline("random", "A random one", "acc", BEGIN, far, steps, by, order)

    @property
    def now(self) -> float:
        """Epoch seconds."""
        return self.clock.now()

    def tell(self, what: str) -> None:
        """Write down what happened."""
        day, second = divmod(int(self.now - BEGIN), DAY)
        hour = f" at {second // HOUR:02d}:00" if second else ""
        self.lines.append(f"Day {day}{hour}: {what}.")

    def act(self, deed: Deed) -> None:
        """Let something happen."""
        self.deeds.append(deed)
        if deed.kind == "step":
            options = self.steps()
            if options:
                self.step(deed.hours, *options[deed.which % len(options)])
            return
        self.clock.advance(deed.hours * HOUR)
        if deed.kind == "fetch":
            self.fetch()
            return
        history = self.history
        old = dict(enumerate(KEYS[: KEYS.index(history.now.signs)], 1))
        self.show(None if deed.which == STRANGER else old.get(deed.which, history.now.signs))

    def steps(self) -> list[tuple[Situation, str]]:
        """Return the steps that an administrator may take, each in words."""
        now, passive = self.history.now, self.history.passive
        newest = now.listed[-1]
        found = []
        if newest != now.signs:
            how = f"{newest} signs, and {now.signs} is passive"
            found.append((Situation(0, newest, now.listed, "step 2"), how))
        elif newest != KEYS[-1]:
            new = KEYS[KEYS.index(newest) + 1]
            how = f"{new} is listed, and {now.signs} goes on signing"
            found.append((Situation(0, now.signs, (*now.listed, new), "step 1"), how))
        if passive:
            how = f"{passive[0]} is removed"
            found.insert(0, (Situation(0, now.signs, now.listed[1:], "step 3"), how))
        return found

    def step(self, hours: int, situation: Situation, how: str) -> None:
        """Take a step, that many hours after the last one or as soon as possible."""
        before = max(self.history.now.since, BEGIN)
        self.clock.set(max(before + hours * HOUR, self.now + HOUR))
        self.history.situations.append(replace(situation, since=self.now))
        timeline = self.timeline()
        assert not oddities(timeline)
        self.provider.timeline = timeline
        self.names |= {self.provider.kid(name): name for name in situation.listed}
        self.tell(f"{situation.step}, {how}")

    def token(self, key: str | None) -> str:
        """Return a token that a key signed when it last did, with five minutes to live.

        A stranger signs for None.
        """
        if key is None:
            return self.provider.token("unknown-kid", at=self.now)
        signing = key == self.history.now.signs
        issued = self.now if signing else self.history.ended(key) - BEFORE
        order = (key, issued, round(self.now - issued) + LIFETIME)
        if order not in _TOKENS:
            _TOKENS[order] = self.provider.mint("access", at=issued, key=key, lifetime=order[2])
        return _TOKENS[order]

    def why(self, key: str | None) -> tuple[str, str]:
        """Return what a token is called, and why the consumer should do what is due."""
        if key is None:
            return "a token with a bogus kid", "no key set ever listed that kid"
        if key == self.history.now.signs:
            why = f"{key} signs, and every key set fetched within the last day lists it"
            return f"a fresh token of {key}", why
        why = f"{key} signs no more but is still listed, for tokens like this one"
        if key in self.history.gone:
            hours = round((self.now - self.history.removed(key)) / HOUR)
            why = f"{key} was removed {hours} hours before, and who fetches daily knows"
        return f"an unexpired token of {key}", why

    def show(self, key: str | None) -> None:
        """Show a token; raise `Failed` unless the consumer does what is due."""
        token, due = self.token(key), self.history.due(key, self.now)
        what, why = self.why(key)
        refusal = ""
        try:
            self.consumer.jwt_verify(token)
        except Rejected as no:
            refusal = f"refused it ({no.reject_class})"
        except Exception as problem:  # noqa: BLE001 - a crash is part of the story
            refusal = f"crashed ({type(problem).__name__})"
        crashed = refusal.startswith("crashed")
        done = " and ".join([*self.fetches(), refusal or "accepted it"])
        if crashed or (due is not None and due == bool(refusal)):
            wanted = {True: "accepted", False: "refused", None: "accepted or refused"}[due]
            self.tell(
                f"{what} came; the consumer {done}; it should have {wanted} it, because {why}"
            )
            raise Failed(self)
        self.tell(f"{what} came; the consumer {done}")

    def fetch(self) -> None:
        """Have the consumer fetch if it thinks that it is time; somebody else does in any case."""
        for store in self.consumer.stores.values():
            if self.consumer.is_old(store):
                self.consumer.refresh(store)
        done = self.fetches()
        if done:
            self.tell(f"on its own the consumer {' and '.join(done)}")
        request = Request.to(self.issuer + CERTS, received_at=self.now)
        assert self.listed(self.provider.handle(request))

    def fetches(self) -> list[str]:
        """Return what the consumer fetched since this was last asked, in words."""
        found = []
        for _, response in self.heard:
            trail = response.trail
            if trail.conversation == "jwks":
                found.append(f"fetched the key set ({', '.join(self.listed(response))})")
            else:
                found.append(f"read the {trail.conversation.replace('-', ' ')}")
        self.heard.clear()
        assert not self.faults, self.faults
        return found

    def listed(self, response: Response) -> list[str]:
        """Return the keys for signatures in an answer; they are those that should be there."""
        kids = response.trail.facts["kids"]
        assert isinstance(kids, list)
        names = [self.names[kid] for kid in kids if kid in self.names]
        assert sorted(names) == sorted(self.history.now.listed)
        return names


class Renewal(RuleBasedStateMachine):
    """Timelines in which nothing odd is done, and tokens at any hour of them."""

    def __init__(self, make: Callable[[], ReferenceConsumer]) -> None:
        """Try what `make` makes, anew for each story."""
        super().__init__()
        self.make = make
        self.world: World

    @initialize(shape=st.sampled_from(tuple(SHAPES)))
    def begin(self, shape: tuple[str, str]) -> None:
        """Begin with one key."""
        self.world = World(self.make, shape)

    @rule(hours=AFTER, which=WHICH)
    def token(self, hours: int, which: int) -> None:
        """Show the consumer a token."""
        self.world.act(Deed("token", hours, which))

    @rule(hours=AFTER)
    def fetch(self, hours: int) -> None:
        """Have everybody fetch whose key set is due."""
        self.world.act(Deed("fetch", hours))

    @rule(hours=GAP, which=WHICH)
    def step(self, hours: int, which: int) -> None:
        """Take a step."""
        self.world.act(Deed("step", hours, which))


def shortest_story(
    consumer: Callable[[], ReferenceConsumer], *, how: settings = SETTINGS
) -> str | None:
    """Return in words the shortest course of events that a consumer fails in; None for none.

    Hypothesis finds one, and what can be left out of it or made smaller is.
    """

    def machine() -> Renewal:
        return Renewal(consumer)

    try:
        run_state_machine_as_test(machine, settings=how)  # type: ignore[arg-type]
    except Failed as failed:
        found = failed
    else:
        return None
    while True:
        better = (_played(consumer, *simpler) for simpler in _simpler(found.world))
        smaller = next((one for one in better if one is not None), None)
        if smaller is None:
            return str(found)
        found = smaller


def _played(
    make: Callable[[], ReferenceConsumer], shape: tuple[str, str], deeds: Sequence[Deed]
) -> Failed | None:
    """Play deeds again with a new consumer; return how it failed, if it did."""
    world = World(make, shape)
    try:
        for deed in deeds:
            world.act(deed)
    except Failed as failed:
        return failed
    return None


def _simpler(world: World) -> Iterator[tuple[tuple[str, str], list[Deed]]]:
    """Yield what is simpler than a story by one thing, or shorter by two."""
    shape, deeds = world.shape, world.deeds
    for size in (8, 4, 2, 1):
        for first in range(len(deeds) - size, -1, -1):
            yield shape, deeds[:first] + deeds[first + size :]
    for number, deed in enumerate(deeds[1:]):  # without the one before it, it may need more time
        if deed.kind != "step":
            for hours in AFTERS:
                yield shape, [*deeds[:number], replace(deed, hours=hours), *deeds[number + 2 :]]
    for number, deed in enumerate(deeds):
        spans = GAPS if deed.kind == "step" else AFTERS
        smaller = [replace(deed, hours=less) for less in spans if less < deed.hours]
        smaller += [replace(deed, which=less) for less in range(deed.which)]
        for less in smaller:
            yield shape, [*deeds[:number], less, *deeds[number + 1 :]]
    for other in tuple(SHAPES)[: tuple(SHAPES).index(shape)]:
        yield other, deeds
    for one, two in combinations(range(len(deeds)), 2):
        yield shape, [deed for number, deed in enumerate(deeds) if number not in {one, two}]


Keys = dict[str, Mapping[str, Any]]


class UnknownKidOnly(ReferenceConsumer):
    """Fetches for a kid that it does not know, and for nothing else."""

    def is_old(self, store: KeyStore) -> bool:
        return store.fetched_at is None

    def mind_age(self, store: KeyStore) -> None:
        """Trust a set for ever."""
        if store.fetched_at is None:
            super().mind_age(store)


class FetchOnce(UnknownKidOnly):
    """Fetches when it starts, and never again."""

    def may_refetch(self, store: KeyStore) -> bool:
        return False


class MergeOnly(ReferenceConsumer):
    """Adds what it fetches to what it has."""

    def merged(self, store: KeyStore, keys: Keys) -> Keys:
        return {**store.keys, **keys}


class SevenDays(UnknownKidOnly):
    """Fetches once a week, and for a kid that it does not know."""

    def is_old(self, store: KeyStore) -> bool:
        return store.fetched_at is None or self.time.now() - store.fetched_at >= 7 * DAY


class NewestKeyOnly(ReferenceConsumer):
    """Keeps of each set the key that it met last."""

    def __init__(self) -> None:
        super().__init__()
        self.met: list[str] = []

    def merged(self, store: KeyStore, keys: Keys) -> Keys:
        self.met += [kid for kid in keys if kid not in self.met]
        newest = max(keys, key=self.met.index)
        return {newest: keys[newest]}


class FirstKeyOnly(ReferenceConsumer):
    """Keeps the first signing key of each set."""

    def merged(self, store: KeyStore, keys: Keys) -> Keys:
        return dict([next(iter(keys.items()))])


class RealmPageKey(ReferenceConsumer):
    """Verifies everything with the one key on the realm's page."""

    def refresh(self, store: KeyStore) -> None:
        store.tried_at = self.time.now()
        page = self.get(store.issuer)
        if page is not None:
            key = load_der_public_key(base64.b64decode(page.json()["public_key"]))
            assert isinstance(key, RSAPublicKey)
            store.keys = {"": RSAAlgorithm.to_jwk(key, as_dict=True)}
            store.fetched_at = self.time.now()

    def lookup(self, kid: str, store: KeyStore) -> Mapping[str, Any] | None:
        return store.keys.get("")


class Credulous(ReferenceConsumer):
    """Believes whatever a token says."""

    def lookup(self, kid: str, store: KeyStore) -> Mapping[str, Any] | None:
        return {}

    def verified(
        self, token: str, header: Mapping[str, Any], key: Mapping[str, Any], store: KeyStore
    ) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
        return claims


WAYWARD: tuple[type[ReferenceConsumer], ...] = (
    FetchOnce,
    UnknownKidOnly,
    MergeOnly,
    SevenDays,
    NewestKeyOnly,
    FirstKeyOnly,
    RealmPageKey,
    Credulous,
)
"""Consumers with one defect each."""
