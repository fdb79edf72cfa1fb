"""The parameters that several routes share, each with its check and an example."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Depends, Path, Query, Request
from pydantic import AfterValidator

from service.context import Context
from service.event_schema import PRINTABLE

_DURATION = re.compile(r"(\d{1,4})([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 24 * 7}


def printable(value: str) -> str:
    """The value, if it can be shown.

    Raises:
        ValueError: it holds control characters.
    """
    if not value.isprintable():
        raise ValueError("use printable characters only")
    return value


def _since(value: str) -> str:
    since_date(value)
    return value


def since_date(value: str) -> str:
    """The ISO date that `since` means: a date (or a year, or a month), or a duration up to now.

    >>> since_date("2026-11")
    '2026-11'

    Raises:
        ValueError: it is neither.
    """
    if match := _DURATION.fullmatch(value):
        age = timedelta(hours=int(match[1]) * _HOURS[match[2]])
        return (datetime.now(UTC) - age).date().isoformat()
    for form in ("%Y-%m-%d", "%Y-%m", "%Y"):
        try:
            return datetime.strptime(value, form).strftime(form)
        except ValueError:
            continue
    raise ValueError("give an ISO date such as 2026-11-24, or a duration such as 12h, 7d or 4w")


def context_of(request: Request) -> Context:
    """The application's parts."""
    context: Context = request.app.state.context
    return context


ContextDep = Annotated[Context, Depends(context_of)]
User = Annotated[
    str,
    Query(
        min_length=1,
        max_length=128,
        description="The reader; any id of yours",
        examples=["ada"],
        json_schema_extra={"pattern": PRINTABLE},
    ),
    AfterValidator(printable),
]
MaybeUser = Annotated[
    str | None,
    Query(
        min_length=1, max_length=128, description="Leave out what this reader has hidden", examples=["ada"]
    ),
]
Limit = Annotated[int, Query(ge=1, le=100, description="How many papers", examples=[10])]
Category = Annotated[
    str | None,
    Query(min_length=1, max_length=200, description="Only papers of this topic", examples=["cs.LG"]),
]
Since = Annotated[
    str | None,
    Query(
        max_length=20,
        description="Only papers published since: an ISO date, or a duration (12h, 7d, 4w)",
        examples=["2017-01-01"],
        json_schema_extra={
            "pattern": r"^([0-9]{1,4}[hdw]|(?!0000)[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?)$"
        },
    ),
    AfterValidator(lambda value: value if value is None else _since(value)),
]
PaperId = Annotated[
    str,
    Path(
        min_length=1,
        max_length=200,
        description="Any identity of the paper: arxiv:…, doi:…, or its source's own id",
        examples=["arxiv:1706.03762"],
    ),
]
UserId = Annotated[
    str,
    Path(
        min_length=1,
        max_length=128,
        description="The reader",
        examples=["ada"],
        json_schema_extra={"pattern": PRINTABLE},
    ),
    AfterValidator(printable),
]
