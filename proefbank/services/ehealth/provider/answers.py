"""Plain building blocks of answers, in Keycloak's manner, and the faults that replace them."""

from __future__ import annotations

import json
from dataclasses import replace

from proefbank.arming import SHORT, Armed, wire_plan
from proefbank.exchange import Headers, Request, Response

from .workshop import TRAP_PATH

__all__ = [
    "JSON",
    "NO_CACHE",
    "NO_STORE",
    "empty_response",
    "error",
    "faulty",
    "json_bytes",
    "json_response",
    "method_answer",
    "not_found",
    "on_the_wire",
    "readable_from_anywhere",
]

JSON = "application/json"
NO_CACHE: Headers = (("Cache-Control", "no-cache"),)
NO_STORE: Headers = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))
_SAFE: Headers = (
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Robots-Tag", "none"),
)
"""Keycloak also sends Strict-Transport-Security: on a developer's own localhost it would stick."""
_FRAME: Headers = (("X-Frame-Options", "SAMEORIGIN"),)
_ALLOWED_HEADERS = (
    "Origin, Accept, X-Requested-With, Access-Control-Request-Method, "
    "Access-Control-Request-Headers, DPoP, Content-Type, Authorization"
)

_PAGE = b"""<!DOCTYPE html>
<html lang="en"><head><title>Gateway</title></head>
<body><h1>Gateway</h1><p>The service cannot be reached.</p></body></html>
"""


def json_bytes(data: object) -> bytes:
    """Return compact JSON in ASCII."""
    return json.dumps(data, separators=(",", ":")).encode("ascii")


def json_response(
    status: int, data: object, headers: Headers = (), *, media_type: str = JSON
) -> Response:
    """Return an answer that carries JSON."""
    body = data if isinstance(data, bytes) else json_bytes(data)
    return Response(status, (("Content-Type", media_type), *_SAFE, *_FRAME, *headers), body)


def empty_response(status: int, headers: Headers = ()) -> Response:
    """Return an answer that says all it has to say in its headers."""
    text = ("Content-Type", "text/plain;charset=utf-8")
    return Response(status, (text, *_SAFE, *headers))


def readable_from_anywhere(request: Request, response: Response) -> Response:
    """Return the answer as a script of any origin may read it, if one asks; else as it is."""
    origin = request.header("origin")
    if origin is None:
        return response
    allowed = (
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Allow-Credentials", "true"),
    )
    return replace(response, headers=(*response.headers, *allowed))


def error(status: int, code: str, description: str = "", headers: Headers = ()) -> Response:
    """Return an error as OAuth and Keycloak write it."""
    members = {"error": code} | ({"error_description": description} if description else {})
    return json_response(status, members, headers)


def not_found() -> Response:
    """Return Keycloak's answer for a path that it does not have."""
    return error(404, "HTTP 404 Not Found")


def method_answer(request: Request, allowed: tuple[str, ...]) -> Response | None:
    """Answer OPTIONS and methods that are not allowed; None for those that are.

    Where GET is allowed HEAD is too. OPTIONS tells something only to scripts of other origins.
    """
    every = (*allowed, *(("HEAD",) if "GET" in allowed else ()), "OPTIONS")
    if request.method == "OPTIONS":
        if request.header("origin") is None:
            return Response(200, _SAFE)
        preflight = (
            ("Access-Control-Allow-Methods", ", ".join(allowed)),
            ("Access-Control-Allow-Headers", _ALLOWED_HEADERS),
            ("Access-Control-Max-Age", "3600"),
        )
        return readable_from_anywhere(request, Response(200, (*_SAFE, *preflight)))
    if request.method not in every:
        return error(405, "HTTP 405 Method Not Allowed", "", (("Allow", ", ".join(every)),))
    return None


def faulty(armed: Armed, *, elsewhere: str | None, kid: str = "") -> Response | None:
    """Return the answer that a fault gives instead of any other, or None if it gives none."""
    kind, params = armed.stimulus.kind, armed.params
    if kind == "503":
        return error(params["status"], "temporarily_unavailable")
    if kind == "429-retry-after":
        wait = str(max(0, round(params["seconds"])))
        return error(params["status"], "too_many_requests", "", (("Retry-After", wait),))
    if kind in {"html-200", "html-502"}:
        html = (("Content-Type", "text/html; charset=utf-8"),)
        return Response(params.get("status", 200), html, _PAGE)
    if kind == "reset":
        return Response(500)
    if kind == "redirect-elsewhere":
        place = f"{elsewhere or ''}{TRAP_PATH}redirect/{armed.stimulus.layer}?kid={kid}"
        return Response(params["status"], (("Location", place),))
    return None


def on_the_wire(armed: Armed, response: Response) -> Response:
    """Return the answer with the way it travels, or the end it lacks, under a stimulus."""
    if armed.stimulus.kind == "truncated-json":
        return replace(response, body=response.body[:-SHORT])
    return replace(response, wire=wire_plan(armed, response))
