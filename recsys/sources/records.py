"""What every importer yields: a paper's record, or why there is none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeVar

from pydantic import BaseModel, ValidationError

from recsys.errors import UserError
from recsys.events import explain_errors
from recsys.papers import PaperRecord

RAW_CHARS = 500  # how much of a rejected record is kept for its reader

# What pydantic says in the words of Python rather than of the one who mends the record.
_PLAINER = {
    "extra_forbidden": "unknown field; leave it out or correct its name",
    "missing": "missing; give one",
    "string_too_short": "empty; give one",
    "string_type": "not text; give it as a string",
    "model_type": "not a JSON object; give one with the fields of the format",
    "model_attributes_type": "not a JSON object; give one with the fields of the format",
}

Model = TypeVar("Model", bound=BaseModel)


class SourceError(UserError):
    """A source as a whole can't be read; the message names what was seen and how to mend it."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that could not be taken.

    `line` is its line in the source, or its number among the entries where a format has no lines;
    `reason` names the field and the mend; `raw` is the beginning of what was there.
    """

    line: int
    reason: str
    raw: str


Parser = Callable[[BinaryIO], Iterator[PaperRecord | Rejected]]


def reject(line: int, reason: str, raw: Any) -> Rejected:
    """A rejection with its reason and raw text cut to `RAW_CHARS`."""
    return Rejected(line, reason[:RAW_CHARS], excerpt(raw))


def excerpt(raw: Any) -> str:
    """The beginning of a record as text, whatever it was decoded to."""
    if isinstance(raw, bytes):
        return raw[: 4 * RAW_CHARS].decode(errors="replace")[:RAW_CHARS]
    if isinstance(raw, str):
        return raw[:RAW_CHARS]
    try:
        return json.dumps(raw, ensure_ascii=False)[:RAW_CHARS]
    except RecursionError:
        return f"(a deeply nested {type(raw).__name__})"


def why(error: ValidationError) -> str:
    """One line that names the field and how to mend it."""
    field, message = explain_errors(error)
    message = _PLAINER.get(error.errors()[0]["type"], message)
    return f"{field or 'record'}: {message}"


def validated(model: type[Model], line: int, value: Any) -> Model | Rejected:
    """Decoded JSON as a `model`, or the reason why it isn't one; a rejection goes through as it is."""
    if isinstance(value, Rejected):
        return value
    try:
        return model.model_validate(value)
    except ValidationError as error:
        return reject(line, why(error), value)


def record(line: int, raw: Any, fields: Any) -> PaperRecord | Rejected:
    """The paper with these fields, or the reason why there is none."""
    paper = validated(PaperRecord, line, fields)
    return Rejected(line, paper.reason, excerpt(raw)) if isinstance(paper, Rejected) else paper
