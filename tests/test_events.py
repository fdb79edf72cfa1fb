"""What clients may send as an event, and what they are told when it is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from recsys.events import Kind, explain_errors, parse

GOOD = {"id": "1", "user": "ada", "kind": "like", "item": "arxiv:2401.00001"}


def test_a_plain_event() -> None:
    event = parse({**GOOD, "time": "2026-01-01T10:00:00+02:00", "slate_id": "s", "position": 3})
    assert event.kind is Kind.LIKE
    assert event.time == datetime(2026, 1, 1, 8, tzinfo=UTC)
    assert (event.slate, event.position) == ("s", 3)


@pytest.mark.parametrize(
    ("change", "field", "hint"),
    [
        ({"kind": "love"}, "kind", "'like'"),
        ({"item": None}, "", "takes an item"),
        ({"time": "2026-01-01T10:00:00"}, "time", "zone"),
        ({"time": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}, "time", "future"),
        ({"time": "1950-01-01T00:00:00Z"}, "time", "1970"),
        ({"id": "x" * 129}, "id", "128"),
        ({"user": "a\x00b"}, "user", "printable"),
        ({"position": -1}, "position", "greater than or equal to 0"),
        ({"seconds": 3}, "", "only a read event"),
        ({"colour": "red"}, "colour", "Extra"),
        ({"kind": "follow"}, "", "takes no item"),
        ({"kind": "follow", "item": None}, "", "one of topic, author, venue or text"),
        ({"kind": "follow", "item": None, "topic": "a", "author": "b"}, "", "one of topic"),
        ({"topic": "a"}, "", "takes no topic"),
        ({"kind": "prefer"}, "", "second paper"),
        ({"kind": "prefer", "other": GOOD["item"]}, "", "two papers"),
        ({"other": "p2"}, "", "no other"),
        ({"reason": "topic"}, "", "only a hide or dislike"),
        ({"kind": "hide", "reason": "boring"}, "reason", "'too-old'"),
        ({"kind": "hide", "reason": "topic", "author": "b"}, "", "takes no author"),
        ({"kind": "undo", "item": None}, "", "undoes"),
        ({"undoes": "e1"}, "", "undo event"),
        ({"kind": "set", "item": None, "setting": "breadth"}, "", "setting and value"),
        ({"kind": "set", "item": None, "setting": "breadth", "value": 9}, "", "from 0 to 4"),
        ({"kind": "set", "item": None, "setting": "paused", "value": 0.5}, "", "0 or 1"),
        ({"setting": "breadth", "value": 1}, "", "only a set event"),
        ({"scroll": 0.5}, "", "only a read event"),
        ({"kind": "read", "seconds": float("nan")}, "seconds", "finite"),
        ({"kind": "read", "seconds": 1e9}, "seconds", "86400"),
    ],
)
def test_a_refusal_names_the_field_and_the_mend(change: dict[str, Any], field: str, hint: str) -> None:
    with pytest.raises(ValidationError) as caught:
        parse({**GOOD, **change})
    where, what = explain_errors(caught.value)
    assert where == field
    assert hint in what


@pytest.mark.parametrize("raw", [None, 3, "like", [], [GOOD]])
def test_not_even_an_object(raw: Any) -> None:
    with pytest.raises(ValidationError):
        parse(raw)
