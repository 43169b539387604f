"""The OpenAPI document, which describes every error as a problem document."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from firs.web.problems import MEDIA_TYPE, Problem

_SCHEMAS = "#/components/schemas/{model}"


def describe(app: FastAPI) -> None:
    """Let an app give the document that is made here."""
    made: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not made:
            made.update(_document(app))
        return made

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to do this


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(title=app.title, version=app.version, routes=app.routes)
    schemas = document["components"]["schemas"]
    problem = Problem.model_json_schema(ref_template=_SCHEMAS)
    schemas.update(problem.pop("$defs"), Problem=problem)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for methods in document["paths"].values():
        for told in methods.values():
            told["responses"].pop("422", None)
            told["responses"]["default"] = {
                "description": "What went wrong (RFC 9457).",
                "content": {MEDIA_TYPE: {"schema": {"$ref": _SCHEMAS.format(model="Problem")}}},
            }
    return document
