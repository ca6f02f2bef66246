"""Providers that stray from the document which they are described by, where nothing else looks."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

from proefbank.exchange import Request, Response

from .registry import breaks, header, members

at_page = partial(breaks, service="ehealth", path="/protocol/openid-connect/token/introspect")
at_realm = partial(breaks, service="ehealth", path="/realms/healthcare")


@at_page("document.no-server-errors")
def breaks_down(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Breaks down over requests to look into a token."""
    return replace(response, status=500)


@at_page("document.statuses-are-declared")
def teapot(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Answers 418 to requests to look into a token."""
    return replace(response, status=418)


@at_realm("document.media-types-are-declared")
def realm_as_text(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Says that the page of a realm is plain text."""
    return header(response, "Content-Type", "text/plain")


@at_realm("document.bodies-conform")
def realm_without_name(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Leaves the name of the realm out of its page."""
    body = {name: value for name, value in members(response).items() if name != "realm"}
    return replace(response, body=json.dumps(body).encode())
