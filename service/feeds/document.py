"""A listing made ready to be written in any format: ids, times, addresses and texts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from recsys.papers import Paper
from service.feeds.addresses import entry_links
from service.feeds.streams import Entry, Listing
from service.links import Links
from service.pages import fragment

_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # by XML 1.0
_NOTHING_YET = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Item:
    """One entry: `link` opens the paper and records it, `address` is the paper's own."""

    id: str
    title: str
    link: str
    address: str | None
    summary: str
    html: str
    authors: tuple[str, ...]
    topics: tuple[str, ...]
    published: datetime
    updated: datetime
    states: tuple[str, ...] = ()  # of the Google Reader API


@dataclass(frozen=True, slots=True)
class Document:
    """A feed. `updated` is when the newest of its papers came; `home` is the service's own address."""

    id: str
    title: str
    home: str
    updated: datetime
    items: tuple[Item, ...]


def document(listing: Listing, links: Links, base: str) -> Document:
    """The listing as a document: the same listing always makes the same one."""
    items = tuple(_item(entry, listing.user, links, base) for entry in listing.entries)
    return Document(
        id=stable_id("feed", listing.user, listing.stream.path),
        title=writable(listing.title),
        home=f"{base}/",
        updated=max((item.updated for item in items), default=_NOTHING_YET),
        items=items,
    )


def stable_id(*parts: str) -> str:
    """An id that the same parts have everywhere and for ever (a name-based UUID, RFC 9562).

    >>> stable_id("paper", "arxiv:1706.03762")
    'urn:uuid:7c877222-8d41-50f8-97a1-92ff24085463'
    """
    return f"urn:uuid:{uuid5(NAMESPACE_URL, 'recsys:' + repr(parts))}"


def writable(text: str) -> str:
    """The text without what XML can't hold.

    >>> writable("a\\x00b")
    'a\ufffdb'
    """
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def entry_html(entry: Entry, user: str, links: Links, base: str) -> str:
    """What a feed reader shows of an entry: authors, abstract, reasons and the feedback links."""
    feedback = entry_links(links, base, user, entry).feedback
    return writable(fragment("entry", paper=entry.paper, reasons=entry.reasons, feedback=feedback))


def _item(entry: Entry, user: str, links: Links, base: str) -> Item:
    paper = entry.paper
    day = published(paper)
    came = datetime.fromtimestamp(paper.added // 1000, UTC) if paper.added else day or _NOTHING_YET
    return Item(
        id=stable_id("paper", paper.id),
        title=writable(paper.title),
        link=entry_links(links, base, user, entry).open,
        address=paper.address,
        summary=writable(paper.abstract),
        html=entry_html(entry, user, links, base),
        authors=tuple(writable(author) for author in paper.authors if author.strip()),
        topics=tuple(writable(topic) for topic in paper.topics if topic.strip()),
        published=day or came,
        updated=came,
    )


def published(paper: Paper) -> datetime | None:
    """When the paper was published, if the day is known."""
    try:
        return datetime.strptime(paper.published or "", "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
