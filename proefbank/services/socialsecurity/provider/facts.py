"""What the sources say about the real environments, capacities and scopes; all of it data.

From "CareerPro FLA, Opzetten kanaal REST API" (17/09/2024), 5.1 to 5.3, unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = [
    "API_BASE",
    "API_PREFIX",
    "CAPACITIES",
    "EMPLOYER",
    "ENVIRONMENTS",
    "FLA_SERVICE",
    "OAUTH_PREFIX",
    "PROVIDER",
    "TOKEN_PATH",
    "TRAINING_PROVIDER",
    "Environment",
]

OAUTH_PREFIX = "/REST/oauth/"
TOKEN_PATH = "/REST/oauth/v5/token"  # noqa: S105 - a path
API_PREFIX = "/REST/federalLearningAccount"
API_BASE = "/REST/federalLearningAccount/v1"

EMPLOYER = "employer"
PROVIDER = "provider"
TRAINING_PROVIDER = "training_provider"
CAPACITIES = (EMPLOYER, PROVIDER, TRAINING_PROVIDER)
"""The capacities that can hold an FLA channel: NSSO employer, mandatary (social secretariat
or service provider), training provider (4.4.1)."""

FLA_SERVICE = "Federal Learning Account"
"""Name of the service in ChaMan's authorisations and in MAHIS mandates (2.2.1, 4.4.2)."""


@dataclass(frozen=True, slots=True)
class Environment:
    """The public addresses of one environment of the portal."""

    name: str
    token_url: str
    audience: str
    api_url: str
    """For employers and mandataries."""
    api_url_training_provider: str | None = None
    """"To be defined" in the source, hence None."""


def _environment(name: str, host: str) -> Environment:
    token_url = f"https://{host}{TOKEN_PATH}"
    return Environment(name, token_url, token_url, f"https://{host}{API_BASE}")


ENVIRONMENTS: Mapping[str, Environment] = MappingProxyType(
    {
        "acc": _environment("acc", "services-acpt.socialsecurity.be"),
        "prod": _environment("prod", "services.socialsecurity.be"),
    }
)
"""Acceptance and production; they share nothing (5.3)."""
