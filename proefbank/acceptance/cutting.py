"""What may be written down of a run against acceptance, where persons are real.

Orders are ours but for what a profile brings; answers and output of the client may hold anything,
and of them only holes stay.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from proefbank.doors.heard import Heard
from proefbank.exchange import Request, Response, Trail
from proefbank.journal import Journal
from proefbank.recordings.cutting import ForeignCutter
from proefbank.recordings.uncut import secrets_in, size_of
from proefbank.redaction import Redactor

__all__ = ["kept_of_answer", "kept_of_line", "kept_of_order", "write_exchange"]

_HOLES = re.compile(r"<redacted:[a-z-]+[^>]*>")
_INSIDE = re.compile(r" (?:header|claims)=.*", re.DOTALL)
_WHOLE = frozenset(
    {
        *("method", "path", "lang", "scope", "sign_policy", "commitment_type", "op", "media_type"),
        *("token_type", "outcome", "class", "kind"),
    }
)
"""Members that name no person, whoever wrote them."""
_NUMBERED = frozenset({"session", "id", "user_code"})
"""Members that are compared with others."""


def write_exchange(
    journal: Journal,
    about: ModuleType,
    request: Request,
    response: Response,
    facts: Mapping[str, object],
) -> None:
    """Write an exchange down, cut; `about` is the service's `recorded` module.

    What belongs to no conversation of the service is about nothing that is judged, and is left
    out. `facts` show on the wire and hold no secret.
    """
    conversation = about.conversation_of(request)
    if conversation is None:
        journal.write("note", text="A request that no rule is about was left out.")
        return
    for secret in secrets_in(Heard(request, response)):
        journal.redactor.learn(secret)
    cutter = ForeignCutter(journal.redactor, about, conversation)
    kept = cutter.response(response)
    trail = Trail(conversation, facts=facts)
    number = journal.exchange(
        cutter.request(request), Response(kept.status, kept.headers, kept.body, trail=trail)
    )
    event: Any = next(
        item for item in reversed(journal.of("exchange")) if item["exchange"] == number
    )
    for name, body in (("request", request.body), ("response", response.body)):
        event[name]["body"] |= size_of(body)


def kept_of_order(redactor: Redactor, args: Mapping[str, object]) -> dict[str, Any]:
    """Return an order without what the profile brought into it."""
    return {key: _kept(redactor, value, key) for key, value in args.items()}


def kept_of_answer(redactor: Redactor, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer of the client without what it may tell of a person."""
    kept: dict[str, Any] = {key: _kept(redactor, value, key) for key, value in told.items()}
    for key in ("detail", "reason"):
        if key in kept:
            kept[key] = _first_word(str(told[key]), str(kept[key]))
    return kept


def kept_of_line(redactor: Redactor, text: str) -> str:
    """Return the holes in a line of output, which is what rules look for."""
    return " ".join(_holes(redactor.text(text)))


def _first_word(told: str, kept: str) -> str:
    """Return a reason with what it begins with, if that is the name of an exception or status."""
    name = re.match(r"(?:HTTP |status )?[A-Za-z_]{3,40}(?:Error|Exception)\b|\d{3}\b", told)
    return f"{name.group()}: {kept}" if name else kept


def _kept(redactor: Redactor, value: object, name: str = "") -> object:
    match value:
        case dict():
            return {str(key): _kept(redactor, inner, str(key)) for key, inner in value.items()}
        case list() | tuple():
            return [_kept(redactor, inner, name) for inner in value]
        case str():
            return _kept_text(redactor, value, name)
        case _:
            return value if name in ("status", "expires_in") else _number(value)


def _kept_text(redactor: Redactor, text: str, name: str) -> str:
    if not text or name in _WHOLE:
        return redactor.text(text)
    if name in _NUMBERED:
        return redactor.hole("personal", text)
    return " ".join(_holes(redactor.value(name, text))) or f"<redacted:personal length={len(text)}>"


def _number(value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    return f"<redacted:number length={len(json.dumps(value))}>"


def _holes(text: str) -> list[str]:
    return [_INSIDE.sub(">", hole) for hole in _HOLES.findall(text)]
