"""The base of a cast in an environment that is not ours: nothing happens there on purpose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, NoReturn

from cryptography import x509

from proefbank.errors import NotObservable
from proefbank.exchange import Provider, Request, Response
from proefbank.upstream import Upstream

__all__ = ["SIMULATED", "Ordinary"]

SIMULATED = "the simulated services show it: proefbank run"


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
