"""Which step of a renewal a key set looks like: a guess, and labelled as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from proefbank.keywatch.keyset import Key
from proefbank.keywatch.watch import Past, seen_now

__all__ = ["looks_like"]

_RENEWAL = 2
"""Signing keys in the set while one is renewed."""


def looks_like(keys: Sequence[Key], active: str | None, past: Past | None) -> dict[str, Any]:
    """Return `{state, guess, text}`: what step of a renewal the set looks like.

    Nothing in a set says which key signs, so a state is only ever guessed from the page of
    the realm (`active`) and from what came first.
    """
    families: dict[str, dict[str, Key]] = {}
    for key in keys:
        if key.signs:
            families.setdefault(key.family, {})[key.fingerprint] = key
    if not families:
        return _told("none", "no signing key")
    name, most = max(families.items(), key=lambda item: len(item[1]))
    if len(most) == 1:
        which = f" for each of {', '.join(families)}" if len(families) > 1 else ""
        return _alone(which, most, name, past)
    if len(most) > _RENEWAL:
        return _told("several", f"{len(most)} signing keys: more than one renewal is under way")
    return _renewal(most, active, past)


def _renewal(keys: Mapping[str, Key], active: str | None, past: Past | None) -> dict[str, Any]:
    head = "two signing keys: a renewal is under way"
    signer = keys.get(active or "")
    if signer is None:
        return _told(
            "S1 or S2",
            f"{head}: a key has been added or is about to be removed; nothing in the set says"
            " which one signs",
        )
    other = next(key for key in keys.values() if key is not signer)
    newer = _newer(signer, other, past)
    if newer is None:
        return _told(
            "S1 or S2",
            f"{head}; by the page of the realm {signer.short} signs, but nothing says which key"
            " is the newer one",
        )
    if newer:
        text = f"the newer key {signer.short} signs; {other.short} is passive until it is removed"
        return _told("S2", f"{head}; {text}", guess=True)
    text = f"the older key {signer.short} still signs; {other.short} is passive and will follow"
    return _told("S1", f"{head}; {text}", guess=True)


def _alone(which: str, keys: Mapping[str, Key], family: str, past: Past | None) -> dict[str, Any]:
    only = next(iter(keys.values()))
    mine = past.key(only) if past else None
    before = [
        one
        for one in (past.seen if past and mine else ())
        if one.gone is not None and one.signs and (one.alg or family) == family
    ]
    if mine is not None and any(one.older_than(mine) for one in before):
        return _told("S3", f"one signing key{which}; an older one is gone (step 3)", guess=True)
    return _told(
        "S0 or S3",
        f"one signing key{which}: no renewal is under way (before step 1, or after step 3)",
    )


def _newer(key: Key, other: Key, past: Past | None) -> bool | None:
    """Return whether `key` came after `other`; None if nothing tells."""
    known = [(past and past.key(one)) or seen_now(one, None, 0.0) for one in (key, other)]
    return known[1].older_than(known[0])


def _told(state: str, text: str, *, guess: bool = False) -> dict[str, Any]:
    return {"state": state, "guess": guess, "text": text}
