"""One night's work: matrices, embeddings, fit, evaluate, gate, publish."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from recsys.bundle import current_id, read_manifest, write_bundle
from recsys.errors import UserError
from recsys.events import now_ms
from recsys.hybrid import Hybrid
from recsys.shelf import point_to, prune
from recsys.store import Store
from training.content import embed_catalogue
from training.dataset import load_dataset
from training.gate import Verdict, judge, summarise

Progress = Callable[[str, float], None]  # what is being done, and the share of the whole done so far

_EMBEDDING_SHARE = 0.35  # of the progress bar
_KEPT_BUNDLES = 7
_SLATES_ARE_LATE_MS = 60_000  # slates are written behind the answer; one still missing after this is lost
_LIBRARIES = ("recsys", "numpy", "scipy", "scikit-learn", "implicit", "lightfm-next", "sentence-transformers")


@dataclass(frozen=True)
class Outcome:
    """What a training run came to."""

    bundle: str
    verdict: Verdict
    live: bool
    metrics: dict[str, Any]
    counts: dict[str, int]


def train(
    store: Store, bundles: Path, embedder: str | None, seed: int, force: bool, progress: Progress
) -> Outcome:
    """Train on the whole record and publish the bundle, unless the gate keeps it back.

    Args:
        store: the record.
        bundles: the folder of bundles.
        embedder: `minilm`, `lsa` or a sentence-transformers model; None for that of the bundle in service.
        seed: of everything drawn.
        force: go live whatever the gate says.
        progress: called with what is being done and the share done.

    Raises:
        recsys.errors.UserError: the catalogue is empty, or the embedder isn't on this machine.
    """
    parent_id = current_id(bundles)
    parent = read_manifest(bundles, parent_id) if parent_id else None
    progress("reading the record", 0.0)
    store.events.mark_lost_slates(before=now_ms() - _SLATES_ARE_LATE_MS)
    data = load_dataset(store, seed)
    if not data.papers:
        raise UserError("the catalogue is empty: `recsys ingest` some papers first")
    catalogue = embed_catalogue(
        store,
        data.papers,
        embedder or _embedder_of(parent),
        seed,
        lambda share: progress("embedding abstracts", 0.02 + _EMBEDDING_SHARE * share),
    )
    by_sentence = catalogue.embedder["kind"] == "sentence" and catalogue.embedded
    start = 0.02 + (_EMBEDDING_SHARE if by_sentence else 0.05)
    hybrid = Hybrid(
        random_state=seed, progress=lambda what, share: progress(what, start + (0.97 - start) * share)
    )
    with threadpool_limits(limits=2):  # the same sums in the same order whatever the machine
        matrix, content = data.interactions.matrix, catalogue.content
        hybrid.fit(matrix, content, times=data.times, held_out=data.held_out)
    verdict = judge(hybrid.report, parent)
    metrics = summarise(hybrid.report)
    counts = {
        "papers": len(data.papers),
        "users": len(data.interactions.users.ids),
        "simulated": len(store.events.simulated_users()),
        "interactions": int(data.interactions.matrix.nnz),
        "events": data.events,
        "embedded": catalogue.embedded,
    }
    progress("publishing", 0.98)
    bundle = write_bundle(
        bundles,
        data.papers,
        {**hybrid.arrays(), "embeddings": catalogue.content.embeddings, **catalogue.encoder},
        model={
            "hybrid": hybrid.params(),
            "meaning": data.meaning.params(),
            "embedder": catalogue.embedder,
            "seed": seed,
        },
        about={
            "created": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "parent": parent_id,
            "embedder": catalogue.embedder,
            "counts": counts,
            "metrics": metrics,
            "gate": {"live": verdict.live, "why": verdict.why, "forced": force},
            "latest_event": data.latest,
            "libraries": {name: version(name) for name in _LIBRARIES},
        },
    )
    live = verdict.live or force
    if live:
        point_to(bundles, bundle)
    prune(bundles, _KEPT_BUNDLES)
    progress("done", 1.0)
    return Outcome(bundle, verdict, live, metrics, counts)


def _embedder_of(parent: dict[str, Any] | None) -> str:
    """A retrain keeps the embedder of the bundle in service; the first training takes MiniLM."""
    if parent is None:
        return "minilm"
    known: dict[str, str] = parent["embedder"]
    return known["name"]
