"""The OpenAPI 3.1 document of the whole simulator: token endpoint and mounted API.

Every status that can come out is declared, the provoked ones too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .facts import API_BASE, TOKEN_PATH
from .openapi import METHODS, mounted
from .problems import PROBLEM_JSON
from .profile import Profile
from .synthesis import resolved
from .token_request import ASSERTION_TYPE, FORM, GRANT_TYPE

__all__ = ["simulator_document", "simulator_openapi"]

Json = dict[str, Any]

_NO_CONTENT = {
    "405": "The method is not allowed here; Allow names those that are.",
    "406": "Accept does not cover what would be sent (strict mode).",
    "415": "The body is not JSON in UTF-8, or does not say so.",
}
_PROBLEMS = {
    "400": "Something in the request is not as it should be.",
    "401": "No access token, or one that is invalid or expired.",
    "403": "The token lacks a scope, or the sender a permission.",
    "404": "No such resource.",
    "429": "Too many requests.",
    "503": "The service is not available.",
}
_PROVOKED = {
    "307": "A redirect, only when the bench provokes it.",
    "500": "A fault, only when the bench provokes it.",
    "502": "A gateway's page, only when the bench provokes it.",
}

_TOKEN_RESPONSE: Json = {
    "type": "object",
    "required": ["access_token", "token_type"],
    "properties": {
        "access_token": {"type": "string"},
        "token_type": {"type": "string"},
        "expires_in": {"type": "integer"},
        "scope": {"type": "string"},
    },
}
_TOKEN_ERROR: Json = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
}
_TOKEN_REQUEST: Json = {
    "type": "object",
    "required": ["grant_type", "client_assertion_type", "client_assertion"],
    "properties": {
        "grant_type": {"const": GRANT_TYPE},
        "client_assertion_type": {"const": ASSERTION_TYPE},
        "client_assertion": {"type": "string", "description": "A compact signed JWT."},
        "scope": {"type": "string"},
        "client_id": {"type": "string"},
    },
}
_PROBLEM: Json = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "href": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "issues": {"type": "array", "items": {"type": "object"}},
        "requiredScopes": {"type": "array", "items": {"type": "string"}},
    },
}


def simulator_openapi(profile: Profile) -> Json:
    """Return the document for a profile; BadInvocation if its OpenAPI file is unusable."""
    return simulator_document(mounted(profile.fla.openapi).document)


def simulator_document(api: Mapping[str, Any]) -> Json:
    """Return the document for a simulator that mounts `api` below the API base."""
    whole: Json = json.loads(json.dumps(api))
    components = whole.setdefault("components", {})
    components.setdefault("schemas", {})["ProefbankProblem"] = _PROBLEM
    components.setdefault("securitySchemes", {})["socialsecurity"] = {
        "type": "oauth2",
        "flows": {"clientCredentials": {"tokenUrl": TOKEN_PATH, "scopes": {}}},
    }
    paths: Json = {TOKEN_PATH: {"post": _token_operation()}}
    for template, item in whole["paths"].items():
        actual = json.loads(json.dumps(resolved(item, whole)))
        for method in METHODS:
            if isinstance(actual.get(method), dict):
                _declare_refusals(actual[method])
        paths[API_BASE + template.removeprefix(API_BASE)] = actual
    title = "Simulated social security OAuth server and Federal Learning Account API"
    description = str(whole.get("info", {}).get("description", ""))
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1", "description": description},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": components,
    }


def _token_operation() -> Json:
    def answer(text: str, schema: Json) -> Json:
        return {"description": text, "content": {"application/json": {"schema": schema}}}

    responses: Json = {
        "200": answer("A token.", _TOKEN_RESPONSE),
        "400": answer("The request is refused.", _TOKEN_ERROR),
        "401": answer("The client is not authenticated.", _TOKEN_ERROR),
        "405": answer("Only POST is allowed.", _TOKEN_ERROR),
        "429": answer("Too many requests, only when provoked.", _TOKEN_ERROR),
        "503": answer("Not available, only when provoked.", _TOKEN_ERROR),
    }
    responses |= {status: {"description": text} for status, text in _PROVOKED.items()}
    return {
        "operationId": "requestToken",
        "summary": "Ask for an access token with a client assertion",
        "requestBody": {"required": True, "content": {FORM: {"schema": _TOKEN_REQUEST}}},
        "responses": responses,
    }


def _declare_refusals(operation: Json) -> None:
    responses = operation.setdefault("responses", {})
    problem = {"schema": {"$ref": "#/components/schemas/ProefbankProblem"}}
    for status, text in _PROBLEMS.items():
        responses[status] = {"description": text, "content": {PROBLEM_JSON: problem}}
    for status, text in (_NO_CONTENT | _PROVOKED).items():
        responses[status] = {"description": text}
    operation["security"] = [{"socialsecurity": []}]
    operation["parameters"] = [*operation.get("parameters", ())]
