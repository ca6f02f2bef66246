"""The hashes in a start request: how many, whose, and whether each is a SHA-256 digest.

Step 8 says base64url, section 7 says base64, and both examples are base64: either alphabet is
taken if 32 octets come out of it, and what is unusual is noted. Texts that are neither are
refused, since they only look like digests: hex, both alphabets at once, broken lines.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections import Counter
from dataclasses import dataclass, field

from .call import Call
from .facts import ALGORITHM, BATCH_LIMIT, DIGEST_BYTES
from .reasons import Refusal

__all__ = ["Hashes", "check_count", "read_digest", "read_hashes"]

_DETAILS = {
    "document-no-object": "an entry of docHash is no object",
    "document-id-missing": "an entry of docHash has no id",
    "digest-info-missing": "an entry of docHash has no di, or an empty one",
    "digest-info-no-object": "an entry of di is no object",
    "algorithm-wrong": "alg is not the URI of SHA-256",
    "hash-missing": "an entry of di has no value",
    "hash-hex": "a hash is written in hex",
    "hash-not-base64": "a hash is not written in base64",
    "hash-mixed-alphabets": "a hash mixes the alphabets of base64 and base64url",
    "hash-length": "a hash does not have 32 octets",
    "hash-alphabet-other": "a hash is written in the other alphabet than is asked for here",
}
_REASONS = {
    "document-no-object": "INCOMPLETE_REQUEST",
    "document-id-missing": "INCOMPLETE_REQUEST",
    "digest-info-missing": "NO_DIGEST_INFO_PROVIDED",
    "digest-info-no-object": "INVALID_DIGEST_INFO",
}


@dataclass(slots=True)
class Hashes:
    """What was found in `inDocs`."""

    pairs: list[tuple[str, bytes]] = field(default_factory=list)
    """Document id and digest of everything that can be signed, in order."""
    count: int = 0
    """Hashes sent, those that cannot be signed too: each entry of a `di` counts."""


def read_hashes(call: Call, documents: object, *, alphabet: str, single: bool) -> Hashes:
    """Read `inDocs`; `alphabet` is `any`, `base64` or `base64url`, `single` allows one `di`.

    Each kind of violation is written down once, however often it occurs.
    """
    found = Hashes()
    listed = documents.get("docHash") if isinstance(documents, dict) else None
    if not isinstance(listed, list) or not listed:
        refusal = Refusal(400, "NO_HASH_PROVIDED")
        message = "inDocs.docHash is no list, or an empty one"
        call.add("hashes-missing", message, refusal, forgivable=False)
        return found
    wrong: Counter[str] = Counter()
    several = False
    for entry in listed:
        several |= _read_document(entry, found, wrong, call, alphabet)
    for code, times in wrong.items():
        refusal = Refusal(400, _REASONS.get(code, "INVALID_DIGEST_INFO"))
        message = f"{_DETAILS[code]} ({times} of {len(listed)})"
        call.add(code, message, refusal, forgivable=bool(found.pairs))
    if several:
        refused = Refusal(400, "ONLY_SINGLE_DIGEST_INFO_SUPPORTED") if single else None
        call.add("several-hashes-in-one-document", "a di has more than one entry", refused)
    ids = Counter(id_ for id_, _ in found.pairs)
    if not several and any(times > 1 for times in ids.values()):
        call.add("document-id-twice", "an id stands on more than one document", None)
    return found


def _read_document(
    entry: object, found: Hashes, wrong: Counter[str], call: Call, alphabet: str
) -> bool:
    """Read one entry of `docHash`; return whether it holds several hashes."""
    if not isinstance(entry, dict):
        wrong["document-no-object"] += 1
        found.count += 1
        return False
    id_ = entry.get("id")
    if not isinstance(id_, str) or not id_:
        wrong["document-id-missing"] += 1
        id_ = ""
    infos = entry.get("di")
    if not isinstance(infos, list) or not infos:
        wrong["digest-info-missing"] += 1
        found.count += 1
        return False
    found.count += len(infos)
    for info in infos:
        digest, code, notes = _read_info(info, alphabet)
        if code:
            wrong[code] += 1
        for note in notes:
            call.note(note)
        found.pairs.append((id_, digest))
    return len(infos) > 1


def _read_info(info: object, alphabet: str) -> tuple[bytes, str, tuple[str, ...]]:
    if not isinstance(info, dict):
        return _stand_in(""), "digest-info-no-object", ()
    digest, code, notes = read_digest(info.get("value"))
    if info.get("alg") != ALGORITHM:
        code = code or "algorithm-wrong"
    if not code and alphabet != "any":
        url = "hash-base64url" in notes or "hash-without-padding" in notes
        plain = not notes and not _looks_alike(info["value"])
        if (alphabet == "base64" and url) or (alphabet == "base64url" and plain):
            code = "hash-alphabet-other"
    return digest, code, notes


def _looks_alike(text: str) -> bool:
    return "+" not in text and "/" not in text


def read_digest(value: object) -> tuple[bytes, str, tuple[str, ...]]:
    """Return a digest, a violation or an empty text, and notes.

    Where there is a violation, the digest is what a lenient provider signs: that of the hex,
    or else something made up, since a signature needs 32 octets.
    """
    if not isinstance(value, str) or not value:
        return _stand_in(""), "hash-missing", ()
    if len(value) == 2 * DIGEST_BYTES and (octets := _from_hex(value)) is not None:
        return octets, "hash-hex", ()
    notes: list[str] = []
    text = value
    if "-" in text or "_" in text:
        if "+" in text or "/" in text:
            return _stand_in(value), "hash-mixed-alphabets", ()
        notes.append("hash-base64url")
        text = text.replace("-", "+").replace("_", "/")
    if lacking := -len(text) % 4:
        notes.append("hash-without-padding")
        text += "=" * lacking
    try:
        octets = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return _stand_in(value), "hash-not-base64", ()
    if len(octets) != DIGEST_BYTES:
        return _stand_in(value), "hash-length", ()
    if base64.b64encode(octets).decode("ascii") != text:
        notes.append("hash-not-canonical")
    return octets, "", tuple(notes)


def _from_hex(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text) if text.isalnum() else None
    except ValueError:
        return None


def _stand_in(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def check_count(call: Call, found: Hashes, *, batch: bool) -> None:
    """Compare the number of hashes with the contract and with the limit (appendix)."""
    call.facts["hashes"] = found.count
    if found.count > 1 and not batch:
        refusal = Refusal(400, "ONLY_SINGLE_HASH_SUPPORTED")
        call.add("hashes-not-single", "the contract is for one hash at a time", refusal)
    if found.count > BATCH_LIMIT:
        refusal = Refusal(400, "BATCH_TOO_LARGE")
        call.add("hashes-too-many", f"{found.count} hashes; {BATCH_LIMIT} is the limit", refusal)
