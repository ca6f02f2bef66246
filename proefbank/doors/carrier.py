"""Carrying one request to a provider and writing it down: what every door has in common."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate

from proefbank.clock import Clock
from proefbank.exchange import Headers, Provider, Request, Response, Trail, Violation

__all__ = ["Carrier", "OnExchange", "OnFault", "refusal", "wire_headers"]

OnExchange = Callable[[Request, Response], None]
OnFault = Callable[[Exception], None]

_PLAIN_TEXT = ("Content-Type", "text/plain; charset=utf-8")
_BODILESS = frozenset({204, 304})


class Carrier:
    """A provider, the clock it lives by, and who writes down what was said.

    `cannot_express` names what the doors mounted on it cannot show (`tls`, `reset`, …): a
    check that needs one of these is not observable there, and never passed.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        clock: Clock,
        on_exchange: OnExchange,
        on_fault: OnFault | None = None,
        listener: str = "main",
    ) -> None:
        """Carry to `provider`; `on_fault` hears of its exceptions, which become a 500.

        In-process mounts put `listener` on every request; a socket door knows its own.
        """
        self.provider = provider
        self.clock = clock
        self.listener = listener
        self.cannot_express: set[str] = set()
        self._on_exchange = on_exchange
        self._on_fault = on_fault

    def carry(self, request: Request) -> Response:
        """Give the request its instant, have it answered, write both down, return the answer.

        The answer has all its headers (`wire_headers`); its wire plan is the caller's affair.
        """
        request = replace(request, received_at=self.clock.now())
        response = self.answer(request)
        response = replace(
            response, headers=wire_headers(request.method, response, self.clock.now())
        )
        self.record(request, response)
        return response

    def answer(self, request: Request) -> Response:
        """Have the request answered; a provider that raises answers 500 `bench_fault`."""
        try:
            return self.provider.handle(request)
        except Exception as problem:  # noqa: BLE001 - whatever it is, it is the bench's fault
            return self.fault(problem)

    def record(self, request: Request, response: Response) -> None:
        """Write an exchange down; trouble in doing so is reported as a fault."""
        try:
            self._on_exchange(request, response)
        except Exception as problem:  # noqa: BLE001 - the conversation must go on
            self.fault(problem)

    def fault(self, problem: Exception) -> Response:
        """Report a fault of the bench's own and return the answer that admits it."""
        if self._on_fault is not None:
            self._on_fault(problem)
        return Response(
            500,
            (("Content-Type", "application/json"),),
            b'{"error":"bench_fault"}',
            trail=Trail(facts={"bench_fault": type(problem).__name__}),
        )


def refusal(status: int, code: str, detail: str) -> Response:
    """Return the plain-text answer of a door that will not pass a request on."""
    trail = Trail(violations=(Violation(code, detail),))
    return Response(status, (_PLAIN_TEXT,), f"{detail}\n".encode(), trail=trail)


def wire_headers(method: str, response: Response, now: float) -> Headers:
    """Return the response's headers as they travel: with `Date` and the true `Content-Length`."""
    names = {name.lower() for name, _ in response.headers}
    headers = response.headers
    if "date" not in names:
        headers = (*headers, ("Date", _http_date(int(now))))
    if "content-length" in names and method != "HEAD":
        headers = tuple(pair for pair in headers if pair[0].lower() != "content-length")
        names.discard("content-length")
    if "content-length" not in names and response.status not in _BODILESS:
        headers = (*headers, ("Content-Length", str(len(response.body))))
    return headers


@functools.lru_cache(maxsize=8)
def _http_date(second: int) -> str:
    return formatdate(second, usegmt=True)
