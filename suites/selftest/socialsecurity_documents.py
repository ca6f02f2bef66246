"""Documents of somebody's own API, in three languages."""

from __future__ import annotations

from typing import Any

__all__ = ["AS_YAML", "SWAGGER", "USER_API"]


USER_API: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Mine", "version": "1"},
    "paths": {
        "/trainings": {
            "post": {
                "operationId": "addTraining",
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Training"}}
                    },
                },
                "responses": {
                    "202": {
                        "description": "ok",
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Receipt"}}
                        },
                    }
                },
            }
        },
        "/trainings/{id}": {
            "get": {
                "parameters": [
                    {"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 1}}
                ],
                "responses": {
                    "200": {
                        "description": "ok",
                        "content": {
                            "application/json": {"examples": {"one": {"value": {"id": "t-1"}}}}
                        },
                    }
                },
            }
        },
        "/trainings/latest": {"get": {"responses": {"204": {"description": "none"}}}},
    },
    "components": {
        "schemas": {
            "Training": {
                "type": "object",
                "required": ["employer", "days"],
                "properties": {
                    "employer": {"type": "string"},
                    "days": {"type": "number", "minimum": 0, "exclusiveMinimum": True},
                    "note": {"type": "string", "nullable": True},
                },
            },
            "Receipt": {
                "allOf": [
                    {"properties": {"ticket": {"type": "string", "minLength": 3}}},
                    {"type": "object", "properties": {"at": {"type": "string", "format": "date"}}},
                ]
            },
        }
    },
}


SWAGGER: dict[str, Any] = {
    "swagger": "2.0",
    "info": {"title": "Old", "version": "1"},
    "basePath": "/x",
    "paths": {
        "/trainings": {
            "post": {
                "operationId": "addTraining",
                "parameters": [
                    {
                        "name": "b",
                        "in": "body",
                        "required": True,
                        "schema": {"$ref": "#/definitions/Training"},
                    }
                ],
                "responses": {"202": {"description": "ok", "schema": {"type": "object"}}},
            }
        }
    },
    "definitions": {"Training": USER_API["components"]["schemas"]["Training"]},
}


AS_YAML = """
openapi: 3.1.0
info: {title: Mine, version: 2024-01-01}
paths:
  /trainings:
    post:
      operationId: addTraining
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [employer, days]
              properties: {employer: {type: string}, days: {type: number, exclusiveMinimum: 0}}
      responses:
        202: {description: ok}
"""
