"""Items of the Google Reader API: papers by their row, as 64-bit numbers."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from service.context import Context
from service.feeds.addresses import entry_links
from service.feeds.document import entry_html, published
from service.feeds.streams import Entry
from service.reader.marks import Marks

READING_LIST = "user/-/state/com.google/reading-list"
STARRED = "user/-/state/com.google/starred"
READ = "user/-/state/com.google/read"
KEPT_UNREAD = "user/-/state/com.google/kept-unread"
FOLDER = "user/-/label/Papers"

_PREFIX = "tag:google.com,2005:reader/item/"
_LONG = re.compile(rf"{re.escape(_PREFIX)}([0-9a-f]{{16}})", re.IGNORECASE)
_SHORT = re.compile(r"[0-9]{1,19}")
_LARGEST = 2**63 - 1


def long_id(row: int) -> str:
    """The id of a paper's item.

    >>> long_id(255)
    'tag:google.com,2005:reader/item/00000000000000ff'
    """
    return f"{_PREFIX}{row:016x}"


def row_of(id: str) -> int | None:
    """The row that an item's id means, in its long form, or the short one (decimal); None if it is neither.

    >>> row_of(long_id(255)), row_of("255"), row_of("x")
    (255, 255, None)
    """
    if match := _LONG.fullmatch(id):
        row = int(match[1], 16)
    elif _SHORT.fullmatch(id):
        row = int(id)
    else:
        return None
    return row if row <= _LARGEST else None


def tags_of(entry: Entry, marks: Marks) -> list[str]:
    """The states and folders of an item."""
    states = {READ: entry.paper.id in marks.read, STARRED: entry.paper.id in marks.starred}
    return [READING_LIST, FOLDER, *(state for state, held in states.items() if held)]


def item(context: Context, user: str, entry: Entry, marks: Marks, origin: str, base: str) -> dict[str, Any]:
    """An item as JSON; its link opens the paper and records it."""
    paper = entry.paper
    link = entry_links(context.links, base, user, entry).open
    day = published(paper) or datetime.fromtimestamp(paper.added // 1000, UTC)
    return {
        "id": long_id(paper.row),
        "crawlTimeMsec": str(paper.added),
        "timestampUsec": str(paper.added * 1000),
        "published": int(day.timestamp()),
        "updated": paper.added // 1000,
        "title": paper.title,
        "author": ", ".join(paper.authors),
        "summary": {"content": entry_html(entry, user, context.links, base)},
        "alternate": [{"href": link, "type": "text/html"}],
        "canonical": [{"href": paper.address or link}],
        "categories": tags_of(entry, marks),
        "origin": {"streamId": origin, "title": "recsys", "htmlUrl": f"{base}/"},
    }
