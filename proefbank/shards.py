"""Shards: parts of a run that machines go through side by side."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from proefbank.errors import BadInvocation

__all__ = ["Shard"]


@dataclass(frozen=True, slots=True, order=True)
class Shard:
    """One part of several."""

    index: int
    """From 1 on."""
    of_: int
    """How many parts there are."""

    @classmethod
    def of(cls, text: str) -> Self:
        """Return the part that `2/3` names; raises `BadInvocation`."""
        told = re.fullmatch(r"([1-9]\d{0,3})/([1-9]\d{0,3})", text)
        if told is None or int(told[1]) > int(told[2]):
            raise BadInvocation(
                f"{text!r} is no part of a run",
                where="--shard",
                hint="the second of three: proefbank run --shard 2/3 --seed 1",
            )
        return cls(int(told[1]), int(told[2]))

    def has(self, place: int) -> bool:
        """Whether the situation at this place (from 0 on) belongs to the part.

        Neighbours are alike and take alike long, so they are dealt out one by one.
        """
        return place % self.of_ == self.index - 1

    def __str__(self) -> str:
        """Return it as it is written on the command line."""
        return f"{self.index}/{self.of_}"
