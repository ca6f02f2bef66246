"""Plain building blocks of answers, and the stimuli that replace an answer altogether."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from proefbank.exchange import Headers, Response

__all__ = [
    "JSON",
    "html",
    "json_bytes",
    "json_response",
    "redirect",
    "whole_seconds",
    "with_retry",
]

JSON = "application/json"
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>{title}</title></head>
<body><h1>{title}</h1><p>{text}</p></body></html>
"""


def json_bytes(data: object) -> bytes:
    """Return compact JSON in UTF-8."""
    return json.dumps(data, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def json_response(
    status: int, data: object, headers: Headers = (), *, media_type: str = JSON
) -> Response:
    """Return an answer that carries JSON."""
    return Response(status, (("Content-Type", media_type), *headers), json_bytes(data))


def html(status: int, title: str, text: str) -> Response:
    """Return a small HTML page."""
    body = _PAGE.format(title=title, text=text).encode("ascii")
    return Response(status, (("Content-Type", "text/html; charset=utf-8"),), body)


def redirect(params: Mapping[str, Any], elsewhere: str | None, target: str) -> Response:
    """Return a redirect to the same target on another origin."""
    return Response(params["status"], (("Location", f"{elsewhere or ''}{target}"),))


def with_retry(params: Mapping[str, Any]) -> Headers:
    """Return the Retry-After header, in whole seconds."""
    return (("Retry-After", str(whole_seconds(params))),)


def whole_seconds(params: Mapping[str, Any]) -> int:
    """Return the parameter `seconds` as a whole number, not below 0."""
    return max(0, round(float(params["seconds"])))
