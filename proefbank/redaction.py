"""Cuts secrets to typed holes before anything is written down.

A hole keeps what a rule needs and nothing that would let someone act as the client:
`<redacted:jwt parts=3 alphabet=base64url signature=342 header={…} claims={…}>` for a signed
token, `<redacted:token ref=1 length=43>` for an opaque one. The journal holds only redacted
text, also in memory, so that a live run and a recording are judged from the very same words.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import quote, quote_plus, unquote_plus

from proefbank.exchange import Headers, Secret
from proefbank.fragments import LONG, Fragments
from proefbank.holes import HOLE, Hole, find_holes, jwt_hole, parse_hole

__all__ = ["Hole", "Redactor", "find_holes", "parse_hole"]

# Only from the start of a word: from within it would find no more, and take time squared.
_JWT = re.compile(
    r"(?<![A-Za-z0-9_\-+/])[A-Za-z0-9_\-+/]{8,}={0,2}(?:\.[A-Za-z0-9_\-+/]*={0,2}){2,4}"
)
_PEM = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
_BY_NAME = {
    "access_token": "token",
    "refresh_token": "token",
    "id_token": "token",
    "client_assertion": "assertion",
    "client_secret": "client-secret",
    "password": "client-secret",
    "usercode": "personal",
}
_PRIVATE_JWK = ("d", "p", "q", "dp", "dq", "qi", "k")
_TELLING = re.compile(r"secret|passw|://[^/\s@]{0,99}:[^/\s@]{0,999}@", re.IGNORECASE)
_NAMED = re.compile(
    r"((?:client[_-]?secret|password|passwd)[\"']{0,2}\s{0,3}(?:=>|[=:])\s{0,3}[\"']?)"
    r"([^\s\"'&,;<>@]{4,}|<redacted)(?=[\s\"'&,;<>@]|$)",
    re.IGNORECASE,
)
_USER = re.compile(r"(://[^/\s:@]{0,99}:)([^\s/@]{1,999})(?=@)")
_QUOTED = re.compile(r"(?<![^\s\"'<>])[^\s\"'<>]*%[0-9A-Fa-f]{2}[^\s\"'<>]*")
_WORDS = (re.compile(r"[A-Za-z0-9_\-]{8,}"), re.compile(r"[A-Za-z0-9+/]{8,}"))
_PLAIN = re.compile(r"[A-Za-z0-9_.~\-]*")
_KEY_HOLE = "<redacted:private-key>"
_SHORTEST = 8
_FEW = 96
_MANY = 20_000
_LONGEST_TEXT = 16_384


class Redactor:
    """Knows the secrets of one staging and cuts them out of whatever is written.

    Each distinct token gets a running number, so that "the same token again" survives.
    """

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        """Start with the secrets that are known before the conversation."""
        self._known: dict[str, str] = {}
        self._odd: dict[str, str] = {}  # those known that are no word, nor a JWT
        self._refs: dict[str, int] = {}
        # Any part of one of these is cut too: what is secret of a key, a token, a signature.
        self._fragments = Fragments()
        self._lock = threading.RLock()
        # Short texts that hold nothing known: the same few come with every exchange.
        self._clean: set[str] = set()
        self._cleaned = ""
        for secret in secrets:
            self.learn(secret)

    def learn(self, secret: Secret) -> None:
        """Remember a value; every later text has it cut out."""
        with self._lock:
            self._learn(secret)

    def _learn(self, secret: Secret) -> None:
        value = secret.value
        if secret.kind == "private-key":
            if "-----" not in value:
                self._fragment(secret.kind, value)
                return
            body = [line for line in value.splitlines() if line and not line.startswith("--")]
            for line in ["".join(body), *body]:
                if len(line) >= _SHORTEST * 2:
                    self._keep(line, _KEY_HOLE)
            return
        if len(value) < _SHORTEST:
            return
        if len(self._known) > _MANY:
            keys = {line: hole for line, hole in self._known.items() if hole == _KEY_HOLE}
            self._known = keys | dict(list(self._known.items())[_MANY // 2 :])
            self._refs = dict(list(self._refs.items())[_MANY // 4 :])
        hole = self._hole(secret.kind, value)
        self._keep(value, hole)
        self._fragment(secret.kind, value.rpartition(".")[2] if _JWT.fullmatch(value) else value)
        if not _PLAIN.fullmatch(value):
            self._keep(quote(value, safe=""), hole)
            self._keep(quote_plus(value), hole)
        self._keep(base64.b64encode(value.encode()).decode().rstrip("=")[:-1], hole, word=True)

    def _fragment(self, kind: str, run: str) -> None:
        """Learn what no part of may show; forget what was clean if it holds a part of that."""
        new = self._fragments.learn(kind, run)
        if new and any(self._fragments.hole(word) for word in LONG.findall(self._cleaned)):
            self._clean, self._cleaned = set(), ""

    def _keep(self, shape: str, hole: str, *, word: bool = False) -> None:
        self._known.setdefault(shape, hole)
        if shape in self._cleaned:
            self._clean, self._cleaned = set(), ""
        if word or any(pattern.fullmatch(shape) for pattern in _WORDS):
            return
        if _JWT.fullmatch(shape) and (hole.startswith("<redacted:jwt") or jwt_hole(shape)):
            return
        self._odd.setdefault(shape, hole)
        if len(self._odd) > _FEW:
            del self._odd[next((one for one in self._odd if self._odd[one] != _KEY_HOLE), shape)]

    def text(self, text: str) -> str:
        """Return `text` with every known secret, JWT and private key cut to a hole."""
        if len(text) < _SHORTEST or text in self._clean:
            return text
        with self._lock:
            cut = self._cut(text)
            if cut == text and len(text) < _FEW:
                if len(self._clean) > _FEW:
                    self._clean, self._cleaned = set(), ""
                self._clean.add(text)
                self._cleaned += f"{text}\n"
        return cut

    def _cut(self, text: str, *, quoted: bool = True) -> str:
        if "PRIVATE KEY" in text:
            text = _PEM.sub(_KEY_HOLE, text)
        if text.count(".") >= 2:  # noqa: PLR2004 - whole ones first: what they hold may be known too
            text = _JWT.sub(lambda match: self._known.get(match.group(), match.group()), text)
        text = self._without_known(text)
        if text.count(".") >= 2:  # noqa: PLR2004 - a JWT has two at least
            text = _JWT.sub(self._jwt, text)
        text = LONG.sub(self._part, text)
        if quoted and "%" in text:
            text = _QUOTED.sub(self._quoted, text)
        if _TELLING.search(text):
            text = _USER.sub(_unnamed, _NAMED.sub(_unnamed, text))
        return text

    def _without_known(self, text: str) -> str:
        if len(self._known) <= _FEW:
            for value, hole in self._known.items():
                if value in text:
                    text = text.replace(value, hole)
        else:  # a server that has been up for long: look words up instead of trying each secret
            for value, hole in self._odd.items():
                text = text.replace(value, hole)
            for word in _WORDS if "/" in text or "+" in text else _WORDS[:1]:
                if not self._known.keys().isdisjoint(word.findall(text)):
                    text = word.sub(lambda m: self._known.get(m.group(), m.group()), text)
        return text

    def _quoted(self, match: re.Match[str]) -> str:
        """Cut what is only seen once percent-encoding is undone."""
        said = match.group()
        for _ in range(3):
            said = unquote_plus(said)
        cut = self._cut(said, quoted=False)
        return match.group() if cut == said else cut

    def _jwt(self, match: re.Match[str]) -> str:
        """Cut a JWT, and know it from now on in other dress too."""
        told = match.group()
        if told in self._known:
            return self._known[told]
        if (hole := jwt_hole(told)) is None:
            return told
        self._learn(Secret("assertion", told))
        return hole

    def _part(self, match: re.Match[str]) -> str:
        """Cut a long word that is part of a secret, or that says one in base64."""
        word = match.group().rstrip("=")
        if hole := self._fragments.hole(word):
            return hole
        try:
            plain = word.replace("-", "+").replace("_", "/")
            said = base64.b64decode(plain + "=" * (-len(plain) % 4)).decode("ascii")
        except ValueError:
            return match.group()
        kinds = find_holes(self._cut(said, quoted=False))
        return f"<redacted:{kinds[0]} encoded={len(word)}>" if kinds else match.group()

    def value(self, name: str, value: str) -> str:
        """Return the value of a parameter or member called `name`, cut if the name is telling."""
        kind = _BY_NAME.get(name.lower().replace("-", "_"))
        if kind is None or value == "" or HOLE.match(value):
            return self.text(value)
        return self._hole(kind, value)

    def tree(self, value: object, name: str = "") -> object:
        """Return a JSON value with its secrets cut, member names taken into account."""
        match value:
            case str():
                return self.value(name, value)
            case None | bool() | int() | float():
                return value
            case dict() | Mapping():  # a dict is one, and found to be so sooner
                secretive = _PRIVATE_JWK if "kty" in value else ()
                return {
                    self.text(str(key)): _KEY_HOLE
                    if key in secretive
                    else self.tree(item, str(key))
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
        return self.text(path) + mark + self._form(query, quote_plus)

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
            try:
                parsed = json.loads(text)
            except (ValueError, RecursionError):
                return self.text(text)
            clean = self.tree(parsed)
            return text if clean == parsed else json.dumps(clean, ensure_ascii=False)
        if "form-urlencoded" in content_type.lower() or re.match(r"[A-Za-z_]+=", stripped):
            return self._form(text, quote_plus)
        return self.text(text)

    def _form(self, text: str, encode: Callable[[str], str]) -> str:
        pairs = []
        for pair in text.split("&"):
            name, mark, raw = pair.partition("=")
            value = unquote_plus(raw)
            clean = self.value(unquote_plus(name), value)
            pairs.append(self.text(name) + mark + (raw if clean == value else encode(clean)))
        return "&".join(pairs)

    def _header(self, name: str, value: str) -> str:
        if name in ("authorization", "proxy-authorization"):
            scheme, space, credentials = value.partition(" ")
            if not space:
                return self._hole("token", value) if value else ""
            if scheme.lower() == "basic":
                return f"{scheme} <redacted:basic length={len(credentials)}>"
            return f"{scheme} {self._hole('token', credentials)}"
        if name in ("cookie", "set-cookie"):
            return f"<redacted:cookie length={len(value)}>"
        return self.value(name.removeprefix("x-"), value)

    def _hole(self, kind: str, value: str) -> str:
        if known := self._known.get(value):
            return known
        if kind == "assertion":
            if " " in value.strip():
                return " ".join(self._hole(kind, part) for part in value.split())
            if hole := jwt_hole(value):
                return hole
        if kind == "token":
            ref = self._refs.setdefault(value, len(self._refs) + 1)
            return f"<redacted:token ref={ref} length={len(value)}>"
        parts = value.count(".") + 1
        return f"<redacted:{kind} length={len(value)} parts={parts}>"


def _unnamed(match: re.Match[str]) -> str:
    """Cut what stands behind a telling name, unless it is a hole already."""
    before, secret = match.group(1), match.group(2)
    if secret.startswith("<redacted"):
        return match.group()
    return f"{before}<redacted:client-secret length={len(secret)}>"
