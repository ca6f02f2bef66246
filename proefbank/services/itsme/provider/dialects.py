"""How an answer is put into words: the publisher's texts do not agree, so there are three ways.

`documented` follows the document and decides: errors of `sign_document` are DSS responses, as
its sections 8 and 11 and the swagger have it. `literal` takes the appendix at its word, by
which every error has `status` and `statusReason`, and the example of section 11, which repeats
the `reqID` of the start. `swagger` holds against the publisher's `qesB2B.json`, never brought
up to date: `asyncRespId`, `min` and `msg` in every result, older names and limits of texts.
"""

from __future__ import annotations

import json
from typing import Any

from proefbank.exchange import Headers, Response

from .facts import Dialect
from .reasons import Refusal

__all__ = ["answer", "basic_refusal", "dss_refusal", "html", "json_answer", "result"]

JSON = "application/json"
_OLDER_BASIC = {"NOT_ALLOWED_TO_SIGN": "SIGNATURE_NOT_ALLOWED"}
_OLDER_DSS = {"INVALID_LANG": "INVALID_LANGUAGE", "UNKNOWN": "TECHNICAL_ERROR"}
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1>{body}</body></html>
"""


def json_answer(status: int, data: object, headers: Headers = ()) -> Response:
    """Return an answer that carries JSON in ASCII."""
    body = json.dumps(data, separators=(",", ":")).encode("ascii")
    return Response(status, (("Content-Type", JSON), *headers), body)


def html(status: int, title: str, body: str, headers: Headers = ()) -> Response:
    """Return a small page."""
    page = _PAGE.format(title=title, body=body).encode("utf-8")
    return Response(status, (("Content-Type", "text/html; charset=utf-8"), *headers), page)


def answer(refusal: Refusal) -> Response:
    """Return a refusal without a body."""
    return Response(refusal.status, refusal.headers)


def basic_refusal(refusal: Refusal, dialect: Dialect) -> Response:
    """Return a refusal of an identification call (appendix)."""
    reason = refusal.reason
    if reason is None:
        if dialect != "swagger" or refusal.headers:
            return answer(refusal)
        reason = "ERROR"
    if dialect == "swagger":
        reason = _OLDER_BASIC.get(reason, reason)
    members = {"status": "NOK", "statusReason": reason}
    return json_answer(refusal.status, members, refusal.headers)


def dss_refusal(
    refusal: Refusal, dialect: Dialect, *, echo: dict[str, str], message: str | None
) -> Response:
    """Return a refusal of `sign_document`; `echo` holds `reqID`, and `respID` if there is one.

    `message` goes along as the optional `msg`: text in the document, an object in the swagger.
    """
    reason = refusal.reason
    if dialect == "literal" or (reason is None and dialect != "swagger"):
        return basic_refusal(refusal, dialect)
    if reason is None and refusal.headers:
        return answer(refusal)
    reason = reason or "TECHNICAL_ERROR"
    if dialect == "swagger":
        reason = _OLDER_DSS.get(reason, reason)
    told = result(refusal.major, dialect, minor=reason, message=message)
    return json_answer(refusal.status, {"result": told, **echo}, refusal.headers)


def result(
    major: str, dialect: Dialect, *, minor: str | None = None, message: str | None = None
) -> dict[str, Any]:
    """Return the member `result`; outside the swagger a good one has only `maj`."""
    made: dict[str, Any] = {"maj": major}
    if dialect == "swagger":
        text = {"lang": "EN", "value": message or minor or ""}
        return {**made, "min": minor or "", "msg": text}
    if minor is not None:
        made["min"] = minor
    if message is not None:
        made["msg"] = message
    return made
