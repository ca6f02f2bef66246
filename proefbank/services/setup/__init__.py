"""What has to be right before the first call: certificates, keys, user names and passwords."""

from __future__ import annotations

from proefbank.service import Service

__all__ = ["SERVICE"]

SERVICE = Service(
    name="setup",
    title="Set-up of technical channels in ChaMan: certificates, keys and accounts",
    package=__name__,
    capabilities=(),
    maker="",
    reference="",
    wayward="",
)
"""It judges artefacts: there is no client, nothing is served, and nobody is told to act."""
