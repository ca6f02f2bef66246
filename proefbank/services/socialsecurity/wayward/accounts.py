"""Clients that speak for another account than the one they were told to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from .assertions import OtherClaims
from .registry import Lingering, breaks


@breaks("account.client-id-is-the-one-shown")
class DerivedClientId(OtherClaims):
    """Builds the client id from the sender number."""

    def other(self, now: int) -> dict[str, Any]:  # noqa: ARG002
        """Build it."""
        return dict.fromkeys(("iss", "sub"), "self_service_expeditor_100001")


class StickyCredentials(Lingering):
    """Base: may go on with the client id and key of a scenario before."""

    def sticks(self, old: dict[str, Any], new: dict[str, Any]) -> bool:
        """Whether the old credentials stay."""
        raise NotImplementedError

    def scenario(self, members: Mapping[str, Any]) -> None:
        """Take up the new settings, but for the credentials that stick."""
        super().scenario(members)
        new = dict(self.settings)
        old, key = self.past.get("kept", (new, self.key))
        if self.sticks(old, new):
            self.settings, self.key = new | {"client_id": old["client_id"]}, key
        else:
            self.past["kept"] = (new, self.key)


@breaks("account.credentials-belong-to-the-environment")
class EnvironmentBlind(StickyCredentials):
    """Takes the credentials of the first environment to the other one."""

    def sticks(self, old: dict[str, Any], new: dict[str, Any]) -> bool:
        """Stick when only the host has changed."""
        before, after = (urlsplit(str(item["token_endpoint"])) for item in (old, new))
        return before.netloc != after.netloc


@breaks("account.fits-the-capacity")
class StickyCapacity(StickyCredentials):
    """Stays with the employer's account when it acts as a mandatary."""

    def sticks(self, old: dict[str, Any], new: dict[str, Any]) -> bool:
        """Stick to an employer's account when the next one is the mandatary's."""
        return "000001_" in old["client_id"] and "000002_" in new["client_id"]
