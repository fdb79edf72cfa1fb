"""Small pages for people, rendered from the templates beside this file; without scripts."""

from __future__ import annotations

from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
_templates = Environment(
    loader=PackageLoader("service", "pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


def page(name: str, status: int = 200, **values: Any) -> HTMLResponse:
    """The page of the template `name` with these values."""
    text = _templates.get_template(f"{name}.html.j2").render(values)
    return HTMLResponse(text, status, {"Content-Security-Policy": _POLICY, "X-Robots-Tag": "noindex"})
