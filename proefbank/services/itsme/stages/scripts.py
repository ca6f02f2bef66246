"""Flows that the situations are made of: order, visit, come back, as far as each wants."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from proefbank.staging import Answer, Staging

__all__ = [
    "LANGUAGES",
    "RESUME",
    "START",
    "content",
    "documents",
    "gone_on",
    "identified",
    "in_four_languages",
    "order",
    "resumed",
    "signed",
    "started",
    "value_of",
]

START, RESUME = "sign.start", "sign.resume"
LANGUAGES = ("en", "fr", "nl", "de")
PATIENCE = 3
"""Orders more that a session is given while it is pending."""
STOPS = 3
"""Pages to which the browser is sent after the identification, at most."""


def documents(count: int = 1) -> list[dict[str, str]]:
    """Return that many documents by their hashes, which are those of made-up texts."""
    return [
        {
            "id": f"offerte-{number:02d}.pdf",
            "sha256": base64.b64encode(
                hashlib.sha256(f"Voorbeeld {number}".encode()).digest()
            ).decode("ascii"),
        }
        for number in range(1, count + 1)
    ]


def content() -> dict[str, str]:
    """Return a document with its content."""
    text = "Voorbeeld: Anna leent Bram een fiets, en Bram brengt ze zondag terug.\n" * 3
    return {
        "id": "afspraak.txt",
        "content": base64.b64encode(text.encode()).decode("ascii"),
        "media_type": "text/plain",
    }


def in_four_languages(text: str) -> dict[str, str]:
    """Return a text for each language."""
    return {lang: f"{text} {lang}" for lang in LANGUAGES}


def order(count: int = 1, **more: Any) -> dict[str, Any]:
    """Return the arguments of an ordinary sign.start."""
    return {"documents": documents(count), "lang": "FR", **more}


def value_of(answer: Answer, name: str) -> Any:
    """Return a member of an accepted answer; None if there is none."""
    return (answer.value or {}).get(name)


def started(
    staging: Staging, asked: Mapping[str, Any] | None = None, *, note: str = ""
) -> tuple[Any, Any]:
    """Give an order; return the session, and where the browser is to go."""
    answer = staging.call(START, order() if asked is None else asked, note=note)
    return value_of(answer, "session"), value_of(answer, "redirect")


def resumed(staging: Staging, session: object, returned: str | None, *, note: str = "") -> Answer:
    """Have the application go on with a session, now that the browser is back."""
    return staging.call(RESUME, {"session": session, "returned_to": returned}, note=note)


def gone_on(staging: Staging, session: object, returned: str | None, *, note: str = "") -> Answer:
    """Resume a session, and again while it is said to be pending: some ask in their own time."""
    answer = resumed(staging, session, returned, note=note)
    for _ in range(PATIENCE):
        if value_of(answer, "pending") is not True:
            break
        answer = resumed(staging, session, returned, note=note)
    return answer


def identified(
    staging: Staging,
    asked: Mapping[str, Any] | None = None,
    *,
    note: str = "",
    person: str = "with-certificate",
) -> tuple[Any, Any]:
    """Go on until the sign session is open; return the session, and where to go to sign."""
    session, url = started(staging, asked, note=note)
    if session is None:
        return None, None
    returned = staging.visit(url, person=person)
    answer = gone_on(staging, session, returned, note=note)
    return session, value_of(answer, "redirect")


def signed(
    staging: Staging,
    asked: Mapping[str, Any] | None = None,
    *,
    note: str = "",
    person: str = "with-certificate",
) -> tuple[Any, str | None]:
    """Go through the whole flow; return the session, and where the browser came back to."""
    session, url = identified(staging, asked, note=note, person=person)
    returned = None
    for _ in range(STOPS):
        if url is None:
            break
        returned = staging.visit(url, person=person)
        answer = gone_on(staging, session, returned, note=note)
        url = value_of(answer, "redirect")  # an application may have another stop
    return session, returned
