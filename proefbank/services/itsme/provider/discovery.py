"""What the configuration offers: policies, commitment types and languages (section 1).

The shape is the publisher's, the texts are ours. One policy is disabled, and one is another in
each run: a client that carries a list of its own knows neither.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .facts import LANGUAGES
from .page_texts import COMMITMENTS, POLICIES, Texts

__all__ = ["DOCUMENT_DEFAULT", "GENERIC", "RECOMMENDED", "Offer", "Policy", "make_offer"]

_ITSME = "1.3.6.1.4.1.49274.1.1"
GENERIC = f"{_ITSME}.7."
"""References of the generic qualified policies begin like this; of those for tests with `…5.`."""
RECOMMENDED = f"{GENERIC}2.0"
"""The newest generic qualified policy."""
DOCUMENT_DEFAULT = "ITSME_DEFAULT"
"""In the example of section 7, and in no list."""
_EXAMPLES = "1.3.6.1.4.1.32473.1"
"""The arc that is set apart for examples (RFC 5612)."""
_LISTED = ("5.1.0", "7.1.0", "5.1.1", "7.1.1", "7.1.2", "5.1.2", "7.2.0")
_PROOFS = "1.2.840.113549.1.9.16.6"
_PROOF_NAMES = ("origin", "receipt", "delivery", "sender", "approval", "creation")


@dataclass(frozen=True, slots=True)
class Policy:
    """A signature policy."""

    ref: str
    enabled: bool
    text: Texts
    """What people read of it, by language."""

    def to_json(self) -> dict[str, Any]:
        """Return it as it is listed; `ref` and `oid` are the same everywhere."""
        return {
            "oid": self.ref,
            "ref": self.ref,
            "url": f"https://policies.itsme-sign.invalid/{self.ref}.pdf",
            "status": "ENABLED" if self.enabled else "DISABLED",
            "sigDigest": hashlib.sha256(f"policy {self.ref}".encode()).hexdigest(),
            "sigDigestAlg": "SHA256",
            "text": dict(self.text),
        }


@dataclass(frozen=True, slots=True)
class Offer:
    """What is on offer in one run."""

    policies: tuple[Policy, ...]
    commitments: Mapping[str, Texts]
    """What people read of each commitment type, by its reference."""
    of_the_day: str = ""
    """The policy that is listed in this run only."""

    def policy(self, ref: object) -> Policy | None:
        """Return the policy of that reference."""
        return next((policy for policy in self.policies if policy.ref == ref), None)

    def to_json(self) -> dict[str, Any]:
        """Return the document."""
        return {
            "sign_policy_templates_supported": [policy.to_json() for policy in self.policies],
            "commitment_types_supported": [
                {"oid": ref, "ref": ref, "text": dict(text)}
                for ref, text in self.commitments.items()
            ],
            "sign_languages_supported": list(LANGUAGES),
        }


def make_offer(rng: random.Random) -> Offer:
    """Return an offer: what the publisher lists, one disabled policy, and one of this run."""
    policies = [
        Policy(
            f"{_ITSME}.{tail}",
            enabled=True,
            text=POLICIES["tests" if tail.startswith("5") else "generic"],
        )
        for tail in _LISTED
    ]
    of_the_day = f"{_EXAMPLES}.{rng.randrange(10**3, 10**6)}"
    policies.append(Policy(of_the_day, enabled=True, text=POLICIES["of-the-day"]))
    policies.append(Policy(f"{_EXAMPLES}.9.1", enabled=False, text=POLICIES["disabled"]))
    rng.shuffle(policies)
    commitments = {f"{_ITSME.rpartition('.')[0]}.2.1": COMMITMENTS["testing"]}
    commitments |= {
        f"{_PROOFS}.{number}": COMMITMENTS[name] for number, name in enumerate(_PROOF_NAMES, 1)
    }
    return Offer(tuple(policies), commitments, of_the_day)
