"""A page of trending papers pasted as text: a header, then for each a line of title and one of abstract."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from recsys.papers import PaperRecord
from recsys.sources.reading import numbered_lines, text
from recsys.sources.records import Rejected, record, reject

HEADER = "Get trending papers in your email inbox"
_BUTTON = "Subscribe"  # the page's button, glued to the first title


def parse(stream: BinaryIO) -> Iterator[PaperRecord | Rejected]:
    """Papers of a listing; blank lines don't count."""
    lines = ((number, text(line).strip()) for number, line in numbered_lines(stream))
    content = ((number, line) for number, line in lines if line)
    after_header = False
    for number, title in content:
        if title.startswith(HEADER):
            after_header = True
            continue
        if after_header:
            title, after_header = title.removeprefix(_BUTTON), False
        _, abstract = next(content, (number, ""))
        if not abstract:
            yield reject(number, "abstract: missing; give it on the line after the title", title)
        else:
            yield record(number, title, {"title": title, "abstract": abstract})
