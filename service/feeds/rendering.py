"""A stream as the bytes of a feed."""

from __future__ import annotations

from service.context import Context
from service.feeds.addresses import Addresses, Format
from service.feeds.document import document
from service.feeds.json_feed import json_feed
from service.feeds.streams import Stream, listing
from service.feeds.xml import atom, rss

DEFAULT_LIMIT = 20
_WRITERS = {"atom": atom, "rss": rss, "json": json_feed}


def render(
    context: Context,
    user: str,
    stream: Stream,
    format: Format,
    addresses: Addresses,
    limit: int = DEFAULT_LIMIT,
) -> bytes:
    """The stream in a format; the same bytes as long as nothing has changed.

    Raises:
        Problem: 404, the reader has no such search, or there is no such paper.
        recsys.store.StoreError: neither the record nor a bundle can answer.
    """
    written = document(listing(context, user, stream, limit), context.links, addresses.base)
    return _WRITERS[format](written, addresses.feed(stream, format), addresses.hub)
