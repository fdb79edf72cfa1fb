"""Bodies as web forms send them."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qs

from fastapi import Depends, Request

from service.problems import Problem

_MOST_FIELDS = 10_000

Form = dict[str, list[str]]


async def form_of(request: Request) -> Form:
    """The fields of an urlencoded body, each with all its values; a body of any other kind has none.

    Raises:
        Problem: 413, it has too many fields.
    """
    body = await request.body()
    try:
        return parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise Problem(413, "too-large", f"send at most {_MOST_FIELDS} fields in one form") from None


FormDep = Annotated[Form, Depends(form_of)]


def first(form: Form, name: str) -> str | None:
    """The first value of a field."""
    values = form.get(name)
    return values[0] if values else None
