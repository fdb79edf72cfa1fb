"""The reference at /openapi.json: every error is a problem document, so it is said of every operation."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service import event_schema
from service.answers import ProblemAnswer
from service.problems import MEDIA_TYPE

_PROBLEM = {
    "description": "A problem (RFC 9457): `detail` says what is wrong and how to mend it",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_FROM_FASTAPI = ("HTTPValidationError", "ValidationError")


def install(app: FastAPI) -> None:
    """Describe the application's routes, once."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _with_problems(
                get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
            )
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]


def _with_problems(schema: dict[str, Any]) -> dict[str, Any]:
    components = schema["components"]["schemas"]
    for name in _FROM_FASTAPI:
        components.pop(name, None)
    components["Event"] |= event_schema.of(components["Event"])
    components["Problem"] = ProblemAnswer.model_json_schema()
    for path in schema["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = _PROBLEM
    return schema
