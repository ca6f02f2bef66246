"""Finding an address to listen on."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable

from proefbank.errors import BadInvocation

__all__ = ["listen", "refuse_public_host"]

_BACKLOG = 128
_ATTEMPTS = 8


def refuse_public_host(host: str) -> None:
    """Raise BadInvocation when `host` is not a loopback name or address."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise BadInvocation(
            f"{host} is not a loopback address, and a simulator must not be reachable by others",
            where="--host",
            hint="leave --host out, or say --allow-public if you mean it",
        )


def listen(host: str, *, port: int, ports: Iterable[int]) -> tuple[list[socket.socket], int]:
    """Listen on `port`, or on the first free one of `ports`, or on any free port.

    `localhost` is both 127.0.0.1 and ::1, on the same port, because clients differ in which
    they try first; a machine without IPv6 gets the former only. Raises BadInvocation naming
    `--port` when an explicit port cannot be had, and `--host` when the address cannot.
    """
    if port:
        try:
            return _bind_all(host, port)
        except OSError as problem:
            raise BadInvocation(
                f"port {port} on {host} cannot be used: {problem.strerror or problem}",
                where="--port",
                hint="leave --port out for a free one, or stop what listens there",
            ) from problem
    trouble: OSError | None = None
    for candidate in (*ports, *(0,) * _ATTEMPTS):
        try:
            return _bind_all(host, candidate)
        except OSError as problem:
            trouble = problem
    raise BadInvocation(f"nothing can listen on {host}: {trouble}", where="--host") from trouble


def _bind_all(host: str, port: int) -> tuple[list[socket.socket], int]:
    first = _bind("127.0.0.1" if host == "localhost" else host, port)
    taken: int = first.getsockname()[1]
    sockets = [first]
    if host == "localhost" and _has_ipv6():
        try:
            sockets.append(_bind("::1", taken))
        except OSError:
            first.close()
            raise
    return sockets, taken


def _bind(address: str, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, port))
        sock.listen(_BACKLOG)
        sock.settimeout(0)
    except OSError:
        sock.close()
        raise
    return sock


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
