"""Stimuli that wait for their requests, first armed first used."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from proefbank.exchange import Response, WirePlan
from proefbank.kept import Kept
from proefbank.stimuli import Catalogue, Params, Stimulus, known

__all__ = ["SHORT", "Armable", "Armed", "Queue", "ServedArming", "Workings", "wire_plan"]


@dataclass(slots=True)
class Armed:
    """A stimulus that waits for its requests."""

    stimulus: Stimulus
    left: int
    where: str | None = None
    """The only place that it touches (a realm, say), or None for any."""
    params: dict[str, Any] = field(default_factory=dict)


class Queue:
    """Armed stimuli, one line for each layer. Not locked: the provider's lock covers it."""

    def __init__(
        self, catalogue: Catalogue, layers: Sequence[str], *, place: str | None = None
    ) -> None:
        """Start with nothing armed; only stimuli of these layers can be.

        `place` says what a `where` is, e.g. `realm`, if the service has such places.
        """
        self._catalogue = catalogue
        self._lines: dict[str, deque[Armed]] = {layer: deque() for layer in layers}
        self._place = place

    def arm(self, name: str, times: int, params: Params, *, where: str | None = None) -> None:
        """Put a stimulus at the end of its line; ValueError if it cannot be armed here."""
        item = known(name, self._catalogue)
        if item.layer not in self._lines:
            raise ValueError(f"{name} belongs to the layer {item.layer!r}: arm it on the door")
        if times < 1:
            raise ValueError(f"{name} needs at least one request to shape, not {times}")
        armed = Armed(item, times, where, item.with_params(params))
        self._lines[item.layer].append(armed)

    def take(self, layer: str, *, success: bool = True, where: str | None = None) -> Armed | None:
        """Use up one request of the first in line that touches this place.

        None if there is none, or if it waits for a success and this answer is not one: those
        behind it do not overtake it.
        """
        line = self._lines[layer]
        armed = next((one for one in line if one.where in {None, where}), None)
        if armed is None or (armed.stimulus.needs_success and not success):
            return None
        armed.left -= 1
        if armed.left == 0:
            line.remove(armed)
        return armed

    def first(self, layer: str) -> str | None:
        """Return the name of the first in line."""
        line = self._lines[layer]
        return line[0].stimulus.name if line else None

    def clear(self, name: str | None = None) -> None:
        """Forget all stimuli, or those of that name."""
        for layer, line in self._lines.items():
            kept = [armed for armed in line if name is not None and armed.stimulus.name != name]
            self._lines[layer] = deque(kept)

    def state(self) -> list[dict[str, Any]]:
        """Return what waits, in order, as JSON-able values."""
        return [
            {
                "name": armed.stimulus.name,
                "layer": layer,
                "left": armed.left,
                **({} if self._place is None else {self._place: armed.where}),
                "params": dict(armed.params),
            }
            for layer, line in self._lines.items()
            for armed in line
        ]


class Workings(Protocol):
    """What the parts of a provider share, as far as stimuli are concerned."""

    @property
    def lock(self) -> AbstractContextManager[Any]:
        """Held by whoever changes something."""
        ...

    @property
    def queue(self) -> Queue:
        """What is armed."""
        ...

    @property
    def elsewhere(self) -> str | None:
        """Origin that redirects point to."""
        ...


class Armable:
    """Base of a provider on which stimuli are armed; what its parts share is `_shared`."""

    _shared: Workings

    elsewhere = Kept[str | None]("Origin of the trap, to which the redirect stimuli lead.")

    def arm(self, stimulus: str | Stimulus, times: int = 1, **params: Any) -> None:
        """Let a stimulus shape the next `times` answers of its layer, after those armed.

        ValueError for an unknown name or parameter, for one that a door carries out (`tls-…`),
        and for a redirect while `elsewhere` is not set.
        """
        self._arm(stimulus, times, params)

    def _arm(
        self, stimulus: str | Stimulus, times: int, params: Params, *, where: str | None = None
    ) -> None:
        name = stimulus.name if isinstance(stimulus, Stimulus) else stimulus
        if name.endswith("-redirect-elsewhere") and self.elsewhere is None:
            raise ValueError(f"{name} needs another origin: set `elsewhere` first")
        with self._shared.lock:
            self._shared.queue.arm(name, times, params, where=where)

    def disarm(self, name: str | None = None) -> None:
        """Forget all armed stimuli, or those of that name."""
        with self._shared.lock:
            self._shared.queue.clear(name)

    def waiting(self) -> list[dict[str, Any]]:
        """Return what is armed, in order, as JSON-able values."""
        with self._shared.lock:
            return self._shared.queue.state()


class ServedArming:
    """Base of the served side of a service: stimuli are armed on its provider."""

    catalogue: Catalogue

    @property
    def armable(self) -> Armable:
        """The provider; each service says which."""
        raise NotImplementedError

    @property
    def stimuli(self) -> Mapping[str, Mapping[str, Any]]:
        """Every stimulus by name."""
        return {name: item.to_json() for name, item in self.catalogue.items()}

    def arm(self, stimulus_name: str, times: int, params: Params) -> str:
        """Arm a stimulus behind those before it and return its layer; `tls` is the door's affair.

        ValueError for an unknown name, parameter or number.
        """
        item = known(stimulus_name, self.catalogue)
        if times < 1:
            raise ValueError(f"{item.name} needs at least one request to shape, not {times}")
        if item.layer != "tls":
            self.armable.arm(item.name, times, **params)
        elif params:
            raise ValueError(f"{item.name} has no parameters")
        return item.layer

    def disarm(self, stimulus_name: str | None) -> None:
        """Forget what is armed."""
        self.armable.disarm(stimulus_name)

    def armed(self) -> Sequence[Mapping[str, Any]]:
        """Return what waits at the provider, in order."""
        return self.armable.waiting()


SHORT = 12
"""Bytes that a cut body lacks: every whole value of importance has been sent by then."""


def wire_plan(armed: Armed, response: Response) -> WirePlan:
    """Return how an answer travels under a stimulus that is about transport.

    That is one of the kind `delay` (with the parameter `seconds`), `dribble` (`interval`),
    `reset` or `cut-body`; under any other it travels as it did.
    """
    match armed.stimulus.kind:
        case "delay":
            return WirePlan(delay=float(armed.params["seconds"]))
        case "dribble":
            return WirePlan(dribble=float(armed.params["interval"]))
        case "reset":
            return WirePlan(reset=True)
        case "cut-body":
            return WirePlan(cut_after=max(1, len(response.body) - SHORT), close=True)
    return response.wire
