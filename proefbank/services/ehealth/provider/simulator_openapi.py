"""The OpenAPI 3.1 document of the simulated realms.

Every status that can come out is declared, the provoked ones too.
"""

from __future__ import annotations

from typing import Any

from .facts import (
    ASSERTION_TYPE,
    CERTS,
    DISCOVERY,
    FORM,
    INTROSPECT,
    REALMS,
    REALMS_PATH,
    TOKEN,
    TOKEN_EXCHANGE,
    TOKEN_TYPE,
    USERINFO,
)

__all__ = ["simulator_openapi"]

Json = dict[str, Any]

_TEXT: Json = {"type": "string"}
_ERROR: Json = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": _TEXT, "error_description": _TEXT},
}
_KEY: Json = {
    "type": "object",
    "required": ["kid", "kty", "alg", "use"],
    "properties": {
        "kid": _TEXT,
        "kty": _TEXT,
        "alg": _TEXT,
        "use": {"enum": ["sig", "enc"]},
        "x5c": {"type": "array", "items": _TEXT, "minItems": 1},
        "x5t": {"type": "string", "minLength": 27, "maxLength": 27},
        "x5t#S256": {"type": "string", "minLength": 43, "maxLength": 43},
        "n": _TEXT,
        "e": _TEXT,
    },
}
_KEY_SET: Json = {
    "type": "object",
    "required": ["keys"],
    "properties": {"keys": {"type": "array", "minItems": 1, "items": _KEY}},
}
_PAGE: Json = {
    "type": "object",
    "required": ["realm", "public_key", "token-service", "account-service", "tokens-not-before"],
    "properties": {"realm": _TEXT, "public_key": _TEXT},
}
_CONFIGURATION: Json = {
    "type": "object",
    "required": ["issuer", "jwks_uri", "token_endpoint", "introspection_endpoint"],
    "properties": {"issuer": _TEXT, "jwks_uri": _TEXT},
}
_GRANTED: Json = {
    "type": "object",
    "required": ["access_token", "token_type", "expires_in"],
    "properties": {
        "access_token": _TEXT,
        "token_type": {"const": "Bearer"},
        "expires_in": {"type": "integer"},
        "issued_token_type": {"const": TOKEN_TYPE},
    },
}
_INTROSPECTED: Json = {
    "type": "object",
    "required": ["active"],
    "properties": {"active": {"type": "boolean"}},
}
_USER: Json = {"type": "object", "required": ["sub"], "properties": {"sub": _TEXT}}

_CLIENT: Json = {
    "client_assertion_type": {"const": ASSERTION_TYPE},
    "client_assertion": {"type": "string", "description": "A compact signed JWT."},
    "client_id": _TEXT,
}
_TOKEN_FORM: Json = {
    "type": "object",
    "required": ["grant_type"],
    "properties": _CLIENT
    | {
        "grant_type": {"enum": ["client_credentials", TOKEN_EXCHANGE]},
        "subject_token": _TEXT,
        "subject_token_type": {"const": TOKEN_TYPE},
        "requested_token_type": {"const": TOKEN_TYPE},
        "audience": _TEXT,
        "scope": _TEXT,
    },
}
_INTROSPECT_FORM: Json = {
    "type": "object",
    "required": ["token", "client_assertion_type", "client_assertion"],
    "properties": _CLIENT | {"token": _TEXT},
}
_PROVOKED = {
    "302": "A redirect, only when the bench provokes it.",
    "429": "Too many requests, only when the bench provokes it.",
    "500": "A fault, only when the bench provokes it.",
    "502": "A gateway's page, only when the bench provokes it.",
    "503": "Not available, only when the bench or the timeline provokes it.",
}
_COMMON = {"404": "There is no such realm.", "405": "The method is not allowed here."}
_TITLE = "Simulated I.AM Connect realms"


def simulator_openapi() -> Json:
    """Return the document of the simulator."""
    operations: Json = {
        "": {"get": _operation("realmPage", "The realm's page", _PAGE)},
        DISCOVERY: {"get": _operation("discovery", "OpenID Connect discovery", _CONFIGURATION)},
        CERTS: {"get": _operation("keySet", "The keys that verify tokens", _KEY_SET)},
        TOKEN: {
            "post": _operation("token", "Ask for a token", _GRANTED, _TOKEN_FORM, refuses=True)
        },
        INTROSPECT: {
            "post": _operation(
                "introspect", "Is a token active?", _INTROSPECTED, _INTROSPECT_FORM, refuses=True
            )
        },
        USERINFO: {
            "get": _operation("userinfo", "Claims of a person", _USER, refuses=True),
            "post": _operation("userinfoByPost", "Claims of a person", _USER, refuses=True),
        },
    }
    parameters = [
        {"name": "realm", "in": "path", "required": True, "schema": {"enum": list(REALMS)}}
    ]
    paths = {
        f"{REALMS_PATH}{{realm}}{suffix}": {**item, "parameters": parameters}
        for suffix, item in operations.items()
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": _TITLE, "version": "1", "description": "In the shape of Keycloak 26."},
        "servers": [{"url": "/"}],
        "paths": paths,
    }


def _operation(
    name: str, summary: str, schema: Json, form: Json | None = None, *, refuses: bool = False
) -> Json:
    said, silent = dict(_COMMON), dict(_PROVOKED)
    if refuses:
        (silent if form is None else said)["401"] = "Nobody whom the realm knows."
    if form is not None:
        said["400"] = "Something in the request is not as it should be."
    elif refuses:
        silent["403"] = "The token lacks the scope openid."
    responses: Json = {"200": _answer("As asked.", schema)}
    responses |= {status: _answer(text, _ERROR) for status, text in said.items()}
    responses |= {status: {"description": text} for status, text in silent.items()}
    operation: Json = {"operationId": name, "summary": summary, "responses": responses}
    if form is not None:
        operation["requestBody"] = {"required": True, "content": {FORM: {"schema": form}}}
    return operation


def _answer(text: str, schema: Json) -> Json:
    return {"description": text, "content": {"application/json": {"schema": schema}}}
