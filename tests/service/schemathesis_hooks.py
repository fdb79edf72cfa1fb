"""What a request needs beyond what a JSON schema can say; wrong requests stay as wrong as they are."""

from __future__ import annotations

import re
import unicodedata
from typing import Any
from urllib.parse import quote, unquote

import schemathesis

from service.mail.addresses import mail_address, time_zone


@schemathesis.hook
def before_load_schema(context: Any, schema: dict[str, Any]) -> None:
    """Leave out cursors, which are of our making, and a body that may be null."""
    for operations in schema["paths"].values():
        for operation in operations.values():
            if "requestBody" in operation and not operation["requestBody"].get("required"):
                del operation["requestBody"]
            parameters = operation.get("parameters", [])
            operation["parameters"] = [found for found in parameters if found["name"] != "cursor"]


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Make what fits the schema fit the world."""
    if case.path.endswith("/seeds") and case.body == {}:
        case.body = {"ids": ["p00"]}  # a schema has no word for one of three
    if case.path_parameters and isinstance(id := case.path_parameters.get("id"), str):
        # It is compared with its pattern as it is written in the address, where all is printable.
        letters = unquote(id, errors="replace")
        case.path_parameters["id"] = quote("".join(c if c.isprintable() else "~" for c in letters), safe="")
    if not case.meta.generation.mode.is_positive:
        return
    if case.query and isinstance(since := case.query.get("since"), str):
        case.query["since"] = re.sub(r"^(\d{4}-\d\d)-(29|3\d)$", r"\1-28", since)  # every month has it
    if isinstance(case.body, dict):
        _mend(case.path, case.body)
    case.body = _assigned(case.body)
    case.query = _assigned(case.query)


def _mend(path: str, body: dict[str, Any]) -> None:
    if path.endswith("/digest"):
        _mend_wish(body)
    elif path.endswith("/profile"):
        _mend_correction(body)
    elif path.endswith("/seeds"):
        body.pop("bibtex", None)
        if not any(body.values()):
            body["ids"] = ["p00"]
    elif path.endswith("/events"):
        entries = body.get("events")
        for entry in [body, *(entries if isinstance(entries, list) else [])]:
            if isinstance(entry, dict):
                _mend_event(entry)


def _mend_event(event: dict[str, Any]) -> None:
    """A time between 1970 and now, and two papers that differ."""
    time = event.get("time")
    if isinstance(time, str) and re.match(r"\d{4}-\d\d-\d\d[Tt]", time):
        event["time"] = "2001" + time[4:]
    if isinstance(other := event.get("other"), str) and other.strip() == str(event.get("item")).strip():
        event["other"] = other[:-1] + ("a" if other[-1:] == "b" else "b")


def _mend_correction(correction: dict[str, Any]) -> None:
    """Targets that don't contradict each other, and no events to forget that never were."""
    correction.pop("forget", None)
    for number, stance in enumerate(("follow", "mute", "unfollow")):
        if correction.get(stance):
            correction[stance] = [{"topic": f"topic {number}"}]


def _mend_wish(wish: dict[str, Any]) -> None:
    """A zone that this machine knows, and an address that not only looks like one."""
    for member, check, good in (("zone", time_zone, "UTC"), ("address", mail_address, "ada@example.org")):
        if isinstance(given := wish.get(member), str):
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
