"""The simulated provider of itsme Sign."""

from __future__ import annotations

from .authority import Authority, Holder
from .parties import Party, make_party
from .people import PEOPLE, Person
from .service import ItsmeSign
from .simulator_openapi import Sample, simulator_openapi
from .stimuli import CATALOGUE

__all__ = [
    "CATALOGUE",
    "PEOPLE",
    "Authority",
    "Holder",
    "ItsmeSign",
    "Party",
    "Person",
    "Sample",
    "make_party",
    "simulator_openapi",
]
