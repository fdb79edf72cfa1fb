"""OPML: lists of feeds, as feed readers export them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

_ROOT = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>|<!--.*?-->|<!DOCTYPE[^>]*>|\s)*<opml\b", re.DOTALL
)
_MOST = 5_000


@dataclass(frozen=True, slots=True)
class Outline:
    """A feed of a list."""

    url: str
    title: str


def is_opml(body: bytes) -> bool:
    """Whether this is such a list.

    >>> is_opml(b'<?xml version="1.0"?><opml version="2.0"/>'), is_opml(b"<rss/>")
    (True, False)
    """
    return _ROOT.match(body[:10_000]) is not None


def outlines(body: bytes) -> list[Outline]:
    """The feeds of a list, each once, at most 5,000; of one that is damaged those that can be read."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    root = etree.fromstring(body, parser)
    found: dict[str, Outline] = {}
    for element in root.iter("outline") if root is not None else ():
        url = (element.get("xmlUrl") or element.get("xmlurl") or "").strip()
        if url.startswith(("http://", "https://")) and len(found) < _MOST:
            title = element.get("title") or element.get("text") or ""
            found.setdefault(url, Outline(url, " ".join(title.split())[:200]))
    return list(found.values())
