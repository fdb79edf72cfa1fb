"""What a request needs beyond what a JSON schema can say."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import schemathesis

from service.mail.addresses import mail_address, time_zone


@schemathesis.hook
def before_load_schema(context: Any, schema: dict[str, Any]) -> None:
    """Leave cursors out: they are of our making, and whatever a schema makes up is refused."""
    for operations in schema["paths"].values():
        for operation in operations.values():
            parameters = operation.get("parameters", [])
            operation["parameters"] = [found for found in parameters if found["name"] != "cursor"]


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Make what fits the schema fit the world."""
    entries = case.body.get("events") if isinstance(case.body, dict) else None
    for entry in [case.body, *(entries if isinstance(entries, list) else [])]:
        if isinstance(entry, dict):
            _mend_event(entry)
    if case.method == "PUT" and isinstance(case.body, dict):
        _mend_wish(case.body)
    if case.query and isinstance(since := case.query.get("since"), str):
        case.query["since"] = re.sub(r"^(\d{4}-\d\d)-(29|3\d)$", r"\1-28", since)  # every month has it
    if case.meta.generation.mode.is_positive and isinstance(
        id := (case.path_parameters or {}).get("id"), str
    ):
        case.path_parameters["id"] = "".join(letter if letter.isprintable() else "~" for letter in id)
    case.body = _assigned(case.body)
    case.query = _assigned(case.query)
    case.path_parameters = _assigned(case.path_parameters)


def _mend_event(event: dict[str, Any]) -> None:
    """A time between 1970 and now, and two papers that differ."""
    time = event.get("time")
    if isinstance(time, str) and re.match(r"\d{4}-\d\d-\d\d[Tt]", time):
        event["time"] = "2001" + time[4:]
    if isinstance(other := event.get("other"), str) and other.strip() == str(event.get("item")).strip():
        event["other"] = other[:-1] + ("a" if other[-1:] == "b" else "b")


def _mend_wish(wish: dict[str, Any]) -> None:
    """A zone that this machine knows, and an address that not only looks like one."""
    for member, form, check, good in (
        ("zone", r".{0,64}", time_zone, "UTC"),
        ("address", r"[^@\s]+@[^@\s]+", mail_address, "ada@example.org"),
    ):
        given = wish.get(member)
        if isinstance(given, str) and re.fullmatch(form, given, re.DOTALL):
            try:
                check(given)
            except ValueError:
                wish[member] = good


def _assigned(value: Any) -> Any:
    """Without characters that Python's tables don't know, though those of schemathesis may."""
    match value:
        case str():
            return "".join("~" if unicodedata.category(letter) == "Cn" else letter for letter in value)
        case list():
            return [_assigned(entry) for entry in value]
        case dict():
            return {name: _assigned(entry) for name, entry in value.items()}
    return value
