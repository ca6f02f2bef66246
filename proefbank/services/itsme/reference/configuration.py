"""What the provider offers at this time: languages, policies and commitment types (section 1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from proefbank.errors import Rejected

__all__ = ["Configuration"]

GENERIC = re.compile(r"1\.3\.6\.1\.4\.1\.49274\.1\.1\.7(\.\d+)+")
"""The family of itsme's generic qualified policies; the last numbers are the version."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """The live configuration document; never a copy of it."""

    languages: tuple[str, ...]
    policies: tuple[str, ...]
    """References that may be used: those that are enabled."""
    commitments: tuple[str, ...]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Configuration:
        """Read the document. Raises Rejected if it is not shaped like one."""
        try:
            return cls(
                languages=tuple(str(lang) for lang in told["sign_languages_supported"]),
                policies=tuple(
                    str(policy["ref"])
                    for policy in told["sign_policy_templates_supported"]
                    if policy.get("status", "ENABLED") == "ENABLED"
                ),
                commitments=tuple(str(kind["ref"]) for kind in told["commitment_types_supported"]),
            )
        except (KeyError, TypeError, AttributeError) as problem:
            raise Rejected("malformed", "the configuration is not shaped like one") from problem

    def language(self, wanted: str) -> str:
        """Return a language as the provider writes it: `FR` for `fr` or `fr-BE`."""
        plain = re.split("[-_]", wanted)[0].upper()
        for lang in self.languages:
            if lang.upper() == plain:
                return lang
        raise Rejected("malformed", f"the provider does not speak {wanted}")

    def policy(self, wanted: str | None) -> str | None:
        """Return the wanted policy if it may be used; else the newest generic qualified one."""
        if wanted is None:
            return max(filter(GENERIC.fullmatch, self.policies), key=version, default=None)
        if wanted not in self.policies:
            raise Rejected("malformed", f"the provider has no policy {wanted}")
        return wanted

    def commitment(self, wanted: str | None) -> str | None:
        """Return the wanted commitment type if the provider has it; there is no default."""
        if wanted is not None and wanted not in self.commitments:
            raise Rejected("malformed", f"the provider has no commitment type {wanted}")
        return wanted


def version(oid: str) -> list[int]:
    """Return the numbers of an object identifier, for comparing."""
    return [int(arc) for arc in oid.split(".")]
