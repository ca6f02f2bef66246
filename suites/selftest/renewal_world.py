"""The provider, a consumer, the clock that both live by, and the story of what happens."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

import httpx

from proefbank.clock import Clock
from proefbank.doors.carrier import Carrier
from proefbank.doors.inprocess import httpx_transport
from proefbank.errors import Rejected
from proefbank.exchange import Request, Response
from proefbank.services.ehealth.provider import EHealth, Timeline
from proefbank.services.ehealth.provider.facts import CERTS, LIFETIME
from proefbank.services.ehealth.provider.oddities import oddities
from proefbank.services.ehealth.provider.timeline import Step
from proefbank.services.ehealth.reference import ReferenceConsumer

from .renewal_history import DAY, HOUR, KEYS, History, Situation

__all__ = ["SHAPES", "STRANGER", "Deed", "Failed", "World"]

BEGIN = 1_740_787_200
"""Midnight of day 0, in epoch seconds."""
BEFORE = 120
"""Seconds between the issue of a passive key's last token and the step that made it passive."""
ORIGIN = "https://127.0.0.1:8443"
SHAPES = {
    ("active_off", "new_first"): "switched off; a new key is listed first",
    ("active_off", "new_last"): "switched off; a new key is listed last",
    ("priority", "new_first"): "put below the one that signs",
}
"""How a key is kept from signing, and what that does to the order of the key set."""
STRANGER = 3


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
            options = self.history.steps()
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

    def show(self, key: str | None) -> None:
        """Show a token; raise `Failed` unless the consumer does what is due."""
        token, due = self.token(key), self.history.due(key, self.now)
        what, why = self.history.why(key, self.now)
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
