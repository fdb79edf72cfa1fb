"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

from typing import Any

import orjson

from service.feeds.document import Document, Item


def json_feed(document: Document, address: str, hub: str) -> bytes:
    """The document as a JSON Feed; `address` is where it is to be found."""
    return orjson.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": document.title,
            "home_page_url": document.home,
            "feed_url": address,
            "hubs": [{"type": "WebSub", "url": hub}],
            "authors": [{"name": "recsys"}],
            "items": [_item(item) for item in document.items],
        }
    )


def _item(item: Item) -> dict[str, Any]:
    about: dict[str, Any] = {
        "id": item.id,
        "url": item.link,
        "title": item.title,
        "content_html": item.html,
        "date_published": item.published.isoformat(),
        "date_modified": item.updated.isoformat(),
    }
    if item.address:
        about["external_url"] = item.address
    if item.summary:
        about["summary"] = item.summary
    if item.authors:
        about["authors"] = [{"name": name} for name in item.authors]
    if item.topics:
        about["tags"] = list(item.topics)
    return about
