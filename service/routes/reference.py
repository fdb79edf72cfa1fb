"""GET /docs: the reference to read, made of /openapi.json; without scripts, so it needs no network either."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

router = APIRouter()

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem }
h2 { margin-top: 2.5rem; border-top: 1px solid #8888; padding-top: 1rem } table { border-collapse: collapse }
td { padding: .2rem 1rem .2rem 0; vertical-align: top }
pre { overflow: auto; background: #8882; padding: .6rem }
:root { color-scheme: light dark }"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


@router.get("/docs", include_in_schema=False)
async def reference(request: Request) -> HTMLResponse:
    """Every operation with its parameters and examples."""
    schema = request.app.openapi()
    operations = "".join(
        _operation(method.upper(), path, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    )
    about = escape(schema["info"]["summary"])
    page = (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>recsys reference</title>"
        f"<style>{_STYLE}</style><h1>recsys</h1><p>{about}. Paths below /v1 need an API key, as "
        "<code>Authorization: Bearer &lt;key&gt;</code> or <code>X-API-Key: &lt;key&gt;</code>. Errors are "
        "<code>application/problem+json</code> (RFC 9457). For machines: "
        f"<a href=/openapi.json>openapi.json</a>.</p>{operations}</html>"
    )
    return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY})


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    text = "".join(f"<p>{escape(part)}</p>" for part in operation["description"].split("\n\n"))
    rows = "".join(_parameter(parameter) for parameter in operation.get("parameters", []))
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    bodies = "".join(
        f"<pre>{escape(json.dumps(example['value'], indent=2))}</pre>"
        for example in content.get("examples", {}).values()
    )
    place = escape(path.replace(":path}", "}"))
    return f"<h2><code>{method} {place}</code></h2>{text}<table>{rows}</table>{bodies}"


def _parameter(parameter: dict[str, Any]) -> str:
    schema = parameter["schema"]
    notes = [parameter.get("description", "")]
    notes += [f"default {schema['default']}"] if schema.get("default") is not None else []
    notes += [f"e.g. {example}" for example in schema.get("examples", [])]
    notes += ["required"] if parameter.get("required") else []
    described = escape("; ".join(note for note in notes if note))
    return f"<tr><td><code>{escape(parameter['name'])}</code></td><td>{described}</td></tr>"
