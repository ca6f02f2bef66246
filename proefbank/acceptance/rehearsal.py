"""What a stage needs besides a client and a service: found by playing it to nobody.

The script of a stage does not know who listens. Here nobody does: what it would have armed,
moved, arranged or shown is noted, so that a target that can do none of it can say why.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from proefbank.staging import Stage

__all__ = ["Needs", "needs_of"]

_ENOUGH = 200
"""Orders after which a script that waits for an answer is taken for understood."""


@dataclass(slots=True)
class Needs:
    """What the script of a stage asks for."""

    stimuli: list[str] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    """Roles besides the ordinary one."""
    recipes: list[str] = field(default_factory=list)
    """Tokens that are made for it, besides one as the service issues it."""
    deeds: list[str] = field(default_factory=list)
    clock: bool = False
    person: bool = False
    orders: int = 0

    @property
    def words(self) -> str:
        """What is needed that only simulated services have; empty if nothing is."""
        return "; ".join(self._told())

    def _told(self) -> Iterator[str]:
        if self.stimuli:
            yield f"a stimulus ({_some(self.stimuli)})"
        if self.clock:
            yield "clocks that are moved"
        if self.deeds:
            yield f"people who change the set-up ({_some(self.deeds)})"
        if self.recipes:
            yield f"tokens made for it ({_some(self.recipes)})"
        alone = not (self.stimuli or self.clock or self.deeds or self.recipes)
        if self.accounts and alone:
            yield f"a part that its profile does not have ({_some(self.accounts)})"


def needs_of(stage: Stage) -> Needs:
    """Return what a stage needs, as far as its script comes to say."""
    rehearsal = _Rehearsal()
    with contextlib.suppress(Exception):  # it missed an answer that makes sense: so far, then
        stage.script(rehearsal)
    return rehearsal.needs


def _some(names: Sequence[str]) -> str:
    unique = list(dict.fromkeys(names))
    return ", ".join(unique[:3]) + (" and more" if len(unique) > 3 else "")  # noqa: PLR2004


class _Anything(Mapping[str, object]):
    """A mapping in which every name has a value that is good for little."""

    def __getitem__(self, key: str) -> object:
        return "" if key != "pending" else False

    def __iter__(self) -> Iterator[str]:
        return iter(("session",))

    def __len__(self) -> int:
        return 1  # or it would be as good as none


@dataclass(frozen=True, slots=True)
class _Yes:
    kind: str = "accepted"
    value: Mapping[str, object] = field(default_factory=_Anything)


class _Rehearsal:
    """Plays every part, and remembers what was asked of it."""

    def __init__(self) -> None:
        self.needs = Needs()
        self.facts: Mapping[str, object] = _Anything()

    def can(self, capability: str) -> bool:  # noqa: ARG002 - a client that can do everything
        return True

    def sample(self, kind: str = "") -> Mapping[str, object]:  # noqa: ARG002
        return {"method": "GET", "path": "/", "body": None}

    def begin(self, account: str = "", *, scope: str | None = None, **members: object) -> None:  # noqa: ARG002
        if account:
            self.needs.accounts.append(account)

    def arm(
        self,
        stimulus: str,
        *,
        times: int = 1,  # noqa: ARG002
        anytime: bool = False,  # noqa: ARG002
        **params: object,  # noqa: ARG002
    ) -> None:
        self.needs.stimuli.append(stimulus)

    def call(self, op: str, args: Mapping[str, object], *, note: str = "") -> _Yes:  # noqa: ARG002
        self.needs.orders += 1
        if self.needs.orders > _ENOUGH:
            raise StopIteration
        return _Yes()

    def calls(
        self, orders: Sequence[tuple[str, Mapping[str, object]]], *, note: str = ""
    ) -> list[_Yes]:
        return [self.call(op, args, note=note) for op, args in orders]

    def token(self, recipe: str = "access", **how: object) -> str:
        if recipe != "access" or how:
            self.needs.recipes.append(recipe)
        return ""

    def show(
        self, recipe: str = "access", *, note: str = "", insist: bool = False, **how: object
    ) -> None:
        self.token(recipe, **how)
        self.call("jwt.verify", {"insist": insist}, note=note)

    def show_again(self, token: str, *, note: str = "") -> None:
        self.call("jwt.verify", {"token": token}, note=note)

    def seen(self, conversation: str) -> int:  # noqa: ARG002
        return self.needs.orders

    def visit(
        self,
        url: object,  # noqa: ARG002
        *,
        act: str = "approve",  # noqa: ARG002
        person: str = "",  # noqa: ARG002
        language: str = "",  # noqa: ARG002
    ) -> str | None:
        self.needs.person = True
        return ""

    def arrange(self, deed: str, **told: object) -> None:  # noqa: ARG002
        self.needs.deeds.append(deed)

    def advance(self, seconds: float, *, client: bool = True) -> None:  # noqa: ARG002
        self.needs.clock = True

    def at(self, instant: float) -> None:  # noqa: ARG002
        self.needs.clock = True
