"""Reading an OpenAPI document (JSON, or YAML where PyYAML is installed) and making it 3.1.

Swagger 2.0 and OpenAPI 3.0 are rewritten as far as requests and responses need it, so that one
schema dialect (2020-12) is enough afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

from proefbank.errors import BadInvocation

__all__ = ["default_document", "document_from_file", "modernised"]

Document = dict[str, Any]

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_FORM_PLACES = ("body", "formData")
_BUNDLE = "Bundle the document into one file first; only references inside it ('#/…') are followed."


def default_document() -> Document:
    """Return our neutral stand-in; the real document is not public."""
    folder = resources.files(__package__) / "documents"
    document: Document = json.loads((folder / "fla-default.json").read_text(encoding="utf-8"))
    return document


def document_from_file(path: Path) -> Document:
    """Return the document in a file, modernised; BadInvocation if it is not OpenAPI."""
    where = f"{path}: fla.openapi"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise BadInvocation(
            f"the OpenAPI document cannot be read: {problem}",
            where=where,
            hint="Give the path of a JSON or YAML file, relative to the profile.",
        ) from problem
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = _yaml(text, where)
    if not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
        raise BadInvocation(
            "this is no OpenAPI document: it has no paths",
            where=where,
            hint="A document begins with 'openapi: 3.1.0' (or swagger: '2.0') and has paths.",
        )
    foreign = _foreign_reference(document)
    if foreign is not None:
        raise BadInvocation(f"it refers to {foreign!r}", where=where, hint=_BUNDLE)
    return modernised(document)


def _yaml(text: str, where: str) -> Any:
    hint = "Correct the file, or give the document as JSON."
    try:
        import yaml  # type: ignore[import-untyped,unused-ignore]  # noqa: PLC0415 - not everybody has it
    except ImportError:
        raise BadInvocation(
            "the OpenAPI document is not JSON, and PyYAML is not installed",
            where=where,
            hint="pip install pyyaml, or give the document as JSON.",
        ) from None
    try:
        # Through JSON and back: dates become texts, and status codes keys as JSON has them.
        return json.loads(json.dumps(yaml.safe_load(text), default=str))
    except (yaml.YAMLError, TypeError, ValueError, RecursionError) as problem:
        first = str(problem).partition("\n")[0]
        raise BadInvocation(
            f"the OpenAPI document is neither JSON nor YAML: {first}", where=where, hint=hint
        ) from problem


def _walk(node: Any, visit: Callable[[Document], None]) -> None:
    """Visit every object, the outer ones first."""
    waiting = [node]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            visit(item)
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def _foreign_reference(document: Document) -> str | None:
    found: list[str] = []

    def look(item: Document) -> None:
        reference = item.get("$ref")
        if isinstance(reference, str) and not reference.startswith("#"):
            found.append(reference)

    _walk(document, look)
    return found[0] if found else None


def modernised(document: Document) -> Document:
    """Return a copy as OpenAPI 3.1."""
    copy: Document = json.loads(json.dumps(document))
    if "swagger" in copy:
        copy = _from_swagger(copy)
    if not str(copy.get("openapi", "")).startswith("3.1"):
        _walk(copy, _schema_to_2020)
    copy["openapi"] = "3.1.0"
    return copy


def _schema_to_2020(item: Document) -> None:
    if item.pop("nullable", False) is True and isinstance(item.get("type"), str):
        item["type"] = [item["type"], "null"]
        if isinstance(item.get("enum"), list) and None not in item["enum"]:
            item["enum"].append(None)
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        flag = item.get(exclusive)
        if isinstance(flag, bool):
            del item[exclusive]
            if flag and bound in item:
                item[exclusive] = item.pop(bound)


def _from_swagger(document: Document) -> Document:
    def move(item: Document) -> None:
        reference = item.get("$ref")
        if isinstance(reference, str):
            for old, new in (
                ("#/definitions/", "#/components/schemas/"),
                ("#/parameters/", "#/components/parameters/"),
                ("#/responses/", "#/components/responses/"),
            ):
                if reference.startswith(old):
                    item["$ref"] = new + reference.removeprefix(old)

    _walk(document, move)
    consumes = document.pop("consumes", ["application/json"])
    produces = document.pop("produces", ["application/json"])
    document["components"] = {
        "schemas": document.pop("definitions", {}),
        "parameters": document.pop("parameters", {}),
        "responses": document.pop("responses", {}),
    }
    for response in document["components"]["responses"].values():
        _response_from_swagger(response, produces)
    for item in document["paths"].values():
        for method in _METHODS:
            if isinstance(item, dict) and isinstance(item.get(method), dict):
                _operation_from_swagger(item[method], document, consumes, produces)
    for key in ("swagger", "host", "basePath", "schemes", "securityDefinitions"):
        document.pop(key, None)
    return document


def _operation_from_swagger(
    operation: Document, document: Document, consumes: list[str], produces: list[str]
) -> None:
    consumes = operation.pop("consumes", consumes)
    produces = operation.pop("produces", produces)
    shared = document["components"]["parameters"]
    kept = []
    for parameter in operation.get("parameters", []):
        name = str(parameter.get("$ref", "")).removeprefix("#/components/parameters/")
        actual = shared.get(name, parameter)
        if actual.get("in") == "body":
            content = {media: {"schema": actual.get("schema", {})} for media in consumes}
            required = bool(actual.get("required", False))
            operation["requestBody"] = {"required": required, "content": content}
        elif actual.get("in") not in _FORM_PLACES:
            plain = {"name", "in", "required", "description"}
            schema = {key: value for key, value in actual.items() if key not in plain}
            kept.append({**{key: actual[key] for key in plain & set(actual)}, "schema": schema})
    operation["parameters"] = kept
    for response in operation.get("responses", {}).values():
        _response_from_swagger(response, produces)


def _response_from_swagger(response: Document, produces: list[str]) -> None:
    schema, examples = response.pop("schema", None), response.pop("examples", {})
    if schema is None:
        return
    response["content"] = {
        media: {"schema": schema, **({"example": examples[media]} if media in examples else {})}
        for media in produces
    }
