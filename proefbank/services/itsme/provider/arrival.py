"""Who calls and what came: certificate, address, method, media type and the JSON of the body.

The order is ours but for what the appendix tells of partner codes; how a real connection
without the registered certificate ends is not documented (here: 403 without a body).
"""

from __future__ import annotations

import json
from typing import Any

from .call import Call
from .parties import Parties
from .reasons import Refusal

__all__ = ["FORBIDDEN", "check_connection", "check_method", "read_body"]

FORBIDDEN = Refusal(403)
_LARGEST_BODY = 4 * 1024 * 1024
_UNREADABLE = Refusal(400, "UNKNOWN")


def check_connection(call: Call, parties: Parties) -> None:
    """Look at the client certificate and at the address (appendix, SSLMA Authentication)."""
    request = call.request
    fingerprint = request.tls.peer_sha256 if request.tls else None
    if request.tls is None and request.scheme == "https":
        call.certificate = "unseen"
        admitting = list(parties)
    elif fingerprint is None:
        call.certificate = "none"
        admitting = list(parties)
        call.add("certificate-none", "no client certificate was shown", FORBIDDEN)
    else:
        call.owners = admitting = parties.showing(fingerprint)
        call.certificate = "registered" if admitting else "other"
        if not admitting:
            admitting = list(parties)
            message = "the client certificate shown is registered on no partner"
            call.add("certificate-other", message, FORBIDDEN)
    if not any(party.admits(request.source) for party in admitting):
        _foreign(call)


def _foreign(call: Call) -> None:
    call.source = "foreign"
    call.add("address-foreign", "the call came from an address that is not registered", FORBIDDEN)


def check_method(call: Call, method: str) -> None:
    """Look at the method."""
    if call.request.method != method:
        message = f"{method} is asked here, not {call.request.method[:20]!a}"
        allow = (("Allow", method),)
        call.add("method-wrong", message, Refusal(405, headers=allow), forgivable=False)


def read_body(call: Call, *, dialect: str) -> None:
    """Read the JSON object in the body, and look at how it was declared."""
    request = call.request
    if not request.body.strip():
        missing = Refusal(400, "NO_REQUEST")
        call.add("body-missing", "the request has no body", missing, forgivable=False)
        return
    declared = (request.header("Content-Type") or "").partition(";")
    if declared[0].strip().lower() != "application/json":
        # The swagger declares no 415.
        refusal = _UNREADABLE if dialect == "swagger" else Refusal(415)
        call.add("media-type-wrong", "the body is not declared as application/json", refusal)
    if (charset := _charset(declared[2])) not in {"", "utf-8"}:
        call.note(f"charset-declared-{charset[:20]}")
    if len(request.body) > _LARGEST_BODY:
        call.add("body-too-large", "nobody reads that much", _UNREADABLE, forgivable=False)
        return
    doubled: list[str] = []
    try:
        data = json.loads(
            request.body.decode("utf-8"),
            object_pairs_hook=lambda pairs: _object(pairs, doubled),
            parse_constant=_no_constant,
        )
    except (ValueError, RecursionError) as problem:
        message = f"the body is no JSON in UTF-8: {type(problem).__name__}"
        call.add("body-malformed", message, _UNREADABLE, forgivable=False)
        return
    if not isinstance(data, dict):
        call.add("body-no-object", "the body is no JSON object", _UNREADABLE, forgivable=False)
        return
    call.body = data
    if doubled:
        call.add("member-twice", "a member stands twice in an object", _UNREADABLE)


def _charset(parameters: str) -> str:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"').lower()
    return ""


def _object(pairs: list[tuple[str, Any]], doubled: list[str]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        doubled.append("")
    return made


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
