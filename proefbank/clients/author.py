"""What the class that an author wrote tells about itself."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping

from proefbank.clients.adapter import OPERATIONS

__all__ = ["fitting", "hello_of", "method_of"]


def method_of(op: str) -> str:
    """Return the name of the method for an operation: `token_fetch` for `token.fetch`."""
    return op.replace(".", "_")


def hello_of(client: object, said: Mapping[str, object]) -> dict[str, object]:
    """Return the members of hello: what the client `said`, else what its class shows.

    Raises `ValueError` when the class cannot be a client.
    """
    claimed = dict.fromkeys(
        capability for op, capability in OPERATIONS.items() if hasattr(client, method_of(op))
    )
    if not claimed:
        methods = ", ".join(method_of(op) for op in OPERATIONS)
        raise ValueError(f"it has none of the methods {methods}")
    if not hasattr(client, "scenario"):
        raise ValueError("it has no method scenario, so it cannot learn where to go")
    implementation = {
        "name": str(getattr(client, "name", type(client).__name__)),
        "version": str(getattr(client, "version", "unknown")),
        "language": "Python",
        "homepage": getattr(client, "homepage", None),
    }
    named = said.get("implementation", {})
    return {
        "protocol": 1,
        "capabilities": list(claimed),
        "clock": "settable" if hasattr(client, "clock") else "system",
        "concurrency": getattr(client, "concurrency", 1),
        **said,
        "implementation": {**implementation, **named} if isinstance(named, Mapping) else named,
    }


def fitting(method: Callable[..., object], args: dict[str, object]) -> dict[str, object]:
    """Return those arguments that the method takes: unknown members are ignored."""
    try:
        parameters = inspect.signature(method).parameters.values()
    except (TypeError, ValueError):
        return args
    if any(item.kind is inspect.Parameter.VAR_KEYWORD for item in parameters):
        return args
    return {item.name: args[item.name] for item in parameters if item.name in args}
