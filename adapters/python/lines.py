"""The adapter protocol, version 1, around a Python class: copy this file next to your adapter."""

from __future__ import annotations

import json
import sys
from typing import Any

Json = dict[str, Any]


class RefusedError(Exception):
    """The API answered with a status other than 2xx."""


def api_value(status: int, content_type: str | None, text: str) -> Json:
    """Return what ``api.call`` gives for an HTTP answer, whichever library brought it."""
    if not 200 <= status < 300:
        raise RefusedError(status)
    is_json = text and "json" in (content_type or "")
    return {"status": status, "body": json.loads(text) if is_json else text or None}


def failed(error: Exception, classify: Any) -> Json:
    """Return the outcome for an exception; one that has no class is a crash."""
    kind = classify(error)
    if isinstance(error, RefusedError):
        kind = "not_allowed" if error.args == (403,) else "provider_error"
    outcome = {"outcome": "rejected", "class": kind} if kind else {"outcome": "crashed"}
    return {**outcome, "detail": f"{type(error).__name__}: {error}"}


def serve(name: str, version: str, client_class: Any, classify: Any) -> None:
    """Answer the bench until ``bye``, with a ``client_class(service, ca_file)`` for each scenario.

    ``fetch`` and ``call`` give the value or raise; ``classify`` gives an exception's class.
    """
    me = {"name": name, "version": version, "language": "Python"}
    hello = {"implementation": me, "capabilities": ["token", "api"], "clock": "system"}
    client: Any = None
    for line in sys.stdin.buffer:
        message = json.loads(line)
        answer: Json = {}
        try:
            match message:
                case {"cmd": "hello", "protocols": protocols}:
                    answer = {"protocol": 1 if 1 in protocols else None, **hello}
                case {"cmd": "scenario", "socialsecurity": service, "ca_file": ca_file}:
                    client = client_class(service, ca_file)
                case {"op": "token.fetch", "args": {"scope": scope}}:
                    answer = {"outcome": "accepted", "value": client.fetch(scope)}
                case {"op": "api.call", "args": {"method": method, "path": path, "body": body}}:
                    answer = {"outcome": "accepted", "value": client.call(method, path, body)}
                case {"op": op}:
                    answer = {"outcome": "unsupported", "reason": f"no {op} here"}
        except Exception as error:
            answer = failed(error, classify if "op" in message else lambda _: None)
        print(json.dumps({"seq": message["seq"], **answer}), flush=True)
        if message["cmd"] == "bye":
            break
