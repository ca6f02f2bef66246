"""The front door for pytest in a checkout: judge the reference client, unless told otherwise.

A plain `pytest` writes its record to `build/reports/checkout`, over the one before, so that
`reports/` keeps only runs that somebody asked for. And nothing in this process may connect to
anything but this machine.
"""

from __future__ import annotations

import ipaddress
import sys
from pathlib import Path
from typing import Any

import hypothesis
import pytest

HERE = Path(__file__).parent

# How long an example takes, and how many are thrown away, says something of the machine and of
# chance. Neither makes a test red.
hypothesis.settings.register_profile(
    "checkout",
    deadline=None,
    suppress_health_check=[
        hypothesis.HealthCheck.too_slow,
        hypothesis.HealthCheck.filter_too_much,
        hypothesis.HealthCheck.data_too_large,
    ],
)
hypothesis.settings.load_profile("checkout")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Give the record of a plain `pytest` a place, where no option names one.

    A `proefbank.toml` that somebody tries things with in the checkout says nothing here.
    """
    told = config.option
    if config.rootpath == HERE and getattr(told, "proefbank_profile", "") is None:
        told.proefbank_no_profile = True
    if config.rootpath != HERE or getattr(told, "proefbank_reports", "") is not None:
        return
    told.proefbank_reports = str(HERE / "build" / "reports")
    under_way = HERE / "build" / "reports" / "checkout" / ".parts"
    if told.proefbank_run is None and not under_way.exists():
        told.proefbank_run = "checkout"


def only_this_machine(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse connections to other machines, whatever library makes them."""
    if event != "socket.connect" or not isinstance(arguments[1], tuple):
        return
    host = str(arguments[1][0])
    try:
        local = ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        local = host == "localhost"
    if not local:
        raise PermissionError(f"the tests of a checkout do not connect to {host}")


sys.addaudithook(only_this_machine)
