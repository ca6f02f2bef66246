"""Stimuli that wait for their requests, first armed first used."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from .facts import REALMS
from .stimuli import LAYERS, Params, Stimulus, stimulus

__all__ = ["Armed", "Queue"]


@dataclass(slots=True)
class Armed:
    """A stimulus that waits for its requests."""

    stimulus: Stimulus
    left: int
    realm: str | None = None
    """The only realm that it touches, or None for any."""
    params: dict[str, Any] = field(default_factory=dict)


class Queue:
    """Armed stimuli, one line for each layer. Not locked: the provider's lock covers it."""

    def __init__(self) -> None:
        """Start with nothing armed."""
        self._lines: dict[str, deque[Armed]] = {layer: deque() for layer in LAYERS}

    def arm(self, name: str, times: int, realm: str | None, params: Params) -> None:
        """Put a stimulus at the end of its line; ValueError if it cannot be armed here."""
        known = stimulus(name)
        if known.layer not in self._lines:
            raise ValueError(f"{name} belongs to the layer {known.layer!r}: arm it on the door")
        if times < 1:
            raise ValueError(f"{name} needs at least one request to shape, not {times}")
        if realm is not None and realm not in REALMS:
            raise ValueError(f"there is no realm {realm!r}; there are {', '.join(REALMS)}")
        chosen = dict(known.params)
        for key, value in params.items():
            if key not in chosen:
                listed = ", ".join(chosen) or "none"
                raise ValueError(f"{name} has no parameter {key!r}; it has: {listed}")
            wanted = (int, float) if isinstance(chosen[key], (int, float)) else (str,)
            if isinstance(value, bool) or not isinstance(value, wanted):
                message = f"{name}: {key} should be like {chosen[key]!r}, is {value!r}"
                raise ValueError(message)  # noqa: TRY004 - one kind of error for one mistake
            if known.choices and value not in known.choices:
                raise ValueError(f"{name}: {key} is one of {', '.join(known.choices)}")
            chosen[key] = value
        self._lines[known.layer].append(Armed(known, times, realm, chosen))

    def take(self, layer: str, realm: str) -> Armed | None:
        """Use up one request of the first in line that touches this realm."""
        line = self._lines[layer]
        armed = next((one for one in line if one.realm in (None, realm)), None)
        if armed is None:
            return None
        armed.left -= 1
        if armed.left == 0:
            line.remove(armed)
        return armed

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
                "realm": armed.realm,
                "params": dict(armed.params),
            }
            for layer, line in self._lines.items()
            for armed in line
        ]
