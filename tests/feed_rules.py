"""What the specifications of the feeds ask for, as checks that say what is broken."""

from __future__ import annotations

import json
import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
_CHANNEL = {
    "title": 1, "link": 1, "description": 1, "language": 0, "copyright": 0, "managingEditor": 0,
    "webMaster": 0, "pubDate": 0, "lastBuildDate": 0, "generator": 0, "docs": 0, "ttl": 0,
}  # fmt: skip
_ITEM = {"title", "link", "description", "author", "comments", "enclosure", "guid", "pubDate", "source"}
_TOP = {
    "version",
    "title",
    "home_page_url",
    "feed_url",
    "description",
    "hubs",
    "authors",
    "items",
    "language",
}
_JSON_ITEM = {
    "id", "url", "external_url", "title", "content_html", "content_text", "summary", "date_published",
    "date_modified", "authors", "tags", "language",
}  # fmt: skip


def check_atom(body: bytes) -> None:
    """RFC 4287: its grammar, and the rules that no grammar holds."""
    document = etree.fromstring(body)
    grammar = etree.RelaxNG(etree.parse(Path(__file__).with_name("atom.rng")))
    assert grammar.validate(document), grammar.error_log
    for entry in document.iter(f"{ATOM}entry"):
        alternates = [
            link for link in entry.iter(f"{ATOM}link") if link.get("rel", "alternate") == "alternate"
        ]
        assert len({(link.get("type"), link.get("hreflang")) for link in alternates}) == len(alternates)
        assert alternates or entry.find(f"{ATOM}content") is not None
    ids = [entry.findtext(f"{ATOM}id") for entry in document.iter(f"{ATOM}entry")]
    assert len(ids) == len(set(ids))
    for text in document.iter(f"{ATOM}id"):
        assert urlsplit(text.text).scheme, "an id must be an absolute IRI"


def check_rss(body: bytes) -> None:
    """The RSS 2.0 specification: what there may be, how often, and of which form."""
    document = etree.fromstring(body)
    assert (document.tag, document.get("version")) == ("rss", "2.0")
    [channel] = document
    assert channel.tag == "channel"
    own = [child for child in channel if not child.tag.startswith("{")]
    for name, least in _CHANNEL.items():
        assert least <= sum(child.tag == name for child in own) <= 1, name
    assert {child.tag for child in own} <= {*_CHANNEL, "item", "category"}
    assert urlsplit(channel.findtext("link")).scheme in ("http", "https")
    for moment in (*channel.iter("pubDate"), *channel.iter("lastBuildDate")):
        assert parsedate_to_datetime(moment.text).tzinfo is not None
    for item in channel.iter("item"):
        names = [child.tag for child in item if not child.tag.startswith("{") and child.tag != "category"]
        assert len(names) == len(set(names))
        assert set(names) <= _ITEM
        assert item.findtext("title") or item.findtext("description")
        assert urlsplit(item.findtext("link")).scheme in ("http", "https")
        assert item.findtext("author") is None or "@" in item.findtext("author")
        guid = item.find("guid")
        assert guid.get("isPermaLink") == "false" or urlsplit(guid.text).scheme in ("http", "https")
    guids = [guid.text for guid in channel.iter("guid")]
    assert len(guids) == len(set(guids))


def check_json_feed(body: bytes) -> None:
    """JSON Feed 1.1."""
    feed = json.loads(body)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert isinstance(feed["title"], str)
    assert set(feed) <= _TOP
    for name in ("home_page_url", "feed_url"):
        assert urlsplit(feed[name]).scheme in ("http", "https")
    assert all(set(hub) == {"type", "url"} for hub in feed["hubs"])
    ids = [item["id"] for item in feed["items"]]
    assert len(ids) == len(set(ids))
    for item in feed["items"]:
        assert set(item) <= _JSON_ITEM
        assert isinstance(item["id"], str)
        assert item.get("content_html") or item.get("content_text")
        for name in ("date_published", "date_modified"):
            assert re.search(r"T.*(Z|[+-]\d\d:\d\d)$", item[name])
            datetime.fromisoformat(item[name])
        for author in (*feed["authors"], *item.get("authors", ())):
            assert author.keys() & {"name", "url", "avatar"}
        assert all(isinstance(tag, str) for tag in item.get("tags", ()))


def check_opml(body: bytes) -> list[str]:
    """OPML 2.0, as a subscription list; the addresses in it."""
    document = etree.fromstring(body)
    assert (document.tag, document.get("version")) == ("opml", "2.0")
    assert [child.tag for child in document] == ["head", "body"]
    outlines = list(document.iter("outline"))
    for outline in outlines:
        assert outline.get("text")
        assert outline.get("type") == "rss"
        assert urlsplit(outline.get("xmlUrl")).scheme in ("http", "https")
    return [outline.get("xmlUrl") for outline in outlines]
