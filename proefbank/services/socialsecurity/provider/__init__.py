"""The simulated social security OAuth server and Federal Learning Account API."""

from __future__ import annotations

from .profile import Profile
from .profile_file import load_profile
from .service import SocialSecurity
from .simulator_openapi import simulator_openapi
from .stimuli import CATALOGUE

__all__ = [
    "CATALOGUE",
    "Profile",
    "SocialSecurity",
    "load_profile",
    "simulator_openapi",
]
