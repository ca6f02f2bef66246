"""The client assertion: taking the compact JWS apart and judging its header and claims.

"Opzetten kanaal REST API", 5.1; RFC 7515, 7519, 7521 (4.2) and 7523 (2.2, 3).
"""

from __future__ import annotations

import json
import math
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .findings import Findings, printable
from .profile import AssertionPolicy

__all__ = ["Assertion", "check_algorithm", "check_audience", "check_times", "take_apart"]

_BASE64URL = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)
_LOOSE = re.compile(r"[A-Za-z0-9_+/-]*=*", re.ASCII)
_PARTS, _PARTS_ENCRYPTED = 3, 5
_EMBEDDED_KEYS = ("x5t", "x5t#S256", "x5c", "x5u", "jwk", "jku")
_FARTHEST = 1e11
"""NumericDates beyond this (the year 5138) are not in seconds."""


@dataclass(slots=True)
class Assertion:
    """What could be read of the assertion; None for a part that could not."""

    header: Mapping[str, Any] | None = None
    claims: Mapping[str, Any] | None = None
    signing_input: bytes = b""
    signature: bytes | None = None

    @property
    def alg(self) -> str | None:
        """The algorithm in the header, if it is a text."""
        value = self.header.get("alg") if self.header else None
        return value if isinstance(value, str) else None

    def claim(self, name: str) -> Any:
        """Return a claim, or None."""
        return self.claims.get(name) if self.claims else None


class _RepeatedMemberError(ValueError):
    """A JSON object names a member twice."""


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _RepeatedMemberError
    return members


def _constant(name: str) -> float:
    raise ValueError(name)


_STRICT = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_constant)


def take_apart(text: str, findings: Findings) -> Assertion:
    """Return the parts of a compact JWS; write down what is wrong with its form."""
    result = Assertion()
    parts = text.split(".")
    if len(parts) != _PARTS:
        if len(parts) == _PARTS_ENCRYPTED:
            findings.add("assertion-encrypted", "the assertion has five parts: it is encrypted")
        else:
            findings.add("assertion-not-compact", f"the assertion has {len(parts)} parts, not 3")
        return result
    odd = [
        name
        for name, part in zip(("header", "claims", "signature"), parts, strict=True)
        if not _BASE64URL.fullmatch(part) or len(part) % 4 == 1
    ]
    if odd:
        findings.add("assertion-not-base64url", f"not base64url: {', '.join(odd)}")
    raw_header, raw_claims, result.signature = map(_decoded, parts)
    if text.isascii():
        result.signing_input = f"{parts[0]}.{parts[1]}".encode("ascii")
    result.header = _object(raw_header, findings, "header-not-json", "header-member-repeated")
    result.claims = _object(raw_claims, findings, "claims-not-json", "claim-repeated")
    return result


def _decoded(part: str) -> bytes | None:
    if not _LOOSE.fullmatch(part):
        return None
    tight = part.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return urlsafe_b64decode(tight + "=" * (-len(tight) % 4))
    except ValueError:
        return None


def _object(
    raw: bytes | None, findings: Findings, not_json: str, repeated: str
) -> Mapping[str, Any] | None:
    what = not_json.partition("-")[0]
    data, twice = _json(raw)
    if data is None:
        findings.add(not_json, f"the {what} is not a JSON object in UTF-8")
    elif twice:
        findings.add(repeated, f"the {what} names a member twice")
    return data


def _json(raw: bytes | None) -> tuple[dict[str, Any] | None, bool]:
    """Return the object in `raw` and whether it names a member twice (the last one counts)."""
    if raw is None:
        return None, False
    twice = False
    try:
        text = raw.decode("utf-8")
        try:
            data = _STRICT.decode(text)
        except _RepeatedMemberError:
            twice = True
            data = json.loads(text, parse_constant=_constant)
    except (ValueError, RecursionError):
        return None, twice
    return (data if isinstance(data, dict) else None), twice


def check_algorithm(assertion: Assertion, policy: AssertionPolicy, findings: Findings) -> None:
    """Judge the header: critical extensions, algorithm, and members the server does not use."""
    header = assertion.header
    if header is None:
        return
    if "crit" in header:
        findings.add("crit-unknown", f"crit is {printable(header['crit'])}; nothing is understood")
    alg = header.get("alg")
    if not isinstance(alg, str):
        findings.add("alg-missing", "the header has no alg")
    elif alg.lower() == "none":
        findings.add("alg-none", "the assertion is not signed")
    elif alg.upper().startswith("HS"):
        findings.add("alg-symmetric", f"alg is {printable(alg)}; the server holds public keys only")
    elif alg in policy.algs_noted and alg not in policy.algs_ok:
        findings.note("alg-undocumented")
    elif alg not in policy.algs_ok:
        accepted = ", ".join((*policy.algs_ok, *policy.algs_noted))
        findings.add("alg-not-accepted", f"alg is {printable(alg)}; accepted: {accepted}")
    _note_unused(header, findings)


def _note_unused(header: Mapping[str, Any], findings: Findings) -> None:
    if "kid" in header:
        findings.note("kid-ignored")
    if any(name in header for name in _EMBEDDED_KEYS):
        findings.note("embedded-key-ignored")
    typ = header.get("typ", "JWT")
    if not isinstance(typ, str) or typ.upper() != "JWT":
        findings.note("typ-unexpected")


def check_audience(
    assertion: Assertion, policy: AssertionPolicy, token_url: str, findings: Findings
) -> None:
    """Judge `aud`: the token URL, as a text or in an array (RFC 7519 4.1.3)."""
    aud = assertion.claim("aud")
    if aud is None or aud in ("", []):
        findings.add("aud-missing", "there is no aud")
        return
    values = aud if isinstance(aud, list) else [aud]
    accepted = (token_url, *policy.accepted_audiences)
    if not any(value in accepted for value in values if isinstance(value, str)):
        findings.add("aud-not-token-url", f"aud is {printable(aud)}, not {token_url}")
    elif len(values) > 1:
        findings.note("aud-several")


def check_times(
    assertion: Assertion, policy: AssertionPolicy, now: float, findings: Findings
) -> None:
    """Judge `exp`, `nbf` and `iat` against the moment of receipt, in epoch seconds."""
    exp, nbf, iat = (_number(assertion.claim(name)) for name in ("exp", "nbf", "iat"))
    longest = policy.max_lifetime_s + policy.grace_s
    if assertion.claim("exp") is None:
        findings.add("exp-missing", "there is no exp")
    elif exp is None:
        _not_a_number("exp", assertion, findings)
    elif abs(exp) > _FARTHEST:
        findings.add("exp-not-seconds", f"exp is {_seconds(exp)}: not seconds since 1970")
    elif exp + policy.grace_s <= now:
        findings.add("exp-past", f"exp lies {_seconds(now - exp)} s in the past")
    elif exp - now > longest:
        findings.add(
            "exp-too-far",
            f"exp lies {_seconds(exp - now)} s ahead; at most {policy.max_lifetime_s}",
        )
    elif iat is not None and exp - iat > longest:
        findings.add(
            "lifetime-too-long",
            f"exp lies {_seconds(exp - iat)} s after iat; at most {policy.max_lifetime_s}",
        )
    for name, value in (("nbf", nbf), ("iat", iat)):
        if value is None and assertion.claim(name) is not None:
            _not_a_number(name, assertion, findings)
        elif value is not None and value > now + policy.skew_s:
            findings.add(f"{name}-future", f"{name} lies {_seconds(value - now)} s ahead")


def _not_a_number(name: str, assertion: Assertion, findings: Findings) -> None:
    shown = printable(assertion.claim(name))
    findings.add(f"{name}-not-number", f"{name} is {shown}, not a number of seconds")


def _number(value: object) -> float | None:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _seconds(value: float) -> str:
    return f"{value:.0f}" if abs(value) < _FARTHEST else f"{value:.3g}"
