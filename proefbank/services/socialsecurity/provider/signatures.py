"""Trying the signature of an assertion against every certificate registered on the account.

No `kid` is demanded, so all keys of the right type are tried. PyJWT verifies; only where the
algorithm does not fit the curve does `cryptography` do it, so that a key that is registered is
still recognised behind a wrong `alg`.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from jwt.algorithms import get_default_algorithms

from .accounts import Accounts, RegisteredAccount, RegisteredKey
from .assertion import Assertion
from .findings import Findings

__all__ = ["SignatureCheck", "check_signature"]

_FAMILIES = {"RS": "RSA", "PS": "RSA", "ES": "EC"}
_KIND_FOR = {"ES256": "EC P-256", "ES384": "EC P-384", "ES512": "EC P-521"}
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "256": hashes.SHA256,
    "384": hashes.SHA384,
    "512": hashes.SHA512,
}
_DIGESTS = {"256": "sha256", "384": "sha384", "512": "sha512"}
_ALGORITHMS = {
    name: algorithm
    for name, algorithm in get_default_algorithms().items()
    if name[:2] in _FAMILIES and name[2:] in _HASHES
}


@dataclass(slots=True)
class SignatureCheck:
    """What trying the keys showed."""

    state: str = "unverifiable"
    """`registered`, `expired-certificate`, `unregistered-key`, `unverifiable` or `absent`."""
    key: RegisteredKey | None = None
    """The registered key that verified it."""
    other_account: str | None = None
    """Name of another account whose key verified it."""
    removed: RegisteredKey | None = None
    """The key that verified it and whose certificate was taken off the account."""

    @property
    def proven(self) -> bool:
        """Whether the holder of a registered key made the assertion."""
        return self.key is not None


def check_signature(
    assertion: Assertion,
    registered: RegisteredAccount | None,
    accounts: Accounts,
    now: float,
    findings: Findings,
) -> SignatureCheck:
    """Verify with the keys of `registered`; write down what is wrong."""
    result = SignatureCheck()
    if assertion.signature == b"":
        result.state = "absent"
        findings.add("signature-absent", "the signature part is empty")
        return result
    alg = assertion.alg
    if registered is None or assertion.signature is None or not assertion.signing_input:
        return result
    if not registered.keys:
        name = registered.account.name
        findings.add("no-certificate-registered", f"account {name} holds no certificate")
    if alg is None or alg not in _ALGORITHMS:
        _note_hmac(assertion, registered, findings)
        return result
    family = _FAMILIES[alg[:2]]
    keys = [key for key in registered.keys if key.family == family]
    _check_fit(alg, keys, registered, findings)
    # Keys of valid certificates first, so that a renewed certificate counts, not its forerunner.
    keys.sort(key=lambda key: not key.valid_at(now))
    result.key = next((key for key in keys if _verifies(alg, key, assertion)), None)
    if result.key is not None and result.key.valid_at(now):
        result.state = "registered"
    elif result.key is not None:
        result.state = "expired-certificate"
        early = now < result.key.valid_from
        findings.add(
            "certificate-not-yet-valid" if early else "certificate-expired",
            f"certificate {result.key.sha256[:16]} is {'not yet' if early else 'no longer'} valid",
        )
    elif keys or any(key.family == family for key in registered.removed):
        result.state = "unregistered-key"
        gone = [key for key in registered.removed if key.family == family]
        result.removed = next((key for key in gone if _verifies(alg, key, assertion)), None)
        result.other_account = _somebody_else(alg, assertion, registered, accounts)
        whose = f"; it is account {result.other_account}'s" if result.other_account else ""
        findings.add(
            "signature-not-registered",
            f"no certificate of account {registered.account.name} verifies the signature{whose}",
        )
    return result


def _check_fit(
    alg: str, keys: list[RegisteredKey], registered: RegisteredAccount, findings: Findings
) -> None:
    wanted = _KIND_FOR.get(alg)
    if registered.keys and not any(wanted is None or key.kind == wanted for key in keys):
        kinds = ", ".join(registered.key_kinds)
        findings.add("alg-does-not-fit-key", f"alg is {alg}, the registered keys are {kinds}")


def _verifies(alg: str, key: RegisteredKey, assertion: Assertion) -> bool:
    signature = assertion.signature or b""
    wanted = _KIND_FOR.get(alg)
    try:
        if wanted is None or key.kind == wanted:
            fitting: bool = _ALGORITHMS[alg].verify(
                assertion.signing_input, key.public_key, signature
            )
            return fitting
        return _verifies_misfit(alg, key.public_key, assertion.signing_input, signature)
    except (InvalidSignature, ValueError):  # ValueError: a key too small for the digest
        return False


def _verifies_misfit(alg: str, key: object, signing_input: bytes, signature: bytes) -> bool:
    """Verify ECDSA with the hash of `alg` on whatever curve the key is."""
    half, odd = divmod(len(signature), 2)
    if odd or not half or not isinstance(key, ec.EllipticCurvePublicKey):
        return False
    r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
    key.verify(encode_dss_signature(r, s), signing_input, ec.ECDSA(_HASHES[alg[2:]]()))
    return True


def _somebody_else(
    alg: str, assertion: Assertion, registered: RegisteredAccount, accounts: Accounts
) -> str | None:
    for other in accounts:
        if other is registered:
            continue
        for key in other.keys:
            if key.family == _FAMILIES[alg[:2]] and _verifies(alg, key, assertion):
                return other.account.name
    return None


def _note_hmac(assertion: Assertion, registered: RegisteredAccount, findings: Findings) -> None:
    """Recognise an HMAC keyed with the registered certificate, the classic confusion."""
    digest = _DIGESTS.get((assertion.alg or "").upper().removeprefix("HS"))
    if digest is None or assertion.signature is None:
        return
    for key in registered.keys:
        for encoding in key.encodings:
            made = hmac.digest(encoding, assertion.signing_input, digest)
            if hmac.compare_digest(made, assertion.signature):
                findings.note("hmac-keyed-with-certificate")
                return
