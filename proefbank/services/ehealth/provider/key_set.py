"""The answer with the key set: as Keycloak gives it, or as a stimulus wants it."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from proefbank.arming import Armed
from proefbank.exchange import Headers, Response

from .answers import JSON, NO_CACHE, faulty, json_bytes, json_response, on_the_wire
from .material import Jwk
from .variants import VARIANTS, permuted, varied

__all__ = ["KeySetAnswer", "key_set_answer"]

_BROKEN = frozenset({"truncated-json", "cut-body"})
_SET_SHAPES = frozenset({"empty-keys", "no-keys-member", "bare-list", "empty-body"})


@dataclass(frozen=True, slots=True)
class KeySetAnswer:
    """An answer, and what of the set it delivers."""

    response: Response
    members: tuple[Any, ...]
    """Members of `keys` as they travel; none if no usable set does."""

    @property
    def delivered(self) -> bool:
        """Whether it is a whole key set with a key in it."""
        return bool(self.members)

    @property
    def kids(self) -> list[str]:
        """The kids in it, in its order."""
        return [one["kid"] for one in self.members if isinstance(one, dict) and "kid" in one]

    @property
    def enc_first(self) -> bool:
        """Whether an encryption key comes first."""
        first = self.members[0] if self.members else None
        return isinstance(first, dict) and first.get("use") == "enc"


def plain_answer(keys: list[Jwk]) -> KeySetAnswer:
    """Return the set as Keycloak sends it: `no-cache`, no validators."""
    return KeySetAnswer(json_response(200, {"keys": keys}, NO_CACHE), tuple(keys))


def key_set_answer(
    keys: list[Jwk], armed: Armed | None, *, elsewhere: str | None, now: float, signer_kid: str
) -> KeySetAnswer:
    """Return the set, shaped by what is armed."""
    if armed is None:
        return plain_answer(keys)
    instead = faulty(armed, elsewhere=elsewhere, kid=signer_kid)
    if instead is not None:
        return KeySetAnswer(on_the_wire(armed, instead), ())
    kind = armed.stimulus.kind
    if kind in _SET_SHAPES:
        return KeySetAnswer(Response(200, _headers(), _set_shape(kind, keys)), ())
    members = list(keys)
    if kind in VARIANTS:
        members = varied(kind, keys)
    elif kind == "permutation":
        members = permuted(keys, round(armed.params["number"]))
    body = json_bytes(_document(armed, members))
    response = on_the_wire(armed, Response(200, _caching(armed, now), body))
    return KeySetAnswer(response, () if kind in _BROKEN else tuple(members))


def _headers(caching: Headers = NO_CACHE, media_type: str = JSON) -> Headers:
    return (("Content-Type", media_type), *caching)


def _caching(armed: Armed, now: float) -> Headers:
    kind, params = armed.stimulus.kind, armed.params
    seconds = round(params.get("seconds", 0))
    if kind == "max-age":
        return _headers((("Cache-Control", f"public, max-age={seconds}"),))
    if kind == "expires":
        return _headers((("Expires", formatdate(now + seconds, usegmt=True)),))
    if kind == "no-cache-headers":
        return _headers(())
    if kind == "no-store":
        return _headers((("Cache-Control", "no-store"),))
    if kind == "media-type":
        return _headers(media_type=params["type"])
    return _headers()


def _document(armed: Armed, members: list[Any]) -> dict[str, Any]:
    document: dict[str, Any] = {"keys": members}
    if armed.stimulus.kind == "extra-members":
        document = {"x_issued_by": "simulator", **document, "x_version": 2}
    if armed.stimulus.kind == "oversized":
        missing = round(armed.params["bytes"]) - len(json_bytes(document))
        document["x_padding"] = "x" * max(0, missing)
    return document


def _set_shape(kind: str, keys: list[Jwk]) -> bytes:
    shapes = {
        "empty-keys": b'{"keys":[]}',
        "no-keys-member": b'{"message":"no keys here"}',
        "bare-list": json_bytes(keys),
        "empty-body": b"",
    }
    return shapes[kind]
