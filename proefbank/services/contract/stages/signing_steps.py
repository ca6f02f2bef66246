"""The steps of a signature, one request each, for stages to put together."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from proefbank.staging import Staging

__all__ = ["ALGORITHM", "ask", "codes", "hashed", "identify", "opening", "sign_body", "status_body"]

ALGORITHM = "http://www.w3.org/2001/04/xmlenc#sha256"
OPEN, LOOK, SIGN = "user_identification", "user_identification/status", "sign_document"
MINE = "b3BlbmJhYXI"
"""Value of the parameter that is added to the address of a page, to see it come back."""


def codes(staging: Staging) -> dict[str, Any]:
    """Return who asks: partnerCode and serviceCode."""
    facts = staging.facts
    return {"partnerCode": facts["partner_code"], "serviceCode": facts["service_code"]}


def opening(staging: Staging, **more: object) -> dict[str, Any]:
    """Return the body that opens an identification session; None leaves a member out."""
    body = {
        **codes(staging),
        "redirectUrl": staging.facts["redirect_url"],
        "lang": "FR",
        **more,
    }
    return {name: value for name, value in body.items() if value is not None}


def ask(
    staging: Staging, to: str, body: object, *, note: str, keep: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Send one request; return the members of the answer to be kept."""
    answer = staging.call("probe", {"to": to, "body": body, "keep": list(keep)}, note=note)
    return dict(answer.value or {})


def identify(
    staging: Staging, *, person: str = "with-certificate", act: str = "approve", note: str = ""
) -> dict[str, Any] | None:
    """Open a session and send a person there; return the body that asks for its status.

    None if no session was opened, or nobody came back from it. The opening has the note
    `identification` unless told.
    """
    kept = ("asyncRespID", "identificationUrl")
    opened = ask(staging, OPEN, opening(staging), note=note or "identification", keep=kept)
    if "asyncRespID" not in opened or not str(opened.get(kept[1])).startswith("https:"):
        return None
    look = {**codes(staging), "asyncRespID": opened["asyncRespID"]}
    if not note:
        ask(staging, LOOK, look, note="identification-pending")
    url = f"{opened['identificationUrl']}&mine={MINE}"
    back = staging.visit(url, person=person, act=act)
    return look if back is not None or act != "approve" else None


def hashed(count: int = 1) -> dict[str, Any]:
    """Return the hashes of that many made-up texts."""
    found = []
    for number in range(1, count + 1):
        digest = hashlib.sha256(f"Voorbeeld {number}".encode()).digest()
        value = base64.b64encode(digest).decode("ascii")
        found.append({"id": f"document-{number}", "di": [{"alg": ALGORITHM, "value": value}]})
    return {"docHash": found}


def sign_body(staging: Staging, user_code: str, count: int = 1) -> dict[str, Any]:
    """Return the body that opens a sign session."""
    itsme = {
        **codes(staging),
        "signer": {"userCode": user_code},
        "redirectUrl": staging.facts["redirect_url"],
    }
    return {
        "inDocs": hashed(count),
        "reqID": f"start-of-{count}",
        "asyncRespID": None,
        "optInp": {"lang": "FR", "itsme": itsme},
    }


def status_body(staging: Staging, session: object) -> dict[str, Any]:
    """Return the body that asks for the status of a sign session."""
    return {
        "inDocs": None,
        "reqID": "status",
        "asyncRespID": session,
        "optInp": {"itsme": codes(staging)},
    }
