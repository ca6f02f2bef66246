"""The simulated realms of eHealth I.AM Connect, and the renewal of their keys."""

from __future__ import annotations

from .claims import Party
from .recipes import Recipe
from .service import EHealth
from .simulator_openapi import simulator_openapi
from .stimuli import CATALOGUE
from .timeline import STATES, Timeline
from .timeline_file import load_timeline, timeline_names
from .tokens import TOKENS
from .workshop import DROP

__all__ = [
    "CATALOGUE",
    "DROP",
    "STATES",
    "TOKENS",
    "EHealth",
    "Party",
    "Recipe",
    "Timeline",
    "load_timeline",
    "simulator_openapi",
    "timeline_names",
]
