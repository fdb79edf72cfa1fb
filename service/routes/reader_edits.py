"""What a reader does in a client of the Google Reader API, as events in the record."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from recsys.events import Kind
from service.forms import FormDep, first
from service.parameters import ContextDep
from service.problems import Problem
from service.reader.access import Reader
from service.reader.items import KEPT_UNREAD, READ, READING_LIST, STARRED, row_of
from service.reader.marks import acts, marks_of, unread
from service.reader.streams import canonical, entries_of
from service.recording import record

router = APIRouter(prefix="/reader/api/0", include_in_schema=False)

_MOST_ITEMS = 1_000
_OK = "OK"


@router.post("/edit-tag")
def edit_tag(context: ContextDep, reader: Reader, form: FormDep) -> PlainTextResponse:
    """Star (a save), un-star (an unsave), read (a read of no stated length), unread (the read undone).

    What is marked so already gives no second event. Other tags say nothing to us.
    """
    given = form.get("i", [])
    if not given or len(given) > _MOST_ITEMS:
        raise Problem(400, "invalid-items", f"i: send 1 to {_MOST_ITEMS} items", field="i")
    rows = {row for row in map(row_of, given) if row is not None}
    papers = context.store.papers.by_row(rows).values()
    before = context.store.events.of_user(reader)
    marks = marks_of(before)
    added = {canonical(tag, reader) for tag in form.get("a", [])}
    removed = {canonical(tag, reader) for tag in form.get("r", [])}
    events = []
    if STARRED in added:
        new = [paper for paper in papers if paper.id not in marks.starred]
        events += acts(context, reader, Kind.SAVE, new)
    if STARRED in removed:
        held = [paper for paper in papers if paper.id in marks.starred]
        events += acts(context, reader, Kind.UNSAVE, held)
    if READ in added:
        new = [paper for paper in papers if paper.id not in marks.read]
        events += acts(context, reader, Kind.READ, new)
    elif READ in removed or KEPT_UNREAD in added:
        events += unread(reader, before, papers)
    if events:
        record(context, events)
    return PlainTextResponse(_OK)


@router.post("/mark-all-as-read")
def mark_all(context: ContextDep, reader: Reader, form: FormDep) -> PlainTextResponse:
    """A pass: what is unread in the stream was seen and not chosen."""
    marks = marks_of(context.store.events.of_user(reader))
    entries = entries_of(context, reader, first(form, "s") or READING_LIST, marks)
    passed = [entry.paper for entry, _ in entries if entry.paper.id not in marks.read]
    if passed:
        record(context, acts(context, reader, Kind.IMPRESSION, passed))
    return PlainTextResponse(_OK)


@router.post("/subscription/edit")
@router.post("/subscription/quickadd")
def edit_subscription(reader: Reader) -> PlainTextResponse:
    """Refused: what there is to follow comes from the reader's follows, saves and searches."""
    detail = (
        "follow a topic or save a search by the API, and it is in the list; feeds come in by `recsys sources`"
    )
    raise Problem(400, "fixed-subscriptions", detail)
