"""Which folders are packages; everything else about the project stands in pyproject.toml.

The rooms at the top of the tree are subpackages when installed. They are looked for, and not
listed, so that a new service is shipped by being there; `test_wheel.py` compares all the same.
"""

from __future__ import annotations

from setuptools import find_packages, setup

ROOMS = ("cassettes", "fixtures", "suites")


def packages() -> list[str]:
    """Return the packages of the wheel: what has an `__init__.py`, and so no self-tests."""
    found = find_packages(include=["proefbank", "proefbank.*"])
    for room in ROOMS:
        found += [f"proefbank.{name}" for name in find_packages(include=[room, f"{room}.*"])]
    return sorted(found)


setup(packages=packages())
