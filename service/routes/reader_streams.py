"""What is in a reader's streams, for clients of the Google Reader API."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response

from recsys.events import now_ms
from recsys.papers import Paper
from service.context import Context
from service.feeds.document import Item, document
from service.feeds.streams import Entry, Listing, Stream, stream_at, streams_of, title_of
from service.feeds.xml import atom
from service.forms import FormDep
from service.parameters import ContextDep
from service.reader.access import Reader
from service.reader.items import FOLDER, READING_LIST, item, long_id, row_of, tags_of
from service.reader.marks import Marks, marks_of
from service.reader.streams import DEPTH, Page, Selection, canonical, entries_at, entries_of, page_of
from service.replies import JSON
from service.routes.feeds import base_of

router = APIRouter(prefix="/reader", include_in_schema=False)

_MOST_ITEMS = 1_000


@router.get("/api/0/unread-count")
def unread_count(context: ContextDep, reader: Reader) -> JSON:
    """How much of each feed, and of all together, is unread."""
    marks = _marks(context, reader)
    counts = []
    together: dict[str, Paper] = {}
    for stream in (f"feed/{stream.path}" for stream in streams_of(context, reader)):
        entries = entries_of(context, reader, stream, marks)
        unread = {entry.paper.id: entry.paper for entry, _ in entries if entry.paper.id not in marks.read}
        counts.append(_count(stream, unread))
        together |= unread
    counts += [_count(stream, together) for stream in (FOLDER, READING_LIST)]
    return JSON({"max": 1000, "unreadcounts": counts})


@router.get("/api/0/stream/contents")
@router.get("/api/0/stream/contents/{stream:path}")
def contents(context: ContextDep, request: Request, reader: Reader, stream: str = "") -> JSON:
    """The items of a stream, the best first."""
    id = stream or request.query_params.get("s", READING_LIST)
    marks = _marks(context, reader)
    page = page_of(context, reader, id, marks, _selection(request, reader))
    return JSON({"id": id, **_items(context, request, reader, marks, page)})


@router.get("/api/0/stream/items/ids")
def ids(context: ContextDep, request: Request, reader: Reader) -> JSON:
    """The ids of a stream's items."""
    id = request.query_params.get("s", READING_LIST)
    page = page_of(context, reader, id, _marks(context, reader), _selection(request, reader))
    references = [
        {
            "id": str(entry.paper.row),
            "directStreamIds": [origin],
            "timestampUsec": str(entry.paper.added * 1000),
        }
        for entry, origin in page.entries
    ]
    return JSON({"itemRefs": references, **_continuation(page)})


@router.api_route("/api/0/stream/items/contents", methods=["GET", "POST"])
def contents_of(context: ContextDep, request: Request, reader: Reader, form: FormDep) -> JSON:
    """The items with these ids."""
    given = [*request.query_params.getlist("i"), *form.get("i", [])][:_MOST_ITEMS]
    rows = [row for row in map(row_of, given) if row is not None]
    marks = _marks(context, reader)
    page = Page(tuple(entries_at(context, reader, rows, marks)), None)
    return JSON({"id": READING_LIST, **_items(context, request, reader, marks, page)})


@router.get("/atom/{stream:path}")
def as_atom(context: ContextDep, request: Request, reader: Reader, stream: str) -> Response:
    """A stream as Atom with the ids and states of this API: what FeedHQ's clients read."""
    marks = _marks(context, reader)
    entries = [entry for entry, _ in entries_of(context, reader, stream, marks)]
    base = base_of(request)
    followed = stream_at(canonical(stream, reader).removeprefix("feed/"))
    title = title_of(context, reader, followed) if followed else stream.rpartition("/")[2]
    listed = Listing(followed or Stream("recommended"), reader, title, tuple(entries))
    written = document(listed, context.links, base)
    items = [_as_item(entry, marks, found) for entry, found in zip(entries, written.items, strict=True)]
    body = atom(replace(written, items=tuple(items)), str(request.url), f"{base}/hub")
    return Response(body, media_type="application/atom+xml; charset=utf-8")


def _as_item(entry: Entry, marks: Marks, found: Item) -> Item:
    states = [tag for tag in tags_of(entry, marks) if "/state/" in tag]
    return replace(found, id=long_id(entry.paper.row), states=tuple(states))


def _marks(context: Context, user: str) -> Marks:
    return marks_of(context.store.events.of_user(user))


def _count(stream: str, unread: dict[str, Paper]) -> dict[str, Any]:
    newest = max((paper.added for paper in unread.values()), default=0)
    return {"id": stream, "count": len(unread), "newestItemTimestampUsec": str(newest * 1000)}


def _selection(request: Request, user: str) -> Selection:
    """What the usual parameters ask for.

    `ot` and `nt` are not among them: they ask for what has come since, but a paper that has long been in the
    catalogue may come into a list today.
    """
    query = request.query_params
    return Selection(
        without=frozenset(canonical(tag, user) for tag in query.getlist("xt")),
        only=frozenset(canonical(tag, user) for tag in query.getlist("it")),
        limit=_number(query.get("n"), DEPTH),
        after=_number(query.get("c"), 0),
        oldest_first=query.get("r") == "o",
    )


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else default


def _items(context: Context, request: Request, user: str, marks: Marks, page: Page) -> dict[str, Any]:
    base = base_of(request)
    items = [item(context, user, entry, marks, origin, base) for entry, origin in page.entries]
    return {"updated": now_ms() // 1000, "items": items, **_continuation(page)}


def _continuation(page: Page) -> dict[str, str]:
    return {"continuation": str(page.next)} if page.next is not None else {}
