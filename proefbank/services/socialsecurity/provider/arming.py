"""Stimuli that wait for their requests, first armed first used."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from .stimuli import Params, Stimulus, stimulus

__all__ = ["Armed", "Queue"]


@dataclass(slots=True)
class Armed:
    """A stimulus that waits for its requests."""

    stimulus: Stimulus
    left: int
    params: dict[str, Any] = field(default_factory=dict)


class Queue:
    """Armed stimuli, one line for each conversation. Not locked: the provider's lock covers it."""

    def __init__(self) -> None:
        """Start with nothing armed."""
        self._lines: dict[str, deque[Armed]] = {"token": deque(), "api": deque()}

    def arm(self, name: str, times: int, params: Params) -> None:
        """Put a stimulus at the end of its line; ValueError if it cannot be armed here."""
        known = stimulus(name)
        if known.layer not in self._lines:
            raise ValueError(f"{name} belongs to the layer {known.layer!r}: arm it on the door")
        if times < 1:
            raise ValueError(f"{name} needs at least one request to shape, not {times}")
        chosen = dict(known.params)
        for key, value in params.items():
            if key not in chosen:
                listed = ", ".join(chosen) or "none"
                raise ValueError(f"{name} has no parameter {key!r}; it has: {listed}")
            wanted = (int, float) if isinstance(chosen[key], (int, float)) else (str,)
            if isinstance(value, bool) or not isinstance(value, wanted):
                message = f"{name}: {key} should be like {chosen[key]!r}, is {value!r}"
                raise ValueError(message)  # noqa: TRY004 - one kind of error for one mistake
            if known.choices and isinstance(value, str) and value not in known.choices:
                raise ValueError(f"{name}: {key} is one of {', '.join(known.choices)}")
            chosen[key] = value
        self._lines[known.layer].append(Armed(known, times, chosen))

    def take(self, layer: str, *, success: bool) -> Armed | None:
        """Use up one request of the first in line, unless it waits for a success."""
        line = self._lines[layer]
        if not line or (line[0].stimulus.needs_success and not success):
            return None
        armed = line[0]
        armed.left -= 1
        if armed.left == 0:
            line.popleft()
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
                "params": dict(armed.params),
            }
            for layer, line in self._lines.items()
            for armed in line
        ]
