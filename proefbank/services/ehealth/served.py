"""The realms as somebody sees them who points a product at them, or a test in any language.

Nobody has an account here. What there is instead: a timeline to choose, steps to take, and tokens
to be had by name. A product lives by the real clock, so a timeline is moved to where that clock
is, unless it is asked for in its own days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any, cast

from proefbank.arming import Armable, ServedArming
from proefbank.clock import to_iso
from proefbank.exchange import Secret
from proefbank.service import Cast
from proefbank.serving import AccountCard, Action, Stand

from .cast import EHealthCast
from .provider import CATALOGUE, TOKENS, Timeline, load_timeline
from .provider.facts import CERTS, DISCOVERY, LIFETIME, REALMS
from .provider.timeline import Step
from .served_actions import CLOCK, OWN_DAYS, TIMELINE, TO_CLOCK, actions_of
from .stages.timetable import ACC

__all__ = ["ServedEHealth", "served"]

_AFTER = 1.0
"""Seconds by which a step has been taken when it was asked for."""
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


class ServedEHealth(ServedArming):
    """Both realms of one environment, and the renewal of their keys."""

    catalogue = CATALOGUE

    readings: Sequence[str] = ("KeySetTraffic",)
    accounts: Sequence[str] = ()

    def __init__(self, cast: EHealthCast) -> None:
        """Serve what `cast` made ready, with the renewal in acceptance about to begin."""
        self.cast = cast
        self.reset()

    @property
    def armable(self) -> Armable:
        """The provider."""
        return self.cast.here

    @property
    def timeline(self) -> Timeline:
        """The timeline in force."""
        return self.cast.here.timeline

    @property
    def endpoints(self) -> Mapping[str, str]:
        """Issuer, discovery and key set of the realm that people sign in to, and the audience."""
        told = self.cast.told(REALMS[0])
        machines = self.cast.told(REALMS[1])["issuer"]
        issuer = str(told["issuer"])
        return {
            "issuer": issuer,
            "discovery": issuer + DISCOVERY,
            "jwks_uri": issuer + CERTS,
            "audience": str(told["audience"]),
            "m2m_issuer": str(machines),
        }

    @property
    def actions(self) -> Sequence[Action]:
        """Choose a timeline, take a step, have a token."""
        return actions_of(self)

    def _place(self, timeline: Timeline, now: float, *, at: Step | None = None) -> None:
        """Move a timeline in time, so that it begins now, or that a step was just taken."""
        then = timeline.begins if at is None or not isfinite(at.at) else at.at + _AFTER
        self.cast.take_up(timeline.shifted(now - then))

    def choose(self, name: str | Path, stand: Stand, *, days: str = TO_CLOCK) -> None:
        """Take up a timeline that ships, or one in a TOML file; BadInvocation for any other."""
        timeline = load_timeline(name)
        if days == OWN_DAYS:
            self.cast.take_up(timeline)
            stand.move_clock(to=timeline.begins)
        else:
            self._place(timeline, stand.now)
        stand.told_anew(f"the timeline is {timeline.id}, before its first step")

    def step(self, name: str, stand: Stand, *, move: str = TIMELINE) -> None:
        """Have a step just taken, by its name or state; ValueError if there is none of it."""
        timeline = self.timeline
        found = next((one for one in timeline.steps if name in (one.name, one.state)), None)
        if found is None:
            names = ", ".join(one.name for one in timeline.steps)
            raise ValueError(f"{timeline.id} has no step {name!r}; it has {names}")
        if move == CLOCK:
            stand.move_clock(to=found.at + _AFTER if isfinite(found.at) else timeline.begins)
        else:
            self._place(timeline, stand.now, at=found)
        stand.told_anew(f"{found.name} of {timeline.id} was taken, so that {found.state} holds")

    def mint(
        self,
        recipe: str,
        stand: Stand,
        *,
        realm: str = REALMS[0],
        key: str | None = None,
        lifetime: float = LIFETIME,
        claims: Mapping[str, Any] | None = None,
    ) -> str:
        """Return a token made now, of which no record will show more than a hole; ValueError."""
        made = self.cast.here.token(
            recipe,
            at=stand.now,
            realm=realm,
            key=key,
            lifetime=round(lifetime),
            claims={**self.cast.person, **(claims or {})},
        )
        for secret in (Secret("token", made), *self.cast.secrets()):
            stand.learn(secret)
        signer = key or self.timeline.signing_key(stand.now)
        stand.note(f"a token was made by the recipe {recipe}, in {realm} with {signer}")
        return made

    def hints(
        self,
        cards: Sequence[AccountCard],  # noqa: ARG002 - they were told already
        trust: Sequence[str],  # noqa: ARG002 - there is nothing to try
    ) -> Sequence[str]:
        """Nothing more needs to be said: returns no lines."""
        return ()

    def card(self, account: str, folder: Path) -> AccountCard:  # noqa: ARG002 - there is none
        """Nobody has an account: raises KeyError."""
        raise KeyError(account)

    def facts(self, account: str) -> Mapping[str, Any]:  # noqa: ARG002 - there is none
        """Return what a consumer is told, and the timeline."""
        return self.cast.facts()

    def account_in(self, facts: Mapping[str, object]) -> str | None:  # noqa: ARG002 - there is none
        """Nobody has an account."""
        return None

    def granted(self, facts: Mapping[str, object]) -> bool:
        """Whether the token endpoint issued a token."""
        return facts.get("granted") is True

    def revoke_tokens(self) -> None:
        """No token can be revoked, as with the real one: raises ValueError."""
        raise ValueError("tokens of these realms cannot be revoked; they expire")

    def reset(self) -> None:
        """Go back to the renewal in acceptance, about to begin."""
        self._place(load_timeline(ACC), self.cast.clock.now())

    def state(self, now: float) -> Mapping[str, Any]:
        """Return step and keys, what comes next, and when."""
        timeline, told = self.timeline, self.cast.here.state(now)
        coming = next((step for step in timeline.steps if step.at > now), None)
        after = "nothing comes after it"
        if coming is not None:
            when = f"{to_iso(coming.at)} (in {_span(coming.at - now)})"
            after = f"{coming.name}, to {coming.state}, comes at {when}"
        del told["armed"], told["elsewhere"], told["clients"]
        return told | {
            "title": timeline.title,
            "next": None
            if coming is None
            else _step_row(coming) | {"in_s": round(coming.at - now)},
            "says": f"{timeline.id} is in {told['state']} ({told['step']}); {after}.",
            "recipes": list(TOKENS),
            "tables": {
                "Steps": [
                    _step_row(step) | {"current": step.name == told["step"]}
                    for step in timeline.steps
                ],
                "Keys": [row for realm in REALMS for row in self._keys(realm, now)],
            },
        }

    def _keys(self, realm: str, now: float) -> list[dict[str, Any]]:
        signer = self.timeline.signing_key(now)
        return [
            {
                "realm": realm,
                "key": one.name,
                "use": one.use,
                "alg": one.alg,
                "kid": one.kid,
                "signs": "now" if one.name == signer else "",
            }
            for one in self.cast.here.ring(realm).enabled(now)
        ]


def _step_row(step: Step) -> dict[str, Any]:
    return {
        "name": step.name,
        "state": step.state,
        "at": to_iso(step.at) if isfinite(step.at) else None,
        "signs": step.signs,
        "published": ", ".join((*step.published, *step.enc)),
    }


def _span(seconds: float) -> str:
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def served(made: Cast) -> ServedEHealth:
    """Return the served side of a cast that `make_cast` made."""
    return ServedEHealth(cast("EHealthCast", made))
