"""The night's job on a real record: publish, repeat, gate, and die without harm."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from worlds import WORDS, make_world

from recsys.bundle import current_id, load_bundle
from recsys.errors import UserError
from recsys.events import Kind, StoredEvent
from recsys.home import Home
from recsys.hybrid import JOINED
from recsys.papers import PaperRecord
from recsys.shelf import list_manifests
from recsys.slates import Slate, SlateItem
from recsys.store import Store
from training.content import embed_catalogue
from training.dataset import load_dataset
from training.train import Outcome, train

DAY = 86_400_000


def _fill(store: Store, seed: int = 0, n_users: int = 60, n_items: int = 80) -> None:
    world = make_world(n_users=n_users, n_items=n_items, seed=seed)
    records = [
        PaperRecord(id=f"w:{n}", title=f"Paper {n}", abstract=text, topics=[f"theme {world.themes[n]}"])
        for n, text in enumerate(world.texts)
    ]
    store.papers.upsert(records, "test")
    rows = np.repeat(np.arange(n_users), np.diff(world.interactions.indptr))
    store.events.add(
        [
            StoredEvent(f"{u}:{i}", f"u{u:03}", Kind.LIKE, 1_700_000_000_000 + n * DAY // 50, item=f"w:{i}")
            for n, (u, i) in enumerate(zip(rows, world.interactions.indices, strict=True))
        ],
        0,
    )


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def record(home: Home) -> Iterator[Store]:
    with home.open_store() as store:
        _fill(store)
        yield store


def _train(store: Store, home: Home, embedder: str | None = "lsa", force: bool = False) -> Outcome:
    return train(store, home.bundles, embedder, 0, force, lambda _what, _share: None)


def test_the_night_knows_when_everything_was_chosen(record: Store) -> None:
    said = {(event.user, event.item): event.time for event in record.events.all()}
    data = load_dataset(record, seed=0)
    matrix, users, items = data.interactions.matrix, data.interactions.users.ids, data.interactions.items.ids
    rows = np.repeat(np.arange(len(users)), np.diff(matrix.indptr))
    whose = zip(rows, matrix.indices, strict=True)
    assert data.times.tolist() == [said[users[row], items[column]] for row, column in whose]
    for row in range(len(users)):
        span = slice(matrix.indptr[row], matrix.indptr[row + 1])
        held, times = data.held_out[span], data.times[span]
        assert held.any()
        assert times[held].min() >= times[~held].max()


def test_publishes_a_bundle_with_what_it_measured(record: Store, home: Home) -> None:
    outcome = _train(record, home)
    assert outcome.live
    manifest = load_bundle(home.bundles).manifest
    assert manifest["id"] == outcome.bundle == current_id(home.bundles)
    assert manifest["counts"]["papers"] == 80
    assert manifest["counts"]["users"] == 60
    assert set(manifest["metrics"]) == {"hybrid", *JOINED}
    figure = manifest["metrics"]["hybrid"]["ndcg@20"]
    assert figure["low"] < figure["mean"] < figure["high"]
    assert figure["mean"] > manifest["metrics"]["popularity"]["ndcg@20"]["mean"]


def test_the_same_data_and_seed_give_the_same_bundle(record: Store, home: Home, tmp_path: Path) -> None:
    first = _train(record, home)
    assert _train(record, home).bundle == first.bundle
    other = Home(tmp_path / "other")
    with other.open_store() as store:
        _fill(store)
        assert _train(store, other).bundle == first.bundle


def test_a_deleted_reader_is_as_one_who_never_was(home: Home) -> None:
    acts = [
        StoredEvent(f"gone:{n}", "gone", kind, 1_750_000_000_000 + n, item=f"w:{n}", seconds=seconds)
        for n, (kind, seconds) in enumerate([(Kind.LIKE, None), (Kind.READ, 90.0), (Kind.SAVE, None)] * 4)
    ]
    with home.open_store() as record:
        _fill(record, n_users=15, n_items=30)
        without = _train(record, home).bundle
        record.events.add(acts, 0)
        record.slates.add([Slate("gone", "gone", 1, "greedy", None, (SlateItem("w:1", 0, 1.0, 1.0),))])
        assert _train(record, home, force=True).bundle != without
        record.erase("gone")
        assert _train(record, home, force=True).bundle == without


def test_progress_only_moves_forward(record: Store, home: Home) -> None:
    told: list[tuple[str, float]] = []
    train(record, home.bundles, "lsa", 0, False, lambda what, share: told.append((what, share)))
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert {"fitting als", "learning the join", "publishing"} <= {what for what, _ in told}


def test_a_retrain_on_ruined_data_is_kept_back_and_force_overrides(home: Home) -> None:
    with home.open_store() as record:
        _fill(record, n_users=200, n_items=200)
        good = _train(record, home)
        rng = np.random.default_rng(5)
        noise = [
            StoredEvent(f"noise:{u}:{i}", f"u{u:03}", Kind.LIKE, 1_800_000_000_000 + int(i), item=f"w:{i}")
            for u in range(200)
            for i in rng.choice(200, size=12, replace=False)
        ]
        record.events.add(noise, 0)
        bad = _train(record, home)
        assert not bad.live
        assert current_id(home.bundles) == good.bundle
        assert len(list_manifests(home.bundles)) == 2
        assert "in service" in bad.verdict.why or "popularity" in bad.verdict.why
        assert _train(record, home, force=True).live
        assert current_id(home.bundles) == bad.bundle


def test_an_empty_catalogue_is_an_error_with_a_mend(home: Home) -> None:
    with home.open_store() as store, pytest.raises(UserError, match="recsys ingest"):
        _train(store, home)


def test_papers_without_readers_are_enough(home: Home) -> None:
    with home.open_store() as store:
        store.papers.upsert([PaperRecord(title=f"On {word}", abstract=word) for word in WORDS], "test")
        assert _train(store, home).live


def test_only_new_and_changed_abstracts_are_embedded(home: Home) -> None:
    """With the real sentence model: four papers, then one more and one changed."""
    with home.open_store() as store:
        store.papers.upsert([PaperRecord(title=f"On {word}", abstract=word) for word in WORDS[:4]], "test")
        first = embed_catalogue(store, store.papers.all(), "minilm", 0, lambda _share: None)
        assert first.embedded == 4
        assert np.allclose(np.linalg.norm(first.content.embeddings, axis=1), 1, atol=1e-5)
        changed = [
            PaperRecord(title=f"On {WORDS[0]}", abstract="another text"),
            PaperRecord(title="A new one", abstract="new"),
        ]
        store.papers.upsert(changed, "test")
        second = embed_catalogue(store, store.papers.all(), "minilm", 0, lambda _share: None)
        assert second.embedded == 2
        assert (second.content.embeddings[1:4] == first.content.embeddings[1:4]).all()


def test_killed_at_any_moment_the_bundle_in_service_stays_whole(record: Store, home: Home) -> None:
    before = _train(record, home).bundle
    record.events.add([StoredEvent("extra", "u000", Kind.LIKE, 1_900_000_000_000, item="w:1")], 0)
    command = [
        sys.executable,
        "-m",
        "recsys",
        "train",
        "--home",
        str(home.path),
        "--embedder",
        "lsa",
        "--force",
    ]
    for seconds in (0.5, 2.5, 4.5):
        job = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        os.kill(job.pid, signal.SIGKILL)
        job.wait()
        load_bundle(home.bundles)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert current_id(home.bundles) != before


def test_two_trainings_at_once_are_refused(record: Store, home: Home) -> None:
    command = [sys.executable, "-m", "recsys", "train", "--home", str(home.path)]
    with home.lock("train"):
        second = subprocess.run(command, capture_output=True, text=True, check=False)
    assert second.returncode == 2
    assert "already running" in second.stderr
    assert "Traceback" not in second.stderr
