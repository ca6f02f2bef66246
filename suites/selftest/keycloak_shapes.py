"""What an answer looks like, without the values that differ from one server to the next.

A shape is a flat table: place in the answer -> what stands there. Names and values of a protocol
stay as they are; keys, ids and times become their kind and length. So a shape holds no key.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

__all__ = ["Answer", "Names", "Shape", "shape_of_answer", "shape_of_keys"]

Shape = dict[str, str]

_HEADERS = re.compile(
    "cache-control|pragma|expires|content-type|allow|location|www-authenticate|etag|last-modified"
    "|vary|referrer-policy|strict-transport-security|x-.*|access-control-.*"
)
"""Headers that a server chooses; the rest belongs to the connection."""
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_JWT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+")
_OPAQUE = re.compile(r"(?=.*[A-Z])(?=.*[a-z])(?=.*\d)[\w-]{20,}")
_TIMES = ("exp", "nbf", "auth_time")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, from whichever server."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Names:
    """What is called differently on the two servers, or is new each time."""

    realm_url: str
    client: str
    api: str
    keys: Mapping[str, str]
    """Name of a key by its kid."""


def shape_of_answer(answer: Answer, names: Names) -> Shape:
    """Return the shape of status, headers and body."""
    shape = {"status": str(answer.status)}
    for name, value in answer.headers:
        if not _HEADERS.fullmatch(name.lower()):
            continue
        said = _text(value, names)
        if name.lower() == "access-control-allow-headers":  # in whatever order
            said = ", ".join(sorted(said.split(", ")))
        shape[f"header {name.title()}"] = said
    if not answer.body:
        shape["body"] = "empty"
        return shape
    try:
        _walk(json.loads(answer.body), "body", names, shape)
    except ValueError:
        shape["body"] = "no JSON"
    return shape


def _walk(value: Any, place: str, names: Names, shape: Shape) -> None:
    if isinstance(value, dict):
        _walk_members(value, place, names, shape)
    elif isinstance(value, list) and all(isinstance(one, str) for one in value):
        shape[place] = f"list: {' '.join(sorted(_text(one, names) for one in value))}"
    elif isinstance(value, list):
        for number, one in enumerate(value):
            kid = one.get("kid") if isinstance(one, dict) else None
            _walk(one, f"{place}[{names.keys.get(str(kid), number)}]", names, shape)
    elif isinstance(value, str) and _JWT.fullmatch(value):
        for part, text in zip(("header", "claims"), value.split("."), strict=False):
            _walk(json.loads(_octets(text)), f"{place}.{part}", names, shape)
        shape[f"{place} signature"] = f"{len(_octets(value.rpartition('.')[2]))} octets"
    else:
        shape[place] = _text(value, names) if isinstance(value, str) else json.dumps(value)


def _walk_members(value: dict[str, Any], place: str, names: Names, shape: Shape) -> None:
    in_token = ".header" in place or ".claims" in place  # their order means nothing
    shape[f"{place} members"] = " ".join(sorted(value) if in_token else value)
    issued = value.get("iat")
    for name, inner in value.items():
        if name == "iat":
            shape[f"{place}.{name}"] = type(inner).__name__
        elif isinstance(issued, int) and name in _TIMES:
            shape[f"{place}.{name}"] = f"iat {inner - issued:+d}"
        elif name == "expires_in" and isinstance(inner, int):  # a second may have gone by
            shape[f"{place}.{name}"] = f"{-(-inner // 10) * 10} at most"
        else:
            _walk(inner, f"{place}.{name}", names, shape)


def _octets(text: str) -> bytes:
    text = text.replace("+", "-").replace("/", "_")
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(text: str, names: Names) -> str:
    """Return the text with what is known by another name, or its alphabet and length."""
    origin, _, _ = names.realm_url.partition("/auth/")
    if text in names.keys:
        return f"kid of {names.keys[text]}"
    for known, name in ((names.realm_url, "(realm)"), (origin, "(origin)")):
        text = text.replace(known, name)
    text = _UUID.sub("(uuid)", text)
    if text.startswith("MII"):  # DER in base64: of the public key, or of a certificate
        kid = urlsafe_b64encode(hashlib.sha256(_octets(text)).digest()).decode().rstrip("=")
        return f"SPKI of {names.keys[kid]}" if kid in names.keys else f"DER, {len(text)} characters"
    if not _OPAQUE.fullmatch(text):
        return text
    return f"base64url, {len(text)} characters"


def shape_of_keys(answer: Answer, names: Names, rule: Sequence[str]) -> Shape:
    """Return what holds of the key set as a whole and of each member's certificate."""
    keys = json.loads(answer.body)["keys"]
    order = [names.keys.get(key["kid"], "?") for key in keys]
    shape = {
        "published": " ".join(sorted(order)),
        "order": "by priority, then id" if order == list(rule) else f"{order}, not {list(rule)}",
    }
    for name, key in zip(order, keys, strict=True):
        shape |= {f"{name} {what}": said for what, said in _member(key).items()}
    for place in [place for place in shape if place.startswith("?")]:
        del shape[place]
    return shape


def _member(key: dict[str, Any]) -> Shape:
    der = _octets(key["x5c"][0])
    certificate = x509.load_der_x509_certificate(der)
    public = certificate.public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    numbers = public.public_numbers()
    assert certificate.signature_hash_algorithm is not None
    public.verify(
        certificate.signature,
        certificate.tbs_certificate_bytes,
        padding.PKCS1v15(),
        certificate.signature_hash_algorithm,
    )
    born, dies = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    serial, oid = certificate.serial_number, certificate.signature_algorithm_oid
    moment = datetime.fromtimestamp(serial // 1000, UTC)
    decade = moment.replace(year=moment.year + 10)
    sha1 = hashlib.sha1(der, usedforsecurity=False).digest()
    return {
        "use and alg": f"{key['use']} {key['alg']}",
        "kid": _is(_octets(key["kid"]), hashlib.sha256(spki).digest(), "SHA-256 of the SPKI"),
        "x5t": _is(_octets(key["x5t"]), sha1, "SHA-1 of x5c"),
        "x5t#S256": _is(_octets(key["x5t#S256"]), hashlib.sha256(der).digest(), "SHA-256 of x5c"),
        "n": _is(int.from_bytes(_octets(key["n"])), numbers.n, f"x5c's, {public.key_size} bits"),
        "e": _is(int.from_bytes(_octets(key["e"])), numbers.e, f"x5c's, {numbers.e}"),
        "x5c": f"{len(key['x5c'])} certificate, {len(der)} octets",
        "certificate": f"{certificate.version.name}, signed {oid.dotted_string}",
        "certificate subject": certificate.subject.rfc4514_string(),
        "certificate issuer": certificate.issuer.rfc4514_string(),
        "certificate serial": f"{(serial.bit_length() + 7) // 8} octets, a moment in ms",
        "certificate begins": f"{(born - moment).total_seconds():+.0f} s from that moment",
        "certificate ends": f"{(dies - decade).total_seconds():+.0f} s from ten years later",
    }


def _is(found: object, wanted: object, what: str) -> str:
    return what if found == wanted else f"not {what}"
