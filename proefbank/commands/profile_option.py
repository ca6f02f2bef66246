"""What `run`, `judge` and `serve` do alike with a profile: find it, say so, and fill in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from proefbank.profile.file import profile_for
from proefbank.profile.run_table import fill

__all__ = ["with_profile"]


def with_profile(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a command with what the profile says where they are silent.

    `profile` becomes the file that is meant, found in the current directory perhaps, and
    `from_profile` the names of those filled in. Says on standard error which profile that is.
    Raises `BadInvocation` for one that cannot be read.
    """
    profile = profile_for(told["profile"], none=told["no_profile"])
    filled, taken = fill(told, profile)
    if profile is not None:
        words = f" ({', '.join(taken)})" if taken else ""
        click.echo(f"profile {profile}{words}", err=True)
    return filled | {"profile": profile and str(profile), "from_profile": taken}
