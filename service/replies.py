"""JSON by orjson: answers that routes have built of plain data, sent without a second validation."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.responses import Response


class JSON(Response):
    """A response of plain data.

    Args:
        content: dicts, lists, strings and numbers.
        status: the HTTP status.
        headers: to add.
        media_type: `application/json`, or one that is based on it.
    """

    def __init__(
        self,
        content: Any,
        status: int = 200,
        headers: dict[str, str] | None = None,
        media_type: str = "application/json",
    ) -> None:
        super().__init__(orjson.dumps(content), status, headers, media_type)
