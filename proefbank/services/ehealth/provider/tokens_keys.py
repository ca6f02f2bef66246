"""Tokens signed by the wrong key, or with the wrong algorithm."""

from __future__ import annotations

import json
from collections.abc import Callable

from cryptography import x509

from proefbank.certificates import to_pem

from .compact import hmac_with, rsa_with, unsigned
from .material import Material
from .recipes import EITHER, REFUSE, Book
from .variants import OCT_KID, oct_secret
from .workshop import DROP, Workshop

__all__ = ["BOOK"]

BOOK = Book()


@BOOK.recipe("unknown-kid", REFUSE, "Signed by a stranger under a kid that nobody published.")
def _unknown_kid(workshop: Workshop) -> str:
    kid = workshop.random(32).hex()[:43]
    return workshop.by_the_trap(workshop.header(kid=kid))


@BOOK.recipe("forged-known-kid", REFUSE, "Signed by a stranger under the kid of the signing key.")
def _forged(workshop: Workshop) -> str:
    return workshop.by_the_trap(workshop.header())


@BOOK.recipe("forged-without-kid", REFUSE, "Signed by a stranger, without a kid.")
def _forged_without_kid(workshop: Workshop) -> str:
    return workshop.by_the_trap(workshop.header(kid=DROP))


@BOOK.recipe("kid-absent", EITHER, "Signed by the signing key, without a kid.")
def _without_kid(workshop: Workshop) -> str:
    return workshop.made(workshop.header(kid=DROP))


@BOOK.recipe("enc-key", REFUSE, "Signed by the key that is published for encryption.")
def _enc_key(workshop: Workshop) -> str:
    return workshop.well_formed(by=workshop.ring.encryption(workshop.at))


@BOOK.recipe("other-realm", REFUSE, "A good token of another realm, with that realm's issuer.")
def _other_realm(workshop: Workshop) -> str:
    claims = workshop.claims(iss=workshop.sibling_issuer)
    return workshop.well_formed(claims, by=workshop.sibling.signer(workshop.at))


@BOOK.recipe("other-realm-key", REFUSE, "Signed by another realm's key, with this realm's issuer.")
def _other_realm_key(workshop: Workshop) -> str:
    return workshop.well_formed(by=workshop.sibling.signer(workshop.at))


@BOOK.recipe("other-environment", REFUSE, "A good token of the same realm elsewhere (ACC, PROD).")
def _other_environment(workshop: Workshop) -> str:
    claims = workshop.claims(iss=workshop.foreign_issuer)
    return workshop.well_formed(claims, by=workshop.foreign.signer(workshop.at))


@BOOK.recipe("other-environment-key", REFUSE, "Signed in another environment, with this issuer.")
def _other_environment_key(workshop: Workshop) -> str:
    return workshop.well_formed(by=workshop.foreign.signer(workshop.at))


def _by_rsa(alg: str) -> None:
    @BOOK.recipe(alg.lower(), REFUSE, f"{alg} by a key that is published for RS256.")
    def _make(workshop: Workshop) -> str:
        return workshop.made(
            workshop.header(alg=alg), sign=rsa_with(workshop.signer.material.private, alg)
        )


for _alg in ("RS384", "RS512", "PS256", "PS384", "PS512"):
    _by_rsa(_alg)


def _certificate_pem(material: Material) -> bytes:
    return to_pem(x509.load_der_x509_certificate(material.certificate))


_SECRETS: dict[str, tuple[str, Callable[[Material], bytes]]] = {
    "public-key": ("the public key in PEM", lambda m: m.key.pem_public()),
    "public-key-stripped": (
        "the public key in PEM without its last newline",
        lambda m: m.key.pem_public().strip(),
    ),
    "public-key-der": ("the public key in DER", lambda m: m.spki),
    "public-key-base64": ("the public_key of the realm page", lambda m: m.public_key.encode()),
    "modulus": ("the member n of the JWK", lambda m: m.key.public_jwk["n"].encode()),
    "modulus-octets": (
        "the octets of the modulus",
        lambda m: m.private.public_key().public_numbers().n.to_bytes(256, "big"),
    ),
    "certificate": ("the certificate in PEM", _certificate_pem),
    "certificate-der": ("the certificate in DER", lambda m: m.certificate),
    "x5c": ("the text of x5c", lambda m: m.x5c.encode()),
    "jwk": ("the JWK as JSON", lambda m: json.dumps(m.jwk()).encode()),
    "kid": ("the kid", lambda m: m.kid.encode()),
    "nothing": ("an empty secret", lambda _m: b""),
}


def _by_hmac(alg: str, name: str, what: str, secret: Callable[[Material], bytes]) -> None:
    @BOOK.recipe(f"{alg.lower()}-with-{name}", REFUSE, f"{alg} keyed with {what}.")
    def _make(workshop: Workshop) -> str:
        sign = hmac_with(secret(workshop.signer.material), alg)
        return workshop.made(workshop.header(alg=alg), sign=sign)


for _name, (_what, _secret) in _SECRETS.items():
    _by_hmac("HS256", _name, _what, _secret)
for _alg in ("HS384", "HS512"):
    _by_hmac(_alg, "public-key", *_SECRETS["public-key"])


@BOOK.recipe(
    "hs256-with-oct-member",
    REFUSE,
    "HS256 keyed with a symmetric member of the key set.",
    stimulus="jwks-oct-member",
)
def _oct_member(workshop: Workshop) -> str:
    return workshop.made(workshop.header(alg="HS256", kid=OCT_KID), sign=hmac_with(oct_secret()))


def _none(name: str, alg: object, description: str) -> None:
    @BOOK.recipe(name, REFUSE, description)
    def _make(workshop: Workshop) -> str:
        return workshop.made(workshop.header(alg=alg), sign=unsigned)


for _name, _spelling in (
    ("alg-none", "none"),
    ("alg-none-capital", "None"),
    ("alg-none-capitals", "NONE"),
    ("alg-none-mixed", "nOnE"),
):
    _none(_name, _spelling, f"Not signed: alg is {_spelling}.")
_none("alg-absent-unsigned", DROP, "Not signed, and the header has no alg.")
_none("alg-empty-unsigned", "", "Not signed, and alg is an empty text.")


@BOOK.recipe("alg-none-with-signature", REFUSE, "alg is none, yet a signature follows.")
def _none_with_signature(workshop: Workshop) -> str:
    return workshop.by_the_trap(workshop.header(alg="none"))


@BOOK.recipe("alg-absent", REFUSE, "Signed in good order, but the header has no alg.")
def _alg_absent(workshop: Workshop) -> str:
    return workshop.made(workshop.header(alg=DROP))


@BOOK.recipe("alg-lowercase", REFUSE, "alg is rs256, which is no algorithm: names are exact.")
def _alg_lowercase(workshop: Workshop) -> str:
    return workshop.made(workshop.header(alg="rs256"))


@BOOK.recipe("alg-not-text", REFUSE, "alg is a list.")
def _alg_list(workshop: Workshop) -> str:
    return workshop.made(workshop.header(alg=["RS256"]))
