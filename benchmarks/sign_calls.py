"""What a back end says to itsme Sign in a benchmark."""

from __future__ import annotations

import base64
import random
from collections.abc import Mapping
from typing import Any

__all__ = ["OK", "ROOT", "Json", "identification", "poll", "start", "status_of"]

ALGORITHM = "http://www.w3.org/2001/04/xmlenc#sha256"
ROOT = "/qes-partners/1.0.0"
OK = 200
Json = dict[str, Any]


def identification(facts: Mapping[str, Any]) -> Json:
    """Open an identification."""
    return {
        "partnerCode": facts["partner_code"],
        "serviceCode": facts["service_code"],
        "redirectUrl": facts["redirect_url"],
        "lang": "NL",
    }


def status_of(facts: Mapping[str, Any], opened: Json) -> Json:
    """Ask who it is."""
    codes = {"partnerCode": facts["partner_code"], "serviceCode": facts["service_code"]}
    return codes | {"asyncRespID": opened["asyncRespID"]}


def start(facts: Mapping[str, Any], user_code: str, hashes: int) -> Json:
    """Open a sign session for so many hashes."""

    def hashed(number: int) -> Json:
        digest = random.randbytes(32)
        value = base64.b64encode(digest).decode()
        return {"id": f"d{number}", "di": [{"alg": ALGORITHM, "value": value}]}

    return {
        "inDocs": {"docHash": [hashed(number) for number in range(hashes)]},
        "reqID": f"r{random.getrandbits(60)}",
        "asyncRespID": None,
        "optInp": {
            "itsme": {
                "signer": {"userCode": user_code},
                "partnerCode": facts["partner_code"],
                "serviceCode": facts["service_code"],
                "redirectUrl": facts["redirect_url"],
            }
        },
    }


def poll(facts: Mapping[str, Any], session: str) -> Json:
    """Ask for the signatures."""
    codes = {"partnerCode": facts["partner_code"], "serviceCode": facts["service_code"]}
    return {
        "inDocs": None,
        "reqID": "poll",
        "asyncRespID": session,
        "optInp": {"itsme": codes},
    }
