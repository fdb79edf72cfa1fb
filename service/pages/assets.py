"""The style, the scripts and the icon of the pages, under addresses that change with their content."""

from __future__ import annotations

import hashlib
from importlib.resources import files

TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}
_FILES = {
    file.name: file.read_bytes()
    for file in files("service.pages").joinpath("static").iterdir()
    if file.name.rpartition(".")[2] in TYPES
}
_DIGESTS = {name: hashlib.sha256(content).hexdigest()[:12] for name, content in _FILES.items()}


def asset(name: str) -> str:
    """Where a file is, as it is now.

    >>> asset("page.css").startswith("/static/")
    True
    """
    return f"/static/{_DIGESTS[name]}/{name}"


def content_of(digest: str, name: str) -> bytes | None:
    """What a file holds; None if there is no such file, or not of this digest."""
    return _FILES[name] if _DIGESTS.get(name) == digest else None
