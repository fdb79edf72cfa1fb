"""Small readings of text that several formats share."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser

from recsys.papers import arxiv_id

_BLOCKS = frozenset(
    ("blockquote", "br", "dd", "div", "dt", "h1", "h2", "h3", "h4", "h5", "hr", "li", "p", "pre", "td")
)
_UNREAD = frozenset(("script", "style"))
_DATE = re.compile(r"\s*(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2}))?)?(?!\d)")
_LONGEST_URL = 2_000


class _Text(HTMLParser):
    """Collects what a reader of the page would see."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._unread += tag in _UNREAD
        if tag in _BLOCKS:
            self.pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._unread = max(self._unread - (tag in _UNREAD), 0)
        if tag in _BLOCKS:
            self.pieces.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.pieces.append(data)

    def parse_marked_section(self, i: int, report: int = 1) -> int:
        """`<![...` is a bogus comment in HTML; the inherited reading, SGML's, raises on unknown ones."""
        return self.parse_bogus_comment(i)


def html_text(html: str) -> str:
    """The text of a piece of HTML: without tags, entities decoded, white space joined.

    >>> html_text("<p>Caf&eacute; &amp; <b>bar</b></p><script>x()</script><p>two</p>")
    'Café & bar two'
    """
    reader = _Text()
    reader.feed(html)
    reader.close()
    return " ".join("".join(reader.pieces).split())


def without_markup(text: str) -> str:
    """Text that may hold HTML, as titles from publishers do; only a closing tag proves that it does.

    >>> without_markup("<i>E. coli</i> in soil"), without_markup("when a<b holds")
    ('E. coli in soil', 'when a<b holds')
    """
    return html_text(text) if "</" in text else text


def given_first(name: str) -> str:
    """A name as one says it.

    >>> given_first("Noether, Emmy"), given_first("King, Martin, Jr."), given_first("Plato")
    ('Emmy Noether', 'Martin King Jr.', 'Plato')
    """
    family, *given = (part.strip() for part in name.split(","))
    return " ".join(part for part in (*given[:1], family, *given[1:]) if part)


def iso_date(text: str) -> str | None:
    """The date, month or year at the beginning of a text, as ISO 8601; None where there is none.

    >>> iso_date("2024/3/5/Spring"), iso_date("2024"), iso_date("to appear")
    ('2024-03-05', '2024', None)
    """
    match = _DATE.match(text)
    return "-".join(part.zfill(2) for part in match.groups() if part) if match else None


def web_address(addresses: Iterable[str | None]) -> str | None:
    """The first that is an address of the web; harvested records hold all kinds of others."""
    usable = (a for a in addresses if a and a.startswith(("http://", "https://")) and len(a) <= _LONGEST_URL)
    return next(usable, None)


def arxiv_among(texts: Iterable[str | None]) -> str | None:
    """The arXiv identifier in the first text that speaks of arXiv and holds one.

    >>> arxiv_among([None, "https://doi.org/10.1000/2401.01234", "arXiv preprint arXiv:2402.00001v2"])
    '2402.00001'
    """
    found = (arxiv_id(text) for text in texts if text and "arxiv" in text.lower())
    return next(filter(None, found), None)
