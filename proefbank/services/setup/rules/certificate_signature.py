"""The signature on the certificate, and what its key may be used for."""

from __future__ import annotations

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.certificate import Certificate
from ..wire.limits import LIMITS, listed
from ..wire.measures import measure

WANTED = "digitalSignature"


def _usage(certificate: Certificate) -> str:
    usage = certificate.key_usage
    return "no key usage extension" if usage is None else ", ".join(usage) or "no bit set"


DIGEST = measure(
    "setup.certificate.digest-is-supported",
    "digest of the signature",
    limit=listed(LIMITS.digests),
    found=lambda it: it.digest or "none of its own",
    hint="sign it once more with SHA-256; with OpenSSL: openssl req -x509 -sha256 …",
)
OWN_USAGE = measure(
    "setup.certificate.self-signed-allows-digital-signature",
    "key usage",
    limit=WANTED,
    found=_usage,
    hint="with OpenSSL: openssl req -x509 -addext keyUsage=critical,digitalSignature …",
)
ISSUED_USAGE = measure(
    "setup.certificate.issued-allows-digital-signature",
    "key usage",
    limit=f"{WANTED}, or no key usage extension",
    found=_usage,
    hint="ask the authority for a certificate for signing or authentication",
)
OWN_KEY = measure(
    "setup.certificate.self-signed-verifies-with-its-own-key",
    "signature",
    limit="made with its own key",
    found=lambda it: "made with its own key" if it.verifies_itself else "made with another key",
    hint="issuer and subject are the same, so nobody else can vouch for it: make it anew",
)


@rule("setup.certificate.digest-is-supported")
def digest(certificate: Certificate) -> Finding | None:
    """Older digests can be forged, and ChaMan refuses what is signed with them."""
    if certificate.digest in LIMITS.digests:
        return None
    if not certificate.digest and certificate.key_type not in ("RSA", "EC"):
        raise DoesNotApply("a key of this kind signs without a digest of its own")
    return DIGEST.off(certificate)


@rule("setup.certificate.self-signed-allows-digital-signature")
def own_usage(certificate: Certificate) -> Finding | None:
    """ChaMan demands it of self-signed certificates: the client signs its assertions with it."""
    if not certificate.self_issued:
        raise DoesNotApply("the certificate is not self-signed")
    return None if WANTED in (certificate.key_usage or ()) else OWN_USAGE.off(certificate)


@rule("setup.certificate.issued-allows-digital-signature")
def issued_usage(certificate: Certificate) -> Finding | None:
    """A server may refuse assertions signed by a key that its authority meant for other things."""
    if certificate.self_issued:
        raise DoesNotApply("the certificate is self-signed")
    usage = certificate.key_usage
    return None if usage is None or WANTED in usage else ISSUED_USAGE.off(certificate)


@rule("setup.certificate.self-signed-verifies-with-its-own-key")
def own_key(certificate: Certificate) -> Finding | None:
    """One that claims to be self-signed but is not comes from a mix-up of keys, or a forger."""
    if not certificate.self_issued:
        raise DoesNotApply("the certificate is not self-signed")
    if certificate.verifies_itself is None:
        raise DoesNotApply("its kind of signature cannot be tried here")
    return None if certificate.verifies_itself else OWN_KEY.off(certificate)
