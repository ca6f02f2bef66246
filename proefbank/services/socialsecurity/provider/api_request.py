"""Reading an API request: media type, JSON body, Accept and trace id (Belgif guide)."""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import dataclass
from typing import Any

from proefbank.exchange import Request

from .operations import Issue
from .problems import Problem, bad_request

__all__ = ["ApiBody", "accept_covers", "read_body", "trace_id"]

_TRACE_ID = re.compile(r"[!-~]{1,36}", re.ASCII)
_UNSUPPORTED = Problem("", 415)


@dataclass(slots=True)
class ApiBody:
    """The body of a request, as far as it could be read."""

    present: bool = False
    readable: bool = False
    data: Any = None
    problems: tuple[tuple[str, str, Problem], ...] = ()


def read_body(request: Request) -> ApiBody:
    """Return the JSON in a request body, and what is wrong with how it is sent."""
    body = ApiBody(present=bool(request.body))
    if not body.present:
        return body
    problems = list(_media_type_problems(request))
    try:
        body.data = json.loads(request.body.decode("utf-8"), parse_constant=_constant)
        body.readable = True
    except UnicodeDecodeError:
        problems.append(_broken("body-not-utf-8", "the body is not UTF-8"))
        with contextlib.suppress(ValueError, RecursionError):
            body.data = json.loads(request.body.decode("latin-1"), parse_constant=_constant)
            body.readable = True
    except (ValueError, RecursionError):
        problems.append(_broken("body-not-json", "the body is not JSON"))
    body.problems = tuple(problems)
    return body


def _constant(name: str) -> float:
    raise ValueError(name)


def _broken(code: str, detail: str) -> tuple[str, str, Problem]:
    return code, detail, bad_request([Issue("schemaViolation", "body", "", detail)])


def _media_type_problems(request: Request) -> list[tuple[str, str, Problem]]:
    value = request.header("content-type")
    if value is None:
        return [("content-type-missing", "the body comes without Content-Type", _UNSUPPORTED)]
    media, *parameters = value.split(";")
    media = media.strip().lower()
    if media != "application/json" and not media.endswith("+json"):
        return [("content-type-not-json", "Content-Type is not application/json", _UNSUPPORTED)]
    for parameter in parameters:
        name, _, charset = parameter.partition("=")
        if name.strip().lower() == "charset" and charset.strip(' "').lower() != "utf-8":
            return [("charset-not-utf-8", "the charset is not UTF-8", _UNSUPPORTED)]
    return []


def accept_covers(request: Request) -> tuple[bool, bool]:
    """Whether Accept covers JSON and problem JSON; a request without Accept takes anything."""
    values = request.header_values("accept")
    if not values:
        return True, True
    accepted = set()
    for item in ",".join(values).lower().split(","):
        media, *parameters = (piece.strip() for piece in item.split(";"))
        if not any(re.fullmatch(r"q\s*=\s*0(\.0*)?", piece) for piece in parameters):
            accepted.add(media)
    anything = {"*/*", "application/*"} & accepted
    return (
        bool(anything or "application/json" in accepted),
        bool(anything or "application/problem+json" in accepted),
    )


def trace_id(request: Request) -> tuple[str | None, bool]:
    """Return BelGov-Trace-Id and whether it is one that may be echoed (36 characters at most)."""
    value = request.header("belgov-trace-id")
    return value, value is not None and _TRACE_ID.fullmatch(value) is not None
