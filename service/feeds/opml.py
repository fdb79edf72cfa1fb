"""OPML 2.0: the list of a reader's feeds, for one import."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, tostring

from service.feeds.addresses import Addresses
from service.feeds.document import writable
from service.feeds.streams import Stream


def opml(addresses: Addresses, streams: Iterable[tuple[Stream, str]]) -> bytes:
    """The list of (stream, its title)."""
    root = Element("opml", version="2.0")
    SubElement(SubElement(root, "head"), "title").text = "recsys"
    body = SubElement(root, "body")
    for stream, title in streams:
        said = writable(title)
        address = addresses.feed(stream, "atom")
        SubElement(body, "outline", type="rss", text=said, title=said, xmlUrl=address, version="ATOM1")
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written
