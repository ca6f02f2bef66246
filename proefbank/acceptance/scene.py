"""What a client in front of the recorder was told, and what is odd about what it heard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import unquote_plus

from proefbank.doors.proxy import Relayed
from proefbank.exchange import Request

__all__ = ["AtRecorder", "facts_of", "oddities"]

_SKEW: Final = 5.0
"""Seconds between two clocks that are worth a note; `Date` itself is no finer than one."""


class AtRecorder:
    """What a client must have been told, which has the recorder's address for the server's."""

    def __init__(self, settings: Any, origins: Mapping[str, str]) -> None:
        self._settings, self._origins = settings, origins
        self.addressed_here = False

    def facts_of(self, request: Request) -> dict[str, Any]:
        """Return the facts of the scenario in which a cut request was made.

        Who takes the audience from the address that is called was told ours.
        """
        request = replace(request, scheme="https")  # as it was told, whatever it made of that
        facts: dict[str, Any] = self._settings.facts_of(request)
        origin = self._origins.get(request.origin)
        here = f"{origin}{request.path}"
        said = unquote_plus(request.body.decode()) if origin and "audience" in facts else ""
        self.addressed_here = f'"{here}"' in said
        return facts | {"audience": here} if self.addressed_here else facts

    def account_of(self, request: Request) -> dict[str, Any] | None:
        """Return the facts of the account that a token request names; None if it is unknown."""
        found: dict[str, Any] | None = self._settings.account_of(request)
        return found


def oddities(relayed: Relayed, settings: AtRecorder) -> Iterator[str]:
    """Yield what is worth a note about an exchange that was just told."""
    if relayed.changed:
        names = ", ".join(dict.fromkeys(relayed.changed))
        yield (
            f"the client got addresses of the recorder in {names}; the record has those that "
            "the environment gave"
        )
    if (ahead := _ahead(relayed)) is not None and abs(ahead) > _SKEW:
        yield f"the environment's clock and ours differ by some {_rough(ahead)} s"
    if settings.addressed_here:
        yield (
            "assertions are addressed to the recorder, which the environment refuses: a client "
            "that takes its audience from the address it calls is recorded with mitmproxy"
        )


def facts_of(relayed: Relayed) -> dict[str, object]:
    """Return what is known of the two handshakes; neither is the client's with the server."""
    ours, theirs = relayed.client_tls, relayed.upstream_tls
    return {
        "client_tls": ours.version if ours else None,
        "environment_tls": theirs.version if theirs else None,
        "changed": list(dict.fromkeys(relayed.changed)),
    }


def _ahead(relayed: Relayed) -> float | None:
    """Return by how many seconds the environment's clock is ahead, as its answer tells."""
    told = relayed.response.header("date")
    try:
        return parsedate_to_datetime(told).timestamp() - relayed.answered_at if told else None
    except ValueError:
        return None


def _rough(seconds: float) -> int:
    """Round so that one difference is one note."""
    return round(seconds / 10) * 10 or round(seconds)
