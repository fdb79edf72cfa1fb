"""The real application over a real record (SQLite), a real Redis and a real, if small, bundle."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from fastapi.testclient import TestClient
from scipy import sparse

from recsys.bundle import write_bundle
from recsys.content import Content, unit_rows
from recsys.embed import LsaEmbedder
from recsys.home import Home
from recsys.hybrid import Hybrid
from recsys.meaning import SHIPPED
from recsys.papers import Paper, PaperRecord
from recsys.reading import Reading, topics_of
from recsys.redis_server import PrivateRedis
from recsys.shelf import point_to
from recsys.store import Store
from service.app import create_app
from service.context import Context
from service.settings import Settings

ATTENTION = "arxiv:1706.03762"
_WORDS = {
    "cs.LG": [
        "gradient",
        "network",
        "training",
        "attention",
        "transformer",
        "representation",
        "learning",
        "loss",
    ],
    "q-bio.GN": ["genome", "protein", "sequence", "cell", "expression", "mutation", "variant", "tissue"],
    "astro-ph": ["galaxy", "redshift", "stellar", "telescope", "cosmic", "halo", "luminosity", "survey"],
}


def catalogue() -> list[PaperRecord]:
    """60 papers of three topics, each topic with words of its own; ids p00, p01, ... after the first."""
    rng = np.random.default_rng(0)
    records = [
        PaperRecord(
            title="Attention Is All You Need",
            abstract="A transformer network of attention without recurrence",
            topics=["cs.LG"],
            published="2017-06-12",
            arxiv="1706.03762",
        )
    ]
    for number in range(59):
        topic = list(_WORDS)[number % 3]
        words = rng.choice(_WORDS[topic], size=12).tolist()
        records.append(
            PaperRecord(
                id=f"p{number:02}",
                title=f"{' '.join(words[:4]).capitalize()} {number}",
                abstract=" ".join(words[4:]),
                topics=[topic],
                published=f"20{10 + number % 15}-0{1 + number % 9}-15",
            )
        )
    return records


def word_vectors(texts: Sequence[str]) -> np.ndarray:
    """How often the catalogue's words are in each text, float32 (n, 24), rows of length 1 or 0."""
    words = [word for of_topic in _WORDS.values() for word in of_topic]
    return unit_rows(np.array([[text.lower().count(word) for word in words] for text in texts], np.float32))


def publish(root: Path, papers: list[Paper], seed: int = 0, embedder: str = "lsa") -> str:
    """Train a bundle on made-up readers of one topic each, and point to it.

    Another `embedder` stands for a sentence model, whose vectors an encoder must make: `word_vectors`.
    """
    rng = np.random.default_rng(seed)
    topics = np.array([paper.topics[0] if paper.topics else "" for paper in papers])
    favourite = rng.choice([topic for topic in dict.fromkeys(topics.tolist()) if topic], size=40)
    read = rng.random((40, len(papers))) < np.where(favourite[:, None] == topics[None, :], 0.3, 0.02)
    lsa = LsaEmbedder.fit([paper.text for paper in papers])
    texts = [paper.text for paper in papers]
    embeddings = lsa.embed(texts) if embedder == "lsa" else word_vectors(texts)
    hybrid = Hybrid(random_state=seed, models=("popularity", "item-knn", "content"))
    hybrid.fit(
        sparse.csr_matrix(read, dtype=np.float32), Content(embeddings, lsa.terms([p.text for p in papers]))
    )
    arrays = {**hybrid.arrays(), "embeddings": embeddings}
    encoder = {**lsa.arrays(), **Reading(lsa.vocabulary, topics_of(papers)).arrays()}
    arrays |= {f"encoder/{name}": array for name, array in encoder.items()}
    about = {
        "created": f"2026-11-24T00:00:{seed:02}Z",
        "parent": None,
        "counts": {"papers": len(papers)},
        "metrics": {},
        "embedder": {"kind": "lsa" if embedder == "lsa" else "sentence", "name": embedder},
    }
    id = write_bundle(root, papers, arrays, {"hybrid": hybrid.params(), "meaning": SHIPPED.params()}, about)
    point_to(root, id)
    return id


@dataclass
class Service:
    """A running application, with all that a test may want to look at or to break."""

    client: TestClient
    home: Home
    redis: PrivateRedis
    key: str

    @property
    def context(self) -> Context:
        return self.client.app.state.context  # type: ignore[attr-defined, no-any-return]

    @property
    def store(self) -> Store:
        return self.context.store

    def get(self, path: str, **params: Any) -> Any:
        """The body of a GET that must succeed."""
        answer = self.client.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def recommend(self, user: str, **params: Any) -> Any:
        return self.get("/v1/recommendations", user=user, **params)

    def ids(self, user: str, **params: Any) -> list[str]:
        return [item["paper"]["id"] for item in self.recommend(user, **params)["items"]]

    def send(self, user: str, kind: str, item: str | None = None, **more: Any) -> Any:
        """The answer to one event, which must be accepted."""
        event = {"id": uuid4().hex, "user": user, "kind": kind, **({"item": item} if item else {}), **more}
        answer = self.client.post("/v1/events", json=event)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def die(self) -> None:
        """Take the record away: its file is gone, and a folder stands in its place."""
        self.store.close()
        for file in self.home.path.glob("record.db*"):
            file.rename(file.with_name(f"away-{file.name}"))
        (self.home.path / "record.db").mkdir()

    def revive(self) -> None:
        """Give the record back."""
        (self.home.path / "record.db").rmdir()
        for file in self.home.path.glob("away-record.db*"):
            file.rename(file.with_name(file.name.removeprefix("away-")))


def eventually(holds: Callable[[], bool], within: float = 10.0) -> bool:
    """Whether it holds before the time is over."""
    give_up = time.monotonic() + within
    while not holds():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.02)
    return True


@contextmanager
def started(template: Path, folder: Path, *, bundle: bool = True) -> Iterator[Service]:
    """A service over a copy of the template."""
    shutil.copytree(template, folder)
    home = Home(folder)
    if not bundle:
        (home.bundles / "current").unlink()
    with home.open_store() as store:
        key = store.keys.create("test")
    sockets = Path(tempfile.mkdtemp(prefix="recsys-"))
    with PrivateRedis(sockets / "redis.sock") as redis:
        settings = Settings(home=home.path, database_url=home.database_url(), redis_url=redis.url)
        with TestClient(create_app(settings), raise_server_exceptions=False) as client:
            client.headers["Authorization"] = f"Bearer {key}"
            yield Service(client, home, redis, key)
    shutil.rmtree(sockets)
