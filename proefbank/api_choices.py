"""What the user chose about an API under test that is called directly."""

from __future__ import annotations

import ipaddress
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from proefbank.clock import Clock
from proefbank.errors import BadInvocation
from proefbank.service import service, services

if TYPE_CHECKING:
    from proefbank.choices import Choices
    from proefbank.clients.adapter import ClientUnderTest

__all__ = ["API_PORT", "api_services", "check_api", "make_api"]

API_PORT: Final = 9443
"""Where the simulated service stands for an API that has to be configured beforehand."""
EXAMPLE: Final = "for example: proefbank run ehealth --api https://localhost:8443/protected"
PROVIDERS: Final = ("fgov.be", "socialsecurity.be", "itsme.be", "belgianmobileid.be")
"""Whose hosts get no hostile tokens from us."""
_LAST_PORT: Final = 65_533


def api_services(names: list[str]) -> list[str]:
    """Return the services whose tokens an API takes, among those named if any are.

    Raises `BadInvocation` for another one.
    """
    able = [name for name, made in services().items() if made.api_account is not None]
    for name in names:
        if service(name).api_account is None:
            raise BadInvocation(
                f"{name} has no tokens that an API would be shown; {' '.join(able)} has",
                where="--api",
                hint='clients of it are judged by --client or --client-command "…"',
            )
    return names or able


def check_api(choices: Choices) -> None:
    """Raise `BadInvocation` for what cannot be meant."""
    for option, value in (("--api-command", choices.api_command), ("--api-ca", choices.api_ca)):
        if value is not None and choices.api is None:
            raise BadInvocation(f"{option} says more about an --api", where=option, hint=EXAMPLE)
    if choices.port is not None and not 0 <= choices.port <= _LAST_PORT:
        raise BadInvocation(
            f"{choices.port} and the ports after it do not exist",
            where="--port",
            hint=f"leave it out for {API_PORT}",
        )
    if choices.ca_folder is not None:
        from proefbank.pki import CertificateAuthority  # noqa: PLC0415 - seldom needed

        CertificateAuthority.kept(Path(choices.ca_folder), now=Clock().now())
    if choices.api is None:
        return
    _check_url(choices.api)
    api_services(list(choices.services))
    if choices.api_command is not None:
        from proefbank.clients.api_process import argv_of  # noqa: PLC0415 - seldom needed

        argv_of(choices.api_command)


def _check_url(url: str) -> None:
    def bad(message: str, hint: str = EXAMPLE) -> BadInvocation:
        return BadInvocation(message, where="--api", hint=hint)

    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as problem:
        raise bad(f"{url} is no URL: {problem}") from problem
    if parts.scheme not in ("https", "http"):
        raise bad(f"{url} is neither an https nor an http URL")
    if not host:
        raise bad(f"{url} names no host")
    if parts.username is not None:
        raise bad("a URL with a name or password in it would be written into the report")
    if parts.scheme == "http" and not _loopback(host):
        raise bad(f"http is for this machine only, and {host} is another one")
    if any(host == name or host.endswith(f".{name}") for name in PROVIDERS):
        raise bad(
            f"{host} belongs to a provider, and it would be sent hostile tokens",
            "have an API of your own judged, in a test environment",
        )


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def make_api(choices: Choices, url: str, *, time_zone: str = "") -> ClientUnderTest:
    """Return the API under test; a command that starts one does so in this time zone."""
    ca_file = Path(choices.api_ca) if choices.api_ca else None
    if choices.api_command is not None:
        from proefbank.clients.api_command import CommandHost  # noqa: PLC0415
        from proefbank.clients.api_started import StartedApi  # noqa: PLC0415

        host = CommandHost(
            choices.api_command,
            url,
            choice=choices.move_clock,
            folder=choices.client_folder,
            time_zone=time_zone,
        )
        return StartedApi(
            url,
            host,
            patience=choices.hello_timeout,
            ca_file=ca_file,
            wait=choices.api_wait or 0.0,
            timeout=choices.call_timeout,
        )
    from proefbank.clients.http_api import HttpApi  # noqa: PLC0415

    return HttpApi(
        url,
        ca_file=ca_file,
        wait=choices.api_wait or 0.0,
        announce=lambda text: print(text, file=sys.stderr),  # noqa: T201 - stdout has the verdict
        timeout=choices.call_timeout,
    )
