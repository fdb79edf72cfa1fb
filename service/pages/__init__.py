"""Pages for people, rendered from the templates beside this file; no script or style stands in them."""

from __future__ import annotations

from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from service.pages.assets import asset
from service.pages.wording import code, day, day_label, seconds, size, when, when_iso

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "same-origin",  # with none at all browsers would hide from us where a form came from
    "X-Robots-Tag": "noindex",
}
_templates = Environment(
    loader=PackageLoader("service", "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters |= {form.__name__: form for form in (code, day, day_label, seconds, size, when, when_iso)}
_templates.globals |= {"asset": asset, "me": None, "theme": "", "feed": None}


def page(name: str, status: int = 200, **values: Any) -> HTMLResponse:
    """The page of the template `name` with these values."""
    text = _templates.get_template(f"{name}.html.j2").render(values)
    return HTMLResponse(text, status, _HEADERS)


def fragment(name: str, **values: Any) -> str:
    """A piece of HTML of the template `name`, for feeds and mails."""
    return _templates.get_template(f"{name}.html.j2").render(values)
