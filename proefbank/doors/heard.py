"""What somebody else recorded, before anything is cut from it."""

from __future__ import annotations

from dataclasses import dataclass

from proefbank.exchange import Request, Response

__all__ = ["Heard"]


@dataclass(frozen=True, slots=True)
class Heard:
    """One request and response that somebody else recorded. Holds secrets: never write it."""

    request: Request
    """`received_at` is 0 where the recording does not tell."""
    response: Response
    only_text: bool = False
    """Whether the recorder kept a text outside ASCII, so that the bytes are not known."""
