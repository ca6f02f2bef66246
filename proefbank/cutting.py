"""Cuts secrets that are known, or show by their form, out of any text.

A hole keeps what a rule needs and nothing that would let someone act as the client:
`<redacted:jwt parts=3 alphabet=base64url signature=342 header={…} claims={…}>` for a signed
token, `<redacted:token ref=1 length=43>` for an opaque one.
"""

from __future__ import annotations

import base64
import re
import threading
from collections import deque
from collections.abc import Iterable
from urllib.parse import quote, quote_plus, unquote_plus

from proefbank.exchange import Secret
from proefbank.fragments import LONG, Fragments
from proefbank.holes import find_holes, jwt_hole

__all__ = ["KEY_HOLE", "Cutter"]

# Only from the start of a word: from within it would find no more, and take time squared.
_JWT = re.compile(
    r"(?<![A-Za-z0-9_\-+/])[A-Za-z0-9_\-+/]{8,}={0,2}(?:\.[A-Za-z0-9_\-+/]*={0,2}){2,4}"
)
_PEM = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
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
KEY_HOLE = "<redacted:private-key>"
_NUMBERED = ("token", "personal")
"""Kinds of which one must be told from another, and the same one known again."""
_SHORTEST = 8
_FEW = 96
_MOST = 65_536
_MANY = 20_000


class Cutter:
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
        self._bodies: set[str] = set()
        self._late: deque[str] = deque(maxlen=4)
        self._cleaned = ""
        self._long: list[tuple[str, str, str]] = []  # the ends of the long words in them
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
                    self._keep(line, KEY_HOLE)
            return
        if len(value) < _SHORTEST:
            return
        if len(self._known) > _MANY:
            keys = {line: hole for line, hole in self._known.items() if hole == KEY_HOLE}
            self._known = keys | dict(list(self._known.items())[_MANY // 2 :])
            self._refs = dict(list(self._refs.items())[_MANY // 4 :])
        hole = self.hole(secret.kind, value)
        self._keep(value, hole)
        self._fragment(secret.kind, value.rpartition(".")[2] if _JWT.fullmatch(value) else value)
        if not _PLAIN.fullmatch(value):
            self._keep(quote(value, safe=""), hole)
            self._keep(quote_plus(value), hole)
        self._keep(base64.b64encode(value.encode()).decode().rstrip("=")[:-1], hole, word=True)

    def _fragment(self, kind: str, run: str) -> None:
        """Learn what no part of may show; forget what was clean if it holds a part of that."""
        if self._fragments.learn(kind, run) and self._fragments.touches(self._long, run):
            self._forget_clean()

    def _forget_clean(self) -> None:
        self._clean.clear()
        self._bodies.clear()
        self._cleaned, self._long = "", []

    def _found_clean(self, text: str, among: set[str]) -> None:
        """Remember that a text holds nothing that is known; what is learned may undo that."""
        if len(self._clean) > _FEW or len(self._cleaned) > _MOST:
            self._forget_clean()
        among.add(text)
        words = LONG.findall(text)
        said = "\n".join([text, *filter(None, map(_said_in, words))])
        self._cleaned += f"{said}\n"
        self._long += map(Fragments.ends, LONG.findall(said))

    def is_clean(self, body: str) -> bool:
        """Whether a body was found to hold nothing that is known, and nothing was learned since."""
        return body in self._bodies

    def found_clean(self, body: str) -> None:
        """Remember a body as clean, once it has come twice of late: key sets do, tokens do not."""
        with self._lock:
            if body in self._late:
                self._found_clean(body, self._bodies)
            self._late.append(body)

    def _keep(self, shape: str, hole: str, *, word: bool = False) -> None:
        self._known.setdefault(shape, hole)
        if shape in self._cleaned:
            self._forget_clean()
        if word or any(pattern.fullmatch(shape) for pattern in _WORDS):
            return
        if _JWT.fullmatch(shape) and (hole.startswith("<redacted:jwt") or jwt_hole(shape)):
            return
        self._odd.setdefault(shape, hole)
        if len(self._odd) > _FEW:
            del self._odd[next((one for one in self._odd if self._odd[one] != KEY_HOLE), shape)]

    def text(self, text: str) -> str:
        """Return `text` with every known secret, JWT and private key cut to a hole."""
        if len(text) < _SHORTEST or text in self._clean:
            return text
        with self._lock:
            cut = self._cut(text)
            if cut == text and len(text) < _FEW:
                self._found_clean(text, self._clean)
        return cut

    def _cut(self, text: str, *, quoted: bool = True) -> str:
        if "PRIVATE KEY" in text:
            text = _PEM.sub(KEY_HOLE, text)
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
        said = _said_in(word)
        kinds = find_holes(self._cut(said, quoted=False)) if said else []
        return f"<redacted:{kinds[0]} encoded={len(word)}>" if kinds else match.group()

    def hole(self, kind: str, value: str) -> str:
        """Return the hole for a value that is a secret of this kind."""
        if known := self._known.get(value):
            return known
        if kind == "assertion":
            if " " in value.strip():
                return " ".join(self.hole(kind, part) for part in value.split())
            if hole := jwt_hole(value):
                return hole
        if kind in _NUMBERED:
            ref = self._refs.setdefault(value, len(self._refs) + 1)
            return f"<redacted:{kind} ref={ref} length={len(value)}>"
        parts = value.count(".") + 1
        return f"<redacted:{kind} length={len(value)} parts={parts}>"


def _said_in(word: str) -> str:
    """Return the text that a word says in base64; empty if it says none."""
    plain = word.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4)).decode("ascii")
    except ValueError:
        return ""


def _unnamed(match: re.Match[str]) -> str:
    """Cut what stands behind a telling name, unless it is a hole already."""
    before, secret = match.group(1), match.group(2)
    if secret.startswith("<redacted"):
        return match.group()
    return f"{before}<redacted:client-secret length={len(secret)}>"
