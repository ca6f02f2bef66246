"""Where a service's acceptance environment stands, and how it is reached.

What is particular to one company comes from the tables `[acc]` and `[acc.<service>]` of its
profile; the addresses that everybody has come from the service. Production is never reached.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from proefbank.errors import BadInvocation
from proefbank.profile.credentials import Reference, reference
from proefbank.tables import Table, read_toml

__all__ = [
    "Environment",
    "Upstream",
    "acc_table",
    "authority_of",
    "plain_host",
    "refuse_production",
    "upstream",
]

_PORTS = 65535
_USER = re.compile(r"[^/]*@")
"""What somebody is let in with stands there, and in no message."""
_HOST = re.compile(r"[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]")


@dataclass(frozen=True, slots=True)
class Upstream:
    """One origin of an acceptance environment, to which a listener of ours forwards."""

    name: str
    """The listener's name, e.g. `main`."""
    origin: str
    """`https://acc.example`, perhaps with a port: what stands in `aud` and in certificates."""
    ca_file: Path | None = None
    """PEM file with the only authorities to trust; None for those of the machine."""
    certificate: Reference | None = None
    """PEM certificate, and its chain if it has one, to show to the server (mutual TLS)."""
    key: Reference | None = None
    """PEM private key of that certificate."""
    connect: str | None = None
    """`host:port` that is dialled in place of the origin's; names and TLS stay the origin's."""

    @property
    def host(self) -> str:
        """Host name of the origin, in small letters."""
        return urlsplit(self.origin).hostname or ""

    @property
    def port(self) -> int:
        """Port of the origin."""
        return urlsplit(self.origin).port or 443

    @property
    def dialled(self) -> tuple[str, int]:
        """Host and port that a connection is opened to."""
        if self.connect is None:
            return self.host, self.port
        host, _, port = self.connect.rpartition(":")
        return host.strip("[]"), int(port)


@dataclass(frozen=True, slots=True)
class Environment:
    """The acceptance environment of one service, as a profile tells of it."""

    service: str
    upstreams: tuple[Upstream, ...]
    """The one that clients are told of first, called `main`."""
    production: frozenset[str]
    """Host names that are refused, whatever a profile says."""
    rewrites: bool = False
    """Whether absolute URLs below an upstream's origin in JSON answers are to be replaced by those
    of our listener, for clients that follow them (discovery)."""


def acc_table(profile: Path | None, service: str) -> Table:
    """Return the table `[acc.<service>]` of a profile; an empty one without a profile."""
    if profile is None:
        return Table({}, file="the profile", name=f"acc.{service}")
    whole = Table(read_toml(profile, "the profile"), file=str(profile))
    return whole.table("acc").table(service)


def authority_of(profile: Path | None) -> str:
    """Return who allowed traffic that provokes errors, as `[acc]` names them; empty if nobody."""
    if profile is None:
        return ""
    whole = Table(read_toml(profile, "the profile"), file=str(profile))
    return (whole.table("acc").optional_text("authority") or "").strip()


def upstream(
    table: Table,
    *,
    folder: Path,
    production: Collection[str],
    origin: str = "",
    name: str = "main",
    mutual: bool = False,
) -> Upstream:
    """Read `origin`, `ca_file` and `connect` of a table; certificate and key where `mutual`.

    `origin` is the documented one, if the sources tell it. `folder` is where relative paths
    start. Raises `BadInvocation`, also for a host of `production`.
    """
    told = table.text("origin", origin).rstrip("/")
    if not told:
        raise table.complain(
            "origin",
            "is missing: the sources name no address of acceptance, it is told at onboarding",
            'for example: origin = "https://uat.partner.example"',
        )
    host = _host_of(table, told)
    refuse_production(host, production, where=f"{table.file}: {table.name}.origin")
    connect = table.optional_text("connect")
    if connect is not None:
        dialled = _dialled(table, connect)
        refuse_production(dialled, production, where=f"{table.file}: {table.name}.connect")
    ca_file = table.optional_text("ca_file")
    trusted = None if ca_file is None else folder / ca_file
    if trusted is not None and not trusted.is_file():
        raise table.complain(
            "ca_file", f"there is no file {trusted}", "Give the path of a PEM file."
        )
    certificate = reference(table, "certificate", folder=folder) if mutual else None
    key = reference(table, "key", folder=folder) if mutual else None
    if (certificate is None) != (key is None):
        missing = "key" if key is None else "certificate"
        raise table.complain(
            missing,
            "is missing: a certificate and its key go together",
            f'for example: {missing} = {{ file = "{missing}.pem" }}',
        )
    return Upstream(name, told, trusted, certificate, key, connect)


def plain_host(host: str) -> str:
    """Return a host name in the one way that it is compared: as a resolver takes it."""
    return unicodedata.normalize("NFKC", host).replace("\u3002", ".").lower().rstrip(".")


def refuse_production(host: str, production: Collection[str], *, where: str) -> None:
    """Raise `BadInvocation` if this host is one of production's."""
    if plain_host(host) in production:
        raise BadInvocation(
            f"{host} belongs to production, which no run and no recording reaches",
            where=where,
            hint="name the host of the acceptance environment",
        )


def _host_of(table: Table, origin: str) -> str:
    try:
        parts = urlsplit(origin)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    # Other letters than these may be mapped to the name of another host on their way out.
    named = bool(host) and _HOST.fullmatch(f"[{host}]" if ":" in str(host) else str(host))
    plain = origin == f"https://{parts.netloc}" if named else False
    if not plain or "@" in origin or not host or not 0 < (port or 443) <= _PORTS:
        raise table.complain(
            "origin",
            f"{_USER.sub('…@', origin)!r} is not an origin",
            "Write it as https://acc.example or https://acc.example:8443, without a path.",
        )
    return host


def _dialled(table: Table, connect: str) -> str:
    host, colon, port = connect.rpartition(":")
    numbered = port.isascii() and port.isdecimal() and 0 < int(port) <= _PORTS
    if not colon or not _HOST.fullmatch(host) or not numbered:
        raise table.complain(
            "connect",
            f"{_USER.sub('…@', connect)!r} is not an address",
            "Write it as host:port, e.g. 127.0.0.1:443.",
        )
    return host.strip("[]")
