"""Tokens that are well signed and whose claims are odd: issuer, audience, times."""

from __future__ import annotations

from .recipes import ACCEPT, EITHER, REFUSE, Book
from .workshop import DROP, TRAP_PATH, Workshop

__all__ = ["BOOK"]

BOOK = Book()
HOUR = 3_600


def _issuer(change: str) -> object:
    return lambda workshop: change.format(workshop.occasion.issuer)


_WRONG = "https://idp.invalid/auth/realms/healthcare"

BOOK.claims("iss-wrong", REFUSE, "The issuer is somebody else.", iss=_WRONG)
BOOK.claims("iss-longer", REFUSE, "The issuer begins with the right one.", iss=_issuer("{}-x"))
BOOK.claims("iss-slash", REFUSE, "The issuer ends with a slash too many.", iss=_issuer("{}/"))
BOOK.claims(
    "iss-shorter",
    REFUSE,
    "The issuer is the right one without its last character.",
    iss=lambda workshop: workshop.occasion.issuer[:-1],
)
BOOK.claims(
    "iss-case",
    REFUSE,
    "The issuer is the right one in capitals.",
    iss=lambda workshop: workshop.occasion.issuer.upper(),
)
BOOK.claims("iss-absent", REFUSE, "There is no issuer.", iss=DROP)
BOOK.claims(
    "iss-list",
    REFUSE,
    "The issuer is a list that holds the right one.",
    iss=lambda workshop: [workshop.occasion.issuer],
)
BOOK.claims(
    "iss-other-realm",
    REFUSE,
    "This realm's key, another realm's issuer.",
    iss=lambda workshop: workshop.sibling_issuer,
)
BOOK.claims(
    "iss-other-environment",
    REFUSE,
    "This realm's key, the issuer of another environment.",
    iss=lambda workshop: workshop.foreign_issuer,
)


@BOOK.recipe("iss-elsewhere", REFUSE, "The attacker's own issuer, with discovery.", leads="iss")
def _iss_elsewhere(workshop: Workshop) -> str:
    issuer = workshop.trap_url("iss").partition(TRAP_PATH)[0] + f"{TRAP_PATH}iss"
    header = workshop.header(kid=workshop.trap.kid)
    return workshop.by_the_trap(header, workshop.claims(iss=issuer))


def _audience(change: str) -> object:
    return lambda workshop: change.format(workshop.occasion.party.audience)


def _among(*change: str) -> object:
    return lambda workshop: [one.format(workshop.occasion.party.audience) for one in change]


BOOK.claims("aud-string", ACCEPT, "aud is a text, the API alone.", aud=_audience("{}"))
BOOK.claims("aud-list-of-one", ACCEPT, "aud is a list of the API alone.", aud=_among("{}"))
BOOK.claims(
    "aud-last", ACCEPT, "aud names the API last of three.", aud=_among("account", "other", "{}")
)
BOOK.claims("aud-other", REFUSE, "aud is another API.", aud="other-api")
BOOK.claims("aud-others", REFUSE, "aud lists other APIs only.", aud=["other-api", "account"])
BOOK.claims("aud-contains", REFUSE, "aud contains the API's name.", aud=_audience("x{}x"))
BOOK.claims(
    "aud-contains-in-list", REFUSE, "An item of aud contains the name.", aud=_among("x{}x", "a")
)
BOOK.claims("aud-joined", REFUSE, "aud is one text that lists names.", aud=_audience("account {}"))
BOOK.claims(
    "aud-case",
    REFUSE,
    "aud is the API's name in capitals.",
    aud=lambda workshop: workshop.occasion.party.audience.upper(),
)
BOOK.claims("aud-empty", REFUSE, "aud is an empty list.", aud=[])
BOOK.claims("aud-absent", REFUSE, "There is no aud.", aud=DROP)
BOOK.claims(
    "aud-object",
    REFUSE,
    "aud is an object with the API as a member.",
    aud=lambda workshop: {workshop.occasion.party.audience: True},
)


def _later(seconds: int) -> object:
    return lambda workshop: workshop.at + seconds


BOOK.claims("expired", REFUSE, "Expired an hour ago.", exp=_later(-HOUR), iat=_later(-HOUR - 300))
BOOK.claims("expired-121s", REFUSE, "Expired 121 s ago.", exp=_later(-121), iat=_later(-121 - 300))
BOOK.claims(
    "expired-30s", EITHER, "Expired 30 s ago, within leeway.", exp=_later(-30), iat=_later(-330)
)
BOOK.claims("exp-absent", REFUSE, "There is no exp.", exp=DROP)
BOOK.claims("exp-null", REFUSE, "exp is null.", exp=None)
BOOK.claims("exp-text", REFUSE, "exp is a date in words.", exp="Thu, 31 Dec 2099 23:59:59 GMT")
BOOK.claims(
    "exp-digits", EITHER, "exp is a text of digits.", exp=lambda workshop: str(workshop.at + 300)
)
BOOK.claims("exp-fraction", ACCEPT, "exp has a fraction.", exp=lambda w: w.at + 300.5)
BOOK.claims("nbf-past", ACCEPT, "nbf lies a minute back.", nbf=_later(-60))
BOOK.claims(
    "nbf-future", REFUSE, "Valid only in an hour.", nbf=_later(HOUR), exp=_later(HOUR + 300)
)
BOOK.claims("nbf-text", REFUSE, "nbf is a date in words.", nbf="tomorrow")
BOOK.claims("iat-future", EITHER, "Issued in an hour.", iat=_later(HOUR), exp=_later(HOUR + 300))
BOOK.claims("typ-claim-absent", EITHER, "There is no claim typ.", typ=DROP)
BOOK.claims("extra-claims", ACCEPT, "Claims that nobody defined.", x_new={"nested": [1, None]})
BOOK.claims("not-ascii", ACCEPT, "A name that is not ASCII.", name="Zoë Voorbeeld Πρόβα 🔑")


def _signed(workshop: Workshop) -> str:
    return workshop.well_formed(workshop.claims(sub=DROP))


BOOK.add("sub-absent", EITHER, "There is no sub.", _signed)
