"""Tokens that the realm issues in good order, of each kind."""

from __future__ import annotations

from .compact import hmac_with
from .recipes import ACCEPT, EITHER, REFUSE, Book
from .workshop import DROP, Workshop

__all__ = ["BOOK"]

BOOK = Book()


@BOOK.recipe("access", ACCEPT, "An access token as the realm issues it to a person's client.")
def _access(workshop: Workshop) -> str:
    return workshop.well_formed()


@BOOK.recipe("machine", ACCEPT, "An access token by client credentials, with no person in it.")
def _machine(workshop: Workshop) -> str:
    return workshop.well_formed(workshop.claims("machine"))


@BOOK.recipe("exchanged", ACCEPT, "A token that was exchanged for this API: aud names it alone.")
def _exchanged(workshop: Workshop) -> str:
    return workshop.well_formed(workshop.claims("exchanged"))


@BOOK.recipe("typ-at-jwt", ACCEPT, "Header typ is at+jwt, as a switch of Keycloak has it.")
def _at_jwt(workshop: Workshop) -> str:
    return workshop.well_formed(typ="at+jwt")


@BOOK.recipe("typ-absent", EITHER, "The header has no typ, which RFC 7515 leaves free.")
def _no_typ(workshop: Workshop) -> str:
    return workshop.made(workshop.header(typ=DROP))


@BOOK.recipe("id-token", REFUSE, "An ID token in place of an access token: aud is the client.")
def _id_token(workshop: Workshop) -> str:
    return workshop.well_formed(workshop.claims("id"))


@BOOK.recipe("id-token-for-api", REFUSE, "An ID token whose aud names the API as well.")
def _id_for_api(workshop: Workshop) -> str:
    party = workshop.occasion.party
    return workshop.well_formed(workshop.claims("id", aud=[party.audience, party.client_id]))


@BOOK.recipe("refresh-token", REFUSE, "A refresh token: HS512 by a secret of the realm.")
def _refresh(workshop: Workshop) -> str:
    header = {"alg": "HS512", "typ": "JWT", "kid": workshop.occasion.new_id()}
    sign = hmac_with(workshop.random(64), "HS512")
    return workshop.made(header, workshop.claims("refresh"), sign=sign)


@BOOK.recipe("refresh-for-api", REFUSE, "Claims of a refresh token, addressed and signed as access")
def _refresh_for_api(workshop: Workshop) -> str:
    claims = workshop.claims("refresh", aud=workshop.occasion.party.audience)
    return workshop.well_formed(claims)
