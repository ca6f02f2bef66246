"""A certificate and the file it came in, as facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from proefbank.journal import Journal
from proefbank.judge import Reading

from .limits import LIMITS

__all__ = ["Certificate"]


@dataclass(frozen=True, slots=True)
class Certificate(Reading):
    """One certificate that is to be uploaded for one channel."""

    file: str
    channel: str
    """`rest`, `soap`, `ftp` or `sftp`."""
    at: float
    """Epoch seconds of the judgement."""
    facts: Mapping[str, Any]
    exchange: int | None = None
    kind: str = "certificate"

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return the certificates in the journal."""
        at = float(str(journal.header.get("at", 0.0)))
        found: list[tuple[Any, Any]] = [
            (event["facts"], event.get("channel", "rest"))
            for event in journal.of("artefact")
            if event["kind"] == "certificate"
        ]
        return [cls(str(facts["file"]), str(channel), at, facts) for facts, channel in found]

    @property
    def form(self) -> str:
        """`pem`, `der` or `pkcs12`."""
        return str(self.facts["form"])

    @property
    def in_key_store(self) -> bool:
        """Whether the file is a PKCS#12 key store, from which the certificate is exported."""
        return self.form == "pkcs12"

    @property
    def key_type(self) -> str:
        """`RSA`, `EC`, or another name, such as `Ed25519`."""
        return str(self.facts["key"]["type"])

    @property
    def bits(self) -> int:
        """Size of the key."""
        return int(self.facts["key"]["bits"])

    @property
    def curve(self) -> str:
        """Name of an elliptic key's curve, such as `P-384`; empty for other keys."""
        return str(self.facts["key"]["curve"])

    @property
    def key_words(self) -> str:
        """The key as people say it: `RSA, 2048 bits` or `EC, P-384`."""
        return f"{self.key_type}, {self.curve or f'{self.bits} bits'}"

    @property
    def digest(self) -> str:
        """Digest of the signature, such as `SHA-256`; empty for a signature without one."""
        return str(self.facts["digest"])

    @property
    def key_usage(self) -> tuple[str, ...] | None:
        """Names of the bits that are set; None without the extension."""
        told = self.facts["key_usage"]
        return None if told is None else tuple(told)

    @property
    def self_issued(self) -> bool:
        """Whether issuer and subject are the same."""
        return bool(self.facts["self_issued"])

    @property
    def verifies_itself(self) -> bool | None:
        """Whether its signature verifies with its own key; None where that cannot be tried."""
        told = self.facts["verifies_itself"]
        return None if told is None else bool(told)

    @property
    def authority(self) -> str:
        """Which authority that ChaMan names issued it, by its name; empty if none of them."""
        if self.self_issued:
            return ""
        names, organisations = self.parts("issuer", "CN"), self.parts("issuer", "O")
        for key, known in LIMITS.authorities.items():
            if any(name.startswith(known.common_name) for name in names if known.common_name):
                return key
            words = [word.lower() for word in known.organisation]
            if any(word in told.lower() for told in organisations for word in words):
                return key
        return ""

    @property
    def issuer_words(self) -> str:
        """The issuer as people say it."""
        if self.self_issued:
            return "self-signed"
        return ", ".join(f"{label}={value}" for label, value in self.facts["issuer"]) or "no name"

    def parts(self, name: str, label: str) -> list[str]:
        """Return the values of a part (`CN`, `O`) of the `subject` or the `issuer`."""
        return [str(value) for told, value in self.facts[name] if told == label]
