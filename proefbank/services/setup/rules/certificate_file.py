"""The file: what is uploaded, and the key store from which it is exported."""

from __future__ import annotations

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.certificate import Certificate
from ..wire.measures import measure

PUBLIC = measure(
    "setup.certificate.file-holds-no-private-key",
    "content of the file",
    limit="no private key",
    found=lambda it: "a private key" if it.facts["private_key"] else "no private key",
    hint="upload what this writes: proefbank certificate export FILE -o my.cer",
)
ALONE = measure(
    "setup.certificate.file-holds-one-certificate",
    "content of the file",
    limit="1 certificate",
    found=lambda it: (
        f"{it.facts['certificates']} certificates"
        if it.facts["certificates"] > 1
        else "1 certificate"
    ),
    hint="upload what this writes: proefbank certificate export FILE -o my.cer",
)
CALLED = measure(
    "setup.certificate.file-is-called-cer",
    "name of the file",
    limit="ends in .cer",
    found=lambda it: f"ends in {it.facts['suffix'] or 'no extension'}",
    hint="another name is enough: cp FILE my.cer",
)
KEY = measure(
    "setup.certificate.key-store-has-the-private-key",
    "content of the key store",
    limit="the private key of the certificate",
    found=lambda it: (
        "the private key of the certificate"
        if it.facts["key_fits"]
        else "another private key"
        if it.facts["private_key"]
        else "no private key"
    ),
    hint="export it once more from where the key was made, with the private key",
)
ALIAS = measure(
    "setup.certificate.key-store-has-the-alias",
    "alias in the key store",
    limit="the alias that the client asks for, or any",
    found=lambda it: f"alias {it.facts['alias']}" if it.facts["alias"] else "no alias",
    hint="with OpenSSL the option is -name: openssl pkcs12 -export -name my-alias …",
)


def _uploaded(certificate: Certificate) -> None:
    if certificate.in_key_store:
        raise DoesNotApply("a key store is not uploaded; export the certificate from it")


def _stored(certificate: Certificate) -> None:
    if not certificate.in_key_store:
        raise DoesNotApply("the file is not a key store")


@rule("setup.certificate.file-holds-no-private-key")
def public(certificate: Certificate) -> Finding | None:
    """Who has the private key can file declarations in the enterprise's name."""
    _uploaded(certificate)
    return PUBLIC.off(certificate) if certificate.facts["private_key"] else None


@rule("setup.certificate.file-holds-one-certificate")
def alone(certificate: Certificate) -> Finding | None:
    """Of several certificates it is not said which one would count."""
    _uploaded(certificate)
    return ALONE.off(certificate) if certificate.facts["certificates"] > 1 else None


@rule("setup.certificate.file-is-called-cer")
def called(certificate: Certificate) -> Finding | None:
    """The form in ChaMan asks for a .cer file."""
    _uploaded(certificate)
    return None if certificate.facts["suffix"] == ".cer" else CALLED.off(certificate)


@rule("setup.certificate.key-store-has-the-private-key")
def key(certificate: Certificate) -> Finding | None:
    """Without it the client cannot sign; some tools export the certificate alone."""
    _stored(certificate)
    return None if certificate.facts["key_fits"] else KEY.off(certificate)


@rule("setup.certificate.key-store-has-the-alias")
def alias(certificate: Certificate) -> Finding | None:
    """Clients written like the official sample find the key by its alias, and else find nothing."""
    _stored(certificate)
    fits = certificate.facts["alias_fits"]
    good = bool(certificate.facts["alias"]) if fits is None else fits
    return None if good else ALIAS.off(certificate)
