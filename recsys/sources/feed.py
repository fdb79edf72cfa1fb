"""RSS and Atom feeds, well formed or not."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import feedparser

from recsys.papers import PaperRecord, doi_id
from recsys.sources.reading import TOO_LARGE, document
from recsys.sources.records import Rejected, record, reject
from recsys.sources.text import arxiv_among, html_text, web_address

_LONGEST_ABSTRACT = 50_000  # feeds may carry whole articles; the beginning says what they are about
_ARXIV_PREFIX = re.compile(r"^arXiv:\S+\s+Announce Type:\s*\S+\s+Abstract:\s*")
_IDENTIFIERS = ("prism_doi", "dc_identifier", "id", "link")


def parse(stream: BinaryIO) -> Iterator[PaperRecord | Rejected]:
    """Papers and articles of a feed; its entries are numbered from 1."""
    feed = read(stream)
    if isinstance(feed, Rejected):
        yield feed
        return
    for number, entry in enumerate(feed["entries"], 1):
        yield _paper(number, entry)


def read(stream: BinaryIO) -> Mapping[str, Any] | Rejected:
    """What feedparser makes of a feed, or why it is none.

    feedparser fetches no outside entities and expands no nested ones. It is given a stream, never bytes,
    which it would take for a file's name or an address to fetch.
    """
    raw = document(stream)
    if raw is None:
        return reject(1, TOO_LARGE, "")
    try:
        # Without this header a feed that doesn't state its encoding would be read as Latin-1.
        feed = feedparser.parse(io.BytesIO(raw), response_headers={"content-type": "application/xml"})
    except Exception as error:  # feedparser names no exceptions, and one bad feed must not stop an import
        return reject(1, f"feed: can't be parsed ({error!r}); check that it is XML", raw)
    if not feed["entries"] and not feed.get("version"):
        return reject(1, "feed: neither RSS nor Atom; check the address it came from", raw)
    parsed: Mapping[str, Any] = feed
    return parsed


def plain(detail: Mapping[str, Any] | None) -> str:
    """The text of one of feedparser's details, which say whether they are HTML."""
    if not detail:
        return ""
    value = str(detail.get("value") or "")
    return value if detail.get("type") == "text/plain" else html_text(value)


def names(entry: Mapping[str, Any]) -> list[str]:
    """The authors' names."""
    return [author["name"] for author in entry.get("authors", ()) if author.get("name")]


def terms(entry: Mapping[str, Any]) -> list[str]:
    """The categories, each once."""
    return list(dict.fromkeys(tag["term"] for tag in entry.get("tags", ()) if tag.get("term")))


def date(entry: Mapping[str, Any]) -> str | None:
    """The day of publication, else of the last change; None where feedparser can read neither."""
    day = entry.get("published_parsed") or entry.get("updated_parsed")
    return f"{day.tm_year:04}-{day.tm_mon:02}-{day.tm_mday:02}" if day else None


def _paper(number: int, entry: Mapping[str, Any]) -> PaperRecord | Rejected:
    title = plain(entry.get("title_detail"))
    abstract = plain(entry.get("summary_detail")) or plain(next(iter(entry.get("content", ())), None))
    authors = names(entry)
    if _ARXIV_PREFIX.match(abstract):  # arXiv's own feeds: one author element names them all
        abstract = _ARXIV_PREFIX.sub("", abstract)
        authors = [name.strip() for joined in authors for name in joined.split(",")]
    identifiers = [str(entry[key]) for key in _IDENTIFIERS if entry.get(key)]
    fields = {
        "title": title,
        "abstract": abstract[:_LONGEST_ABSTRACT],
        "authors": authors,
        "topics": terms(entry),
        "published": date(entry),
        "url": web_address((entry.get("link"), entry.get("id"))),
        "arxiv": arxiv_among(identifiers),
        "doi": next(filter(None, map(doi_id, identifiers)), None),
    }
    return record(number, title or " ".join(identifiers), fields)
