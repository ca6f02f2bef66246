"""What an artefact is, line by line, before anything is said of how good it is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from proefbank.checking import Judged
from proefbank.report.text import plural, printable
from proefbank.services.setup.wire.certificate import Certificate
from proefbank.services.setup.wire.limits import LIMITS

__all__ = ["described"]

DAY = 86_400
FORMS = {"pem": "PEM", "der": "DER", "pkcs12": "key store (PKCS#12)"}


def described(judged: Judged, at: float) -> Iterator[str]:
    """Yield lines on a certificate or a key; `at` is now, in epoch seconds.

    A password has none.
    """
    facts, lines = judged.artefact.facts, _nothing()
    if isinstance(judged.reading, Certificate):
        lines = _certificate(facts, at, judged.reading.authority)
    elif judged.artefact.kind == "public key":
        lines = _key(facts)
    elif judged.artefact.kind == "user name":
        lines = iter([("between quotes", json.dumps(facts["text"], ensure_ascii=False))])
    for label, value in lines:
        yield f"  {label:<14} {printable(value)}"


def _nothing() -> Iterator[tuple[str, str]]:
    yield from ()


def _key(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "form", str(facts["form"])
    yield "key", f"{facts['type']}, {facts['bits']} bits"
    yield "SHA-256", str(facts["sha256"])


def _certificate(facts: Mapping[str, Any], at: float, authority: str) -> Iterator[tuple[str, str]]:
    count = facts["certificates"]
    more = f", {count} certificates" if count > 1 else ""
    private = ", with a private key" if facts["private_key"] else ""
    yield "form", f"{FORMS[facts['form']]}{more}{private}"
    if facts["form"] == "pkcs12":
        yield "alias", facts["alias"] or "none"
    yield "subject", _name(facts["subject"])
    yield "issuer", "itself (self-signed)" if facts["self_issued"] else _name(facts["issuer"])
    if authority:
        yield "taken for", LIMITS.authorities[authority].name
    yield "serial", facts["serial"]
    key = facts["key"]
    yield "key", f"{key['type']}, {key['curve'] or str(key['bits']) + ' bits'}"
    yield "signed with", facts["digest"] or "a signature without a digest of its own"
    usage = facts["key_usage"]
    yield "key usage", "not limited" if usage is None else ", ".join(usage) or "nothing"
    first, last = (datetime.fromtimestamp(facts[name], UTC) for name in ("valid_from", "valid_to"))
    left = int((facts["valid_to"] - at) // DAY)
    rest = f"{plural(left, 'day')} left" if left >= 0 else "ended"
    yield "valid", f"{first:%Y-%m-%d} to {last:%Y-%m-%d} ({rest})"
    yield "SHA-256", facts["sha256"]
    for told in facts["further"]:
        yield "besides", f"{told}: not documented, so not judged"


def _name(parts: Any) -> str:
    return ", ".join(f"{label}={value}" for label, value in parts) or "empty"
