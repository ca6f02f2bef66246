"""Header fields of somebody else's messages: which say what everybody's do, and so are kept.

A few are needed by rules; of these, too, only what has the form of such a field is kept. Their
names are kept as well, unless they are no name that a field would have.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["NEEDED", "agent", "field_name", "is_common", "is_formed", "media_type"]

NEEDED: Final = frozenset(
    {
        *("accept", "authorization", "belgov-trace-id", "content-length", "content-type"),
        *("date", "host", "retry-after", "transfer-encoding", "user-agent"),
    }
)
"""Those that rules, and whoever reads a record, cannot do without."""
_COMMON: Final = frozenset(
    {
        *("accept-encoding", "allow", "cache-control", "connection", "content-encoding", "expires"),
        *("pragma", "transfer-encoding", "vary", "x-content-type-options", "x-frame-options"),
    }
)
_WORDS: Final = re.compile(
    r"keep-alive|close|gzip|deflate|br|zstd|identity|\*|q=[01](?:\.\d{1,3})?|-1|0|chunked"
    r"|no-store|no-cache|no-transform|private|public|immutable|must-revalidate|max-age=\d{1,8}"
    r"|get|head|post|put|patch|delete|options|accept|accept-encoding|accept-language"
    r"|authorization|origin|nosniff|deny|sameorigin",
    re.IGNORECASE,
)
"""The words of a few headers that say nothing of anybody."""
_DAY: Final = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"
_MEDIA: Final = (
    r"(?:\*|application|audio|font|image|message|model|multipart|text|video)/[A-Za-z0-9*+.-]{1,60}"
)
_WEIGHED: Final = rf"{_MEDIA}(?:\s?;\s?(?:q=[01](?:\.\d{{1,3}})?|charset=[A-Za-z0-9-]{{1,12}}))*"
_FORMS: Final = {
    "accept": re.compile(rf"\s*(?:\*|{_WEIGHED})(?:\s?,\s?(?:\*|{_WEIGHED}))*\s*", re.IGNORECASE),
    "belgov-trace-id": re.compile(r"[0-9a-fA-F-]{8,64}"),
    "content-length": re.compile(r"\d{1,9}"),
    "date": re.compile(_DAY),
    "host": re.compile(r"[A-Za-z0-9.-]{1,99}(?::\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::\d{1,5})?"),
    "retry-after": re.compile(rf"\d{{1,7}}|{_DAY}"),
}
_MEDIA_TYPE: Final = re.compile(rf"\s*{_MEDIA}", re.IGNORECASE)
_CHARSET: Final = re.compile(r"charset=\"?[A-Za-z0-9-]{1,12}\"?", re.IGNORECASE)
_COMMENT: Final = re.compile(r"\([^()]*\)?")
_PRODUCT: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.+-]{0,31}/v?\d[A-Za-z0-9_.+-]{0,15}")
_NAME: Final = re.compile(r":?(?!(?:.*\d){5})[A-Za-z][A-Za-z0-9_-]{0,39}")


def field_name(name: str) -> str:
    """Return the name of a field; something else in place of what could be anything."""
    return name if _NAME.fullmatch(name) else f"x-name-of-{len(name)}"


def is_common(name: str, value: str) -> bool:
    """Whether a field says what everybody's does."""
    words = re.split(r"[\s,;]+", value.strip())
    return name in _COMMON and all(map(_WORDS.fullmatch, words))


def is_formed(name: str, value: str) -> bool:
    """Whether a field that is needed has the form that it should have."""
    form = _FORMS.get(name)
    return form is not None and form.fullmatch(value) is not None


def media_type(value: str) -> str:
    """Return a media type and its charset; empty if it is none. Other parameters are cut."""
    kind, *parameters = value.split(";")
    if not _MEDIA_TYPE.fullmatch(kind.rstrip()):
        return ""
    kept = [one if _CHARSET.fullmatch(one.strip()) else " cut" for one in parameters]
    return ";".join([kind, *kept])


def agent(value: str) -> str:
    """Return the products and versions in a `User-Agent`; its comments and other words are cut."""
    words = _COMMENT.sub("(cut)", value).split()
    return " ".join(
        word if word == "(cut)" or _PRODUCT.fullmatch(word) else "cut" for word in words
    )
