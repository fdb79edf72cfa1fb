"""The papers that a newcomer names as being of their field, found in the catalogue."""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from recsys.events import Kind, StoredEvent
from recsys.papers import PaperRecord, identities, title_hash
from recsys.profile import standing_events
from recsys.sources import bibtex
from recsys.sources.records import Rejected
from recsys.store import Store

MOST_ENTRIES = 200  # of a bibliography: the LaTeX of an abstract takes 10 ms to decode
_SEARCHED = 20  # papers among which a title is looked for
_MOST_NEAR = 3
_EXCERPT = 200
_FEWEST_WORDS = 3  # of a title that may stand for itself without its subtitle
_SMALL_WORDS = frozenset(
    ("a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "via", "with")
)
_BEFORE_SUBTITLE = re.compile(r":\s|\s[-–—]\s|\?\s")

Form = Literal["id", "title", "bibtex"]


@dataclass(frozen=True, slots=True)
class Unknown:
    """What no paper was found for: `detail` says what to do, `near` are ids of papers that may be meant."""

    given: str
    form: Form
    detail: str
    near: tuple[str, ...] = ()


@dataclass
class Found:
    """What was given, by the id of its paper; which papers are new to the catalogue; and the rest."""

    papers: dict[str, str] = field(default_factory=dict)
    added: set[str] = field(default_factory=set)
    unknown: list[Unknown] = field(default_factory=list)


def find(store: Store, ids: Sequence[str], titles: Sequence[str], bibliography: str, source: str) -> Found:
    """The papers that are meant; entries that are unknown but have an abstract join the catalogue.

    Args:
        store: the record.
        ids: any identities of papers.
        titles: whole, or without the subtitle.
        bibliography: BibTeX; what comes after `MOST_ENTRIES` entries is left unread.
        source: of papers that join the catalogue.

    Raises:
        recsys.store.StoreError: the record can't be read or written.
    """
    found = Found()
    known = store.papers.resolve(ids)
    for id in ids:
        if id in known:
            found.papers.setdefault(known[id], id)
        else:
            detail = (
                "no paper is known by this id: add it with POST /v1/papers, or give BibTeX with an abstract"
            )
            found.unknown.append(Unknown(id, "id", detail))
    for title in titles:
        _take_title(store, title, "title", "give its arXiv id or DOI, or BibTeX with an abstract", found)
    entries = (
        bibtex.parse(io.BytesIO(bibliography.encode("utf-8", "replace"))) if bibliography.strip() else ()
    )
    for number, entry in enumerate(entries):
        if number == MOST_ENTRIES:
            detail = f"these come after the first {MOST_ENTRIES} entries: send them in a request of their own"
            found.unknown.append(Unknown("the rest of the bibliography", "bibtex", detail))
            break
        _take_entry(store, entry, source, found)
    return found


def seed_events(user: str, items: Iterable[str], events: Sequence[StoredEvent]) -> list[tuple[str, str]]:
    """(event id, paper id) of the seeds that are to be recorded; those that stand already need nothing.

    The id follows from the reader, the paper and how often they named it before: sent twice at once it counts
    once, and a seed that was undone or reset can be sown again.

    Args:
        user: the reader.
        items: canonical ids of papers.
        events: all of the reader's so far.
    """
    sown = [event.item for event in events if event.kind is Kind.SEED]
    standing = {event.item for event in standing_events(events) if event.kind is Kind.SEED}
    ids = []
    for item in items:
        if item not in standing:
            about = "\0".join((user, item, str(sown.count(item))))
            ids.append((f"seed:{hashlib.sha256(about.encode()).hexdigest()[:32]}", item))
    return ids


def _take_entry(store: Store, entry: PaperRecord | Rejected, source: str, found: Found) -> None:
    if isinstance(entry, Rejected):
        found.unknown.append(Unknown(entry.raw[:_EXCERPT], "bibtex", entry.reason))
        return
    names = identities(entry)
    known = store.papers.resolve(names)
    if same := next((known[name] for name in names if name in known), None):
        found.papers.setdefault(same, entry.title)
    elif entry.abstract:
        store.papers.upsert([entry], source)
        id = store.papers.resolve(names[:1])[names[0]]
        found.papers.setdefault(id, entry.title)
        found.added.add(id)
    else:
        _take_title(
            store, entry.title, "bibtex", "give the entry an abstract, and it joins the catalogue", found
        )


def _take_title(store: Store, title: str, form: Form, advice: str, found: Found) -> None:
    name = f"title:{title_hash(title)}"
    known = store.papers.resolve([name])
    candidates = [known[name]] if known else [id for id, _ in store.papers.search(title, _SEARCHED)]
    same = candidates if known else _same_title(store, title, candidates)
    if len(same) == 1:
        found.papers.setdefault(same[0], title)
    else:
        wrong = "several papers here have this title" if same else "no paper here has this title"
        near = tuple((same or candidates)[:_MOST_NEAR])
        found.unknown.append(Unknown(title, form, f"{wrong}: {advice}", near))


def _same_title(store: Store, title: str, candidates: Sequence[str]) -> list[str]:
    """Those of just these words, small ones aside; else those whose title before the subtitle is that."""
    asked = _words(title)
    papers = store.papers.get_many(candidates)
    same = [id for id in candidates if _words(papers[id].title) == asked]
    if not same and len(asked) >= _FEWEST_WORDS:
        same = [id for id in candidates if _words(_BEFORE_SUBTITLE.split(papers[id].title)[0]) == asked]
    return same


def _words(title: str) -> list[str]:
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", title) if not unicodedata.combining(c)
    ).casefold()
    return [word for word in re.findall(r"\w+", plain) if word not in _SMALL_WORDS]
