"""What a provider or a door can do on purpose, by name.

Every service lists its own in a catalogue. A stimulus of the layer `tls` is carried out by the
door; those of the other layers, which the service names, are armed on the provider and shape
the next answers of that layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from proefbank.names import nearest

__all__ = ["Catalogue", "Params", "Stimulus", "catalogue", "known", "on"]

Params = Mapping[str, Any]
NO_PARAMS: Params = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Stimulus:
    """One thing a provider or a door can do on purpose."""

    name: str
    """Its layer, a hyphen and its kind, e.g. `token-html-502`."""
    layer: str
    """Which answers it shapes; `tls` for what the door does."""
    description: str
    params: Params = field(default_factory=lambda: NO_PARAMS)
    """Parameters with their defaults; a value of another type is refused."""
    needs_success: bool = False
    """Whether it shapes only an answer that would have been a success, and waits for one."""
    choices: tuple[str, ...] = ()
    """What its text parameters may be, if not any text."""

    @property
    def kind(self) -> str:
        """The name without its layer, which may have hyphens of its own."""
        return self.name.removeprefix(f"{self.layer}-")

    def to_json(self) -> dict[str, Any]:
        """Return what somebody has to know to arm it."""
        return {
            "layer": self.layer,
            "description": self.description,
            "params": dict(self.params),
        }

    def with_params(self, given: Params) -> dict[str, Any]:
        """Return all parameters, `given` in place of defaults; ValueError for an unfit one."""
        chosen = dict(self.params)
        for key, value in given.items():
            if key not in chosen:
                listed = ", ".join(chosen) or "none"
                raise ValueError(f"{self.name} has no parameter {key!r}; it has: {listed}")
            wanted = (int, float) if isinstance(chosen[key], (int, float)) else (str,)
            if isinstance(value, bool) or not isinstance(value, wanted):
                message = f"{self.name}: {key} should be like {chosen[key]!r}, is {value!r}"
                raise ValueError(message)  # noqa: TRY004 - one kind of error for one mistake
            if self.choices and isinstance(value, str) and value not in self.choices:
                raise ValueError(f"{self.name}: {key} is one of {', '.join(self.choices)}")
            chosen[key] = value
        return chosen


def on(layer: str, *, needs_success: bool = False) -> Callable[..., Stimulus]:
    """Return a maker of stimuli of one layer: it takes kind, description and parameters."""

    def make(kind: str, description: str, **params: Any) -> Stimulus:
        name = f"{layer}-{kind}"
        return Stimulus(name, layer, description, params, needs_success=needs_success)

    return make


Catalogue = Mapping[str, Stimulus]
"""Every stimulus of a service by name."""


def catalogue(*parts: Iterable[Stimulus]) -> Catalogue:
    """Return the catalogue of these stimuli, in this order."""
    return MappingProxyType({item.name: item for part in parts for item in part})


def known(name: str, among: Catalogue) -> Stimulus:
    """Return the stimulus of that name; ValueError names the nearest one in the catalogue."""
    if name not in among:
        raise ValueError(f"no stimulus is called {name!r}; the nearest is {nearest(name, among)!r}")
    return among[name]
