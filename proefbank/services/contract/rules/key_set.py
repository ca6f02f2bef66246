"""The key set of a realm, by RFC 7517 and 7518, and what each step of a renewal does to it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.answers import readable
from ..wire.keys import KeySet, KeySetStatus, KeySteps
from .findings import media_type, shown, status

_PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
_B64 = re.compile(r"[A-Za-z0-9_-]+")
_SHORTEST = 2048


@rule("contract.key-set.answered-with-200")
def answered(answer: KeySetStatus) -> Finding | None:
    """Without the keys no token can be verified."""
    return status(answer, 200)


@rule("contract.key-set.is-json")
def is_json(answer: KeySet) -> Finding | None:
    """A client that goes by the media type does not parse what is said to be something else."""
    return media_type(answer, "application/json", "application/jwk-set+json")


@rule("contract.key-set.has-keys")
def has_keys(answer: KeySet) -> Finding | None:
    """An empty set stands for an issuer whose tokens nobody can trust."""
    value = answer.at("keys")
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return None
    return Finding("body, keys", "a list of keys", shown(value))


@rule("contract.key-set.keys-tell-their-type")
def typed(answer: KeySet) -> Finding | None:
    """By its type a client knows which members a key has."""
    for place, key in enumerate(answer.keys):
        if not (isinstance(key.get("kty"), str) and key["kty"]):
            return Finding(f"body, keys[{place}].kty", "a text", shown(key.get("kty")))
    return None


@rule("contract.key-set.nothing-private")
def public(answer: KeySet) -> Finding | None:
    """Whoever reads a private key signs tokens in the issuer's name."""
    for place, key in enumerate(answer.keys):
        if found := [name for name in _PRIVATE if name in key]:
            return Finding(f"body, keys[{place}]", "public members only", ", ".join(found))
    return None


@rule("contract.key-set.kids-are-distinct")
def distinct(answer: KeySet) -> Finding | None:
    """Two keys under one name, and clients try the wrong one."""
    count = Counter(str(key["kid"]) for key in answer.keys if "kid" in key)
    if not count:
        raise DoesNotApply("no key has a kid")
    twice = [kid for kid, times in count.items() if times > 1]
    return Finding("body, keys", "each kid once", f"{twice[0]} twice") if twice else None


@rule("contract.key-set.every-key-has-a-kid")
def named(answer: KeySet) -> Finding | None:
    """Where there are several keys, the kid of a token tells which one to take."""
    if len(answer.keys) == 1:
        raise DoesNotApply("there is one key, which needs no name")
    for place, key in enumerate(answer.keys):
        if not isinstance(key.get("kid"), str):
            return Finding(f"body, keys[{place}].kid", "a text", shown(key.get("kid")))
    return None


@rule("contract.key-set.use-tells-keys-apart")
def use_told(answer: KeySet) -> Finding | None:
    """Or a client verifies with a key that is there to encrypt."""
    uses = [key.get("use") for key in answer.keys]
    if "enc" not in uses and all(uses):
        raise DoesNotApply("there are no keys to encrypt with")
    for place, use in enumerate(uses):
        if not isinstance(use, str):
            return Finding(f"body, keys[{place}].use", "sig or enc", shown(use))
    return None


@rule("contract.key-set.holds-a-signing-key")
def signing(answer: KeySet) -> Finding | None:
    """A set without the key that signs is of no use to anybody."""
    for key in answer.keys:
        if key.get("use", "sig") == "sig" and key.get("kty") in ("RSA", "EC", "OKP"):
            return None
    told = ", ".join(f"{key.get('kty')}/{key.get('use')}" for key in answer.keys)
    return Finding("body, keys", "a public key with use sig", told)


@rule("contract.key-set.rsa-keys-are-long-enough")
def long_enough(answer: KeySet) -> Finding | None:
    """Shorter keys have been broken, and libraries refuse them."""
    for place, key in _rsa(answer):
        bits = _number(key.get("n")).bit_length()
        if 0 < bits < _SHORTEST:
            return Finding(f"body, keys[{place}].n", f"at least {_SHORTEST} bits", f"{bits} bits")
    return None


@rule("contract.key-set.numbers-are-base64url")
def numbers(answer: KeySet) -> Finding | None:
    """Strict decoders refuse padding, and the letters of plain base64."""
    for place, key in _rsa(answer):
        for name in ("n", "e"):
            value = readable(key.get(name), f"keys[].{name}")
            if not _B64.fullmatch(value):
                return Finding(f"body, keys[{place}].{name}", "base64url", shown(key.get(name)))
    return None


@rule("contract.key-set.certificate-holds-the-key")
def same_key(answer: KeySet) -> Finding | None:
    """Some clients read the certificate, others the numbers; both have to find the same key."""
    for place, key, certificate in _certified(answer):
        public_key = certificate.public_key()
        numbers = public_key.public_numbers() if isinstance(public_key, rsa.RSAPublicKey) else None
        if numbers is not None and "n" in key and numbers.n != _number(key["n"]):
            return Finding(f"body, keys[{place}].x5c", "the key that n and e tell", "another key")
    return None


@rule("contract.key-set.thumbprints-are-the-certificates")
def thumbprints(answer: KeySet) -> Finding | None:
    """A client that pins the thumbprint does not find its certificate otherwise."""
    for place, key, certificate in _certified(answer):
        der = certificate.public_bytes(Encoding.DER)
        for name, hashed in (("x5t", hashlib.sha1), ("x5t#S256", hashlib.sha256)):
            wanted = base64.urlsafe_b64encode(hashed(der).digest()).rstrip(b"=").decode()
            if name in key and str(key[name]).rstrip("=") != wanted:
                return Finding(f"body, keys[{place}].{name}", wanted, shown(key[name]))
    return None


@rule("contract.key-steps.step-1-publishes-the-new-key")
def step_1(steps: KeySteps) -> Finding | None:
    """Who fetches the keys from then on knows the new one before it signs."""
    before, after = steps.kids["key-set-S0"], steps.kids["key-set-S1"]
    if steps.new in after and steps.new not in before:
        return None
    told = "before the step" if steps.new in before else "not at all"
    return Finding("key set after step 1", "the new key, from this step on", told)


@rule("contract.key-steps.step-2-keeps-both-keys")
def step_2(steps: KeySteps) -> Finding | None:
    """Tokens of the old key are still about."""
    missing = {steps.old, steps.new} - steps.kids["key-set-S2"]
    if not missing:
        return None
    told = "without the old one" if steps.old in missing else "without the new one"
    return Finding("key set after step 2", "both keys", told)


@rule("contract.key-steps.step-3-removes-the-old-key")
def step_3(steps: KeySteps) -> Finding | None:
    """From then on a token of the old key is a forgery."""
    if steps.old not in steps.kids["key-set-S0"]:
        raise DoesNotApply("the old key was never published")
    after = steps.kids["key-set-S3"]
    if steps.old not in after and after:
        return None
    return Finding("key set after step 3", "the old key is gone", "it is still there")


def _rsa(answer: KeySet) -> Iterator[tuple[int, Mapping[str, Any]]]:
    found = [(place, key) for place, key in enumerate(answer.keys) if key.get("kty") == "RSA"]
    if not found:
        raise DoesNotApply("there is no RSA key")
    yield from found


def _certified(answer: KeySet) -> Iterator[tuple[int, Mapping[str, Any], x509.Certificate]]:
    found = False
    for place, key in enumerate(answer.keys):
        chain = key.get("x5c")
        if isinstance(chain, list) and chain:
            found = True
            der = base64.b64decode(readable(chain[0], "keys[].x5c"))
            yield place, key, x509.load_der_x509_certificate(der)
    if not found:
        raise DoesNotApply("no key comes with a certificate")


def _number(value: object) -> int:
    text = readable(value, "keys[].n").rstrip("=")
    plain = text.replace("+", "-").replace("/", "_")
    return int.from_bytes(base64.urlsafe_b64decode(plain + "=" * (-len(plain) % 4)), "big")
