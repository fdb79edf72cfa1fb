"""Histories: small hand-made folders, mutated ones, and the real ones with their published counts."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sources.source_samples import SHARED

from recsys.events import Kind, StoredEvent
from recsys.papers import PaperRecord
from recsys.sources import Rejected, SourceError
from recsys.sources.histories import History, citeulike, events_file, movielens

NOW = 1_700_000_000_000
CITEULIKE = {
    "users.dat": "2 0 1\n1 2\n",
    "mult.dat": "3 0:2 1:1 2:1\n2 0:1 3:1\n1 0:1\n",
    "vocabulary.dat": "common\nalpha\nbeta\ngamma\n",
    "tag-item.dat": "1 0\n3 0 1 2\n2 0 1\n0\n",
    "tags.dat": "rare\neverywhere\noften\nunused\n",
}
MOVIELENS = {
    "u.genre": "unknown|0\nAction|1\nDrama|2\n\n",
    "u.item": "1|Café (1995)|01-Jan-1995||http://film.example/1|0|1|1\n2|Café (1995)||||1|0|0\n",
    "u.data": "7\t1\t5\t881250949\n7\t2\t3\t881250950\n8\t1\t2\t881250951\n",
}


def folder(place: Path, files: dict[str, str], encoding: str = "utf-8") -> Path:
    place.mkdir(exist_ok=True)
    for name, content in files.items():
        (place / name).write_text(content, encoding=encoding)
    return place


def split(history: History) -> tuple[list[PaperRecord], list[StoredEvent], list[Rejected]]:
    entries = [*history.papers, *history.events]
    return (
        [entry for entry in entries if isinstance(entry, PaperRecord)],
        [entry for entry in entries if isinstance(entry, StoredEvent)],
        [entry for entry in entries if isinstance(entry, Rejected)],
    )


def test_citeulike(tmp_path: Path) -> None:
    papers, events, rejected = split(citeulike(folder(tmp_path / "small", CITEULIKE)))
    assert not rejected
    assert papers[0] == PaperRecord(
        id="small:0",
        title="small 0: alpha, beta, common",
        abstract="common common alpha beta",
        topics=["everywhere", "often", "rare"],
    )
    assert [p.topics for p in papers[1:]] == [["everywhere", "often"], ["everywhere"]]
    assert [(e.id, e.user, e.item) for e in events] == [
        ("small:0:0", "small:user-0", "small:0"),
        ("small:0:1", "small:user-0", "small:1"),
        ("small:1:2", "small:user-1", "small:2"),
    ]
    assert {(e.kind, e.time) for e in events} == {(Kind.SAVE, 1_356_998_400_000)}


def test_citeulike_without_words_and_with_tags_by_item(tmp_path: Path) -> None:
    files = {"users.dat": "1 1\n", "item-tag.dat": "1 0\n0\n", "tags.dat": "only\n"}
    papers, events, rejected = split(citeulike(folder(tmp_path / "a", files)))
    assert [(p.id, p.title, p.abstract, p.topics) for p in papers] == [
        ("a:0", "a 0", "", ["only"]),
        ("a:1", "a 1", "", []),
    ]
    assert [e.item for e in events] == ["a:1"]
    assert not rejected


def test_citeulike_names_the_line_of_what_it_refuses(tmp_path: Path) -> None:
    files = CITEULIKE | {"users.dat": "2 0\n1 x\n1 0\n", "mult.dat": "1 0:1\n1 9:1\n1 0:999999999\n"}
    papers, events, rejected = split(citeulike(folder(tmp_path / "c", files)))
    assert (len(papers), [e.user for e in events]) == (1, ["c:user-2"])
    assert [(r.line, r.reason.split(":")[0]) for r in rejected] == [
        (2, "mult.dat"),
        (3, "mult.dat"),
        (1, "users.dat"),
        (2, "users.dat"),
    ]


@pytest.mark.parametrize("missing", ["users.dat", "vocabulary.dat", "tag-item.dat", "tags.dat"])
def test_citeulike_names_the_missing_file(tmp_path: Path, missing: str) -> None:
    files = {name: content for name, content in CITEULIKE.items() if name != missing}
    with pytest.raises(SourceError, match=missing):
        citeulike(folder(tmp_path / "c", files))


def test_movielens(tmp_path: Path) -> None:
    papers, events, rejected = split(movielens(folder(tmp_path / "ml", MOVIELENS, "latin-1")))
    assert not rejected
    assert papers[0] == PaperRecord(
        id="movielens:1",
        title="Café (1995)",
        topics=["Action", "Drama"],
        published="1995-01-01",
        url="http://film.example/1",
    )
    assert papers[1] == PaperRecord(id="movielens:2", title="Café (1995)")
    assert [(e.id, e.kind, e.time) for e in events] == [
        ("movielens:7:1", Kind.LIKE, 881250949000),
        ("movielens:7:2", Kind.CLICK, 881250950000),
        ("movielens:8:1", Kind.DISLIKE, 881250951000),
    ]


def test_movielens_names_the_line_of_what_it_refuses(tmp_path: Path) -> None:
    files = MOVIELENS | {"u.data": "1\t1\t6\t1\n1\t1\n", "u.item": "1|too|few\n"}
    papers, events, rejected = split(movielens(folder(tmp_path / "ml", files)))
    assert (papers, events, [r.line for r in rejected]) == ([], [], [1, 1, 2])


@given(name=st.sampled_from(sorted(CITEULIKE)), raw=st.binary(max_size=60))
@settings(max_examples=150)
def test_citeulike_is_total(tmp_path_factory: pytest.TempPathFactory, name: str, raw: bytes) -> None:
    place = folder(tmp_path_factory.mktemp("c"), CITEULIKE)
    (place / name).write_bytes(raw)
    try:
        history = citeulike(place)
    except SourceError:
        return
    split(history)


@given(name=st.sampled_from(sorted(MOVIELENS)), raw=st.binary(max_size=60))
@settings(max_examples=150)
def test_movielens_is_total(tmp_path_factory: pytest.TempPathFactory, name: str, raw: bytes) -> None:
    place = folder(tmp_path_factory.mktemp("m"), MOVIELENS)
    (place / name).write_bytes(raw)
    try:
        history = movielens(place)
    except SourceError:
        return
    split(history)


def events_of(raw: bytes) -> list[StoredEvent | Rejected]:
    return list(events_file(io.BytesIO(raw), raw[:100], NOW))


def test_events_as_json_lines() -> None:
    saved, refused, read = events_of(
        b'{"id": "1", "user": "u", "kind": "save", "item": "p", "time": "2023-01-01T00:00:00Z"}\n'
        b'{"id": "2", "user": "u", "kind": "saved", "item": "p"}\n'
        b'{"id": "3", "user": "u", "kind": "read", "item": "p", "seconds": 30, "slate_id": "s"}\n'
    )
    assert saved == StoredEvent("1", "u", Kind.SAVE, 1672531200000, item="p")
    assert isinstance(refused, Rejected)
    assert refused.line == 2
    assert refused.reason.startswith("kind: ")
    assert read == StoredEvent("3", "u", Kind.READ, NOW, item="p", slate="s", seconds=30.0)


def test_events_as_csv() -> None:
    liked, followed, refused = events_of(
        b"id,user,kind,item,topic,time,position,shade\n"
        b"1,u,like,p,,2023-01-01T00:00:00Z,3,red\n2,u,follow,,cs.IR,,,\n3,u,like,,,,,\n"
    )
    assert liked == StoredEvent("1", "u", Kind.LIKE, 1672531200000, item="p", position=3)
    assert followed == StoredEvent("2", "u", Kind.FOLLOW, NOW, topic="cs.IR")
    assert isinstance(refused, Rejected)
    assert "item" in refused.reason


@given(raw=st.one_of(st.binary(max_size=200), st.binary(max_size=50).map(lambda b: b"id,user,kind\n" + b)))
def test_events_files_are_total(raw: bytes) -> None:
    assert all(isinstance(entry, StoredEvent | Rejected) for entry in events_of(raw))


@pytest.mark.parametrize(
    ("name", "counts"), [("citeulike-a", (5551, 16980, 204986)), ("citeulike-t", (7947, 25975, 134860))]
)
def test_the_real_citeulike(name: str, counts: tuple[int, int, int]) -> None:
    if not (SHARED / name).exists():
        pytest.skip(
            f"NOT TESTED ON THE REAL DATA: {SHARED / name} is missing; put shared/data beside the checkout"
        )
    papers, events, rejected = split(citeulike(SHARED / name))
    assert not rejected
    assert (len({e.user for e in events}), len(papers), len({e.id for e in events})) == counts
    assert {e.item for e in events} <= {p.id for p in papers}
    assert len({p.title for p in papers}) == len(papers)
    without_words = sum(not p.abstract for p in papers)
    assert without_words == (31 if name == "citeulike-t" else len(papers))


def test_the_real_movielens() -> None:
    place = SHARED / "movielens-100k"
    if not place.exists():
        pytest.skip(f"NOT TESTED ON THE REAL DATA: {place} is missing; put shared/data beside the checkout")
    papers, events, rejected = split(movielens(place))
    assert not rejected
    assert (len(papers), len(events), len({e.user for e in events})) == (1682, 100_000, 943)
    assert Counter(e.kind for e in events) == {Kind.LIKE: 55375, Kind.CLICK: 27145, Kind.DISLIKE: 17480}
