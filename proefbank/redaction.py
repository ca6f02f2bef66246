"""Cuts secrets to typed holes before anything is written down.

What holds one shows by its name, its place in a message or its value. The journal holds only
redacted text, also in memory, so that a live run and a recording are judged from the very same
words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote_plus, unquote_plus

from proefbank.cutting import KEY_HOLE, Cutter
from proefbank.exchange import Headers
from proefbank.holes import HOLE, Hole, find_holes, parse_hole

__all__ = ["SECRETS", "Hole", "Redactor", "find_holes", "parse_hole"]

SECRETS = {
    "access_token": "token",
    "refresh_token": "token",
    "id_token": "token",
    "client_assertion": "assertion",
    "client_secret": "client-secret",
    "password": "client-secret",
}
"""What parameters and members hold that are secret by their name, in small letters."""
_BY_NAME = {**SECRETS, "usercode": "personal", "phone": "personal"}
_BARE = frozenset({type(None), bool, int, float})
_SHORT = 100
_DRESSED = re.compile(r"[\\%]")
_PRIVATE_JWK = ("d", "p", "q", "dp", "dq", "qi", "k")
_LONGEST_TEXT = 65_536


@lru_cache(512)
def _kind(name: str) -> str | None:
    """Return what a parameter or member of this name holds, if that is a secret."""
    return _BY_NAME.get(name.lower().replace("-", "_"))


_unquoted = lru_cache(512)(unquote_plus)
_QUOTED = {code: quote_plus(chr(code)) for code in range(128)}


def _quoted(text: str) -> str:
    """Return what `quote_plus` does, several times as fast."""
    return text.translate(_QUOTED) if text.isascii() else quote_plus(text)


class Redactor(Cutter):
    """Knows the secrets of one staging and cuts them out of whatever is written."""

    def value(self, name: str, value: str) -> str:
        """Return the value of a parameter or member called `name`, cut if the name is telling."""
        kind = _kind(name)
        if kind is None or value == "" or HOLE.match(value):
            return self.text(value)
        return self.hole(kind, value)

    def tree(self, value: object, name: str = "") -> object:
        """Return a JSON value with its secrets cut, member names taken into account."""
        if type(value) in _BARE:  # most are: sooner told than by what they match
            return value
        match value:
            case str():
                return self.value(name, value)
            case int() | float():
                return value
            case dict() | Mapping():  # a dict is one, and found to be so sooner
                secretive = _PRIVATE_JWK if "kty" in value else ()
                return {
                    self.text(str(key)): KEY_HOLE if key in secretive else self.tree(item, str(key))
                    for key, item in value.items()
                }
            case list() | tuple():
                return [self.tree(item, name) for item in value]
            case _:
                return value

    def headers(self, headers: Headers) -> list[list[str]]:
        """Return header fields with credentials and cookies cut, scheme and order kept."""
        return [[name, self._header(name.lower(), value)] for name, value in headers]

    def target(self, target: str) -> str:
        """Return a request target with the values of its query cut where needed."""
        path, mark, query = target.partition("?")
        return self.text(path) + mark + self._form(query)

    def body(self, body: bytes, content_type: str) -> dict[str, object]:
        """Return `{text, bytes, utf8}`: the body as text, its true size, and if it was UTF-8."""
        try:
            text, utf8 = body.decode("utf-8"), True
        except UnicodeDecodeError:
            text, utf8 = body.decode("latin-1"), False
        return {
            "text": self._body_text(text, content_type)[:_LONGEST_TEXT],
            "bytes": len(body),
            "utf8": utf8,
        }

    def _body_text(self, text: str, content_type: str) -> str:
        stripped = text.lstrip()
        if stripped[:1] in ("{", "["):
            return text if self.is_clean(text) else self._json_text(text)
        if "form-urlencoded" in content_type.lower() or re.match(r"[A-Za-z_]+=", stripped):
            return self._form(text)
        return self.text(text)

    def _json_text(self, text: str) -> str:
        doubled: list[_Pairs] = []
        try:
            parsed = json.loads(text, object_pairs_hook=lambda said: _object(said, doubled))
            if doubled:  # what a plain parser forgets may be the secret, or the defect
                return self._pairs(json.loads(text, object_pairs_hook=_Pairs))
            clean = self.tree(parsed)
        except RecursionError:  # too deep for telling names in it to be found
            return f"<redacted:nested length={len(text)}>"
        except ValueError:
            return self.text(text)
        if clean != parsed:
            return json.dumps(clean, ensure_ascii=False)
        if not _DRESSED.search(text):  # else what is learned later might not be seen in it
            self.found_clean(text)
        return text

    def _pairs(self, value: object, name: str = "") -> str:
        """Return JSON text with its secrets cut, in which members that come twice still do."""
        if isinstance(value, _Pairs):
            secretive = _PRIVATE_JWK if any(key == "kty" for key, _ in value) else ()
            members = (
                f"{json.dumps(self.text(key), ensure_ascii=False)}: "
                + (json.dumps(KEY_HOLE) if key in secretive else self._pairs(item, key))
                for key, item in value
            )
            return f"{{{', '.join(members)}}}"
        if isinstance(value, list):
            return f"[{', '.join(self._pairs(item, name) for item in value)}]"
        return json.dumps(self.tree(value, name), ensure_ascii=False)

    def _form(self, text: str) -> str:
        pairs = []
        for pair in text.split("&"):
            name, mark, raw = pair.partition("=")
            value = _unquoted(raw) if len(raw) < _SHORT else unquote_plus(raw)
            clean = self.value(_unquoted(name), value)
            pairs.append(self.text(name) + mark + (raw if clean == value else _quoted(clean)))
        return "&".join(pairs)

    def _header(self, name: str, value: str) -> str:
        if name in ("authorization", "proxy-authorization"):
            scheme, space, credentials = value.partition(" ")
            if not space:
                return self.hole("token", value) if value else ""
            if scheme.lower() == "basic":
                return f"{scheme} <redacted:basic length={len(credentials)}>"
            return f"{scheme} {self.hole('token', credentials)}"
        if name in ("cookie", "set-cookie"):
            return f"<redacted:cookie length={len(value)}>"
        return self.value(name.removeprefix("x-"), value)


class _Pairs(list[tuple[str, object]]):
    """A JSON object as it was said: its members in order, those that come twice included."""


def _object(said: list[tuple[str, object]], doubled: list[_Pairs]) -> dict[str, object]:
    """Return an object as parsers make it, and note one with a member that comes twice."""
    made = dict(said)
    if len(made) < len(said):
        doubled.append(_Pairs(said))
    return made
