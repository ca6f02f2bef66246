"""What fixtures that hand out a simulated service have in common.

A stimulus that was armed and never met a request fails the test, because the client was not where
the test thought. Imports nothing before a test asks for it.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import pytest

if TYPE_CHECKING:
    from types import ModuleType
    from wsgiref.types import WSGIApplication

    import httpx
    import respx
    from pytest_httpx import HTTPXMock
    from requests.adapters import BaseAdapter

    from proefbank.clock import Clock
    from proefbank.doors.apps import AsgiApp
    from proefbank.exchange import Violation
    from proefbank.journal import Exchange
    from proefbank.simulator import Simulator

__all__ = ["ELSEWHERE", "InProcess", "OnSocket", "View", "clean", "marked", "unused_fail"]

ELSEWHERE = "https://elsewhere.test"


class View:
    """A simulated service as a test sees it, clean for each test."""

    def __init__(self, simulator: Simulator) -> None:
        """Look at a simulator that was made for the session."""
        self.simulator = simulator

    # What a test moves.

    def arm(self, stimulus: str, times: int = 1, **params: Any) -> None:
        """Have the service do `stimulus` on its next `times` occasions.

        ValueError for an unknown name or parameter, NotObservable where this way of mounting
        cannot show it. `simulator.stimuli()` lists them all.
        """
        self.simulator.arm(stimulus, times=times, **params)

    def advance(self, seconds: float) -> None:
        """Move the service's clock; the client's is the test's affair."""
        self.simulator.move_clock(by=seconds)

    @property
    def clock(self) -> Clock:
        """The service's clock."""
        return self.simulator.clock

    def reset(self) -> None:
        """Forget everything, as between two tests: exchanges, stimuli, clock and more."""
        self.simulator.fresh()

    # What a test looks at.

    @property
    def exchanges(self) -> list[Exchange]:
        """Every exchange of this test, in order of arrival; secrets in them are holes."""
        return self.simulator.journal.exchanges

    @property
    def violations(self) -> list[Violation]:
        """Everything that was found against the requests, in order."""
        return [item for exchange in self.exchanges for item in exchange.trail.violations]

    @property
    def unused_stimuli(self) -> list[str]:
        """What is armed still, each as `name × times left`."""
        return [f"{item['name']} × {item['left']}" for item in self.simulator.armed()]


class OnSocket:
    """Mixed in: on a loopback port, over real HTTPS."""

    simulator: Simulator

    @property
    def ca_file(self) -> Path:
        """The CA that signed the server's certificate, in PEM: let the client trust it."""
        return self.simulator.ca_file


class InProcess:
    """Mixed in: without a socket, to mount in the client's HTTP library."""

    simulator: Simulator
    origin: ClassVar[str]

    def httpx_transport(self, module: ModuleType | None = None) -> httpx.MockTransport:
        """Return a transport for `httpx.Client` and `httpx.AsyncClient`.

        `module` may be a library of the same shape, such as httpx2.
        """
        from proefbank.doors.inprocess import httpx_transport  # noqa: PLC0415 - see the module

        return httpx_transport(self.simulator.carrier(), module)

    def mount_respx(self, router: respx.MockRouter) -> None:
        """Let a respx router answer for it."""
        from proefbank.doors.inprocess import mount_respx  # noqa: PLC0415

        for origin in (self.origin, ELSEWHERE):
            mount_respx(router, self.simulator.carrier(), origin)

    def mount_pytest_httpx(self, httpx_mock: HTTPXMock) -> None:
        """Let pytest-httpx answer for it."""
        from proefbank.doors.inprocess import mount_pytest_httpx  # noqa: PLC0415

        for origin in (self.origin, ELSEWHERE):
            mount_pytest_httpx(httpx_mock, self.simulator.carrier(), origin)

    def requests_adapter(self) -> BaseAdapter:
        """Return an adapter to mount in a `requests.Session` under `https://`."""
        from proefbank.doors.inprocess import requests_adapter  # noqa: PLC0415

        return requests_adapter(self.simulator.carrier())

    def asgi_app(self) -> AsgiApp:
        """Return an ASGI application; reach it under `origin`, the name it goes by."""
        from proefbank.doors.inprocess import asgi_app  # noqa: PLC0415

        return asgi_app(self.simulator.carrier())

    def wsgi_app(self) -> WSGIApplication:
        """Return a WSGI application; reach it under `origin`, the name it goes by."""
        from proefbank.doors.inprocess import wsgi_app  # noqa: PLC0415

        return wsgi_app(self.simulator.carrier())


Viewed = TypeVar("Viewed", bound=View)
_VIEWS: pytest.StashKey[list[tuple[str, View]]] = pytest.StashKey()


def clean(request: pytest.FixtureRequest, view: Viewed, marker: str) -> Viewed:
    """Make a view clean for a test, and remember it; `marker` can let its stimuli be unused."""
    view.reset()
    request.node.stash.setdefault(_VIEWS, []).append((marker, view))
    return view


def marked(config: pytest.Config, marker: str) -> None:
    """Register a marker."""
    config.addinivalue_line(
        "markers",
        f"{marker}(allow_unused_stimuli=False): with True, a stimulus that was armed and met no "
        "request does not fail the test",
    )


def unused_fail(item: pytest.Item, marker: str) -> Generator[None, Any, Any]:
    """Fail a test that passed although a stimulus it armed never met a request."""
    result = yield
    for name, view in item.stash.get(_VIEWS, []):
        if name != marker or not (unused := view.unused_stimuli) or _allowed(item, marker):
            continue
        pytest.fail(
            f"armed, and never met by a request: {', '.join(unused)}\n"
            "The client made fewer requests than this test expects of it. If that is right, "
            f"mark the test with @pytest.mark.{marker}(allow_unused_stimuli=True).",
            pytrace=False,
        )
    return result


def _allowed(item: pytest.Item, marker: str) -> bool:
    found = item.get_closest_marker(marker)
    return found is not None and found.kwargs.get("allow_unused_stimuli") is True
