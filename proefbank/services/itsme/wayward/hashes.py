"""Clients that list documents and their hashes wrongly when they open a sign session."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from copy import deepcopy
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Any

from proefbank.errors import Rejected

from ..reference import SignSession
from .registry import Askew, Json, breaks

ALPHABET = f"{ascii_uppercase}{ascii_lowercase}{digits}+/"
MOST = 70


class OnceMore(Askew):
    """Base: opens the sign session as it should be, and then once more in its own way.

    So the flow goes on, where no provider could make sense of the wrong request alone.
    """

    def wrong(self, body: Json) -> Json:
        """Return the body of the second request."""
        return body

    def open_signing(self, session: SignSession) -> Json:
        """Open it twice, unless its own way is the right one."""
        answer = super().open_signing(session)
        right = self.sign_body(session)
        if (wrong := self.wrong(deepcopy(right))) != right:
            self.send("POST", "/sign_document", wrong)
        return answer


class OtherHashes(OnceMore):
    """Base: changes the entries of docHash."""

    def other(self, entry: Json) -> Json:
        """Return an entry as it is sent."""
        return entry

    def value(self, value: str) -> str:
        """Return a hash as it is sent."""
        return value

    def entries(self, entries: list[Json]) -> list[Json]:
        """Return the entries as they are sent."""
        for entry in entries:
            for item in entry["di"]:
                item["value"] = self.value(item["value"])
        return [self.other(entry) for entry in entries]

    def wrong(self, body: Json) -> Json:
        """Change the entries."""
        return body | {"inDocs": {"docHash": self.entries(body["inDocs"]["docHash"])}}


@breaks("sign-start.has-one-entry-for-each-document")
class SignsTheFirst(OtherHashes):
    """Sends the first document only."""

    def entries(self, entries: list[Json]) -> list[Json]:
        """Forget the others."""
        return entries[:1]


@breaks("sign-start.entries-have-an-id")
class AnonymousDocuments(OtherHashes):
    """Leaves the ids out."""

    def other(self, entry: Json) -> Json:
        """Drop it."""
        return {"di": entry["di"]}


@breaks("sign-start.ids-are-unique")
class SameIdForAll(OtherHashes):
    """Gives every document the id of the first."""

    def entries(self, entries: list[Json]) -> list[Json]:
        """Rename all."""
        return [entry | {"id": entries[0]["id"]} for entry in entries]


@breaks("sign-start.entries-list-hash-and-algorithm")
class BareDigestInfo(OtherHashes):
    """Sends di as an object."""

    def other(self, entry: Json) -> Json:
        """Unwrap it."""
        return entry | {"di": entry["di"][0]}


@breaks("sign-start.entries-hold-one-hash")
class HashTwice(OtherHashes):
    """Lists each hash twice."""

    def other(self, entry: Json) -> Json:
        """Double it."""
        return entry | {"di": entry["di"] * 2}


@breaks("sign-start.algorithm-is-the-sha-256-uri")
class AlgorithmByName(OtherHashes):
    """Names the algorithm SHA256."""

    def other(self, entry: Json) -> Json:
        """Rename it."""
        return entry | {"di": [item | {"alg": "SHA256"} for item in entry["di"]]}


@breaks("sign-start.value-is-a-sha-256-digest")
class DigestInHex(OtherHashes):
    """Encodes the hexadecimal form of the digest."""

    def value(self, value: str) -> str:
        """Encode text where octets belong."""
        return base64.b64encode(base64.b64decode(value).hex().encode()).decode()


@breaks("sign-start.value-is-base64")
class LineBreaks(OtherHashes):
    """Ends the hash with a line break, as encoders for mail do."""

    def value(self, value: str) -> str:
        """Add it."""
        return f"{value}\n"


@breaks("sign-start.value-has-alphabet-and-padding-of-the-examples")
class UrlSafeValue(OtherHashes):
    """Sends hashes in base64url without padding."""

    def value(self, value: str) -> str:
        """Change alphabet and end."""
        return value.replace("+", "-").replace("/", "_").rstrip("=")


@breaks("sign-start.value-has-zero-pad-bits")
class LoosePadBits(OtherHashes):
    """Sets an unused bit at the end of the hash."""

    def value(self, value: str) -> str:
        """Take the next character in the last place."""
        digest = value.rstrip("=")
        last = ALPHABET[ALPHABET.index(digest[-1]) + 1]
        return f"{digest[:-1]}{last}{'=' * (len(value) - len(digest))}"


@breaks("sign-start.at-most-seventy-hashes")
class NoLimit(Askew):
    """Sends as many hashes as it is given."""

    def wanted(self, asked: Json) -> Json:
        """Keep the surplus for later."""
        return asked | {"documents": asked["documents"][:MOST]}

    def hashes(self, to_be_signed: Sequence[Any]) -> list[Json]:
        """Add the surplus."""
        entries = super().hashes(to_be_signed)
        alg = entries[0]["di"][0]["alg"]
        more = [
            {"id": one["id"], "di": [{"alg": alg, "value": one["sha256"]}]}
            for one in self.asked["documents"][MOST:]
        ]
        return [*entries, *more]


@breaks("sign-start.seventy-hashes-are-not-refused")
class OffByOne(Askew):
    """Refuses seventy documents."""

    def wanted(self, asked: Json) -> Json:
        """Count to sixty-nine."""
        if len(asked["documents"]) >= MOST:
            raise Rejected("malformed", "too many documents")
        return asked


@breaks("sign-start.request-has-an-id")
class NoRequestId(OnceMore):
    """Sends no id of the request."""

    def wrong(self, body: Json) -> Json:
        """Say null."""
        return body | {"reqID": None}
