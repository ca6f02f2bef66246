"""How a wayward provider is entered: what it does to one answer, and what that breaks."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from proefbank.exchange import Headers, Request, Response

__all__ = ["WAYWARD", "WaywardProvider", "breaks", "header", "members", "remade", "sent"]

Spoil = Callable[[Request, Response], Response]


@dataclass(frozen=True, slots=True)
class WaywardProvider:
    """The simulated provider of one service, with exactly one defect."""

    name: str
    requirement: str
    service: str
    """The service whose provider it is."""
    spoil: Spoil
    """Returns the answer that is given in place of the right one."""
    ends: bool = False
    """Whether nothing can be asked after it, because later requests need what is missing."""

    @property
    def defect(self) -> str:
        """What it does wrong: the docstring of its function."""
        return " ".join((inspect.getdoc(self.spoil) or "").split())


WAYWARD: dict[str, WaywardProvider] = {}
"""Every wayward provider by name."""


def breaks(slug: str, service: str, path: str, *, ends: bool = False) -> Callable[[Spoil], Spoil]:
    """Enter the decorated function, which is asked about answers of one path only.

    `path` is the end of it, or `*` for every one.
    """

    def enter(spoil: Spoil) -> Spoil:
        def there(request: Request, response: Response) -> Response:
            control = response.trail.conversation == "control"
            if control or not (path == "*" or request.path.endswith(path)):
                return response
            return spoil(request, response)

        there.__doc__ = spoil.__doc__
        name = spoil.__name__.replace("_", "-")
        assert name not in WAYWARD, name  # noqa: S101 - a slip of ours, seen at import
        WAYWARD[name] = WaywardProvider(name, f"contract.{slug}", service, there, ends)
        return spoil

    return enter


def header(response: Response, name: str, value: str | None) -> Response:
    """Return the answer with a header replaced, or without it."""
    others: Headers = tuple(
        (key, old) for key, old in response.headers if key.lower() != name.lower()
    )
    return replace(response, headers=others if value is None else (*others, (name, value)))


def members(response: Response) -> dict[str, Any]:
    """Return the members of a JSON object in the body; none if it holds none."""
    try:
        found = json.loads(response.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def remade(response: Response, changes: Mapping[str, Any]) -> Response:
    """Return the answer with members of its body changed, or left out that are None.

    A member is named by a dotted path. Nothing is done to a body that is no JSON object.
    """
    body = members(response)
    if not body:
        return response
    for path, value in changes.items():
        place, (*steps, last) = body, path.split(".")
        for step in steps:
            place = place.setdefault(step, {})
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value
    return replace(response, body=json.dumps(body).encode())


def sent(request: Request) -> dict[str, Any]:
    """Return the JSON object that was sent; empty if none was."""
    try:
        found = json.loads(request.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
