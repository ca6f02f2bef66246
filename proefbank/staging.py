"""Stagings: the situations that a client is put into, told as small functions.

A stage says which readings it makes possible, so that the suites know which rules to put to
its journal. Its script arms stimuli and gives orders; it never hears what came of them, and it
never judges.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from proefbank.errors import NotAssessed
from proefbank.judge import Reading, Rule, rules_of

__all__ = ["Answer", "Stage", "Staging", "rules_for", "stage", "stages_of"]


class Answer(Protocol):
    """What the client answered to an order: for a script that must hand something of it on."""

    @property
    def kind(self) -> str:
        """One of `accepted`, `rejected`, `unsupported`, `crashed`."""
        ...

    @property
    def value(self) -> Mapping[str, object] | None:
        """The value of an accepted answer."""
        ...


class Staging(Protocol):
    """What the script of a stage may do."""

    @property
    def facts(self) -> Mapping[str, object]:
        """Facts of the current scenario: endpoints, account, sample call."""
        ...

    def can(self, capability: str) -> bool:
        """Whether the client claims a capability, or has `clock` (movable) or `concurrency`.

        `fresh`: each scenario finds it as if just started. `output`: what it prints is heard.
        `issuers`: it can be told to trust several.
        """
        ...

    def sample(self, kind: str = "") -> Mapping[str, object]:
        """Return the arguments of an ordinary API call of this kind, for the account in play."""
        ...

    def begin(self, account: str = "", *, scope: str | None = None, **members: object) -> None:
        """Start a scenario: the provider and the client forget everything before it."""
        ...

    def arm(
        self, stimulus: str, *, times: int = 1, anytime: bool = False, **params: object
    ) -> None:
        """Have the provider (or the door) do `stimulus` for its next `times` occasions.

        Not observable by a client that nothing makes forget, unless it may come at `anytime`.
        """
        ...

    def call(self, op: str, args: Mapping[str, object], *, note: str = "") -> Answer:
        """Tell the client to act and wait for its answer, which is the journal's affair."""
        ...

    def calls(
        self, orders: Sequence[tuple[str, Mapping[str, object]]], *, note: str = ""
    ) -> Sequence[Answer]:
        """Give several orders at once, as many in flight as the client allows."""
        ...

    def token(self, recipe: str = "access", **how: object) -> str:
        """Return a token made now by this recipe; `how` is the service's affair, `key` say."""
        ...

    def show(
        self, recipe: str = "access", *, note: str = "", insist: bool = False, **how: object
    ) -> None:
        """Have the client verify a token made now; with `insist` once more if it refuses."""
        ...

    def show_again(self, token: str, *, note: str = "") -> None:
        """Have the client verify a token that `token` made before."""
        ...

    def seen(self, conversation: str) -> int:
        """Count the requests of a conversation that came so far: all that a script can hear."""
        ...

    def visit(
        self, url: object, *, act: str = "approve", person: str = "", language: str = ""
    ) -> str | None:
        """Send a person's browser to the service's pages; return where it left them for, if so.

        A person does `approve`, `reject`, `approve-then-reject`, `approve-then-wait`, or just
        `open`s the page. Each has a browser that lasts until the next `begin`.
        """
        ...

    def arrange(self, deed: str, **told: object) -> None:
        """Have people do something at the service, the client not knowing: `deed` is its affair.

        Not observable where the user's own profile forbids it.
        """
        ...

    def advance(self, seconds: float, *, client: bool = True) -> None:
        """Move the bench's clock and the client's. Not observable if the client's stays.

        Without `client` only the bench's is moved: what is waited for happens at the service.
        """
        ...

    def at(self, instant: float) -> None:
        """Set the bench's clock and the client's. Not observable if the client's stays."""
        ...


@dataclass(frozen=True, slots=True)
class Stage:
    """One situation."""

    name: str
    readings: tuple[type[Reading], ...]
    """Which readings its journal offers; every rule about one of them is judged here."""
    needs: frozenset[str]
    """Capabilities the client must claim."""
    wire: frozenset[str]
    """What the door must be able to do: `tls`, `faults`."""
    script: Callable[[Staging], None]
    package: str

    @property
    def story(self) -> str:
        """What happens, in a sentence or two."""
        return " ".join((inspect.getdoc(self.script) or "").split())


_STAGES: dict[tuple[str, str], Stage] = {}


def stage(
    name: str,
    *,
    judges: Sequence[type[Reading]],
    needs: Sequence[str] = (),
    wire: Sequence[str] = (),
) -> Callable[[Callable[[Staging], None]], Callable[[Staging], None]]:
    """Register the decorated script as the stage called `name`.

    Raises `NotAssessed` at import when the name is taken.
    """

    def decorate(script: Callable[[Staging], None]) -> Callable[[Staging], None]:
        package = script.__module__.partition(".stages")[0]
        if (package, name) in _STAGES:
            raise NotAssessed(f"two stages are called {name}")
        _STAGES[package, name] = Stage(
            name, tuple(judges), frozenset(needs), frozenset(wire), script, package
        )
        return script

    return decorate


@cache
def stages_of(package: str) -> tuple[Stage, ...]:
    """Return every stage of a service, in the order of its modules and within them."""
    folder = importlib.import_module(f"{package}.stages")
    for module in sorted(pkgutil.iter_modules(folder.__path__), key=lambda item: item.name):
        importlib.import_module(f"{package}.stages.{module.name}")
    return tuple(item for item in _STAGES.values() if item.package == package)


def rules_for(stage: Stage, reading: type[Reading]) -> tuple[Rule, ...]:
    """Return the rules that judge `reading` in `stage`."""
    if reading not in stage.readings:
        return ()
    return tuple(item for item in rules_of(stage.package) if item.reading is reading)
