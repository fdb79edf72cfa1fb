"""Real reading histories: the papers they speak of and the events themselves, one file for each kind."""

from __future__ import annotations

from recsys.sources.histories.citeulike import citeulike
from recsys.sources.histories.events_file import events_file
from recsys.sources.histories.history import History
from recsys.sources.histories.movielens import movielens

__all__ = ["History", "citeulike", "events_file", "movielens"]
