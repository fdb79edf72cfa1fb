"""What `recsys.events.Event` checks across its members, as the reference at /openapi.json says it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from recsys.events import SETTINGS, SWITCHES, TARGETS, Event, Kind, Reason

# What `str.isprintable` takes, and what of it isn't blank.
PRINTABLE = r"^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$"
_NAME = r"^ *[\p{L}\p{M}\p{N}\p{P}\p{S}][\p{L}\p{M}\p{N}\p{P}\p{S} ]*$"
_NOT_BLANK = {"pattern": r"\S"}

_ALWAYS = frozenset({"id", "user", "kind", "time", "slate", "position"})  # members of every kind of event
_TEXT = {"type": "string"}
_PAIRS = (Kind.PREFER, Kind.SIMILAR, Kind.DIFFERENT)
_TARGETED = (Kind.FOLLOW, Kind.MUTE, Kind.UNFOLLOW)
_JUDGED = (Kind.HIDE, Kind.DISLIKE)
_OTHERS = (*_PAIRS, *_TARGETED, *_JUDGED, Kind.READ, Kind.UNDO, Kind.SET, Kind.RESET)


def of(described: dict[str, Any]) -> dict[str, Any]:
    """The members to add to pydantic's schema of an event."""
    members = {name: dict(member) for name, member in described["properties"].items()}
    for name in ("id", "user"):
        members[name]["pattern"] = _NAME
    for name in ("item", "other", "undoes", *TARGETS):
        members[name] |= _NOT_BLANK
    return {"properties": members, "anyOf": list(_forms())}


def _forms() -> Iterable[dict[str, Any]]:
    """Which members go with which kind."""
    plain = [kind for kind in Kind if kind not in _OTHERS]
    yield _form(plain, {"item": _TEXT})
    yield _form([Kind.READ], {"item": _TEXT}, "seconds", "scroll")
    yield _form(_JUDGED, {"item": _TEXT}, "reason")
    for reason in (Reason.TOPIC, Reason.AUTHOR):
        yield _form(_JUDGED, {"item": _TEXT, "reason": {"const": reason}, reason: _TEXT})
    yield _form(_PAIRS, {"item": _TEXT, "other": _TEXT})
    for aspect in TARGETS:
        yield _form(_TARGETED, {aspect: _TEXT})
    yield _form([Kind.UNDO], {"undoes": _TEXT})
    yield _form([Kind.RESET], {})
    for setting, bounds in SETTINGS.items():
        values = {"type": "number", "minimum": bounds.least, "maximum": bounds.most}
        value = {"enum": [0, 1]} if setting in SWITCHES else values
        yield _form([Kind.SET], {"setting": {"const": setting}, "value": value})


def _form(kinds: Iterable[Kind], required: dict[str, Any], *optional: str) -> dict[str, Any]:
    absent = Event.model_fields.keys() - _ALWAYS - required.keys() - set(optional)
    others = {name: {"type": "null"} for name in sorted(absent)}
    properties = {"kind": {"enum": [*kinds]}, **required, **others}
    return {"properties": properties, "required": ["kind", *required]}
