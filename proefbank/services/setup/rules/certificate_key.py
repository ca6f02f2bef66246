"""The key in the certificate: its kind, and its size or curve."""

from __future__ import annotations

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.certificate import Certificate
from ..wire.limits import LIMITS, listed
from ..wire.measures import measure

KIND = measure(
    "setup.certificate.key-is-rsa-or-elliptic",
    "kind of key",
    limit="RSA or EC",
    found=lambda it: it.key_type,
    hint="make another one: proefbank certificate new --organisation NAME --kind RSA-3072",
)
SIZE = measure(
    "setup.certificate.rsa-size-is-supported",
    "key size",
    limit=f"{listed(LIMITS.rsa_bits)} bits",
    found=lambda it: f"{it.bits} bits",
    hint="make another one: proefbank certificate new --organisation NAME --kind RSA-3072",
)
CURVE = measure(
    "setup.certificate.curve-is-supported",
    "curve of the key",
    limit=listed(LIMITS.curves),
    found=lambda it: it.curve,
    hint="make another one: proefbank certificate new --organisation NAME --kind P-384",
)


@rule("setup.certificate.key-is-rsa-or-elliptic")
def kind(certificate: Certificate) -> Finding | None:
    """ChaMan refuses a certificate with any other kind of key when it is uploaded."""
    return None if certificate.key_type in ("RSA", "EC") else KIND.off(certificate)


@rule("setup.certificate.rsa-size-is-supported")
def size(certificate: Certificate) -> Finding | None:
    """Only three sizes are accepted; one in between is refused, however strong it is."""
    if certificate.key_type != "RSA":
        raise DoesNotApply("the key is not RSA")
    return None if certificate.bits in LIMITS.rsa_bits else SIZE.off(certificate)


@rule("setup.certificate.curve-is-supported")
def curve(certificate: Certificate) -> Finding | None:
    """Most tools choose P-256 unless they are told otherwise, and ChaMan does not take it."""
    if certificate.key_type != "EC":
        raise DoesNotApply("the key is not elliptic")
    return None if certificate.curve in LIMITS.curves else CURVE.off(certificate)
