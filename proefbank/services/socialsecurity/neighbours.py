"""What the bench puts beside a user's profile: one account more, and another environment."""

from __future__ import annotations

from dataclasses import replace

from .deed import SIBLING
from .provider import Profile
from .provider.facts import PROVIDER

__all__ = ["elsewhere", "with_sibling"]


def with_sibling(profile: Profile) -> Profile:
    """Give the mandatary a second account, which a client may wrongly use for a principal."""
    mandatary = profile.first(PROVIDER)
    if mandatary is None or any(item.name == SIBLING for item in profile.accounts):
        return profile
    client_id = mandatary.client_id.replace("000002_", "000005_")
    if client_id == mandatary.client_id:
        client_id += "_second"
    sibling = replace(mandatary, name=SIBLING, client_id=client_id)
    return replace(profile, accounts=(*profile.accounts, sibling))


def elsewhere(profile: Profile) -> Profile:
    """Return the other environment: the same accounts under client ids of its own."""
    name = "prod" if profile.environment != "prod" else "acc"
    accounts = tuple(
        replace(item, environment=name, client_id=f"{item.client_id}_{name}", certificates=())
        for item in profile.accounts
    )
    return replace(profile, environment=name, accounts=accounts)
