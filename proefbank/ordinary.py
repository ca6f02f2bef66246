"""The base of a cast in an environment that is not ours: nothing happens there on purpose."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import ClassVar, NoReturn

from cryptography import x509

from proefbank.errors import NotObservable
from proefbank.exchange import Provider, Request, Response
from proefbank.upstream import Upstream

__all__ = ["SIMULATED", "Ordinary", "told_in"]

SIMULATED = "the simulated services show it: proefbank run"


_ELSEWHERE = 300
_UNCHANGED = 304
_BEGINNING = 200


def told_in(response: Response) -> object:
    """Return the JSON in an answer; None if it has none."""
    try:
        return json.loads(response.body)
    except (ValueError, RecursionError):
        return None


class Ordinary:
    """Plays one account of an acceptance environment; the bench sets its provider."""

    provider: Provider
    client_trust: Sequence[x509.Certificate] = ()
    upstreams: Sequence[Upstream] = ()
    parts: ClassVar[tuple[str, ...]] = ("",)
    """Names by which stages call the one part that there is."""

    passed_by: ClassVar[str] = ""
    """Why a stage in which nothing came to the door says nothing; empty if silence says enough."""

    def __init__(self) -> None:
        """Start without doors."""
        self.origins: Mapping[str, str] = {}

    def meet(self, origins: Mapping[str, str]) -> None:
        """Hear where the doors stand."""
        self.origins = origins

    def only(self, account: str) -> None:
        """Raise `NotObservable` for a part that the profile does not have."""
        if account not in self.parts:
            raise NotObservable(
                f"the profile has one account, and none for the role {account}; {SIMULATED}"
            )

    def arm(self, stimulus: str, times: int, params: Mapping[str, object]) -> NoReturn:  # noqa: ARG002
        """Raise `NotObservable`: nobody makes acceptance do it."""
        raise NotObservable(f"needs a stimulus ({stimulus}); {SIMULATED}")

    def for_stagings(self) -> None:
        """Nothing to choose."""

    def set_lenient(self, *, lenient: bool) -> None:
        """Nothing to choose: it refuses as the real one does, which it is."""

    def ordered(self, op: str, args: Mapping[str, object]) -> Mapping[str, object]:  # noqa: ARG002
        """Return the arguments of an order as this account gives it."""
        return args

    def withheld(self) -> Mapping[str, str]:
        """Return readings, by name, that this profile cannot show, with what would show them."""
        return {}

    def testimony(self, request: Request, response: Response) -> Mapping[str, object]:  # noqa: ARG002
        """Return what shows in an exchange that a simulated service would testify."""
        return {}

    def amiss(self, request: Request, response: Response) -> str:
        """Return what is wrong with an answer after which no client can go on; empty if nothing is.

        `with 503`, `with a page`: refusals, and what stands in front of a service while it is away.
        """
        if response.status >= _ELSEWHERE and response.status != _UNCHANGED:
            return f"with {response.status}"
        if response.body and told_in(response) is None:
            return "with a page" if b"<" in response.body[:_BEGINNING] else "with no JSON"
        return "" if self.answers(request, response) else "without what was asked for"

    def answers(self, request: Request, response: Response) -> bool:  # noqa: ARG002
        """Whether an answer of the kind that there should be holds what was asked for."""
        return True
