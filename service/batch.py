"""Bodies that hold either one entry or a list of them, each of which is taken or refused by itself."""

from __future__ import annotations

from typing import Any

from service.problems import Problem

MOST_ENTRIES = 1_000
_LONGEST_ID = 128


def entries_of(body: Any, name: str) -> tuple[list[Any], bool]:
    """The entries of a decoded body, and whether it is a single one.

    Raises:
        Problem: 422, it is neither an object nor a batch of at most 1,000.
    """
    if not isinstance(body, dict):
        detail = f'send one object, or {{"{name}": [...]}}, as JSON with Content-Type: application/json'
        raise Problem(422, "invalid-body", detail, field="body")
    if name not in body:
        return [body], True
    entries = body[name]
    if not isinstance(entries, list) or len(body) > 1:
        raise Problem(422, "invalid-body", f"{name}: give a list, and nothing beside it", field=name)
    if len(entries) > MOST_ENTRIES:
        detail = f"{name}: send at most {MOST_ENTRIES:,} at once, not {len(entries):,}"
        raise Problem(422, "batch-too-large", detail, field=name)
    return entries, False


def refusal(index: int, id: str | None, problem: Problem) -> dict[str, Any]:
    """How the answer to a batch names an entry that was refused."""
    return {"id": id, "index": index, **problem.document}


def echoed_id(entry: Any) -> str | None:
    """The id that a refused entry gave, if it is one that can be said back."""
    id = entry.get("id") if isinstance(entry, dict) else None
    return id if isinstance(id, str) and id.isprintable() and len(id) <= _LONGEST_ID else None
