"""The client under test, made as it was chosen."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from proefbank.api_choices import make_api
from proefbank.choices import Choices
from proefbank.clients.adapter import ClientUnderTest
from proefbank.service import Service

__all__ = ["make_client"]

SETUP_TIMEOUT = 5.0
"""Seconds of real time at least to take up a scenario or another time."""


def make_client(choices: Choices, service: Service, ca_file: Path) -> ClientUnderTest:
    """Return the client under test; the reference client of `service` when none was named."""
    if choices.attach:
        from proefbank.clients.attach import AttachedClient  # noqa: PLC0415 - seldom needed

        # Standard output is for the verdict; whoever starts the adapter reads the other one.
        return AttachedClient(announce=lambda line: print(line, file=sys.stderr))  # noqa: T201
    if choices.api is not None:
        return make_api(choices, choices.api, time_zone=service.time_zone)
    options: dict[str, Any] = {
        "choice": choices.move_clock,
        "env_overrides": {"TZ": service.time_zone} if service.time_zone else None,
        "ca_file": ca_file.absolute(),
        "hello_timeout": choices.hello_timeout,
        "setup_timeout": max(SETUP_TIMEOUT, choices.call_timeout),
        "folder": choices.client_folder,
    }
    if choices.client_command is not None:
        from proefbank.clients.moving import client_of_command  # noqa: PLC0415 - seldom needed

        return client_of_command(choices.client_command, **options)
    from proefbank.clients.moving import client_of_class  # noqa: PLC0415

    named = choices.client or service.reference
    return client_of_class(named, moves=service.takes_days, **options)
