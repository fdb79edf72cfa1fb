"""Telling a source's format from its first bytes, and only then from its name."""

from __future__ import annotations

import re
from pathlib import PurePath

from recsys.sources.listing import HEADER
from recsys.sources.reading import text
from recsys.sources.records import SourceError

_PROLOGUE = r"(?>\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>)*+"
_ROOT = re.compile(rf"(?si){_PROLOGUE}<(?:\w+:)?(\w+)")
_BY_ROOT = {"rss": "rss", "rdf": "rss", "feed": "atom"}
_BY_KEYS = tuple(
    (name, re.compile(rf"(?s){keys}"))
    for name, keys in (
        ("jsonfeed", r'"version"\s*:\s*"https?:\\?/\\?/(?:www\.)?jsonfeed\.org'),
        ("openalex", r'"id"\s*:\s*"https:\\?/\\?/openalex\.org|"abstract_inverted_index"\s*:'),
        ("semanticscholar", r'"(?:paperId|externalIds|s2FieldsOfStudy)"\s*:'),
        ("arxiv-snapshot", r'"(?:authors_parsed|update_date|submitter)"\s*:'),
        ("jsonl", r'\A\{[^\n]*"title"\s*:'),
    )
)
_BY_LINES = (
    ("ris", re.compile(r"(?m)^[ \t]*TY[ \t]+-[ \t]")),
    ("bibtex", re.compile(r"(?m)^[ \t]*@\w+[ \t]*[{(]")),
    ("csv", re.compile(r'(?i)\A(?:[^\n]*,)?[ \t]*"?title"?[ \t]*(?:,|\r?\n|\Z)')),
)
_BY_ENDING = {
    ".bib": "bibtex",
    ".ris": "ris",
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".rss": "rss",
    ".atom": "atom",
}
_EVENT = re.compile(r'\{[^\n]*"kind"\s*:')


def detect(head: bytes, filename: str) -> str:
    """The name of a source's format, a key of `FORMATS`.

    Args:
        head: the first bytes (64 KB are plenty), unpacked.
        filename: its name, which decides only where the bytes don't.

    Raises:
        SourceError: no format fits.
    """
    start = text(head).lstrip()
    found = _by_content(start)
    if not found and not _EVENT.match(start) and not start.startswith("<"):
        found = _BY_ENDING.get(PurePath(filename.removesuffix(".gz")).suffix.lower())
    if not found:
        raise SourceError(f"{filename}: the format can't be told ({_seen(start)}); give it with --format")
    return found


def _by_content(start: str) -> str | None:
    if start.startswith(HEADER):
        return "listing"
    if start.startswith("<"):
        root = _ROOT.match(start)
        found = _BY_ROOT.get(root.group(1).lower()) if root else None
        return "arxiv-atom" if found == "atom" and "arxiv.org/api/" in start else found
    patterns = _BY_KEYS if start.startswith(("{", "[")) else _BY_LINES
    return next((name for name, pattern in patterns if pattern.search(start)), None)


def _seen(start: str) -> str:
    if not start:
        return "it is empty"
    if re.match(r"(?i)<!doctype html|<html", start):
        return "it is a web page, not a feed"
    if _EVENT.match(start):
        return "these look like events, which `recsys import events` takes"
    return f"it begins with {start[:40]!r}"
