"""What a recording does not tell.

A recording of somebody else's traffic holds neither the settings that the client was given nor
what the server knows. Where such a fact is asked for, the answer is neither a default nor a
guess: it is `NotObservable`, with what would show it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from proefbank.errors import NotObservable

__all__ = ["Untold"]


class Untold(Mapping[str, object]):
    """Facts of which some are missing: asking for a missing one raises `NotObservable`.

    `in` says without raising whether a fact is there.
    """

    def __init__(self, told: Mapping[str, object], reason: str) -> None:
        """Hold what was told; `{fact}` in `reason` stands for the name of what was not."""
        self._told = dict(told)
        self._reason = reason

    def __getitem__(self, key: str) -> object:
        """Return the fact called `key`; raises `NotObservable` if it was not told."""
        if key not in self._told:
            raise NotObservable(self._reason.replace("{fact}", key.replace("_", " ")))
        return self._told[key]

    def __contains__(self, key: object) -> bool:
        """Whether the fact was told."""
        return key in self._told

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of what was told."""
        return iter(self._told)

    def __len__(self) -> int:
        """Count what was told."""
        return len(self._told)
