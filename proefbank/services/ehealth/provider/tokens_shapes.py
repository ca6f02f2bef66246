"""Tokens that are damaged or no tokens at all: none of them may pass, or bring anything down."""

from __future__ import annotations

from .compact import rsa_with
from .material import b64url
from .recipes import REFUSE, Book
from .workshop import Workshop

__all__ = ["BOOK"]

BOOK = Book()
HUGE = 200_000


def _parts(workshop: Workshop) -> list[str]:
    return workshop.well_formed().split(".")


@BOOK.recipe("tampered-payload", REFUSE, "A role was added to the claims after signing.")
def _payload(workshop: Workshop) -> str:
    header, _, signature = _parts(workshop)
    roles = {workshop.occasion.party.audience: {"roles": ["administrator"]}}
    body = workshop.made({}, workshop.claims(resource_access=roles)).split(".")[1]
    return f"{header}.{body}.{signature}"


@BOOK.recipe("tampered-exp", REFUSE, "exp was put off by an hour after signing.")
def _exp(workshop: Workshop) -> str:
    header, _, signature = _parts(workshop)
    body = workshop.made({}, workshop.claims(exp=workshop.at + 3_900)).split(".")[1]
    return f"{header}.{body}.{signature}"


@BOOK.recipe("tampered-header", REFUSE, "The header was changed after signing.")
def _header(workshop: Workshop) -> str:
    _, body, signature = _parts(workshop)
    changed = workshop.made(workshop.header(typ="at+jwt")).split(".")[0]
    return f"{changed}.{body}.{signature}"


@BOOK.recipe("tampered-signature", REFUSE, "One bit of the signature was turned.")
def _signature(workshop: Workshop) -> str:
    sign = rsa_with(workshop.signer.material.private)

    def turned(data: bytes) -> bytes:
        signature = bytearray(sign(data))
        signature[len(signature) // 2] ^= 1
        return bytes(signature)

    return workshop.made(workshop.header(), sign=turned)


@BOOK.recipe("signature-of-another", REFUSE, "The signature belongs to another good token.")
def _another(workshop: Workshop) -> str:
    header, body, _ = _parts(workshop)
    return f"{header}.{body}.{_parts(workshop)[2]}"


@BOOK.recipe("signature-empty", REFUSE, "alg is RS256 and the signature is empty.")
def _empty(workshop: Workshop) -> str:
    header, body, _ = _parts(workshop)
    return f"{header}.{body}."


@BOOK.recipe("signature-cut", REFUSE, "Half of the signature is missing.")
def _cut(workshop: Workshop) -> str:
    whole = workshop.well_formed()
    return whole[:-171]


@BOOK.recipe("two-parts", REFUSE, "Two parts: header and claims.")
def _two(workshop: Workshop) -> str:
    return ".".join(_parts(workshop)[:2])


@BOOK.recipe("four-parts", REFUSE, "Four parts.")
def _four(workshop: Workshop) -> str:
    return f"{workshop.well_formed()}.e30"


@BOOK.recipe("jwe", REFUSE, "Five parts: it looks encrypted.")
def _jwe(workshop: Workshop) -> str:
    header = {"alg": "RSA-OAEP", "enc": "A256GCM", "kid": workshop.signer.kid}
    head = workshop.made(header).split(".")[0]
    sizes = (256, 12, 600, 16)
    return ".".join((head, *(b64url(workshop.random(size)) for size in sizes)))


@BOOK.recipe("not-base64url", REFUSE, "The claims hold characters that base64url does not have.")
def _not_base64url(workshop: Workshop) -> str:
    header, body, signature = _parts(workshop)
    return f"{header}.{body[:20]}!*{body[22:]}.{signature}"


@BOOK.recipe("header-not-json", REFUSE, "The header is not JSON.")
def _header_not_json(workshop: Workshop) -> str:
    return workshop.made("alg: RS256")


@BOOK.recipe("header-array", REFUSE, "The header is a JSON array.")
def _header_array(workshop: Workshop) -> str:
    return workshop.made(["RS256"])


@BOOK.recipe("claims-not-json", REFUSE, "Well signed, but the claims are not JSON.")
def _claims_not_json(workshop: Workshop) -> str:
    return workshop.made(workshop.header(), "iss=me")


@BOOK.recipe("claims-array", REFUSE, "Well signed, but the claims are a JSON array.")
def _claims_array(workshop: Workshop) -> str:
    return workshop.made(workshop.header(), [workshop.claims()])


@BOOK.recipe("claims-not-utf-8", REFUSE, "Well signed, but the claims are not UTF-8.")
def _claims_latin(workshop: Workshop) -> str:
    return workshop.made(workshop.header(), b'{"iss":"\xe9"}')


@BOOK.recipe("huge", REFUSE, "A stranger's token of some 270 000 characters.")
def _huge(workshop: Workshop) -> str:
    return workshop.by_the_trap(workshop.header(), workshop.claims(padding="x" * HUGE))


@BOOK.recipe("empty", REFUSE, "An empty text.")
def _nothing(_workshop: Workshop) -> str:
    return ""


@BOOK.recipe("dots", REFUSE, "Two dots and nothing else.")
def _dots(_workshop: Workshop) -> str:
    return ".."


@BOOK.recipe("opaque", REFUSE, "A text in which nothing can be read.")
def _opaque(workshop: Workshop) -> str:
    return b64url(workshop.random(32))
