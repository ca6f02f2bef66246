"""The two sites of a simulated service: itself, and the stranger that redirects lead to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from proefbank.clock import Clock
from proefbank.doors.carrier import OnExchange, OnFault
from proefbank.doors.facts import ConnectionFact
from proefbank.doors.loopback import LoopbackDoor
from proefbank.doors.tls import LOOPBACK_HOSTS, ServerTls
from proefbank.exchange import Provider, Request, Response
from proefbank.pki import CertificateAuthority

__all__ = ["ByHost", "Told", "open_sites"]


@dataclass(frozen=True, slots=True)
class Told:
    """Who hears what happens at the doors."""

    on_exchange: OnExchange
    on_connection: Callable[[ConnectionFact], None]
    on_fault: OnFault


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
) -> dict[str, LoopbackDoor]:
    """Listen as `main` at `host`, and as `elsewhere` on another loopback port.

    Writes `ca_file`. With `public_name` others may reach `main` by it. Raises BadInvocation.
    """
    now = clock.now()
    hosts = dict.fromkeys((*LOOPBACK_HOSTS, *filter(None, (public_name,))))
    tls = ServerTls(CertificateAuthority(now=now), now=now, hosts=tuple(hosts))
    ca_file.write_bytes(tls.ca_pem)
    doors: dict[str, LoopbackDoor] = {}
    for name in ("main", "elsewhere"):
        here = name == "main"
        door = LoopbackDoor(
            _Named(provider, public_name) if here and public_name else provider,
            clock=clock,
            on_exchange=told.on_exchange,
            on_connection=told.on_connection,
            on_fault=told.on_fault,
            listener=name,
            host=host if here else "127.0.0.1",
            port=port if here else 0,
            scheme=scheme,
            server_tls=tls,
            also_plain=scheme == "https",  # a client that forgets TLS is told so
            allow_public=here and bool(public_name),
        )
        doors[name] = door.start()
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
