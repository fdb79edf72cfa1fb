"""The base models, one file each. A new model is one file and one line here."""

from __future__ import annotations

from recsys.models.als import ALS
from recsys.models.base import Model
from recsys.models.bpr import BPR
from recsys.models.content_model import ContentModel
from recsys.models.ease import EASE
from recsys.models.head import Head
from recsys.models.item_knn import ItemKNN
from recsys.models.item_model import ItemModel
from recsys.models.lightfm_model import LightFMModel
from recsys.models.popularity import Popularity
from recsys.models.tower import Tower
from recsys.models.user_knn import UserKNN

_MODELS: tuple[type[ItemModel], ...] = (
    Popularity,
    ItemKNN,
    UserKNN,
    ALS,
    BPR,
    LightFMModel,
    ContentModel,
    Tower,
    Head,
    EASE,
)

REGISTRY: dict[str, type[ItemModel]] = {model.name: model for model in _MODELS}

__all__ = ["REGISTRY", "ItemModel", "Model"]
