"""BibTeX and BibLaTeX, with LaTeX decoded to plain text."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import bibtexparser
from bibtexparser.middlewares import LatexDecodingMiddleware, MonthIntMiddleware, SeparateCoAuthors
from bibtexparser.model import Entry

from recsys.papers import PaperRecord, arxiv_id, doi_id
from recsys.sources.reading import TOO_LARGE, document, text
from recsys.sources.records import Rejected, record, reject
from recsys.sources.text import arxiv_among, given_first, iso_date, web_address

# Its warnings repeat what our rejections say.
logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)

_VERBATIM = ("doi", "url", "eprint", "journal", "howpublished", "note")  # LaTeX would end these at a `%`
_BETWEEN_KEYWORDS = re.compile(r"\s*[;,]\s*")


def parse(stream: BinaryIO) -> Iterator[PaperRecord | Rejected]:
    """Papers of a bibliography; a syntax error costs only the entry that it is in."""
    raw = document(stream)
    if raw is None:
        yield reject(1, TOO_LARGE, "")
        return
    try:
        library = bibtexparser.parse_string(
            text(raw), append_middleware=[MonthIntMiddleware(), SeparateCoAuthors()]
        )
    except Exception as error:  # what the parser itself calls a bug in it
        yield reject(1, f"file: can't be parsed ({type(error).__name__}: {error})", raw)
        return
    for block in library.failed_blocks:
        line = (block.start_line or 0) + 1
        yield reject(line, f"entry: {block.error}; correct it or leave it out", block.raw or "")
    for entry in library.entries:
        yield _paper(entry, library)
    if raw.strip() and not library.blocks:
        yield reject(1, "file: no BibTeX entry; each begins with `@`", raw)


def _paper(entry: Entry, library: bibtexparser.Library) -> PaperRecord | Rejected:
    line, raw = (entry.start_line or 0) + 1, entry.raw or ""
    verbatim = {name: str(field.value) for field in entry.fields if (name := field.key.lower()) in _VERBATIM}
    decoded = LatexDecodingMiddleware().transform_entry(entry, library)
    if not isinstance(decoded, Entry):
        return reject(line, "entry: its LaTeX can't be decoded; simplify it", raw)
    fields = {field.key.lower(): field.value for field in decoded.fields}
    keywords = _BETWEEN_KEYWORDS.split(str(fields.get("keywords", "")))
    return record(
        line,
        raw,
        {
            "title": str(fields.get("title", "")),
            "abstract": str(fields.get("abstract", "")),
            "authors": [given_first(" ".join(name.split())) for name in fields.get("author", ())],
            "topics": [word for word in keywords if word],
            "published": _published(fields),
            "url": web_address((verbatim.get("url"),)),
            "arxiv": _arxiv(fields, verbatim),
            "doi": doi_id(f"{verbatim.get('doi', '')} {verbatim.get('url', '')}"),
        },
    )


def _published(fields: Mapping[str, Any]) -> str | None:
    if "date" in fields:  # BibLaTeX
        return iso_date(str(fields["date"]))
    year, month = str(fields.get("year", "")), fields.get("month")
    return iso_date(f"{year.strip()}-{month}" if isinstance(month, int) else year)


def _arxiv(fields: Mapping[str, Any], verbatim: Mapping[str, str]) -> str | None:
    archive = str(fields.get("archiveprefix") or fields.get("eprinttype") or "arxiv")
    if archive.lower() == "arxiv" and (found := arxiv_id(verbatim.get("eprint", ""))):
        return found
    return arxiv_among(verbatim.values())
