"""What a caller wants signed: hashes that are ready, or contents to make them from."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from proefbank.errors import Rejected

from .texts import is_text

__all__ = ["MOST", "Document", "ToBeSigned", "documents_of", "unbase64"]

MOST = 70
"""Hashes that the provider takes in one request."""


@dataclass(frozen=True, slots=True)
class Document:
    """One thing to sign; it has either a hash or a content."""

    id: str
    sha256: str | None = None
    """Base64 of the digest of the data to be signed, which the caller has made."""
    content: bytes | None = None
    """The file itself, which we make the data to be signed of, and which never leaves us."""
    media_type: str | None = None

    @property
    def is_pdf(self) -> bool:
        """Whether the content is a PDF; what it says of itself counts if nothing else does."""
        if self.media_type:
            return self.media_type.partition(";")[0].strip().lower() == "application/pdf"
        return (self.content or b"").startswith(b"%PDF-")


@dataclass(frozen=True, slots=True)
class ToBeSigned:
    """A hash to send, and what to do with its signature."""

    id: str
    value: str
    """Base64 of the SHA-256 digest."""
    finish: Callable[[bytes], bytes] | None = None
    """Makes the signed file from the raw signature, where we were given a content."""

    @property
    def digest(self) -> bytes:
        """The 32 octets."""
        return base64.b64decode(self.value)

    @classmethod
    def of(cls, id: str, data: bytes, finish: Callable[[bytes], bytes]) -> ToBeSigned:
        """Hash the data to be signed."""
        digest = hashlib.sha256(data).digest()
        return cls(id, base64.b64encode(digest).decode("ascii"), finish)


def documents_of(told: Sequence[Mapping[str, Any]]) -> tuple[Document, ...]:
    """Read a caller's documents; raises Rejected, before anything is sent."""
    if not 0 < len(told) <= MOST:
        raise Rejected("malformed", f"{len(told)} documents; one to {MOST} can be signed at once")
    documents = tuple(_document(item) for item in told)
    if len({document.id for document in documents}) < len(documents):
        raise Rejected("malformed", "two documents have the same id")
    return documents


def _document(told: Mapping[str, Any]) -> Document:
    id, sha256, content = told.get("id"), told.get("sha256"), told.get("content")
    if not is_text(id):
        raise Rejected("malformed", "a document without id")
    if (sha256 is None) == (content is None):
        raise Rejected("malformed", f"document {id} needs either a hash or a content")
    if content is not None:
        return Document(id, content=unbase64(content), media_type=told.get("media_type"))
    if len(unbase64(sha256)) != hashlib.sha256().digest_size:
        raise Rejected("malformed", f"the hash of document {id} is not one of SHA-256")
    return Document(id, sha256=sha256)


def unbase64(text: object) -> bytes:
    """Decode standard base64 with its padding; raises Rejected for anything else."""
    try:
        return base64.b64decode(str(text).encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as problem:
        raise Rejected("malformed", "not base64") from problem
