"""Bundles: their figures over the nights, which one is live, and moving the pointer."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass

from recsys.bundle import BundleError, current_id
from recsys.metrics import Figure
from recsys.nights import Night, nights
from recsys.shelf import point_to
from service.admin.charts import Chart, Series, chart
from service.context import Context
from service.pages.wording import when_iso
from service.problems import Problem

log = logging.getLogger(__name__)

METRICS = ("ndcg@20", "recall@20")
_NIGHTS = 60  # in the pictures
_MODELS = ("hybrid", "ease", "content", "popularity")  # lines in the pictures, where they were judged
_NAMES = {"hybrid": "the join", "ease": "EASE", "content": "texts", "popularity": "popularity"}
_TITLES = {"ndcg@20": "nDCG@20", "recall@20": "Recall@20"}


@dataclass(frozen=True)
class Bundles:
    """What the panel shows; `back` is the bundle to roll back to, if there is one."""

    nights: list[Night]
    live: Night | None
    back: Night | None
    failure: str | None
    charts: list[Chart]


def bundles(context: Context) -> Bundles:
    """All bundles, and their figures over the nights."""
    all_nights = nights(context.live.root)
    live = next((night for night in all_nights if night.live), None)
    parents = [night for night in all_nights if live and night.id == live.parent and night.there]
    judged = [night for night in all_nights if night.figures][:_NIGHTS][::-1]
    drawn = [_chart(judged, metric) for metric in METRICS]
    return Bundles(
        all_nights,
        live,
        parents[0] if parents else None,
        context.live.failure,
        [picture for picture in drawn if picture],
    )


def bundle_of(context: Context, id: str) -> Night:
    """A bundle by its id.

    Raises:
        Problem: 404, there is none, or only its figures are left.
    """
    found = next((night for night in nights(context.live.root) if night.id == id and not night.gone), None)
    if found is None:
        raise Problem(404, "unknown-bundle", f"there is no bundle {id!r} here; it may have been pruned")
    return found


def put_in_service(context: Context, id: str, instead_of: str, by: str) -> None:
    """Move the pointer to a bundle; this worker has taken it when this returns, others do in a second.

    Args:
        context: the application's parts.
        id: of the bundle.
        instead_of: the one that was live when the admin decided; empty for none.
        by: the admin, for the log.

    Raises:
        Problem: 409, another one went live meanwhile, or the bundle can't be served.
    """
    root = context.live.root
    live = current_id(root) or ""
    if live != instead_of:
        raise Problem(
            409,
            "bundle-changed",
            f"bundle {live or 'none'} went live meanwhile, in place of {instead_of or 'none'}: decide again",
        )
    try:
        point_to(root, id)
    except BundleError as error:
        raise Problem(409, "bundle-unusable", str(error)) from None
    log.info("%s put bundle %s in service (before: %s)", by, id, live or "none")
    context.live.look()
    if context.live.failure:
        raise Problem(409, "bundle-unusable", context.live.failure)


def _chart(judged: list[Night], metric: str) -> Chart | None:
    series = []
    for model in _MODELS:
        found = [night.figure(model, metric) for night in judged]
        if any(found):
            sides = model == "hybrid"
            series.append(
                Series(
                    _NAMES[model],
                    _column(found, "mean"),
                    _column(found, "low") if sides else None,
                    _column(found, "high") if sides else None,
                )
            )
    along = [when_iso(night.created).rpartition(" 20")[0] for night in judged]
    title = f"{_TITLES[metric]} of each night, on readers held out"
    return chart(metric.replace("@", ""), title, along, series)


def _column(found: list[Figure | None], name: str) -> list[float | None]:
    values = [getattr(figure, name) if figure else None for figure in found]
    return [None if value is None or math.isnan(value) else value for value in values]
