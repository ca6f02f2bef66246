"""Cuts one exchange of somebody else's down to what may be kept.

Values are cut unless they are known to be needed, not the other way round: what is recorded in
front of a real service holds tokens, keys and people.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import ModuleType
from urllib.parse import parse_qsl, quote, quote_plus

from proefbank.exchange import Headers, Request, Response
from proefbank.holes import HOLE, parse_hole
from proefbank.recordings import headers as fields
from proefbank.recordings.uncut import json_in
from proefbank.redaction import SECRETS, Redactor

__all__ = ["ForeignCutter"]

_HOLES = re.compile(r"<redacted:(?:token|jwt|assertion|client-secret)\b[^>]*>")
_Treatment = Callable[[str, Sequence[str], str], tuple[str, str]]
"""How a service that goes by place has a text kept: conversation, path of members, text."""
_RESOURCE = re.compile(r"\.?[a-z][A-Za-z-]*|v\d+")
_NAME = re.compile(r"(?!.*\d{5})[A-Za-z_@$][A-Za-z0-9_.:@$\[\]-]{0,63}")
"""What a member or parameter can be called; anything else may be somebody's."""
_PERSON = re.compile(
    r"(?<![\w.+-])(?:"
    r"[^\s@<>,;()\"']{1,99}@[^\s@<>,;()\"']{1,99}"  # an e-mail address
    r"|\d{2}\.?\d{2}\.?\d{2}[- ]?\d{3}[-. ]?\d{2}"  # a national number
    r"|\+\d[\d ./-]{7,18}\d"  # a telephone number
    r")(?![\w-])"
)
"""What is about somebody, in the few texts that are kept as they are."""
_PART = re.compile(r"(?!(?:.*\d){6})[A-Za-z0-9._-]{1,32}")
"""A part of a path that the provider gave, such as a partner's or a version's."""
_ONE_WORD = frozenset(
    {
        *("alg", "client_assertion_type", "error", "expires_in", "grant_type", "issuer"),
        *("jwks_uri", "kid", "kty", "token_type", "use"),
    }
)
"""Members and parameters that have no blanks in them, whatever they say."""
_TELLING_HEADER = frozenset({"alg", "typ", "cty", "kid", "crit", "enc", "x5t", "x5t#S256", "b64"})
_TELLING_CLAIMS = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti"})
"""Of a client's own assertion (RFC 7523, 3); what else it may say of anybody is cut."""
_SPACE = re.compile(r"\s")
_BETWEEN = re.compile(r" (?=<redacted:)")
_INSIDE = re.compile(r" (?:header|claims)=.*", re.DOTALL)


class ForeignCutter:
    """Cuts one exchange down to what may be kept."""

    def __init__(self, redactor: Redactor, about: ModuleType, conversation: str) -> None:
        self._redactor = redactor
        self._telling: frozenset[str] = about.TELLING[conversation]
        self._conversation = conversation
        self._token = conversation == "token"
        self._whole_path = self._token or getattr(about, "WHOLE_PATHS", False)
        self._treatment: _Treatment | None = getattr(about, "treatment", None)

    def request(self, request: Request) -> Request:
        """Return what may be kept of a request."""
        return replace(
            request,
            target=self._target(request),
            headers=self._headers(request.headers),
            body=self._body(request.body, form=self._token),
            source="",
        )

    def response(self, response: Response) -> Response:
        """Return what may be kept of a response."""
        headers = self._headers(response.headers)
        return replace(response, headers=headers, body=self._body(response.body, form=False))

    def _target(self, request: Request) -> str:
        path = "/".join(
            part if self._is_plain(place, part) else quote(_hole("segment", part))
            for place, part in enumerate(request.path.split("/"))
        )
        return f"{path}?{self._pairs(request.query)}" if request.query else path

    def _is_plain(self, place: int, part: str) -> bool:
        if not part or _RESOURCE.fullmatch(part):
            return True
        fixed = self._whole_path or place <= 3  # noqa: PLR2004 - the API and its version
        return bool(fixed and _PART.fullmatch(part))

    def _headers(self, headers: Headers) -> Headers:
        return tuple(
            (fields.field_name(self._redactor.text(name)), self._header(name.lower(), value))
            for name, value in headers
        )

    def _header(self, name: str, value: str) -> str:
        if name == "authorization":
            return self._credentials(value)
        if fields.is_common(name, value):
            return value
        clean = self._redactor.text(value) if name in fields.NEEDED else value
        if name not in fields.NEEDED or HOLE.search(clean):
            return self._leaf(value)
        kept = clean if fields.is_formed(name, clean) else ""
        if name == "content-type":
            kept = fields.media_type(clean)
        elif name == "user-agent":
            kept = fields.agent(clean)
        elif name == "belgov-trace-id" and not kept and clean:
            kept = self._stand_in(clean)  # its length and sameness are looked at
        return self._unpersoned(kept) if kept else self._leaf(value)

    def _stand_in(self, text: str) -> str:
        """Return a running number of the same length."""
        hole = parse_hole(self._redactor.hole("personal", text))
        return (hole.attributes.get("ref", "") if hole else "").zfill(len(text))

    def _body(self, body: bytes, *, form: bool) -> bytes:
        text = body.decode("utf-8", "replace")
        if not text:
            return b""
        parsed = json_in(text)
        if parsed is not None:
            return json.dumps(self._tree(parsed, ())).encode()
        return (self._pairs(text) if form and "=" in text else self._leaf(text)).encode()

    def _pairs(self, text: str) -> str:
        return "&".join(
            f"{quote_plus(self._name(name, alone=not value))}="
            f"{quote_plus(self._named(name, value))}"
            for name, value in parse_qsl(text, keep_blank_values=True)
        )

    def _name(self, name: str, *, alone: bool = False) -> str:
        """Return a name; what stands alone where a name and a value should may be a value."""
        clean = self._redactor.text(name)
        known = name in self._telling or name.lower() in SECRETS
        named = _NAME.fullmatch(clean) and not _PERSON.search(clean) and (known or not alone)
        return clean if named else _hole("name", name)

    def _named(self, name: str, value: str, path: tuple[str, ...] = ()) -> str:
        clean = self._redactor.value(name, value)
        if clean == "" or name in self._telling:
            one = name in _ONE_WORD and "<redacted:" not in clean
            if one and _SPACE.search(clean):  # an error is a word, and a key has an id; see RFCs
                return self._redactor.hole("personal", clean)
            return self._sparse(clean)
        how, kept = "cut", ""
        if self._treatment is not None:
            how, kept = self._treatment(self._conversation, path or (name,), clean)
        if how == "numbered":
            return clean if HOLE.match(clean) else self._redactor.hole("personal", clean)
        if how == "whole" and self._conversation != "discovery":
            # A code, a reference, a language: whoever writes more than a word there means a person.
            how, kept = "cut" if _SPACE.search(kept) else how, self._unpersoned(kept)
        return self._leaf(clean) if how == "cut" else kept

    def _tree(self, value: object, path: tuple[str, ...]) -> object:
        match value:
            case dict():
                return {
                    self._name(key): self._tree(inner, (*path, key)) for key, inner in value.items()
                }
            case list():
                return [self._tree(inner, path) for inner in value]
            case str():
                return self._named(path[-1] if path else "", value, path)
            case bool() | None:
                return value
            case _:
                telling = bool(path) and path[-1] in self._telling
                return value if telling else _hole("number", str(value))

    def _leaf(self, text: str) -> str:
        """Return what may be kept of a text that could be about anybody: the holes in it."""
        holes = [_INSIDE.sub(">", hole) for hole in _HOLES.findall(self._redactor.text(text))]
        return " ".join(holes) if holes or not text else _hole("personal", text)

    def _sparse(self, text: str) -> str:
        """Return a telling text; a JWT in it says no more than rules about an assertion ask."""
        if "<redacted:jwt" not in text:
            return self._unpersoned(text)
        parts = [self._assertion(part) for part in _BETWEEN.split(text)]
        return self._leaf(text) if None in parts else " ".join(filter(None, parts))

    def _assertion(self, text: str) -> str | None:
        """Return the hole of a JWT without what no rule asks for; None if it is something else."""
        hole = parse_hole(text)
        if hole is None or hole.kind != "jwt":
            return None
        header = self._only(hole.header, _TELLING_HEADER)
        claims = self._only(hole.claims, _TELLING_CLAIMS)
        before = _INSIDE.sub("", text)
        return f"{before} header={header}{f' claims={claims}' if claims else ''}>"

    def _only(self, text: str, telling: frozenset[str]) -> str:
        """Return a JSON object with every member's name, and only these members' values.

        As it stands where nothing is to be cut: how it was written may be what a rule looks at.
        """
        told = json_in(text)
        if not isinstance(told, dict):
            return text
        kept = {
            name if _NAME.fullmatch(name) else f"name-{place}": self._said(value)
            if name in telling
            else "cut"
            for place, (name, value) in enumerate(told.items())
        }
        return text if kept == told else json.dumps(kept)

    def _said(self, value: object) -> object:
        match value:
            case str():
                return self._unpersoned(value)
            case list():
                return [self._said(one) for one in value]
            case dict():
                return "cut"
            case _:
                return value

    def _credentials(self, value: str) -> str:
        """Leave them to the redactor; what it knows as an assertion it would tell too much of."""
        scheme, space, credentials = value.partition(" ")
        if not space:
            scheme, credentials = "", value
        if "={" in self._redactor.hole("token", credentials):
            credentials = hashlib.sha256(credentials.encode()).hexdigest()  # cut as any token is
        return f"{scheme}{space}{credentials}"

    def _unpersoned(self, text: str) -> str:
        """Put running numbers of the same length for what shows to be about somebody."""
        return _PERSON.sub(lambda found: self._stand_in(found.group()), text)


def _hole(kind: str, text: str) -> str:
    return f"<redacted:{kind} length={len(text)}>"
