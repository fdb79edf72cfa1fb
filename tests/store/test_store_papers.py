"""Papers: identity, merging, and reading them back."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from recsys.papers import Paper, PaperRecord, title_hash
from recsys.store import Store, UpsertCounts
from recsys.store.schema import papers

PROFILE = settings.get_profile("record")
FULL = PaperRecord(
    title="Graph Neural Networks: A Survey",
    abstract="We survey learning on graphs.",
    authors=["Ada Lovelace", "Émilie du Châtelet"],
    topics=["cs.LG", "graphs"],
    published="2024-05-01",
    url="https://arxiv.org/abs/2405.00001",
    arxiv="2405.00001v3",
    doi="10.1000/GRAPH.1",
)


def test_a_paper_is_known_by_each_of_its_names(store: Store) -> None:
    assert store.papers.upsert([FULL], "arxiv") == UpsertCounts(added=1)
    paper = store.papers.get("arxiv:2405.00001")
    assert paper is not None
    assert (paper.id, paper.title, paper.source) == ("arxiv:2405.00001", FULL.title, "arxiv")
    assert (paper.authors, paper.topics) == (tuple(FULL.authors), tuple(FULL.topics))
    assert (paper.published, paper.url, paper.abstract) == (FULL.published, FULL.url, FULL.abstract)
    assert paper.added > 1_600_000_000_000
    assert store.papers.get("doi:10.1000/graph.1") == paper
    assert store.papers.get(f"title:{title_hash(FULL.title)}") == paper
    assert store.papers.get("arxiv:9999.99999") is None
    assert store.papers.get("a\0b") is None


def test_resolve_takes_thousands_and_leaves_the_unknown_out(store: Store) -> None:
    store.papers.upsert([PaperRecord(id=f"p:{n}", title=f"Paper {n}") for n in range(6_000)], "test")
    asked = [f"p:{n}" for n in range(12_000)] + ["p:0", "\ud800", f"title:{title_hash('Paper 7')}"]
    found = store.papers.resolve(asked)
    assert len(found) == 6_001
    assert found[f"title:{title_hash('Paper 7')}"] == "p:7"
    assert set(store.papers.get_many(asked)) == set(found)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_records_that_share_a_name_are_one_paper(store: Store, order: tuple[int, ...]) -> None:
    records = [
        PaperRecord(title="One Title", arxiv="2405.00001"),
        PaperRecord(title="one title.", doi="10.1000/x"),
        PaperRecord(title="ONE  TITLE"),
    ]
    for number in order:
        store.papers.upsert([records[number]], "test")
    assert store.papers.count() == 1
    assert len(set(store.papers.resolve(["arxiv:2405.00001", "doi:10.1000/x"]).values())) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"arxiv": "2405.00001"}, {"arxiv": "2405.00002"}),
        ({"doi": "10.1000/x"}, {"doi": "10.1000/y"}),
        ({"id": "movielens:1"}, {"id": "movielens:2"}),
        ({"arxiv": "2405.00001", "doi": "10.1000/x"}, {"doi": "10.1000/y", "id": "own"}),
    ],
)
def test_a_title_in_common_is_not_enough(store: Store, first: dict[str, str], second: dict[str, str]) -> None:
    records = [PaperRecord(title="Editorial", **first), PaperRecord(title="Editorial", **second)]
    assert store.papers.upsert(records, "test") == UpsertCounts(added=2)
    assert store.papers.upsert(records, "test") == UpsertCounts(unchanged=2)
    # The title stays with the first, and a record with only a title is that one.
    assert store.papers.upsert([PaperRecord(title="Editorial", topics=["new"])], "test").updated == 1
    assert [paper.topics for paper in store.papers.all()] == [("new",), ()]


def test_a_new_name_never_changes_the_canonical_id(store: Store) -> None:
    store.papers.upsert([PaperRecord(title="T")], "rss")
    canonical = f"title:{title_hash('T')}"
    assert store.papers.upsert([PaperRecord(title="T", arxiv="2405.00001")], "rss").updated == 1
    assert store.papers.resolve(["arxiv:2405.00001"]) == {"arxiv:2405.00001": canonical}


def test_its_own_source_overwrites_and_another_fills_gaps(store: Store) -> None:
    store.papers.upsert([PaperRecord(title="T", id="x", abstract="first")], "rss")
    store.papers.upsert([PaperRecord(title="T", id="x", abstract="other", topics=["t"])], "openalex")
    paper = store.papers.get("x")
    assert paper is not None
    assert (paper.abstract, paper.topics, paper.source) == ("first", ("t",), "rss")
    store.papers.upsert([PaperRecord(title="T2", id="x", abstract="second")], "rss")
    paper = store.papers.get(f"title:{title_hash('T2')}")
    assert paper is not None
    assert (paper.title, paper.abstract, paper.topics) == ("T2", "second", ("t",))


def test_any_source_outranks_the_demonstration(store: Store) -> None:
    demo = PaperRecord(title="T", abstract="demo words")
    real = PaperRecord(title="T", abstract="real words", arxiv="2405.00001")
    store.papers.upsert([demo], "demo")
    assert store.papers.upsert([real], "arxiv").updated == 1
    assert store.papers.upsert([demo], "demo").unchanged == 1
    [paper] = store.papers.all()
    assert (paper.abstract, paper.source) == ("real words", "arxiv")


def test_a_changed_text_has_another_hash(store: Store) -> None:
    store.papers.upsert([PaperRecord(title="T", id="x")], "rss")
    before = _hashes(store)
    store.papers.upsert([PaperRecord(title="T", id="x", abstract="now with one")], "rss")
    paper = store.papers.get("x")
    assert paper is not None
    assert _hashes(store) == [paper.content_hash] != before


def test_one_batch_may_name_a_paper_twice(store: Store) -> None:
    twice = [PaperRecord(title="A", id="x"), PaperRecord(title="A", id="x", abstract="later")]
    assert store.papers.upsert(twice, "rss") == UpsertCounts(added=1, unchanged=1)
    assert store.papers.upsert(twice, "rss") == UpsertCounts(unchanged=2)
    assert [paper.abstract for paper in store.papers.all()] == ["later"]


def test_paging_follows_the_rows(store: Store) -> None:
    store.papers.upsert((PaperRecord(id=f"p:{n}", title=f"Paper {n}") for n in range(2_500)), "test")
    everything = store.papers.all()
    assert [paper.id for paper in everything] == [f"p:{n}" for n in range(2_500)]
    first = store.papers.page(0, 10)
    assert first + store.papers.page(first[-1].row, 2_490) == everything
    assert store.papers.after(everything[-2].row) == everything[-1:]
    assert store.papers.after(everything[-1].row) == store.papers.page(0, 0) == []


def test_the_newest_come_first_and_the_undated_last(store: Store) -> None:
    dates = {"a": "2024-05-02", "b": None, "c": "2024-05", "d": "2024-05-03", "e": None, "f": "2024-05-02"}
    for id, date in dates.items():
        topics = ["even"] if id in "bdf" else ["odd", "od"]
        store.papers.upsert([PaperRecord(id=id, title=id, published=date, topics=topics)], "test")
    assert _ids(store.papers.newest(10)) == ["d", "f", "a", "c", "e", "b"]
    assert _ids(store.papers.newest(5)) == ["d", "f", "a", "c", "e"]
    assert _ids(store.papers.newest(2)) == ["d", "f"]
    assert _ids(store.papers.newest(10, topic="even")) == ["d", "f", "b"]
    assert _ids(store.papers.newest(10, topic="od")) == ["a", "c", "e"]
    assert _ids(store.papers.newest(10, since="2024-05-02")) == ["d", "f", "a"]
    assert store.papers.newest(10, topic='ev"en\0') == store.papers.newest(0) == []


def _seen(number: int, kinds: Iterable[str]) -> PaperRecord:
    """A paper as one source shows it: its title, and some of its identities."""
    names = {"id": f"own:{number}", "arxiv": f"2405.0000{number}", "doi": f"10.1000/{number}"}
    return PaperRecord(title=f"Paper {number}", **{kind: names[kind] for kind in kinds})


own_titles = st.builds(_seen, st.integers(0, 5), st.sets(st.sampled_from(["id", "arxiv", "doi"])))
shared_titles = st.builds(
    PaperRecord, title=st.sampled_from(["Editorial", "Index"]), id=st.sampled_from("abcdef")
)


@given(
    world=st.one_of(
        st.tuples(st.lists(own_titles, max_size=12), st.just("title")),
        st.tuples(st.lists(shared_titles, max_size=12), st.just("id")),
    ),
    random=st.randoms(use_true_random=False),
    size=st.integers(1, 12),
)
@settings(PROFILE)
def test_the_number_of_papers_does_not_depend_on_the_order(
    emptied: Callable[[], Store], world: tuple[list[PaperRecord], str], random: random.Random, size: int
) -> None:
    records, told_apart_by = world
    number_of_papers = len({getattr(record, told_apart_by) for record in records})
    store = emptied()
    added = store.papers.upsert(records, "test").added
    shuffled = random.sample(records, len(records))
    store = emptied()
    for start in range(0, len(shuffled), size):
        store.papers.upsert(shuffled[start : start + size], "test")
    assert store.papers.count() == added == number_of_papers


texts = st.text(max_size=20)
any_records = st.lists(
    st.builds(
        PaperRecord,
        title=st.sampled_from(["A", "B", "C"]) | st.text(min_size=1, max_size=9).filter(str.strip),
        abstract=texts,
        authors=st.lists(texts, max_size=2),
        topics=st.lists(texts, max_size=2),
        published=st.sampled_from([None, "2024", "2024-05-01"]),
        id=st.sampled_from([None, None, "x", "y"]),
        arxiv=st.sampled_from([None, None, "2405.00001", "2405.00002"]),
        doi=st.sampled_from([None, None, "10.1000/x", "10.1000/y"]),
    ),
    max_size=10,
)


@given(
    ingests=st.tuples(any_records, any_records, any_records),
    sources=st.permutations(["arxiv", "rss", "demo"]),
)
@settings(PROFILE)
def test_the_same_ingests_again_change_nothing(
    emptied: Callable[[], Store], ingests: tuple[list[PaperRecord], ...], sources: list[str]
) -> None:
    store = emptied()
    for records, source in zip(ingests, sources, strict=True):
        counts = store.papers.upsert(records, source)
        assert counts.added + counts.updated + counts.unchanged == len(records)
        assert store.papers.upsert(records, source) == UpsertCounts(unchanged=len(records))
    for records, source in zip(ingests, sources, strict=True):
        assert store.papers.upsert(records, source) == UpsertCounts(unchanged=len(records))


def test_threads_that_add_the_same_papers_add_each_once(store: Store) -> None:
    records = [PaperRecord(title=f"Paper {n}", arxiv=f"2405.{n:05d}") for n in range(300)]
    counts: list[UpsertCounts] = []

    def ingest(seed: int) -> None:
        counts.append(store.papers.upsert(random.Random(seed).sample(records, 300), "arxiv"))

    _run(threading.Thread(target=ingest, args=(seed,)) for seed in range(4))
    assert sum(count.added for count in counts) == store.papers.count() == 300


def _ids(found: Iterable[Paper]) -> list[str]:
    return [paper.id for paper in found]


def _hashes(store: Store) -> list[str]:
    with store.database.reading() as connection:
        return list(connection.scalars(select(papers.c.content_hash)))


def _run(threads: Iterable[threading.Thread]) -> None:
    started = list(threads)
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()


def test_a_paper_is_found_however_its_identity_is_written(store: Store) -> None:
    store.papers.upsert(
        [PaperRecord(title="A", arxiv="1706.03762v1"), PaperRecord(title="B", doi="10.1145/AbC")], "t"
    )
    for written in ("1706.03762", "arxiv:1706.03762v5", "arXiv:1706.03762"):
        assert store.papers.resolve([written]) == {written: "arxiv:1706.03762"}
    for written in ("10.1145/abc", "doi:10.1145/ABC"):
        found = store.papers.get(written)
        assert found is not None
        assert found.title == "B"
    assert store.papers.resolve(["1706.99999", "doi:10.1145/zzz"]) == {}
