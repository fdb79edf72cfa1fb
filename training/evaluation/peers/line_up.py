"""The baselines by name, each with the settings that are tried, the most usual first.

The grids span what suits the three public datasets; which setting is used is decided on each run's own
validation split, never here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

from recsys.models.als import ALS
from recsys.models.content_model import ContentModel
from recsys.models.item_knn import ItemKNN
from recsys.models.popularity import Popularity
from training.evaluation.peers.blend import Blend
from training.evaluation.peers.ease import MOST_ITEMS, DenseEASE
from training.evaluation.peers.factors import BPR, LightFM
from training.evaluation.peers.item_side import ItemSide, LsaCentroid
from training.evaluation.peers.peer import Peer
from training.evaluation.spec import Role, Settings, Spec


def _grid(names: str, *rows: tuple[Any, ...]) -> tuple[Settings, ...]:
    return tuple(dict(zip(names.split(), row, strict=True)) for row in rows)


def _sum(name: str, *weights: tuple[float, ...], **needs: bool) -> Spec:
    """A sum of the baselines in its name, joined by +; the weights in a row are theirs, in that order."""
    members = tuple(name.split("+"))

    def build(settings: Settings, fitted: Mapping[str, Peer], _seed: int) -> Blend:
        return Blend(fitted, settings)

    grid = tuple(dict(zip(members, row, strict=True)) for row in weights)
    return Spec(name, Role.SUM, build, grid, members, **needs)


def _pairs(*seconds: float) -> Iterable[tuple[float, float]]:
    return product((1.0,), seconds)


_SINGLE = (
    Spec("popularity", Role.SINGLE, lambda _s, _m, _r: ItemSide(Popularity(sharing=0.0))),
    Spec(
        "item-knn",
        Role.SINGLE,
        lambda s, _m, _r: ItemSide(ItemKNN(**s)),
        _grid("neighbours shrinkage", (1_000, 10), (200, 20), (1_000, 50), (2_000, 5), (50, 10), (20, 0)),
    ),
    Spec(
        "als",
        Role.SINGLE,
        lambda s, _m, r: ItemSide(ALS(**s, rarity=0.0, word=0.0, random_state=r)),  # the plain one
        _grid(
            "factors alpha regularization",
            *(
                (400, 40, 20.0),
                (64, 10, 50.0),
                (400, 10, 0.01),
                (32, 4, 10.0),
                (200, 40, 20.0),
                (64, 40, 100.0),
            ),
        ),
    ),
    Spec(
        "bpr",
        Role.SINGLE,
        lambda s, _m, r: BPR(**s, random_state=r),
        _grid(
            "factors learning_rate regularization iterations",
            *((64, 0.05, 0.01, 100), (64, 0.1, 0.01, 300), (64, 0.005, 0.001, 100), (64, 0.01, 0.01, 100)),
            *((128, 0.1, 0.01, 300), (32, 0.02, 0.05, 100)),
        ),
    ),
    Spec(
        "lightfm",
        Role.SINGLE,
        lambda s, _m, r: LightFM(**s, use_features=False, random_state=r),
        _grid(
            "factors epochs learning_rate",
            *(
                (64, 30, 0.05),
                (128, 30, 0.05),
                (64, 60, 0.05),
                (32, 30, 0.05),
                (128, 60, 0.02),
                (64, 15, 0.05),
            ),
        ),
    ),
    Spec(
        "lightfm-features",
        Role.SINGLE,
        lambda s, _m, r: LightFM(**s, use_features=True, random_state=r),
        _grid(
            "factors epochs learning_rate", (64, 30, 0.05), (32, 30, 0.05), (128, 30, 0.05), (64, 15, 0.05)
        ),
        large_budget=2,
        needs_content=True,
        cold_items=True,
    ),
    Spec(
        "ease",
        Role.SINGLE,
        lambda s, _m, _r: DenseEASE(**s),
        _grid("regularization", (50.0,), (300.0,), (30.0,), (100.0,), (1_000.0,), (10.0,)),
        large_budget=3,
        most_items=MOST_ITEMS,
    ),
    Spec(
        "tf-idf",
        Role.SINGLE,
        lambda _s, _m, r: ItemSide(ContentModel(embedding_weight=0.0, random_state=r)),
        needs_content=True,
        cold_items=True,
    ),
    Spec(
        "lsa",
        Role.SINGLE,
        lambda s, _m, r: LsaCentroid(**s, random_state=r),
        _grid("dimensions", (300,), (150,), (75,), (600,)),
        needs_content=True,
        cold_items=True,
    ),
)

_SUMS = (
    _sum("item-knn+tf-idf", *_pairs(1.0, 0.5, 2.0, 0.25, 4.0, 1.5), needs_content=True),
    _sum("ease+tf-idf", *_pairs(0.6, 0.3, 1.0, 0.15, 2.0, 0.45), needs_content=True),
    _sum(
        "ease+als+item-knn", (1, 0.5, 0.2), (1, 0.25, 0.1), (1, 1, 0.2), (1, 0.5, 0), (1, 0, 0.5), (1, 1, 1)
    ),
    _sum("tf-idf+lsa", *_pairs(1.0, 0.5, 2.0, 0.25, 4.0, 1.5), needs_content=True, cold_items=True),
)

BASELINES: Mapping[str, Spec] = {spec.name: spec for spec in (*_SINGLE, *_SUMS)}
