"""Atom 1.0 (RFC 4287) and RSS 2.0, written by feedgen."""

from __future__ import annotations

from typing import Any

from feedgen.ext.base import BaseExtension
from feedgen.feed import FeedGenerator
from feedgen.util import xml_elem

from service.feeds.document import Document, Item

_GENERATOR = "recsys"
_ATOM_LINK = "{http://www.w3.org/2005/Atom}link"
_READER_SCHEME = "http://www.google.com/reader/"
_MINUTES_TO_LIVE = 15


class _HubInRss(BaseExtension):  # type: ignore[misc]
    """RSS has no element for a hub, so it takes Atom's; feedgen writes no more than the link to the feed."""

    href = ""

    def extend_rss(self, feed: Any) -> Any:
        xml_elem(_ATOM_LINK, feed[0], href=self.href, rel="hub")
        return feed


class _Related(BaseExtension):  # type: ignore[misc]
    """The paper's own address; feedgen 1.0 writes the links of entries without their `rel`."""

    href: str | None = None

    def extend_atom(self, entry: Any) -> Any:
        if self.href:
            xml_elem("link", entry, href=self.href, rel="related")
        return entry


def atom(document: Document, address: str, hub: str) -> bytes:
    """The document as Atom; `address` is where it is to be found."""
    written: bytes = _feed(document, address, hub, "application/atom+xml").atom_str()
    return written


def rss(document: Document, address: str, hub: str) -> bytes:
    """The document as RSS."""
    feed = _feed(document, address, hub, "application/rss+xml")
    feed.load_extension("dc", atom=False)
    feed.register_extension("hub", _HubInRss, atom=False)
    feed.hub.href = hub
    feed.ttl(_MINUTES_TO_LIVE)
    for entry, item in zip(feed.entry(), document.items, strict=True):
        if item.authors:  # RSS's own author would have to be a mail address
            entry.dc.dc_creator(list(item.authors))
    written: bytes = feed.rss_str()
    return written


def _feed(document: Document, address: str, hub: str, media_type: str) -> FeedGenerator:
    feed = FeedGenerator()
    feed.id(document.id)
    feed.title(document.title)
    feed.subtitle(document.title)
    feed.updated(document.updated)
    feed.author(name=_GENERATOR)
    feed.generator(_GENERATOR)
    feed.link(href=address, rel="self", type=media_type)
    feed.link(href=hub, rel="hub")
    feed.link(href=document.home, rel="alternate")
    feed.register_extension("related", BaseExtension, _Related, rss=False)
    for item in document.items:
        _add(feed, item)
    return feed


def _add(feed: FeedGenerator, item: Item) -> None:
    entry = feed.add_entry(order="append")
    entry.id(item.id)
    entry.guid(item.id, permalink=False)
    entry.title(item.title)
    entry.updated(item.updated)
    entry.published(item.published)
    entry.link(href=item.link, rel="alternate")
    entry.related.href = item.address
    for name in item.authors:
        entry.author(name=name)
    for topic in item.topics:
        entry.category(term=topic, label=topic)
    for state in item.states:
        entry.category(term=state, scheme=_READER_SCHEME, label=state.rpartition("/")[2])
    entry.summary(item.summary or None)
    entry.content(item.html, type="html")
