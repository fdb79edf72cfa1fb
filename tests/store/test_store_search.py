"""Keyword search finds the same papers in both databases, and takes any text."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.papers import PaperRecord
from recsys.store import Store

PROFILE = settings.get_profile("record")
PAPERS = [
    PaperRecord(
        id="graphs", title="Graph networks", abstract="Learning to rank nodes.", authors=["Grace Hopper"]
    ),
    PaperRecord(
        id="ranking", title="Ranking with trees", abstract="A method that ranks.", topics=["retrieval"]
    ),
    PaperRecord(id="soup", title="Soup recipes", abstract="Onions, carrots and a graph of tastes."),
    PaperRecord(id="twin1", title="Quantum annealing", abstract="Spins."),
    PaperRecord(id="twin2", title="Quantum annealing", abstract="Spins."),
    PaperRecord(id="accents", title="Über die Größe", abstract="日本語 text", authors=["Émilie du Châtelet"]),
]


@pytest.fixture
def library(store: Store) -> Store:
    store.papers.upsert(PAPERS, "test")
    return store


def found(store: Store, query: str, limit: int = 10) -> list[str]:
    results = store.papers.search(query, limit)
    assert [score for _, score in results] == sorted((score for _, score in results), reverse=True)
    return [id for id, _ in results]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("graph", ["graphs", "soup"]),  # a title counts for more than an abstract
        ("GRAPHS!", ["graphs", "soup"]),  # by its stem
        ("recipes networks", ["soup", "graphs"]),  # any of the words
        ("hopper", ["graphs"]),
        ("retrieval", ["ranking"]),
        ("Émilie", ["accents"]),
        ("quantum", ["twin1", "twin2"]),  # a tie goes by row
        ('"spins" NOT (quantum)', ["twin1", "twin2"]),  # no operator is one
        ("title: soup*", ["soup"]),
        ("zebra", []),
        ("", []),
        ("🥣 -- '", []),
    ],
)
def test_what_is_found(library: Store, query: str, ids: list[str]) -> None:
    assert sorted(found(library, query)) == sorted(ids)
    if "recipes" not in query:
        assert found(library, query) == ids


def test_the_limit(library: Store) -> None:
    assert found(library, "quantum", 1) == ["twin1"]
    assert found(library, "quantum", 0) == found(library, "quantum", -1) == []


def test_a_changed_paper_is_found_by_its_new_words_only(library: Store) -> None:
    library.papers.upsert([PaperRecord(id="soup", title="Bread recipes", abstract="Flour.")], "test")
    assert found(library, "soup") == found(library, "carrots") == []
    assert found(library, "flour") == ["soup"]


operators = st.sampled_from(
    ['"', "*", "AND", "or", "NOT", "NEAR(", "^", "-", ":", "\0", "\ud800", "²", "_", "graph"]
)


@given(query=st.text() | st.lists(operators).map(" ".join) | st.lists(operators).map("".join))
@settings(PROFILE, max_examples=150)
def test_any_text_is_a_query(emptied: Callable[[], Store], query: str) -> None:
    store = emptied()
    store.papers.upsert(PAPERS[:1], "test")
    assert found(store, query) in ([], ["graphs"])


@given(title=st.text(min_size=1, max_size=40).filter(str.strip), abstract=st.text(max_size=40))
@settings(PROFILE)
def test_any_paper_can_be_kept(emptied: Callable[[], Store], title: str, abstract: str) -> None:
    store = emptied()
    record = PaperRecord(title=title, abstract=abstract, authors=[title], topics=[abstract])
    store.papers.upsert([record], "test")
    [paper] = store.papers.all()
    assert paper.title == record.title.replace("\0", "\ufffd")
    assert paper.authors == (record.authors[0].replace("\0", "\ufffd"),)


def test_a_very_long_query(library: Store) -> None:
    assert found(library, "soup " * 10_000 + "x" * 100_000) == ["soup"]


def test_a_paper_with_more_authors_than_fit_the_index(store: Store) -> None:
    crowd = [" ".join(f"name{n}x{part}" for part in range(25)) for n in range(5_000)]
    record = PaperRecord(id="crowd", title="Collider", authors=crowd)
    assert store.papers.upsert([record], "test").added == 1
    assert found(store, "collider") == found(store, "name0x1") == ["crowd"]
