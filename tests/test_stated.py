"""What may be shown to a reader outside of a ranking."""

from __future__ import annotations

from typing import Any

import pytest

from recsys.events import Kind, Reason, StoredEvent
from recsys.papers import Paper
from recsys.profile import state_from_events
from recsys.stated import allowed

PAPER = Paper(1, "p", "Halos", "", authors=("Ada L.",), topics=("astro-ph",), venue="Nature")
DAY = 86_400_000


@pytest.mark.parametrize(
    ("kind", "about", "now", "new", "again"),
    [
        (Kind.CLICK, {"item": "p"}, 0, True, True),
        (Kind.LIKE, {"item": "p"}, 0, False, True),
        (Kind.HIDE, {"item": "p"}, 0, False, False),
        (Kind.HIDE, {"item": "other"}, 0, True, True),
        (Kind.HIDE, {"item": "p", "reason": Reason.NOT_NOW}, DAY, False, False),
        (Kind.HIDE, {"item": "p", "reason": Reason.NOT_NOW}, 365 * DAY, True, True),
        (Kind.MUTE, {"topic": "Astro-PH"}, 0, False, False),
        (Kind.MUTE, {"author": "ada l."}, 0, False, False),
        (Kind.MUTE, {"venue": "NATURE"}, 0, False, False),
        (Kind.MUTE, {"author": "Nature"}, 0, True, True),
        (Kind.MUTE, {"text": "astro-ph"}, 0, True, True),
        (Kind.FOLLOW, {"topic": "astro-ph"}, 0, True, True),
    ],
)
def test_what_may_be_shown(kind: Kind, about: dict[str, Any], now: int, new: bool, again: bool) -> None:
    state = state_from_events("ada", [StoredEvent("e", "ada", kind, 1_000, **about)])
    assert allowed(PAPER, state, now) is new
    assert allowed(PAPER, state, now, repeat=True) is again
