"""The OpenAPI 3.1 document of the simulator, whatever dialect its answers are in.

Every status that can come out is declared, the provoked ones too. A 409 may have no body, so
its bodies are declared under `x-body` instead of as content. Links lead from an identification
to its status, from there to the start of a signature, and on to the status of that.
"""

from __future__ import annotations

from . import facts
from .openapi_links import to_identification_status, to_sign_status, to_start
from .openapi_schemas import (
    LANGUAGE,
    SCHEMAS,
    TEXT,
    Json,
    Sample,
    identification,
    identification_status,
    sign_document,
)

__all__ = ["Sample", "simulator_openapi"]


_PLAIN = {
    "403": "No registered client certificate, or a foreign address.",
    "405": "The method is not allowed here; Allow names the one that is.",
    "415": "The body is not declared as application/json.",
}
_PROVOKED = {
    "307": "A redirect, only when the bench provokes it.",
    "500": "A fault, only when the bench provokes it.",
}


def simulator_openapi(prefix: str, page_paths: tuple[str, str], sample: Sample) -> Json:
    """Return the document of a simulator that stands below `prefix`, with pages at these paths."""
    base = f"{prefix}{facts.ROOT}"
    paths: Json = {
        f"{prefix}{facts.CONFIGURATION}": {
            "get": _operation("readConfiguration", "Read the configuration", "Configuration")
        },
        f"{prefix}{facts.IDENTIFICATION}": {
            "post": _operation(
                "startIdentification",
                "Open an identification session",
                "Opened",
                "Refused",
                body=identification(sample),
                links={"status": to_identification_status(sample)},
            )
        },
        f"{prefix}{facts.IDENTIFICATION_STATUS}": {
            "post": _operation(
                "readIdentification",
                "Ask how an identification session stands",
                "Person",
                "Refused",
                body=identification_status(sample),
                links={"start": to_start(sample)},
            )
        },
        f"{prefix}{facts.SIGN_DOCUMENT}": {
            "post": _operation(
                "signDocument",
                "Open a sign session, or ask how one stands",
                "SignAnswer",
                "SignRefused",
                body=sign_document(sample),
                links={"status": to_sign_status(sample)},
            )
        },
    }
    for path in page_paths:
        servers = {"servers": [{"url": sample.front}]} if sample.front else {}
        paths[path] = {**servers, "get": _page(path)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Simulated itsme Sign",
            "version": "1",
            "description": f"Back ends call below {base}; browsers visit the pages.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": SCHEMAS},
    }


def _operation(
    operation_id: str,
    summary: str,
    good: str,
    bad: str | None = None,
    *,
    body: Json | None = None,
    links: Json | None = None,
) -> Json:
    def content(schema: str) -> Json:
        return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}

    responses: Json = {"200": {"description": "As asked.", "content": content(good)}}
    plain = _PLAIN if body else {code: _PLAIN[code] for code in ("403", "405")}
    responses |= {status: {"description": text} for status, text in (plain | _PROVOKED).items()}
    made: Json = {"operationId": operation_id, "summary": summary, "responses": responses}
    if links:
        responses["200"]["links"] = links
    if body and bad:
        refused = "Something in the request is not as it should be."
        responses["400"] = {"description": refused, "content": content(bad)}
        responses["409"] = {
            "description": "Not now, not any more, or (without a body) no such session.",
            "x-body": {"$ref": f"#/components/schemas/{bad}"},
        }
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return made


def _page(path: str) -> Json:
    html = {"text/html": {"schema": TEXT}}
    return {
        "operationId": f"open_{path.rpartition('/')[2].partition('-')[0]}",
        "summary": "Open a page for the person",
        "parameters": [
            {"name": "q", "in": "query", "required": True, "schema": TEXT},
            {"name": "language", "in": "query", "required": True, "schema": LANGUAGE},
        ],
        "responses": {
            "200": {"description": "The page.", "content": html},
            "303": {"description": "Nothing is left to do: back to the client."},
            "404": {"description": "No such page, or not here.", "content": html},
            "405": {"description": "Only GET opens it.", "content": html},
            "500": {"description": _PROVOKED["500"], "content": html},
        },
    }
