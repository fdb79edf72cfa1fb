"""The secret addresses of a reader's feeds, and the links under each entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from service.feeds.streams import Entry, Stream, stream_at
from service.links import Act, Links

Format = Literal["atom", "rss", "json"]
MEDIA_TYPES: dict[Format, str] = {
    "atom": "application/atom+xml; charset=utf-8",
    "rss": "application/rss+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}
_FEEDBACK = (
    (Act.LIKE, "More like this"),
    (Act.DISLIKE, "Less like this"),
    (Act.SAVE, "Save"),
    (Act.MUTE, "Not this topic"),
)


def feed_at(path: str) -> tuple[Stream, Format] | None:
    """The stream and format of a feed's decoded path, such as "topic/Reward models.rss".

    >>> feed_at("trending.atom"), feed_at("trending.xml")
    ((Stream(name='trending', about=''), 'atom'), None)
    """
    place, _, ending = path.rpartition(".")
    stream = stream_at(place)
    return (stream, ending) if stream and ending in MEDIA_TYPES else None


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of one reader's feeds. `base` is the service's own, without a slash at its end."""

    base: str
    token: str

    def feed(self, stream: Stream, format: Format) -> str:
        """Where a stream is, in a format."""
        return f"{self.base}/feeds/{self.token}/{stream.path}.{format}"

    @property
    def opml(self) -> str:
        """Where the list of all of them is."""
        return f"{self.base}/feeds/{self.token}/feeds.opml"

    @property
    def hub(self) -> str:
        """Where one asks to be told of changes."""
        return f"{self.base}/hub"

    def main(self) -> dict[str, str]:
        """The recommendations in each format, and the list of all feeds."""
        stream = Stream("recommended")
        formats: tuple[Format, ...] = ("atom", "rss", "json")
        return {format: self.feed(stream, format) for format in formats} | {"opml": self.opml}


@dataclass(frozen=True, slots=True)
class EntryLinks:
    """What a reader can do under an entry: the addresses to open it at, and of each feedback."""

    open: str
    feedback: tuple[tuple[str, str], ...]


def entry_links(links: Links, base: str, user: str, entry: Entry) -> EntryLinks:
    """The entry's signed links, as absolute addresses."""

    def address(act: Act) -> str:
        return base + links.act(user, entry.paper.id, act, entry.slate, entry.position)

    usable = [(act, text) for act, text in _FEEDBACK if act is not Act.MUTE or entry.paper.topics]
    return EntryLinks(address(Act.OPEN), tuple((text, address(act)) for act, text in usable))
