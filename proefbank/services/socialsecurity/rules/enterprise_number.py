"""How enterprise numbers are written: ten digits, the first of them 0 or 1."""

from __future__ import annotations

import re

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.api_request import PayloadRequest

WHERE = "API request, enterprise number"


@rule("socialsecurity.api-request.enterprise-number-has-ten-digits")
def ten_digits(request: PayloadRequest) -> Finding | None:
    """Dots and prefixes are for people; the schema's pattern refuses them."""
    told = _told(request)
    if re.fullmatch(r"\d{9,10}", told):
        return None
    return Finding(WHERE, expected="10 digits", actual=told)


@rule("socialsecurity.api-request.enterprise-number-keeps-its-zero")
def keeps_zero(request: PayloadRequest) -> Finding | None:
    """Written as a number it loses its leading zero, and with it a digit."""
    told = _told(request)
    if not re.fullmatch(r"\d{9}", told):
        return None
    return Finding(WHERE, expected=f"0{told}", actual=told, hint="keep the number as a text")


@rule("socialsecurity.api-request.enterprise-number-starts-with-0-or-1")
def starts_right(request: PayloadRequest) -> Finding | None:
    """Numbers from 2 to 8 are establishment units, which cannot hold an account."""
    told = _told(request)
    if not re.fullmatch(r"\d{10}", told):
        raise DoesNotApply("the number is not of ten digits, which is a requirement of its own")
    if told[0] in "01":
        return None
    return Finding(WHERE, expected="a number that starts with 0 or 1", actual=told)


@rule("socialsecurity.api-request.enterprise-number-has-good-check-digits")
def check_digits(request: PayloadRequest) -> Finding | None:
    """Two digits tell a mistyped number from a real one before anybody is disturbed."""
    told = _told(request)
    if not re.fullmatch(r"[01]\d{9}", told):
        raise DoesNotApply("the number is not well formed, which is a requirement of its own")
    if int(told[8:]) == 97 - int(told[:8]) % 97:
        return None
    return Finding(WHERE, expected=f"check digits {97 - int(told[:8]) % 97:02d}", actual=told)


def _told(request: PayloadRequest) -> str:
    told = request.facts.get("enterprise_number_as_sent")
    if told is None:
        raise DoesNotApply("the request carries no enterprise number")
    return str(told)
