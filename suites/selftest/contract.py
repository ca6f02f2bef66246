"""How hard providers are fired at, and one held to its own OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

__all__ = ["FEW", "FUZZ", "statuses_of"]

FUZZ = settings(
    max_examples=150,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)
FEW = settings(FUZZ, max_examples=25)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def statuses_of(
    document: Mapping[str, Any], app: Callable[..., list[bytes]], *, how: settings = FEW
) -> dict[str, set[int]]:
    """Fire at every operation, hold each answer to the document; return the statuses that came.

    They come by `operationId`, or by method and path where there is none.
    """
    schema = schemathesis.openapi.from_dict(dict(document))
    schema.app = app
    found: dict[str, set[int]] = {}
    operations: list[Any] = [result.ok() for result in cast("Any", schema.get_all_operations())]
    for operation in operations:
        name = operation.definition.raw.get("operationId", operation.label)
        seen = found.setdefault(name, set())

        @how
        @given(operation.as_strategy())
        def fire(case: Any) -> None:
            answer = case.call()
            seen.add(answer.status_code)  # noqa: B023 - fired at once
            case.validate_response(answer, checks=CHECKS)

        fire()
    return found
