"""A reader's settings in words, with their values and bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recsys.events import SETTINGS, SWITCHES, Setting, StoredEvent
from recsys.profile import UserState

_SWITCHED: Mapping[Setting, tuple[str, str]] = {  # in words when it is off, and when it is on
    Setting.PAUSED: (
        "Your lists are personal",
        "Personalisation is paused: nothing that you did or said shapes your lists",
    ),
    Setting.LEARN_FROM_LIKES: (
        "What you do to papers counts for what is trending only",
        "What you do to papers shapes your lists",
    ),
    Setting.EXPLORATION: (
        "No place is drawn at random",
        "A few places are drawn at random, to find out what else you may like",
    ),
}
_MEASURED: Mapping[Setting, str] = {
    Setting.DISCOVERY: "Places drawn at random: {:g} times the usual number",
    Setting.BREADTH: "How varied your lists are: {:g} times what suits you",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A setting as it stands; a switch's values are booleans. `event` set it, None while it is as usual."""

    name: Setting
    text: str
    value: float | bool
    usual: float | bool
    bounds: tuple[float, float] | None
    event: str | None

    def public(self) -> dict[str, Any]:
        """As API answers show it."""
        least, most = self.bounds or (None, None)
        return {
            "name": self.name,
            "text": self.text,
            "value": self.value,
            "usual": self.usual,
            "least": least,
            "most": most,
            "event": self.event,
        }


def choices(state: UserState, standing: Sequence[StoredEvent]) -> list[Choice]:
    """Every setting, set or not. `standing` are the reader's events that count, oldest first."""
    set_by = {event.setting: event.id for event in standing if event.setting is not None}
    found = []
    for name, bounds in SETTINGS.items():
        value, switch = state.setting(name), name in SWITCHES
        found.append(
            Choice(
                name,
                _words(name, value),
                bool(value) if switch else value,
                bool(bounds.usual) if switch else bounds.usual,
                None if switch else (bounds.least, bounds.most),
                set_by.get(name),
            )
        )
    return found


def _words(name: Setting, value: float) -> str:
    if name in _SWITCHED:
        return _SWITCHED[name][bool(value)]
    if name in _MEASURED:
        return _MEASURED[name].format(value)
    if value == 0:
        return "New and old papers have the same chance"
    least, most, _ = SETTINGS[name]
    return f"{'New' if value > 0 else 'Old'} papers are favoured: {value:+g}, from {least:g} to {most:g}"
