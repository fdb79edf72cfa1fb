"""BibTeX and BibLaTeX, with LaTeX decoded to plain text."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import bibtexparser
from bibtexparser.middlewares import LatexDecodingMiddleware, MonthIntMiddleware, SeparateCoAuthors
from bibtexparser.model import Entry, Field

from recsys.papers import PaperRecord, arxiv_id, doi_id
from recsys.sources.reading import TOO_LARGE, document, text
from recsys.sources.records import Rejected, record, reject
from recsys.sources.text import arxiv_among, given_first, iso_date, web_address

# Its warnings repeat what our rejections say.
logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)

_DECODE = LatexDecodingMiddleware()
_MENTIONS = ("doi", "url", "eprint", "journal", "howpublished", "note")  # where arXiv may be named
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
        reason = getattr(block.error, "abort_reason", None) or str(block.error)
        yield reject(
            (block.start_line or 0) + 1, f"entry: {reason}; correct it or leave it out", block.raw or ""
        )
    for entry in library.entries:
        yield _paper(entry)
    if raw.strip() and not library.blocks:
        yield reject(1, "file: no BibTeX entry; each begins with `@`", raw)


def _paper(entry: Entry) -> PaperRecord | Rejected:
    line, raw = (entry.start_line or 0) + 1, entry.raw or ""
    fields = {field.key.lower(): field.value for field in entry.fields}
    names = [_name(name) for name in fields.get("author", ())]
    title, abstract, keywords, *authors = _decoded(
        [str(fields.get(field, "")) for field in ("title", "abstract", "keywords")] + names
    )
    doi, url = str(fields.get("doi", "")), str(fields.get("url", ""))
    return record(
        line,
        raw,
        {
            "title": title,
            "abstract": abstract,
            "authors": authors,
            "topics": [word for word in _BETWEEN_KEYWORDS.split(keywords) if word],
            "published": _published(fields),
            "url": web_address((url,)),
            "arxiv": _arxiv(fields),
            "doi": doi_id(f"{doi} {url}"),
        },
    )


def _decoded(texts: list[str]) -> list[str]:
    """Texts without their LaTeX; one that can't be decoded stays as it is."""
    wrapped = Entry("misc", "texts", [Field(str(number), text) for number, text in enumerate(texts)])
    block = _DECODE.transform_entry(wrapped, bibtexparser.Library())
    return [str(field.value) for field in block.fields] if isinstance(block, Entry) else texts


def _name(name: str) -> str:
    """A person's given name first; a name in braces is an institution's and stays."""
    name = " ".join(name.split())
    return name if name.startswith("{") and name.endswith("}") else given_first(name)


def _published(fields: Mapping[str, Any]) -> str | None:
    if "date" in fields:  # BibLaTeX
        return iso_date(str(fields["date"]))
    year, month = str(fields.get("year", "")), fields.get("month")
    return iso_date(f"{year.strip()}-{month}" if isinstance(month, int) else year)


def _arxiv(fields: Mapping[str, Any]) -> str | None:
    archive = str(fields.get("archiveprefix") or fields.get("eprinttype") or "arxiv")
    if archive.lower() == "arxiv" and (found := arxiv_id(str(fields.get("eprint", "")))):
        return found
    return arxiv_among(str(fields[name]) for name in _MENTIONS if name in fields)
