"""Looking at what was said in a request: shared by the rules on requests."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from proefbank.errors import NotObservable
from proefbank.judge import DoesNotApply
from proefbank.verdict import Finding

from ..wire.channel import Sent
from ..wire.members import Members, Missing, told

__all__ = [
    "issued",
    "labelled_json",
    "language",
    "name_of",
    "posted",
    "registered_url",
    "well_formed",
]

_NAMES = {
    "identification": "user_identification",
    "identification-status": "user_identification/status",
    "sign-start": "sign_document (start)",
    "sign-status": "sign_document (status)",
}
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://[^\s/?#]+[^\s]*")


def name_of(sent: Sent) -> str:
    """Return how findings name a request."""
    return _NAMES.get(sent.call.kind, sent.call.path)


def posted(sent: Sent) -> Members:
    """Return the members of a JSON object that was posted; other requests are judged elsewhere."""
    if sent.call.said is None:
        raise DoesNotApply("no JSON object was posted, which is a requirement of its own")
    return sent.call.said


def labelled_json(sent: Sent) -> Finding | None:
    """Find a body that is no JSON object, or is not said to be JSON."""
    if sent.call.method != "POST" or not sent.call.exchange.body_bytes:
        raise DoesNotApply("nothing was posted, which is a requirement of its own")
    media_type = sent.call.media_type.partition(";")[0].strip().lower()
    if media_type != "application/json":
        return Finding(
            f"{name_of(sent)}, Content-Type",
            expected="application/json",
            actual=sent.call.media_type or "absent",
        )
    if sent.call.said is None:
        return Finding(
            f"{name_of(sent)}, body", expected="a JSON object", actual=sent.call.text[:60]
        )
    return None


def issued(sent: Sent, where: str, value: object, fact: str) -> Finding | None:
    """Find a code that is not the one in the scenario's `fact`."""
    wanted = sent.scenario.get(fact)
    if not isinstance(wanted, str):
        raise NotObservable("nobody told the bench which code was issued")
    if value == wanted:
        return None
    return Finding(f"{name_of(sent)}, {where}", expected=wanted, actual=told(value))


def language(sent: Sent, where: str, value: object) -> Finding | None:
    """Find a language that itsme does not support; case is free."""
    given = sent.scenario.get("languages")
    if not isinstance(given, list | tuple):
        raise NotObservable("nobody told the bench which languages are supported")
    if isinstance(value, str) and value.upper() in [str(one).upper() for one in given]:
        return None
    return Finding(
        f"{name_of(sent)}, {where}",
        expected=f"one of {', '.join(map(str, given))}",
        actual=told(value),
        hint="map the user's locale to one of the languages of the configuration",
    )


def well_formed(value: object) -> bool:
    """Whether it is an absolute URL."""
    if not isinstance(value, str) or not _URL.fullmatch(value):
        return False
    try:
        return bool(urlsplit(value).hostname) and (urlsplit(value).port or 1) > 0
    except ValueError:
        return False


def registered_url(sent: Sent, where: str, value: object, *, query: bool) -> Finding | None:
    """Find a redirect URL that is not the registered one: up to its query, or only there."""
    wanted = sent.scenario.get("redirect_url")
    if not isinstance(wanted, str):
        raise NotObservable("nobody told the bench which redirect URL is registered")
    if not query and value is not Missing and not isinstance(value, str):
        return Finding(f"{name_of(sent)}, {where}", expected=wanted, actual=told(value))
    if not isinstance(value, str):
        raise DoesNotApply("there is no redirect URL, which is a requirement of its own")
    before, _, after = value.partition("?")
    same = after == wanted.partition("?")[2] if query else before == wanted.partition("?")[0]
    if same:
        return None
    return Finding(
        f"{name_of(sent)}, {where}",
        expected=wanted,
        actual=value,
        hint="context goes onto the URL of itsme's page, and comes back from there"
        if query
        else "it is compared character for character with the registered one",
    )
