"""What the document says once and everything here goes by; sections are those of its numbering.

Where the document contradicts itself or the publisher's swagger, the side taken stands beside
the value it concerns.
"""

from __future__ import annotations

from typing import Literal, get_args

__all__ = [
    "ACTION_SECONDS",
    "ALGORITHM",
    "BATCH_LIMIT",
    "CONFIGURATION",
    "CONVERSATIONS",
    "DESCRIPTION_LIMIT",
    "DIALECTS",
    "DIGEST_BYTES",
    "IDENTIFICATION",
    "IDENTIFICATION_STATUS",
    "LANGUAGES",
    "MAJ_PENDING",
    "MAJ_REQUESTER",
    "MAJ_RESPONDER",
    "MAJ_SUCCESS",
    "ROLE_LIMIT",
    "ROOT",
    "SIGN_DOCUMENT",
    "SWAGGER_TEXT_LIMIT",
    "Conversation",
    "Dialect",
]

ROOT = "/qes-partners/1.0.0"
"""Below the base URL, which every partner is told during onboarding (sections 1 to 10)."""
CONFIGURATION = f"{ROOT}/.well-known/configuration"
"""With the dot of section 1; the appendix once leaves it out."""
IDENTIFICATION = f"{ROOT}/user_identification"
IDENTIFICATION_STATUS = f"{ROOT}/user_identification/status"
SIGN_DOCUMENT = f"{ROOT}/sign_document"
"""Both for the start and for the status of a sign session: the body tells which (7, 10)."""

LANGUAGES = ("EN", "FR", "NL", "DE")
"""Tables write them small, examples and discovery large: any case is taken."""
ALGORITHM = "http://www.w3.org/2001/04/xmlenc#sha256"
"""The only one supported (section 7)."""
DIGEST_BYTES = 32
BATCH_LIMIT = 70
"""Hashes in one request, where the contract allows more than one (section 7, appendix)."""
DESCRIPTION_LIMIT = 255
"""Characters of a description in one language (section 7; the older swagger says 50)."""
ROLE_LIMIT = 50
"""Characters of a signer role in one language (section 7)."""
SWAGGER_TEXT_LIMIT = 50
ACTION_SECONDS = 180.0
"""A certificate creation that is confirmed later than this has expired (appendix)."""

_MAJOR = "urn:oasis:names:tc:dss:1.0:resultmajor"
MAJ_PENDING = "urn:oasis:names:tc:dss:1.0:profiles:asynchronousprocessing:resultmajor:Pending"
MAJ_SUCCESS = f"{_MAJOR}:Success"
MAJ_REQUESTER = f"{_MAJOR}:RequesterError"
MAJ_RESPONDER = f"{_MAJOR}:ResponderError"

Conversation = Literal[
    "discovery",
    "identification",
    "identification-status",
    "sign-start",
    "sign-status",
    "front",
    "control",
    "elsewhere",
    "other",
]
CONVERSATIONS: tuple[Conversation, ...] = get_args(Conversation)

Dialect = Literal["documented", "swagger", "literal"]
"""Which of the publisher's own contradictory words the answers follow; see `dialects`."""
DIALECTS: tuple[Dialect, ...] = get_args(Dialect)
