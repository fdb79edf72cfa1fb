"""RIS, which reference managers and publishers export."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import rispy

from recsys.papers import PaperRecord, doi_id
from recsys.sources.reading import LINE_BYTES, TOO_LONG, numbered_lines, text
from recsys.sources.records import Rejected, record, reject
from recsys.sources.text import arxiv_among, given_first, iso_date, web_address

_BEGIN, _END = re.compile(r"\s*TY\s+-"), re.compile(r"\s*ER\s+-")
_SPACING = re.compile(r"^\s*([A-Z][A-Z0-9])\s+-\s?", re.MULTILINE)
_TITLES = ("title", "primary_title", "translated_title", "short_title")


def parse(stream: BinaryIO) -> Iterator[PaperRecord | Rejected]:
    """Papers of an export; each is parsed by itself, so that a broken one costs no other."""
    any_record = False
    for line, block in _blocks(stream):
        any_record = True
        yield block if isinstance(block, Rejected) else _paper(line, block)
    if not any_record:
        yield reject(1, "file: no RIS record; each begins with a line `TY  - `", "")


def _blocks(stream: BinaryIO) -> Iterator[tuple[int, str | Rejected]]:
    """(line where it begins, text) of each record, from `TY` to `ER`, the next `TY` or the end."""
    begun, block, size = 0, list[str](), 0
    for number, raw in numbered_lines(stream):
        line = text(raw)
        if _BEGIN.match(line):
            if block:
                yield begun, "".join(block)
            begun, block, size = number, [], 0
        if not begun:
            continue
        size += len(raw)
        if size > LINE_BYTES:
            yield begun, reject(begun, TOO_LONG.replace("line", "record"), "".join(block))
            begun, block = 0, []
            continue
        block.append(line.rstrip("\r\n") + "\n")
        if _END.match(line):
            yield begun, "".join(block)
            begun, block = 0, []
    if block:
        yield begun, "".join(block)


def _paper(line: int, block: str) -> PaperRecord | Rejected:
    normal = _SPACING.sub(r"\1  - ", block)  # some exports write one space where the format has two
    try:
        entries = rispy.loads(f"{normal}ER  - \n")
    except Exception as error:  # rispy lets out what its dictionaries raise (KeyError, IndexError)
        return reject(line, f"record: can't be parsed ({type(error).__name__}: {error})", block)
    entry: dict[str, Any] = entries[0]
    urls = [str(url) for url in entry.get("urls", ())]
    authors = entry.get("authors") or entry.get("first_authors") or []
    date = str(entry.get("date") or entry.get("year") or entry.get("publication_year") or "")
    fields = {
        "title": next((entry[key] for key in _TITLES if entry.get(key)), ""),
        "abstract": entry.get("abstract") or entry.get("notes_abstract") or "",
        "authors": [given_first(author) for author in authors],
        "topics": [word for word in entry.get("keywords", ()) if word],
        "published": iso_date(date),
        "url": web_address(urls),
        "arxiv": arxiv_among((*urls, entry.get("journal_name"), entry.get("doi"))),
        "doi": doi_id(" ".join((entry.get("doi") or "", *urls))),
    }
    return record(line, block, fields)
