"""Judging tokens that are shown one by one."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace

from proefbank.judge import DoesNotApply
from proefbank.verdict import Finding

from ..wire.shown_tokens import ShownTokens
from .outcomes import accepted, refused, trapped

__all__ = ["judged"]

NOTHING: AbstractSet[str] = frozenset()


def judged(shown: ShownTokens, takes: AbstractSet[str] = NOTHING) -> Finding | None:
    """Find the first token with the wrong verdict, or one that a good token did not survive.

    What is only a warning comes after what is not.
    """
    if shown.elsewhere:
        raise DoesNotApply("such a token is accepted anyway, which is a requirement of its own")
    found: list[Finding | None] = []
    for item in shown.probes:
        if item.recipe in shown.refuses:
            found.append(refused(item, takes, lenient=item.recipe in shown.lenient))
        elif item.recipe in shown.accepts:
            found.append(accepted(item))
        else:
            found.append(trapped(item))
    found.extend(
        replace(lost, where=f"{lost.where}, right after another token")
        for lost in map(accepted, shown.afterwards)
        if lost is not None
    )
    told = [finding for finding in found if finding is not None]
    return min(told, key=lambda finding: finding.soft, default=None)
