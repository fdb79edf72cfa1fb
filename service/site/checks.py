"""What forms hold is checked by the models of the API; what is wrong is told as the API tells it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError

from recsys.events import explain_errors
from service.problems import Problem


@contextmanager
def checked() -> Iterator[None]:
    """Tell what doesn't fit a model as a problem.

    Raises:
        Problem: 422, with the field and the mend.
    """
    try:
        yield
    except ValidationError as error:
        field, mend = explain_errors(error)
        raise Problem(
            422, "invalid-request", f"{field}: {mend}" if field else mend, field=field or "body"
        ) from None
