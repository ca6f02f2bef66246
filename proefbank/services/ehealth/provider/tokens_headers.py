"""Tokens whose header tries to lead the verifier astray: foreign keys, kids with intent, crit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .compact import hmac_with
from .recipes import EITHER, REFUSE, Book
from .workshop import Workshop

__all__ = ["BOOK"]

BOOK = Book()


@BOOK.recipe("jku", REFUSE, "jku points to a key set of the attacker's.", leads="jku")
def _jku(workshop: Workshop) -> str:
    return workshop.by_the_trap(workshop.header(jku=workshop.trap_url("jku")))


@BOOK.recipe("jku-own-kid", REFUSE, "jku points to the attacker's set, kid is his.", leads="jku")
def _jku_own_kid(workshop: Workshop) -> str:
    header = workshop.header(jku=workshop.trap_url("jku"), kid=workshop.trap.kid)
    return workshop.by_the_trap(header)


@BOOK.recipe("jku-honest", EITHER, "A good token that has a jku all the same.", leads="jku")
def _jku_honest(workshop: Workshop) -> str:
    return workshop.made(workshop.header(jku=workshop.trap_url("jku")))


@BOOK.recipe("x5u", REFUSE, "x5u points to a certificate of the attacker's.", leads="x5u")
def _x5u(workshop: Workshop) -> str:
    return workshop.by_the_trap(workshop.header(x5u=workshop.trap_url("x5u")))


@BOOK.recipe("jwk", REFUSE, "The header carries the attacker's public key as jwk.")
def _jwk(workshop: Workshop) -> str:
    return workshop.by_the_trap(workshop.header(jwk=workshop.trap.jwk(kid=workshop.signer.kid)))


@BOOK.recipe("jwk-without-kid", REFUSE, "The attacker's key as jwk is all there is to go by.")
def _jwk_without_kid(workshop: Workshop) -> str:
    header = workshop.header(jwk=workshop.trap.jwk())
    del header["kid"]
    return workshop.by_the_trap(header)


@BOOK.recipe("x5c", REFUSE, "The header carries the attacker's certificate as x5c.")
def _x5c(workshop: Workshop) -> str:
    return workshop.by_the_trap(workshop.header(x5c=[workshop.trap.x5c], x5t=workshop.trap.x5t))


@BOOK.recipe("crit-unknown", REFUSE, "crit names an extension that nobody knows.")
def _crit(workshop: Workshop) -> str:
    name = "urn:proefbank:unheard-of"
    return workshop.made(workshop.header(crit=[name]) | {name: True})


@BOOK.recipe("crit-empty", EITHER, "crit is an empty list, which no one should produce.")
def _crit_empty(workshop: Workshop) -> str:
    return workshop.made(workshop.header(crit=[]))


@BOOK.recipe("crit-text", REFUSE, "crit is a text instead of a list.")
def _crit_text(workshop: Workshop) -> str:
    return workshop.made(workshop.header(crit="exp"))


@BOOK.recipe("crit-absent-member", REFUSE, "crit names a member that the header does not have.")
def _crit_absent(workshop: Workshop) -> str:
    return workshop.made(workshop.header(crit=["urn:proefbank:absent"]))


def _kid(name: str, kid: object, description: str, leads: str = "") -> None:
    """Add a token that a stranger signed under this kid (a function is given the workshop)."""

    @BOOK.recipe(f"kid-{name}", REFUSE, description, leads=leads)
    def _make(workshop: Workshop) -> str:
        value: Any = kid(workshop) if callable(kid) else kid
        return workshop.by_the_trap(workshop.header(kid=value))


_kid("path-traversal", "../../../../../../etc/hostname", "kid climbs up a file system.")
_kid("sql", "x' OR '1'='1' --", "kid would be SQL if pasted into a query.")
_kid("command", "x; id", "kid would be a command if pasted into a shell.")
_kid("control-characters", "a\x00b\r\nX-Injected: 1\x1b[31m", "kid has control characters.")
_kid("not-ascii", "sleutel-é-\u202e-\U0001f511", "kid is not ASCII.")
_kid("64k", "k" * 65_536, "kid has 65 536 characters.")
_kid("empty", "", "kid is an empty text.")
_kid("number", 1, "kid is a number.")
_kid("null", None, "kid is null.")
_kid("list", ["a"], "kid is a list.")
_kid("object", {"a": 1}, "kid is an object.")
_kid("url", lambda workshop: workshop.trap_url("kid"), "kid is a URL of the attacker's.", "kid")


def _swapped(workshop: Workshop) -> str:
    return workshop.signer.kid.swapcase()


def _shortened(workshop: Workshop) -> str:
    return workshop.signer.kid[:-1]


def _lengthened(workshop: Workshop) -> str:
    return f"{workshop.signer.kid} "


def _nearly(name: str, kid: Callable[[Workshop], str], description: str) -> None:
    @BOOK.recipe(f"kid-{name}", REFUSE, description)
    def _make(workshop: Workshop) -> str:
        return workshop.made(workshop.header(kid=kid(workshop)))


_nearly("case-changed", _swapped, "Well signed, but upper and lower case of the kid are swapped.")
_nearly("shortened", _shortened, "Well signed, but the kid lacks its last character.")
_nearly("lengthened", _lengthened, "Well signed, but the kid ends with a space.")


@BOOK.recipe("kid-dev-null", REFUSE, "kid is /dev/null, and the secret is what one reads there.")
def _dev_null(workshop: Workshop) -> str:
    header = workshop.header(alg="HS256", kid="../../../../../../dev/null")
    return workshop.made(header, sign=hmac_with(b""))
