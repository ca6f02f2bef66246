"""What the sources leave free: differences in answers that are nobody's defect."""

from __future__ import annotations

import re

__all__ = ["free_by"]

_HEADERS = frozenset(
    (
        "content-type",
        "cache-control",
        "pragma",
        "www-authenticate",
        "location",
        "retry-after",
        "allow",
        "belgov-trace-id",
    )
)
"""Headers of answers that some source speaks of."""
_DISCOVERY = frozenset(
    (
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "response_types_supported",
        "subject_types_supported",
        "id_token_signing_alg_values_supported",
    )
)
_FREE = (
    # conversation, part, why
    (
        r".*",
        r"body, (.*\.)?(x\d{6}|newOfTomorrow)(\b.*)?",
        "members that nobody defined: the simulators add some on purpose",
    ),
    (r"token", r"body, expires_in", "RFC 6749, 5.1: RECOMMENDED"),
    (r"token", r"body, error_(description|uri)", "RFC 6749, 5.2: OPTIONAL"),
    (
        r"api",
        r"body, (detail|instance|href|issues(\[\].*|\..*)?)",
        "Belgif REST guide, err-problem: optional members of a problem",
    ),
    (
        r"jwks",
        r"body, keys\[\]\.(x5c(\[\])?|x5t|x5t#S256|x5u|key_ops(\[\])?)",
        "RFC 7517, 4: OPTIONAL members of a key",
    ),
    (
        r"identification.*|sign.*",
        r"body, (result\.msg.*|result\.min|statusReason)",
        "itsme Sign: page and swagger tell reasons in different places and types",
    ),
)


def free_by(conversation: str, part: str) -> str:
    """Return by which source a part of an answer may differ; empty if by none."""
    kind, _, name = part.partition(" ")
    if kind == "header":
        told = "no source speaks of this header"
        return told if name not in _HEADERS else ""
    if "<redacted:name" in part:
        return "a member whose name was cut out of the record: no source has it"
    if conversation == "discovery" and part.startswith("body, "):
        member = re.split(r"[.\[]", part.removeprefix("body, "))[0]
        if member.endswith(("_supported", "_endpoint", "_iframe")) or "_" in member:
            told = "OpenID Connect Discovery 1.0, 3: metadata that are not required"
            return told if member not in _DISCOVERY else ""
    for where, pattern, why in _FREE:
        if re.fullmatch(where, conversation) and re.fullmatch(pattern, part):
            return why
    return ""
