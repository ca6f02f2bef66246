"""The hashes that are to be signed: algorithm, encoding, length."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.members import Missing, told
from ..wire.sign_start import Hash, SignStart
from .said import posted

SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
DIGEST = 32
_HEX = re.compile(r"[0-9a-fA-F]{40}([0-9a-fA-F]{24}|[0-9a-fA-F]{56}|[0-9a-fA-F]{88})?")
_STANDARD = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_URL_SAFE = re.compile(r"[A-Za-z0-9_\-]*={0,2}")


@rule("itsme.sign-start.algorithm-is-the-sha-256-uri")
def algorithm_is_sha256(start: SignStart) -> Finding | None:
    """It is compared as text; no other algorithm is supported."""
    for one in _hashes(start):
        if one.alg != SHA256 and one.alg is not Missing:
            return Finding(f"{one.where}.alg", expected=SHA256, actual=told(one.alg))
    return None


@rule("itsme.sign-start.value-is-base64")
def value_is_base64(start: SignStart) -> Finding | None:
    """A value that decodes to something else gets a good signature over the wrong thing."""
    for one in _hashes(start):
        if one.value is Missing:
            continue
        if wrong := _not_base64(one.value):
            return Finding(f"{one.where}.value", expected="base64 in one line", actual=wrong)
    return None


@rule("itsme.sign-start.value-is-a-sha-256-digest")
def value_is_a_digest(start: SignStart) -> Finding | None:
    """The value is signed as it is: it is not hashed again."""
    for one, octets in _decoded(start):
        if len(octets) != DIGEST:
            return Finding(
                f"{one.where}.value",
                expected=f"{DIGEST} octets",
                actual=f"{len(octets)} octets",
                hint="encode the digest itself, not its hexadecimal form",
            )
    return None


@rule("itsme.sign-start.value-has-alphabet-and-padding-of-the-examples")
def value_is_like_the_examples(start: SignStart) -> Finding | None:
    """Of two contradictory sentences every example follows this one."""
    for one, _ in _decoded(start):
        value = str(one.value)
        if "-" in value or "_" in value:
            actual = "the alphabet for URLs"
        elif len(value) % 4:
            actual = "no padding"
        else:
            continue
        return Finding(
            f"{one.where}.value", expected="the standard alphabet, with padding", actual=actual
        )
    return None


@rule("itsme.sign-start.value-has-zero-pad-bits")
def value_has_zero_pad_bits(start: SignStart) -> Finding | None:
    """Strict decoders refuse a value whose unused bits are set."""
    for one, octets in _decoded(start):
        canonical = base64.b64encode(octets).decode("ascii").rstrip("=")
        if _standard(str(one.value)).rstrip("=") != canonical:
            return Finding(f"{one.where}.value", expected=canonical, actual=told(one.value))
    return None


def _hashes(start: SignStart) -> list[Hash]:
    posted(start)
    if not start.hashes:
        raise DoesNotApply("there is no array of hashes, which is a requirement of its own")
    return start.hashes


def _not_base64(value: object) -> str:
    """Return what is wrong with a value; empty if it is base64."""
    if not isinstance(value, str):
        return told(value)
    if _HEX.fullmatch(value):
        return "hexadecimal text"
    if _STANDARD.fullmatch(value) or _URL_SAFE.fullmatch(value):
        return "" if value and len(value.rstrip("=")) % 4 != 1 else "a length that base64 never has"
    if any(sign.isspace() for sign in value):
        return "line breaks or spaces in it"
    return "both alphabets at once" if re.fullmatch(r"[\w+/=\-]*", value) else "other characters"


def _standard(value: str) -> str:
    return value.replace("-", "+").replace("_", "/")


def _decoded(start: SignStart) -> Iterator[tuple[Hash, bytes]]:
    """Yield the hashes that are base64 with their octets."""
    for one in _hashes(start):
        if isinstance(one.value, str) and not _not_base64(one.value):
            plain = _standard(one.value).rstrip("=")
            try:
                yield one, base64.b64decode(plain + "=" * (-len(plain) % 4))
            except binascii.Error:
                continue
