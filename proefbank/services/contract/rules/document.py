"""Answers held to the OpenAPI document that the requests were made from."""

from __future__ import annotations

from proefbank.judge import rule
from proefbank.verdict import Finding

from ..wire.document import Explored


def strayed(explored: Explored, check: str, wanted: str) -> Finding | None:
    """Find an answer that a check of schemathesis found wrong."""
    row = explored.first(check)
    if row is None:
        return None
    return Finding(str(row["operation"]), wanted, str(row["told"]))


@rule("contract.document.no-server-errors")
def no_faults(explored: Explored) -> Finding | None:
    """A request that the document allows is no reason to break down."""
    return strayed(explored, "not_a_server_error", "no 5xx to a request the document allows")


@rule("contract.document.statuses-are-declared")
def statuses(explored: Explored) -> Finding | None:
    """Clients are generated from the document, and know no status that is not in it."""
    return strayed(explored, "status_code_conformance", "a status that the document declares")


@rule("contract.document.media-types-are-declared")
def media_types(explored: Explored) -> Finding | None:
    """Generated clients parse what the document says, and nothing else."""
    return strayed(explored, "content_type_conformance", "a media type that the document declares")


@rule("contract.document.bodies-conform")
def bodies(explored: Explored) -> Finding | None:
    """A member that is missing, or of another type, breaks every client that was generated."""
    return strayed(explored, "response_schema_conformance", "a body that the document declares")
