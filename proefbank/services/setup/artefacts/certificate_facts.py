"""What may be written down of a certificate: facts, without the names of natural persons."""

from __future__ import annotations

import re
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.x509.oid import PublicKeyAlgorithmOID, SignatureAlgorithmOID

from proefbank.certificates import sha256_fingerprint
from proefbank.errors import BadInvocation

from .certificate_files import CertificateFile

__all__ = ["certificate_facts", "key_facts"]

_CURVES = {"secp224r1": "P-224", "secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
_USAGES = {
    "digital_signature": "digitalSignature",
    "content_commitment": "nonRepudiation",
    "key_encipherment": "keyEncipherment",
    "data_encipherment": "dataEncipherment",
    "key_agreement": "keyAgreement",
    "key_cert_sign": "keyCertSign",
    "crl_sign": "cRLSign",
}
_LABELS = {"2.5.4.5": "serialNumber", "2.5.4.4": "SN", "2.5.4.42": "GN", "2.5.4.12": "title"}
_PERSON = ("SN", "GN")
_ALWAYS = ("SN", "GN", "emailAddress", "1.2.840.113549.1.9.1", "pseudonym")
_REGISTER_NUMBER = re.compile(r"(\D*)\d{11}")
_MAKERS = {
    # by the beginning of a signature's identifier: the kind of key that makes it
    "1.2.840.113549.1.1.": "RSA",
    "1.2.840.10045.4.": "EC",
    "1.2.840.10040.4.": "DSA",
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
}
_NAME_OF_KIND = {
    SignatureAlgorithmOID.ED25519.dotted_string: "Ed25519",
    SignatureAlgorithmOID.ED448.dotted_string: "Ed448",
    PublicKeyAlgorithmOID.EC_PUBLIC_KEY.dotted_string: "EC",
    PublicKeyAlgorithmOID.RSAES_PKCS1_v1_5.dotted_string: "RSA",
}


def certificate_facts(file: CertificateFile, *, alias: str | None = None) -> dict[str, Any]:
    """Return what rules read; `alias` is the one that the client asks for, if that is known.

    Raises `BadInvocation` where the certificate cannot be read to its end.
    """
    try:
        return _facts(file, alias)
    except Exception as problem:
        # A parser that is lazy finds what is damaged only now, and says so in many ways.
        raise BadInvocation(
            f"the certificate in it cannot be read to its end ({type(problem).__name__})",
            where=str(file.path),
            hint=f"see what OpenSSL says: openssl x509 -noout -text -in {file.path}",
        ) from problem


def _facts(file: CertificateFile, alias: str | None) -> dict[str, Any]:
    found = file.certificate
    own = found.issuer == found.subject
    subject = _name(found.subject)
    personal = not own or any(label in _PERSON for label, _ in subject)
    cut = [(label, _cut(label, value, subject, personal)) for label, value in subject]
    shown = file.alias
    for (_, value), (_, hole) in zip(subject, cut, strict=True):
        shown = shown.replace(value, hole) if hole != value else shown
    return {
        "file": file.path.name,
        "suffix": file.path.suffix.lower(),
        "form": file.form,
        "certificates": file.certificates,
        "private_key": file.private_key,
        "key_fits": file.key_fits,
        "alias": shown,
        "alias_fits": None if alias is None else alias.lower() == file.alias.lower(),
        "subject": [list(part) for part in cut],
        "issuer": [list(part) for part in (cut if own else _name(found.issuer))],
        "serial": f"{found.serial_number:x}",
        "sha256": sha256_fingerprint(found),
        "key": key_facts(found),
        "digest": _digest(found),
        "self_issued": own,
        "verifies_itself": _verifies(found) if own else None,
        "valid_from": found.not_valid_before_utc.timestamp(),
        "valid_to": found.not_valid_after_utc.timestamp(),
        "key_usage": _usage(found),
        "further": _further(found),
    }


def key_facts(certificate: x509.Certificate) -> dict[str, Any]:
    """Return `type`, `bits` and `curve` of the key; 0 bits where they cannot be told."""
    oid = certificate.public_key_algorithm_oid.dotted_string
    kind = _NAME_OF_KIND.get(oid, oid)
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        curve = "an unknown curve" if kind == "EC" else ""
        return {"type": kind, "bits": 0, "curve": curve}
    match key:
        case rsa.RSAPublicKey():
            return {"type": "RSA", "bits": key.key_size, "curve": ""}
        case ec.EllipticCurvePublicKey():
            name = key.curve.name
            return {"type": "EC", "bits": key.key_size, "curve": _CURVES.get(name, name)}
        case dsa.DSAPublicKey():
            return {"type": "DSA", "bits": key.key_size, "curve": ""}
    raw = getattr(key, "public_bytes_raw", bytes)()
    return {"type": kind, "bits": 8 * len(raw), "curve": ""}


def _name(name: x509.Name) -> list[tuple[str, str]]:
    return [
        (
            _LABELS.get(part.oid.dotted_string)
            or (part.rfc4514_attribute_name if "." not in part.rfc4514_attribute_name else "")
            or part.oid._name.replace("Unknown OID", part.oid.dotted_string),  # noqa: SLF001
            str(part.value) if isinstance(part.value, str) else f"{len(part.value)} octets",
        )
        for part in name
    ]


def _cut(label: str, value: str, subject: list[tuple[str, str]], personal: bool) -> str:  # noqa: FBT001 - private
    """Return a value, or the hole in its place if it is a natural person's."""
    organisations = [told for name, told in subject if name == "O"]
    telling = label in _ALWAYS or _REGISTER_NUMBER.fullmatch(value) is not None
    if telling or (personal and label in ("CN", "UID") and value not in organisations):
        return f"<redacted:personal length={len(value)}>"
    return value


def _digest(certificate: x509.Certificate) -> str:
    try:
        digest = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return f"algorithm {certificate.signature_algorithm_oid.dotted_string}"
    return "" if digest is None else re.sub(r"^SHA(?=\d+$)", "SHA-", digest.name.upper())


def _verifies(certificate: x509.Certificate) -> bool | None:
    """Return whether its key made its signature; None where that cannot be tried."""
    oid, kind = certificate.signature_algorithm_oid.dotted_string, key_facts(certificate)["type"]
    maker = next((made for start, made in _MAKERS.items() if oid.startswith(start)), kind)
    if maker != kind:
        return False  # a key of another kind, and so another key
    try:
        certificate.verify_directly_issued_by(certificate)
    except InvalidSignature:
        return False
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return True


def _usage(certificate: x509.Certificate) -> list[str] | None:
    try:
        found = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return None
    return [name for bit, name in _USAGES.items() if getattr(found, bit)]


def _further(certificate: x509.Certificate) -> list[str]:
    """Return what else is in it, in words: not documented, so told and not judged."""
    told = []
    for extension in certificate.extensions:
        match extension.value:
            case x509.BasicConstraints(ca=True):
                told.append("it may issue certificates (basic constraints: CA)")
            case x509.ExtendedKeyUsage() as uses:
                names = [use._name for use in uses]  # noqa: SLF001
                told.append(f"extended key usage: {', '.join(names)}")
    return told
