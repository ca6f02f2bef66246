"""The sites of a simulated service: itself, its pages, the stranger that redirects lead to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from cryptography import x509

from proefbank.clock import Clock
from proefbank.doors.carrier import OnExchange, OnFault
from proefbank.doors.facts import ConnectionFact, Limits
from proefbank.doors.loopback import LoopbackDoor
from proefbank.doors.tls import LOOPBACK_HOSTS, ServerTls
from proefbank.errors import BadInvocation
from proefbank.exchange import Provider, Request, Response
from proefbank.pki import CertificateAuthority
from proefbank.service import LISTENERS, Listener

__all__ = ["ELSEWHERE", "MAIN", "ByHost", "Told", "open_sites", "own_sites", "served_sites"]

MAIN, ELSEWHERE = "main", "elsewhere"
_STAGED_ONLY = "other"
"""Another environment of the service, which only stagings play in."""


@dataclass(frozen=True, slots=True)
class Told:
    """Who hears what happens at the doors."""

    on_exchange: OnExchange
    on_connection: Callable[[ConnectionFact], None]
    on_fault: OnFault


def served_sites(listeners: Iterable[Listener] = LISTENERS) -> tuple[Listener, ...]:
    """Return those of a service's listeners that stand where it is served."""
    return tuple(site for site in listeners if site.name != _STAGED_ONLY)


def own_sites(listeners: Iterable[Listener] = LISTENERS) -> tuple[Listener, ...]:
    """Return those that clients and people are told of: all but the stranger's."""
    return tuple(site for site in served_sites(listeners) if site.name != ELSEWHERE)


def open_sites(  # noqa: PLR0913 - all by name, as for a door
    provider: Provider,
    *,
    clock: Clock,
    ca_file: Path,
    told: Told,
    host: str,
    port: int,
    scheme: Literal["https", "http"],
    public_name: str = "",
    listeners: Iterable[Listener] = LISTENERS,
    client_trust: Sequence[x509.Certificate] = (),
) -> dict[str, LoopbackDoor]:
    """Listen as `main` at `host` and `port`, as the service's other sites at the ports after it.

    The stranger gets whichever loopback port is free. Writes `ca_file`. With `public_name` others
    may reach the service's own sites by it. Client certificates are taken that verify against
    `client_trust`. Raises BadInvocation.
    """
    now = clock.now()
    hosts = dict.fromkeys((*LOOPBACK_HOSTS, *filter(None, (public_name,))))
    tls = ServerTls(
        CertificateAuthority(now=now), now=now, hosts=tuple(hosts), client_trust=client_trust
    )
    ca_file.write_bytes(tls.ca_pem)
    own = own_sites(listeners)
    doors: dict[str, LoopbackDoor] = {}
    for site in served_sites(listeners):
        ours, public = site in own, site in own and bool(public_name)
        at = own.index(site) if ours else 0
        door = LoopbackDoor(
            _Named(provider, public_name) if public else provider,
            clock=clock,
            on_exchange=told.on_exchange,
            on_connection=told.on_connection,
            on_fault=told.on_fault,
            listener=site.name,
            host=host if public or site.name == MAIN else site.host,
            port=port + at if port and ours else 0,
            scheme=scheme,
            server_tls=tls,
            request_client_certificate=site.asks_client,
            limits=Limits(body_bytes=site.largest_body),
            also_plain=scheme == "https",  # a client that forgets TLS is told so
            allow_public=public,
        )
        try:
            doors[site.name] = door.start()
        except BadInvocation:
            for opened in doors.values():
                opened.stop()
            raise
    return doors


class _Named:
    """A provider that is asked under its public name, whatever address it listens on."""

    def __init__(self, provider: Provider, name: str) -> None:
        self._provider, self._name = provider, name

    def handle(self, request: Request) -> Response:
        return self._provider.handle(replace(request, host=self._name))

    def reset(self) -> None:
        self._provider.reset()


class ByHost:
    """A provider that tells by the host which site is meant, where no listener can."""

    def __init__(self, provider: Provider, elsewhere: str | None) -> None:
        """Take requests to the host `elsewhere` for the stranger's."""
        self._provider, self._elsewhere = provider, elsewhere

    def handle(self, request: Request) -> Response:
        """Answer as the site that was addressed."""
        if request.host == self._elsewhere:
            request = replace(request, listener="elsewhere")
        return self._provider.handle(request)

    def reset(self) -> None:
        """Have it forget."""
        self._provider.reset()
