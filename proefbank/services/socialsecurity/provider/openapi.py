"""The mounted API: the operations that its OpenAPI document declares."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema_rs

from proefbank.errors import BadInvocation

from .facts import API_BASE
from .openapi_file import default_document, document_from_file
from .operations import Operation, Parameter
from .synthesis import media_example, resolved

__all__ = ["METHODS", "Mount", "mount_document", "mounted"]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
_TEMPLATE = re.compile(r"\{[^{}/]*\}")
_SUCCESS = range(200, 300)
_SCALARS = {"string", "integer", "number", "boolean"}


@dataclass(frozen=True, slots=True)
class Mount:
    """All operations of one document."""

    document: Mapping[str, Any] = field(repr=False)
    operations: tuple[Operation, ...]
    is_default: bool
    """Whether it is our neutral stand-in."""

    def find(self, path: str, method: str) -> tuple[Operation | None, tuple[str, ...]]:
        """Return the operation for a path below the API base, and the methods there."""
        here = [item for item in self.operations if item.pattern.fullmatch(path)]
        if here:
            best = min(item.template.count("{") for item in here)
            here = [item for item in here if item.template.count("{") == best]
        operation = next((item for item in here if item.method == method), None)
        return operation, tuple(item.method for item in here)


def mounted(path: Path | None) -> Mount:
    """Return the API in an OpenAPI file, or our default for None; BadInvocation if unusable."""
    if path is None:
        return mount_document(default_document(), where="the default", is_default=True)
    return mount_document(document_from_file(path), where=str(path), is_default=False)


def mount_document(document: Mapping[str, Any], *, where: str, is_default: bool) -> Mount:
    """Return the operations of an OpenAPI 3.1 document."""
    operations = []
    for raw_template, item in document["paths"].items():
        template = raw_template.removeprefix(API_BASE)
        item = resolved(item, document)  # noqa: PLW2901 - the same item, seen through
        for method in METHODS:
            if not isinstance(item, Mapping) or not isinstance(item.get(method), Mapping):
                continue
            try:
                operations.append(_operation(document, template, method, item))
            except (ValueError, TypeError, AttributeError) as problem:
                first = str(problem).partition("\n")[0]
                raise BadInvocation(
                    f"{method.upper()} {raw_template} cannot be used: {first}",
                    where=where,
                    hint="Correct this operation in the OpenAPI document.",
                ) from problem
    if not operations:
        raise BadInvocation(
            "the OpenAPI document has no operation", where=where, hint="Give it a path."
        )
    return Mount(document, tuple(operations), is_default)


def _operation(
    document: Mapping[str, Any], template: str, method: str, item: Mapping[str, Any]
) -> Operation:
    operation = item[method]
    body = resolved(operation.get("requestBody"), document)
    content = body.get("content", {}) if isinstance(body, Mapping) else {}
    media = next((value for key, value in content.items() if "json" in key.lower()), None)
    schema = media.get("schema") if isinstance(media, Mapping) else None
    status, media_type, example = _success(operation.get("responses", {}), document)
    pieces = _TEMPLATE.split(template)
    parameters = [*item.get("parameters", ()), *operation.get("parameters", ())]
    return Operation(
        operation_id=str(operation.get("operationId") or f"{method} {template}"),
        method=method.upper(),
        template=template,
        pattern=re.compile("[^/]+".join(re.escape(piece) for piece in pieces)),
        takes_body=bool(content),
        body_required=bool(content) and bool(body.get("required", False)),
        validator=None if schema is None else _validator(schema, document),
        query=_parameters(parameters, document),
        status=status,
        media_type=media_type,
        example=example,
        sent_example=media_example(media, document) if isinstance(media, Mapping) else None,
    )


def _parameters(declared: Sequence[Any], document: Mapping[str, Any]) -> tuple[Parameter, ...]:
    found: dict[str, Parameter] = {}
    for raw in declared:
        parameter = resolved(raw, document)
        if parameter.get("in") != "query":
            continue
        schema = parameter.get("schema", {})
        kind = resolved(schema, document).get("type", "string")
        scalar = isinstance(kind, str) and kind in _SCALARS
        found[parameter["name"]] = Parameter(
            name=parameter["name"],
            required=bool(parameter.get("required", False)),
            validator=_validator(schema, document) if scalar else None,
            kind=kind if scalar else "",
        )
    return tuple(found.values())


def _validator(schema: Any, document: Mapping[str, Any]) -> jsonschema_rs.Validator:
    whole = {key: value for key, value in document.items() if not key.startswith("$")}
    whole |= {"$ref": "#/x-schema", "x-schema": schema}
    return jsonschema_rs.Draft202012Validator(whole, mask="the value", offline=True)


def _success(
    responses: Mapping[str, Any], document: Mapping[str, Any]
) -> tuple[int, str | None, Any]:
    declared = sorted(
        int(code) for code in responses if str(code).isdigit() and int(code) in _SUCCESS
    )
    status = declared[0] if declared else 200
    response = resolved(responses.get(str(status), {}), document)
    content = response.get("content", {}) if isinstance(response, Mapping) else {}
    for media_type, media in content.items():
        if "json" in media_type.lower():
            return status, media_type, media_example(resolved(media, document), document)
    media_type = next(iter(content), None)
    return status, media_type, None
