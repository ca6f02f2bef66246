"""What the person's app does to a hash, and the ways in which it can be got wrong.

A signature value is the bare RSASSA-PKCS1-v1_5 signature over the SHA-256 digest that was
sent: the digest is not hashed again, nothing is wrapped around the result, and the text is
base64 (sections 7 and 11). The scheme is deterministic: same key and digest, same octets.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from asn1crypto import cms, core
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding

from proefbank.keys import SigningKey, key_for

from .authority import SignerCertificate

__all__ = ["FAULTS", "signature", "signature_values"]

_PREHASHED = Prehashed(hashes.SHA256())


def signature(key: SigningKey, digest: bytes) -> bytes:
    """Return the bare signature over a digest of 32 octets, which takes about 1 ms."""
    return _rsa(key).sign(digest, PKCS1v15(), _PREHASHED)


def signature_values(
    signer: SignerCertificate, digests: Mapping[str, bytes], fault: str | None = None
) -> dict[str, str]:
    """Sign each document's digest; return the values by document, in the same order.

    With a `fault`, one of `FAULTS`, none of them is right, but for `swapped`, which trades them
    round and so needs two documents with different digests. Raises KeyError for another fault.
    """
    honest = {document: signature(signer.key, digest) for document, digest in digests.items()}
    if fault is None:
        return {document: _base64(value) for document, value in honest.items()}
    return FAULTS[fault](_Work(signer, digests, honest))


@dataclass(frozen=True, slots=True)
class _Work:
    signer: SignerCertificate
    digests: Mapping[str, bytes]
    honest: Mapping[str, bytes]


def _double_hash(work: _Work) -> dict[str, str]:
    """The digest is taken for a message, and hashed again."""
    key = _rsa(work.signer.key)
    return {
        document: _base64(key.sign(digest, PKCS1v15(), hashes.SHA256()))
        for document, digest in work.digests.items()
    }


def _no_digestinfo(work: _Work) -> dict[str, str]:
    """The digest is padded as it is, without the structure that names its algorithm."""
    numbers = _rsa(work.signer.key).private_numbers()
    modulus = numbers.public_numbers.n
    width = (modulus.bit_length() + 7) // 8

    def raw(digest: bytes) -> bytes:
        padding = b"\xff" * (width - len(digest) - 3)
        block = b"\0\1" + padding + b"\0" + digest
        return pow(int.from_bytes(block, "big"), numbers.d, modulus).to_bytes(width, "big")

    return {document: _base64(raw(digest)) for document, digest in work.digests.items()}


def _bit_flip(work: _Work) -> dict[str, str]:
    """One bit arrives the other way round."""
    return {
        document: _base64(value[:-1] + bytes((value[-1] ^ 1,)))
        for document, value in work.honest.items()
    }


def _other_key(work: _Work) -> dict[str, str]:
    """Somebody else signed, in this person's name."""
    other = key_for("itsme nobody", work.signer.key.kind)
    return {
        document: _base64(signature(other, digest)) for document, digest in work.digests.items()
    }


def _swapped(work: _Work) -> dict[str, str]:
    """Every document gets the signature of the next one."""
    values = [_base64(value) for value in work.honest.values()]
    return dict(zip(work.honest, values[1:] + values[:1], strict=True))


def _base64url(work: _Work) -> dict[str, str]:
    """The signature is right, and written in the alphabet for addresses, without padding."""
    return {
        document: base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")
        for document, value in work.honest.items()
    }


def _cms(work: _Work) -> dict[str, str]:
    """The signature is right, and wrapped in a CMS as if it had been asked for one."""
    return {
        document: _base64(_wrapped(work.signer, value)) for document, value in work.honest.items()
    }


FAULTS: Mapping[str, Callable[[_Work], dict[str, str]]] = MappingProxyType(
    {
        "double-hash": _double_hash,
        "no-digestinfo": _no_digestinfo,
        "bit-flip": _bit_flip,
        "other-key": _other_key,
        "swapped": _swapped,
        "base64url": _base64url,
        "cms": _cms,
    }
)
"""Ways to get all values of an answer wrong; the last two hold a right signature, ill dressed."""


def _wrapped(signer: SignerCertificate, value: bytes) -> bytes:
    """Return a CMS without content and attributes around a signature (RFC 5652, 5)."""
    leaf = asn1_x509.Certificate.load(signer.certificate.public_bytes(Encoding.DER))
    sha256 = {"algorithm": "sha256", "parameters": core.Null()}
    signed = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                "issuer_and_serial_number",
                {"issuer": leaf.issuer, "serial_number": leaf.serial_number},
            ),
            "digest_algorithm": sha256,
            "signature_algorithm": {"algorithm": "rsassa_pkcs1v15", "parameters": core.Null()},
            "signature": value,
        }
    )
    whole = {
        "version": "v1",
        "digest_algorithms": [sha256],
        "encap_content_info": {"content_type": "data"},
        "certificates": [leaf],
        "signer_infos": [signed],
    }
    made = cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(whole)})
    return bytes(made.dump())


def _rsa(key: SigningKey) -> RSAPrivateKey:
    if not isinstance(key.private, RSAPrivateKey):
        raise TypeError(f"a signer's key is RSA, not {key.kind}")
    return key.private


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
