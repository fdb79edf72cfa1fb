"""MovieLens 100K (https://grouplens.org/datasets/movielens/100k/): films as papers, ratings as events."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from recsys.events import Kind, StoredEvent
from recsys.papers import PaperRecord
from recsys.sources.histories.history import History, open_in
from recsys.sources.reading import numbered_lines
from recsys.sources.records import Rejected, SourceError, record, reject

_NO_GENRE = "unknown"


def movielens(folder: Path) -> History:
    """The ratings of a folder: 4 and 5 say like, 3 says click, 1 and 2 say dislike.

    Raises:
        SourceError: `u.data`, `u.item` or `u.genre` is missing, or `u.genre` is malformed.
    """
    genres = _genres(folder)
    for name in ("u.item", "u.data"):  # missing files are told before anything is imported
        open_in(folder, name).close()
    return History("movielens", _papers(folder, genres), _events(folder))


def _genres(folder: Path) -> list[str]:
    with open_in(folder, "u.genre") as file:
        lines = [line.decode("latin-1").strip() for line in file]
    pairs = [line.split("|") for line in lines if line]
    if not pairs or any(len(pair) != 2 or not pair[1].isdecimal() for pair in pairs):
        raise SourceError(f"{folder / 'u.genre'}: each line must be a genre, `|` and its number")
    return [name for name, _ in sorted(pairs, key=lambda pair: int(pair[1]))]


def _papers(folder: Path, genres: list[str]) -> Iterator[PaperRecord | Rejected]:
    with open_in(folder, "u.item") as file:
        for line, raw in numbered_lines(file):
            cells = raw.decode("latin-1").rstrip("\r\n").split("|")
            if len(cells) != 5 + len(genres):
                yield reject(line, f"u.item: {len(cells)} cells; {5 + len(genres)} are expected", raw)
                continue
            item, title, released, _, url, *flags = cells
            of_film = [genre for genre, flag in zip(genres, flags, strict=True) if flag == "1"]
            fields = {
                "id": f"movielens:{item}",
                "title": title,
                "topics": [genre for genre in of_film if genre != _NO_GENRE],
                "published": _iso(released),
                "url": url or None,
            }
            yield record(line, raw, fields)


def _iso(released: str) -> str | None:
    """The date of a text such as 01-Jan-1995; the data leaves a few empty."""
    try:
        return datetime.strptime(released, "%d-%b-%Y").date().isoformat()
    except ValueError:
        return None


def _events(folder: Path) -> Iterator[StoredEvent | Rejected]:
    with open_in(folder, "u.data") as file:
        for line, raw in numbered_lines(file):
            cells = raw.split()
            if len(cells) != 4 or not all(cell.isdigit() and len(cell) < 12 for cell in cells):
                yield reject(line, "u.data: not a user, item, rating and time; correct the line", raw)
                continue
            user, item, rating, seconds = map(int, cells)
            if not 1 <= rating <= 5:
                yield reject(line, f"u.data: the rating {rating} is not from 1 to 5", raw)
                continue
            kind = Kind.LIKE if rating >= 4 else Kind.DISLIKE if rating <= 2 else Kind.CLICK
            yield StoredEvent(
                id=f"movielens:{user}:{item}",
                user=f"movielens:user-{user}",
                kind=kind,
                time=seconds * 1000,
                item=f"movielens:{item}",
            )
