"""What can be told to the served service: that people did something in ChaMan or in MAHIS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from proefbank.serving import Action, Stand

from .cast import SocialSecurityCast
from .deeds import DEEDS

__all__ = ["actions_of"]


def actions_of(cast: SocialSecurityCast) -> Sequence[Action]:
    """Return an action for each deed."""
    return tuple(_action(cast, name) for name in DEEDS)


def _action(cast: SocialSecurityCast, name: str) -> Action:
    def act(stand: Stand, told: Mapping[str, Any]) -> Mapping[str, Any]:
        done = cast.arrange(name, told, instant=stand.now, folder=stand.folder)
        for secret in cast.secrets():
            stand.learn(secret)
        stand.note(done.text)
        return done.answer

    deed = DEEDS[name]
    makes = name == "certificate"  # and whoever asked wants its files
    return Action(name, deed.description, tuple(deed.fields(cast)), act, shows=makes)
