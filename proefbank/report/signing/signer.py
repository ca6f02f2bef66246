"""The key and the certificates of a signer, from files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
    pkcs12,
)

from proefbank.errors import BadInvocation
from proefbank.keys import PrivateKey
from proefbank.report.signing.chain import in_order, weakness

__all__ = ["ALGORITHMS", "PublicKey", "Signer", "algorithms_of", "read_certificates", "read_signer"]

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

ALGORITHMS = ("RS256", "PS256", "ES256", "ES384", "ES512")
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
_LARGEST = 1 << 20
_LEAST_RSA = 2048
_LEAST_EXPONENT = 65537
_STORE_EXAMPLE = (
    "for example: proefbank sign RUN --key my.p12 --password-env PFX_PASSWORD"
    ' --name "An Voorbeeld" --role "integration lead"'
)
_EXAMPLE = (
    "for example: proefbank sign RUN --key my.key --certificate my.pem"
    ' --name "An Voorbeeld" --role "integration lead"'
)


@dataclass(frozen=True, slots=True)
class Signer:
    """What signs."""

    private: PrivateKey = field(repr=False)
    algorithm: str
    chain: tuple[x509.Certificate, ...]
    """The signer's own certificate first, each of the others certifying the one before it."""


def algorithms_of(key: object) -> tuple[str, ...]:
    """Return the algorithms a public key can be used with, ours first; none for a weak one."""
    if isinstance(key, rsa.RSAPublicKey):
        strong = key.key_size >= _LEAST_RSA and key.public_numbers().e >= _LEAST_EXPONENT
        return ("RS256", "PS256") if strong else ()
    if isinstance(key, ec.EllipticCurvePublicKey):
        return (_CURVES[key.curve.name],) if key.curve.name in _CURVES else ()
    return ()


def read_signer(
    key_file: Path,
    certificate_file: Path | None,
    password: Callable[[Path], str],
    algorithm: str | None = None,
) -> Signer:
    """Read a key (PEM, PKCS#8 or PKCS#12) and its certificate with those that certify it.

    The certificates come in any order, and may come from the key store. Raises `BadInvocation`
    if something cannot be read, does not belong together, or is too weak to sign with.
    """
    private, inside = _key(key_file, _read(key_file, "--key"), password)
    able = algorithms_of(private.public_key())
    if not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) or not able:
        raise BadInvocation(
            "this key is too weak, or of a kind that is not used here",
            where="--key",
            hint="RSA of 2048 bits or more, or an elliptic key on P-256, P-384 or P-521",
        )
    if algorithm and algorithm not in able:
        raise BadInvocation(
            f"{algorithm} does not go with this key",
            where="--algorithm",
            hint=f"leave it out, or choose {' or '.join(able)}",
        )
    told = read_certificates(certificate_file, "--certificate") if certificate_file else inside
    if not told:
        raise BadInvocation("there is no certificate", where="--certificate", hint=_EXAMPLE)
    return Signer(private, algorithm or able[0], _chain(private, told))


def _chain(private: PrivateKey, told: Sequence[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    mine = [one for one in told if _public(one) == _public(private)]
    if not mine:
        raise BadInvocation(
            "key and certificate do not belong together: the certificate is about another key",
            where="--certificate",
            hint="give the certificate that was issued for this very key",
        )
    chain = in_order(mine[0], told)
    if strange := [one for one in told if one not in chain]:
        raise BadInvocation(
            f"{strange[0].subject.rfc4514_string()} does not certify the signer's certificate",
            where="--certificate",
            hint="give the signer's certificate and those that lead to its authority, no others",
        )
    for one in chain:
        if wrong := weakness(one, leaf=one is chain[0]):
            raise BadInvocation(
                f"the certificate of {one.subject.rfc4514_string()} {wrong}",
                where="--certificate",
                hint="ask for one that is made for digital signatures, with SHA-256 or better",
            )
    return chain


def _public(one: x509.Certificate | PrivateKey) -> bytes:
    key = one.public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _read(path: Path, option: str) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(_LARGEST + 1)
    except OSError as problem:
        raise BadInvocation(
            f"{path} cannot be read: {problem.strerror or problem}", where=option, hint=_EXAMPLE
        ) from problem
    if len(data) > _LARGEST:
        raise BadInvocation(f"{path} is too large for that", where=option, hint=_EXAMPLE)
    return data


def read_certificates(path: Path, option: str) -> list[x509.Certificate]:
    """Read certificates in PEM, or one in DER; raises `BadInvocation` naming the option."""
    data = _read(path, option)
    try:
        if b"-----BEGIN" in data:
            return x509.load_pem_x509_certificates(data)
        return [x509.load_der_x509_certificate(data)]
    except ValueError as problem:
        raise BadInvocation(
            f"{path} holds no certificate in PEM or DER", where=option, hint=_EXAMPLE
        ) from problem


def _key(
    path: Path, data: bytes, password: Callable[[Path], str]
) -> tuple[PrivateKey, list[x509.Certificate]]:
    """Return the key and the certificates beside it, asking for the password when needed."""
    told: bytes | None = None
    for _ in range(2):
        try:
            return _opened(data, told)
        except TypeError:  # encrypted, and no password was given
            told = password(path).encode()
        except ValueError as problem:
            if told is None and b"-----BEGIN" not in data and _is_store(data):
                told = password(path).encode()
                continue
            what = "not with this password" if told is not None else "neither PEM nor PKCS#12"
            raise BadInvocation(
                f"no private key can be read from {path}: {what}",
                where="--key",
                hint=_EXAMPLE if told is None else _STORE_EXAMPLE,
            ) from problem
    raise BadInvocation(
        f"no private key can be read from {path}: not with this password",
        where="--key",
        hint=_STORE_EXAMPLE,
    )


def _is_store(data: bytes) -> bool:
    """Whether these can be the bytes of a key store, which starts as a sequence with version 3."""
    return data[:1] == b"\x30" and b"\x02\x01\x03" in data[:16]


def _opened(data: bytes, password: bytes | None) -> tuple[PrivateKey, list[x509.Certificate]]:
    if b"-----BEGIN" in data:
        beside = b"-----BEGIN CERTIFICATE" in data
        key: object = load_pem_private_key(data, password)
        return key, x509.load_pem_x509_certificates(data) if beside else []  # type: ignore[return-value]
    if not _is_store(data):
        return load_der_private_key(data, password), []  # type: ignore[return-value]
    store, own, others = pkcs12.load_key_and_certificates(data, password)
    if store is None:
        raise ValueError
    return store, [*([own] if own else []), *others]  # type: ignore[return-value]
