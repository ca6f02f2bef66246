"""What has changed in a key set since it was last looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from proefbank.keywatch.keyset import Key

__all__ = ["News", "Past", "Seen", "look", "seen_now"]

_LONGEST_NAME = 80
_STEP_2 = " (step 2 of a renewal)"
_STEP_BACK = " (a step back: it is the older one)"


@dataclass(frozen=True, slots=True)
class Seen:
    """One key that was in the set at some time; instants are epoch seconds."""

    kid: str | None
    use: str | None
    alg: str | None
    fingerprint: str
    signs: bool
    certified: float | None
    """Begin of its certificate."""
    first: float
    last: float
    gone: float | None = None
    """When it was first missed; None while it is in the set."""

    @property
    def id(self) -> tuple[str | None, str]:
        """What makes it the same key: kid and material."""
        return self.kid, self.fingerprint

    def older_than(self, other: Seen) -> bool | None:
        """Whether it came before the other, by first sight, else by certificate; None unknown."""
        if self.first != other.first:
            return self.first < other.first
        if self.certified is None or other.certified is None or self.certified == other.certified:
            return None
        return self.certified < other.certified


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of one key set."""

    looked: float
    active: str | None
    """Fingerprint of the key that signed, if that was to be seen."""
    seen: tuple[Seen, ...]

    def key(self, key: Key) -> Seen | None:
        """Return what is known of a key."""
        return next((one for one in self.seen if one.id == (key.kid, key.fingerprint)), None)

    @property
    def listed(self) -> tuple[Seen, ...]:
        """The keys that were in the set at the last look."""
        return tuple(one for one in self.seen if one.gone is None)


@dataclass(frozen=True, slots=True)
class News:
    """One thing that has changed."""

    kind: str
    """`appeared`, `gone`, `returned`, `activated`, `replaced` or `relisted`."""
    kid: str | None
    text: str


def look(
    past: Past | None, keys: Sequence[Key], active: str | None, now: float
) -> tuple[Past, list[News]]:
    """Return what is known after this look, and what is new since the last one.

    A first look has no news. `active` is None when nothing shows which key signs; what was
    known of that is then kept.
    """
    seen = {one.id: one for one in past.seen} if past else {}
    found = [seen_now(key, seen.get((key.kid, key.fingerprint)), now) for key in keys]
    listed = {one.id: one for one in found}
    missing = {
        key: one if one.gone is not None else replace(one, gone=now)
        for key, one in seen.items()
        if key not in listed
    }
    if past is None:
        return Past(now, active, tuple(listed.values())), []
    known = Past(now, active or past.active, (*listed.values(), *missing.values()))
    gone = [one for one in past.listed if one.id not in listed]
    swapped = {one.kid for one in gone} & {one.kid for one in found if one.id not in seen} - {None}
    news = [
        News("replaced", kid, f"the kid {kid} names another key now: who caches by kid is misled")
        for kid in sorted(filter(None, swapped))
    ]
    for one in listed.values():
        if one.kid not in swapped:
            news += _come(one, seen.get(one.id), active)
    news += [_left(one, found) for one in gone if one.kid not in swapped]
    if active is not None and past.active not in (None, active):
        news += _activated(active, past, found)
    return known, news


def seen_now(key: Key, before: Seen | None, now: float) -> Seen:
    """Return what is known of a key after a look at it."""
    return Seen(
        kid=key.kid,
        use=key.use,
        alg=key.alg,
        fingerprint=key.fingerprint,
        signs=key.signs,
        certified=key.certificate.since if key.certificate else None,
        first=before.first if before else now,
        last=now,
    )


def _come(one: Seen, before: Seen | None, active: str | None) -> Iterator[News]:
    if before is None:
        yield News("appeared", one.kid, _appearance(one, active))
    elif before.gone is not None:
        yield News("returned", one.kid, f"a key has come back: {_name(one)}")
    elif (before.use, before.alg) != (one.use, one.alg):
        was, now = (f"use {item.use}, alg {item.alg}" for item in (before, one))
        yield News("relisted", one.kid, f"{_name(one)} is listed with {now}; before: {was}")


def _activated(active: str, past: Past, found: Sequence[Seen]) -> Iterator[News]:
    signer = next((one for one in found if one.fingerprint == active), None)
    before = next((one for one in past.seen if one.fingerprint == past.active), None)
    if signer is None or before is None:
        return
    newer = before.older_than(signer)
    place = "" if newer is None else _STEP_2 if newer else _STEP_BACK
    yield News("activated", signer.kid, f"another key signs now: {_name(signer)}{place}")


def _appearance(one: Seen, active: str | None) -> str:
    if one.use == "enc":
        return f"an encryption key has appeared: {_name(one)}"
    if not one.signs:
        return f"a key that signs nothing has appeared: {_name(one)}"
    if active is None:
        return f"a new signing key has appeared, presumably passive (step 1): {_name(one)}"
    if active == one.fingerprint:
        return f"a new key has appeared, and signs already: {_name(one)}"
    return f"a passive key has appeared (step 1 of a renewal): {_name(one)}"


def _left(one: Seen, listed: Sequence[Seen]) -> News:
    others = [item for item in listed if item.signs and item.alg == one.alg]
    if not one.signs:
        text = f"a key that verified no signatures is gone: {_name(one)}"
    elif others and all(one.older_than(item) for item in others):
        text = f"the old key is gone (step 3 of a renewal): {_name(one)}"
    elif others and all(one.older_than(item) is False for item in others):
        text = f"the newer key is gone again: {_name(one)}"
    else:
        text = f"a signing key is gone: {_name(one)}"
    return News("gone", one.kid, text)


def _name(one: Seen) -> str:
    kid = (one.kid or "(no kid)")[:_LONGEST_NAME]
    return f"{kid}{f', {one.alg}' if one.alg else ''}"
