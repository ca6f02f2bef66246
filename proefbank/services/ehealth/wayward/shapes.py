"""Consumers that fall over tokens of an unexpected shape."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from proefbank.errors import Rejected

from ..reference import KeyStore, ReferenceConsumer
from .by_hand import decoded
from .registry import breaks

BUFFER = 200_000
JWS, JWE = 3, 5


class Falling(ReferenceConsumer):
    """Base: crashes on some tokens before it verifies anything."""

    def mind(self, token: str, parts: list[str]) -> None:
        """Crash, or do not."""
        raise NotImplementedError

    def jwt_verify(self, token: str, issuer: str | None = None) -> dict[str, object]:
        """Crash first."""
        self.mind(token, token.split("."))
        return super().jwt_verify(token, issuer)


@breaks("token.wrong-number-of-parts-is-refused")
class CrashesOnTwoParts(Falling):
    """Unpacks three parts without counting."""

    def mind(self, token: str, parts: list[str]) -> None:  # noqa: ARG002
        """Take the third."""
        parts[JWS - 1]


@breaks("token.encrypted-token-is-refused")
class CrashesOnJwe(Falling):
    """Hands five parts to code that wants three."""

    def mind(self, token: str, parts: list[str]) -> None:  # noqa: ARG002
        """Count the surplus only."""
        if len(parts) == JWE:
            raise RuntimeError("too many values to unpack")


@breaks("token.stray-characters-are-refused")
class CrashesOnStrayCharacter(Falling):
    """Lets the decoder's error through."""

    def mind(self, token: str, parts: list[str]) -> None:  # noqa: ARG002
        """Decode strictly."""
        if not all(re.fullmatch(r"[A-Za-z0-9_-]*", part) for part in parts):
            raise RuntimeError("illegal base64url")


@breaks("token.header-that-is-no-object-is-refused")
class CrashesOnHeaderArray(Falling):
    """Asks a list for its alg."""

    def mind(self, token: str, parts: list[str]) -> None:  # noqa: ARG002
        """Ask."""
        try:
            header = json.loads(decoded(parts[0]))
        except ValueError:
            return
        if isinstance(header, list):
            header.get("alg")  # type: ignore[attr-defined]


@breaks("token.claims-that-are-no-object-are-refused")
class CrashesOnClaimsArray(ReferenceConsumer):
    """Asks a list for its iss."""

    def verified(
        self, token: str, header: Mapping[str, Any], key: Mapping[str, Any], store: KeyStore
    ) -> dict[str, Any]:
        """Ask, where the signature is good."""
        try:
            return super().verified(token, header, key, store)
        except Rejected as refusal:
            if refusal.reject_class == "malformed" and decoded(token.split(".")[1])[:1] == b"[":
                raise RuntimeError("list has no member iss") from refusal
            raise


@breaks("token.huge-token-is-survived")
class CrashesOnHugeToken(Falling):
    """Overruns a buffer."""

    def mind(self, token: str, parts: list[str]) -> None:  # noqa: ARG002
        """Copy it."""
        if len(token) > BUFFER:
            raise RuntimeError("buffer overrun")


@breaks("token.declared-access-token-type-is-accepted")
class InsistsOnJwt(ReferenceConsumer):
    """Refuses a header typ other than JWT."""

    def check_header(self, header: Mapping[str, Any], store: KeyStore) -> None:
        """Compare."""
        super().check_header(header, store)
        if header.get("typ", "JWT") != "JWT":
            raise Rejected("wrong_kind", "the header's typ is not JWT")
