"""Papers that came after the bundle: embedded once, ranked by every worker, there again after a restart."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from service_under_test import Service, catalogue, eventually, publish, word_vectors

from recsys.bundle import Bundle, load_bundle
from recsys.home import Home
from recsys.papers import PaperRecord
from recsys.rank import Ranker
from recsys.store import Store, StoreError
from service import newcomers
from service.encoder import Encoder
from service.live import Live
from service.metrics import Metrics
from service.newcomers import Newcomers

GENES = ["genome", "protein", "sequence", "cell", "expression", "mutation", "variant", "tissue"]


def about_genes(number: int) -> PaperRecord:
    words = np.random.default_rng(number).choice(GENES, 8).tolist()
    return PaperRecord(
        id=f"new{number}", title=f"Gene {number}", abstract=" ".join(words), topics=["q-bio.GN"]
    )


class Counting(Encoder):
    """An encoder that counts its texts and can be away."""

    def __init__(self) -> None:
        super().__init__()
        self.encoded: list[str] = []
        self.away = False

    def encode_all(self, bundle: Bundle, texts: Sequence[str], within: float = 20.0) -> np.ndarray | None:
        if self.away:
            return None
        self.encoded += texts
        return word_vectors(texts)


@pytest.fixture
def home(tmp_path: Path, store: Store) -> Home:
    """A home with the catalogue and a bundle of a sentence model; the record is either database."""
    home = Home(tmp_path / "home")
    store.papers.upsert(catalogue(), "test")
    publish(home.bundles, store.papers.all(), embedder="a model")
    return home


def worker(store: Store, home: Home, encoder: Encoder) -> Newcomers:
    return Newcomers(store, encoder, home, Metrics())


def ranker_of(home: Home) -> Ranker:
    return Ranker(load_bundle(home.bundles))


def grown(some: Newcomers, ranker: Ranker) -> Ranker:
    """After as many steps as there are."""
    while (larger := some.extended(ranker)) is not ranker:
        ranker = larger
    return ranker


def newer(ranker: Ranker) -> set[str]:
    return set(ranker.bundle.items[ranker.bundle.n_fitted :])


def test_a_text_is_encoded_once_whoever_ranks_it(store: Store, home: Home) -> None:
    encoder, ranker = Counting(), ranker_of(home)
    one, two = worker(store, home, encoder), worker(store, home, encoder)
    assert one.extended(ranker) is ranker
    store.papers.upsert([about_genes(n) for n in range(100)], "test")
    first, second = grown(one, ranker), grown(two, ranker)
    assert newer(first) == newer(second) == {f"new{n}" for n in range(100)}
    assert len(encoder.encoded) == 100
    assert first.bundle.edition == second.bundle.edition
    store.papers.upsert([about_genes(3), about_genes(100)], "test")
    assert newer(grown(two, second)) == {f"new{n}" for n in range(101)}
    assert len(encoder.encoded) == 101


def test_while_another_worker_embeds_this_one_waits_for_its_vectors(store: Store, home: Home) -> None:
    encoder, ranker = Counting(), ranker_of(home)
    waiting = worker(store, home, encoder)
    store.papers.upsert([about_genes(0)], "test")
    with home.lock("newcomers"):
        assert waiting.extended(ranker) is ranker
        assert not waiting.without_encoder
    assert newer(grown(waiting, ranker)) == {"new0"}


def test_after_a_restart_they_are_there_at_once_without_an_encoder(store: Store, home: Home) -> None:
    encoder = Counting()
    store.papers.upsert([about_genes(n) for n in range(5)], "test")
    before = grown(worker(store, home, encoder), ranker_of(home))
    encoder.away = True
    again = worker(store, home, encoder).at_hand(ranker_of(home))
    assert again.bundle.edition == before.bundle.edition
    np.testing.assert_array_equal(again.embeddings, before.embeddings)


def test_without_an_encoder_papers_wait_and_that_is_known(
    store: Store, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newcomers, "_PAUSE_S", 0.0)
    encoder, ranker = Counting(), ranker_of(home)
    some = worker(store, home, encoder)
    encoder.away = True
    assert some.extended(ranker) is ranker
    assert not some.without_encoder  # nothing waits for it
    store.papers.upsert([about_genes(0)], "test")
    assert some.extended(ranker) is ranker
    assert some.without_encoder
    encoder.away = False
    assert newer(grown(some, ranker)) == {"new0"}
    assert not some.without_encoder


def test_the_latest_come_first_and_no_more_than_may_be(
    store: Store, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newcomers, "MOST", 20)
    monkeypatch.setattr(newcomers, "_KEPT", 15)
    monkeypatch.setattr(newcomers, "_ENCODED_AT_ONCE", 4)
    some, ranker = worker(store, home, Counting()), ranker_of(home)
    store.papers.upsert([about_genes(n) for n in range(30)], "test")
    assert newer(some.extended(ranker)) == {f"new{n}" for n in range(26, 30)}
    ranker = grown(some, some.extended(ranker))
    assert newer(ranker) <= {f"new{n}" for n in range(10, 30)}
    for number in range(30, 60):
        store.papers.upsert([about_genes(number)], "test")
        ranker = grown(some, ranker)
        assert 12 <= len(newer(ranker)) <= 20
        assert f"new{number}" in newer(ranker)
    assert {f"new{n}" for n in range(46, 60)} <= newer(ranker)


def test_where_there_are_too_many_the_latest_stay(
    store: Store, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Older ones still wait while others come: they don't take the place of newer ones."""
    monkeypatch.setattr(newcomers, "MOST", 20)
    monkeypatch.setattr(newcomers, "_KEPT", 15)
    monkeypatch.setattr(newcomers, "_ENCODED_AT_ONCE", 4)
    monkeypatch.setattr(newcomers, "_AT_ONCE", 4)
    some, ranker = worker(store, home, Counting()), ranker_of(home)
    store.papers.upsert([about_genes(n) for n in range(18)], "test")
    ranker = some.extended(some.extended(ranker))
    assert newer(ranker) == {f"new{n}" for n in range(10, 18)}
    store.papers.upsert([about_genes(n) for n in range(18, 32)], "test")
    ranker = grown(some, ranker)
    assert newer(ranker) == {f"new{n}" for n in range(17, 32)}


def test_a_bundle_that_has_them_has_them_once_and_loses_none_that_came_since(
    store: Store, home: Home
) -> None:
    encoder = Counting()
    some = worker(store, home, encoder)
    store.papers.upsert([about_genes(n) for n in range(3)], "test")
    old = grown(some, ranker_of(home))
    trained = store.papers.all()
    store.papers.upsert([about_genes(3)], "test")
    old = grown(some, old)
    publish(home.bundles, trained, embedder="a model")
    new = some.at_hand(ranker_of(home))
    assert new.bundle.id != old.bundle.id
    assert newer(new) == {"new3"}
    assert len(new.bundle.items) == len(set(new.bundle.items)) == 64
    store.papers.upsert([about_genes(4)], "test")
    assert newer(grown(some, old)) == {f"new{n}" for n in range(5)}  # while it is still in service
    assert newer(grown(some, new)) == {"new3", "new4"}


def test_a_dead_record_keeps_no_bundle_from_going_live(
    store: Store, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    some, ranker = worker(store, home, Counting()), ranker_of(home)

    def dead(*_: object) -> None:
        raise StoreError("gone")

    monkeypatch.setattr(store.papers, "last_row", dead)
    assert some.at_hand(ranker) is ranker
    with pytest.raises(StoreError):
        some.extended(ranker)


def test_what_is_wrong_with_a_newer_paper_keeps_no_bundle_from_going_live(
    store: Store, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.papers.upsert([about_genes(0)], "test")
    some = worker(store, home, Counting())
    grown(some, ranker_of(home))
    monkeypatch.setattr(Ranker, "extended", lambda *_: 1 / 0)
    live = Live(home.bundles, Metrics(), worker(store, home, Counting()), took=lambda _: None)
    live.start()
    assert live.ranker is not None
    assert live.failure is None
    live.close()


@contextmanager
def following(store: Store, home: Home) -> Iterator[Live]:
    some = worker(store, home, Counting())
    live = Live(home.bundles, Metrics(), some, took=lambda _: None, every=0.01)
    live.start()
    some.follow(live)
    yield live
    live.close()
    some.close()


def test_papers_and_bundles_may_come_at_the_same_time(
    store: Store, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the two meet: in the end the last bundle serves, with every paper once."""
    monkeypatch.setattr(newcomers, "_EVERY_S", 0.005)
    with following(store, home) as live:
        adding = threading.Thread(
            target=lambda: [store.papers.upsert([about_genes(n)], "test") for n in range(40)]
        )
        adding.start()
        for seed in range(1, 5):
            last = publish(home.bundles, store.papers.all(), seed, embedder="a model")
        adding.join()

        def settled() -> bool:
            bundle = live.ranker.bundle if live.ranker else None
            return bundle is not None and bundle.id == last and len(bundle.items) == 100

        assert eventually(settled)
        assert live.ranker is not None
        assert len(set(live.ranker.bundle.items)) == 100
        assert set(live.ranker.bundle.rows) == {paper.id for paper in store.papers.all()}


def test_a_paper_of_the_day_is_a_paper(service: Service) -> None:
    """Posted, it is ranked, scored, found alike, fed, liked and hidden as any other, before any training."""
    for item in ("p01", "p04", "p07", "p13"):  # with fewer, breadth gives a place to another field
        service.send("ada", "like", item)
    added = service.client.post("/v1/papers", json={"papers": [about_genes(n).model_dump() for n in (1, 2)]})
    assert added.status_code == 201
    assert eventually(lambda: {"new1", "new2"} <= set(service.ids("ada", limit=30, exploration="off")))
    ranked = service.ids("ada", limit=30, exploration="off")
    topics = {paper.id: paper.topics for paper in service.store.papers.all()}
    others = [place for place, id in enumerate(ranked) if "q-bio.GN" not in topics[id]]
    assert max(map(ranked.index, ("new1", "new2"))) < min([*others, 30])
    asked = {"user": "ada", "papers": ["new1", "p02"]}
    scored = service.client.post("/v1/scores", json=asked).json()["items"]
    assert {item["basis"] for item in scored} == {"model"}
    assert scored[0]["percentile"] > scored[1]["percentile"]
    near = service.get("/v1/papers/new1/similar", limit=5)
    assert near["degraded"] == []
    assert {topics[item["paper"]["id"]] for item in near["items"]} == {("q-bio.GN",)}
    shown = service.recommend("ada", limit=30)
    slates = service.store.slates
    assert eventually(lambda: slates.get(shown["slate_id"]) is not None)
    logged = slates.get(shown["slate_id"])
    assert logged is not None
    assert "new1" in {item.item for item in logged.items}
    service.send("ada", "hide", "new1")
    assert "new1" not in service.ids("ada", limit=50)
    service.send("bea", "like", "new2")
    first = service.ids("bea", limit=5, exploration="off")
    assert [topics[id] for id in first].count(("q-bio.GN",)) >= 3
    assert "new2" not in first


def test_the_answer_says_that_papers_wait_for_the_encoder(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(service.home.bundles, service.store.papers.all(), seed=1, embedder="no such model")
    assert eventually(lambda: service.recommend("ada")["bundle"] == service.context.live.ranker.bundle.id)
    monkeypatch.setattr(newcomers, "_PAUSE_S", 0.2)
    assert service.recommend("ada")["degraded"] == []
    service.store.papers.upsert([about_genes(1)], "test")
    assert eventually(lambda: service.recommend("ada")["degraded"] == ["encoder"], within=60)
    assert "new1" not in service.ids("ada", limit=60)
    assert service.get("/v1/papers/new1")["title"] == "Gene 1"
    text = service.client.get("/metrics").text
    assert 'recsys_newer_papers{state="waiting"} 1.0' in text
    vectors = dict(zip([service.store.papers.get("new1").content_hash], word_vectors(["gene"]), strict=True))
    service.store.embeddings.put_many(vectors, "no such model")  # as a worker with an encoder does
    assert eventually(lambda: "new1" in service.ids("ada", limit=60))
    assert service.recommend("ada")["degraded"] == []


def test_a_feed_is_another_one_when_a_new_paper_is_ranked_and_the_same_before(service: Service) -> None:
    for item in ("p01", "p04"):
        service.send("ada", "like", item)
    made = service.client.post("/v1/users/ada/feeds", json={}).json()

    def entries() -> tuple[str, list[str]]:
        answer = service.client.get(made["json"], params={"limit": 30})
        return answer.headers["etag"], [item["title"] for item in answer.json()["items"]]

    before = entries()
    assert entries() == before
    service.store.papers.upsert([about_genes(1)], "test")
    assert eventually(lambda: "Gene 1" in entries()[1])
    assert entries()[0] != before[0]
