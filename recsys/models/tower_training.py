"""Training the towers: part of every history has to find the rest of it.

The loss is the multinomial likelihood of a masked history (Liang et al., "Variational autoencoders for
collaborative filtering", WWW 2018) under a softmax over sampled items (Covington, Adams and Sargin, "Deep
neural networks for YouTube recommendations", RecSys 2016). Gradients are written out, so that nothing but
NumPy is needed and two fits are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from recsys.content import Floats
from recsys.models.adam import Adam
from recsys.models.sparse import kept, row_of_each_entry

_ALL = slice(None)
_MASKED = np.float32(-1e9)
_GIVEN = (0.3, 0.9)  # the share of a history that has to find the rest differs from step to step


@dataclass(frozen=True)
class Schedule:
    """How long and how hard to train; see `TowerConfig`."""

    epochs: int
    least_steps: int
    most_steps: int
    batch: int
    sampled_items: int
    learning_rate: float
    words_kept: float
    own_kept: float
    pull: float


@dataclass
class Parameters:
    """What is learned.

    Attributes:
        words: float32 (n_features, d), what each feature of a text adds to a paper's vector.
        own: float32 (n_items, d), what readers know of a paper beyond its text.
        bias: float32 (n_items,), how often a paper is chosen by those it doesn't suit especially.
        log_scale: float32 (1,), the logarithm of what a cosine counts in the softmax.
    """

    words: Floats
    own: Floats
    bias: Floats
    log_scale: Floats


def side_by_side(members: Sequence[Parameters]) -> Parameters:
    """One of the joint width; its scores are the members' mean as far as their vectors are equally long."""
    return Parameters(
        words=np.hstack([member.words for member in members]),
        own=np.hstack([member.own for member in members]),
        bias=np.mean([member.bias for member in members], axis=0),
        log_scale=np.mean([member.log_scale for member in members], axis=0),
    )


def train(
    interactions: csr_matrix,
    features: csr_matrix,
    start: Parameters,
    schedule: Schedule,
    rng: np.random.Generator,
) -> None:
    """Improve `start` in place; words and own parts are drawn back to where they started.

    Args:
        interactions: CSR (n_users, n_items) of confidences > 0.
        features: CSR (n_items, n_features), rows of norm 1 or 0.
        start: where to begin.
        schedule: how long and how hard to train.
        rng: draws the batches, the masks, the sampled items and the dropped words.
    """
    readers = np.flatnonzero(np.diff(interactions.indptr) >= 2)  # one paper has nothing to find
    chosen = np.unique(interactions.indices)  # a paper without readers is no example of what is not wanted
    if len(readers) == 0:
        return
    a_pass = -(-len(readers) // schedule.batch)
    n_steps = int(np.clip(schedule.epochs * a_pass, schedule.least_steps, schedule.most_steps))
    words, log_scale = Adam(start.words, schedule.pull), Adam(start.log_scale)
    by_item = Adam(start.own, schedule.pull), Adam(start.bias, schedule.pull)
    order = rng.permutation(readers)
    for number in range(n_steps):
        place = number % a_pass * schedule.batch
        if place == 0:
            order = rng.permutation(readers)
        batch = interactions[order[place : place + schedule.batch]]
        asked = np.zeros(interactions.shape[1], dtype=bool)
        asked[batch.indices] = asked[_sample(chosen, schedule.sampled_items, rng)] = True
        items = np.flatnonzero(asked)
        rate = schedule.learning_rate * (1 - number / n_steps)
        for optimiser in by_item:
            optimiser.bring_up(items, rate)
        _, slopes = loss_and_slopes(batch, features, start, items, schedule, rng)
        words.step(_ALL, slopes[0], rate)
        log_scale.step(_ALL, slopes[3], rate)
        for optimiser, slope in zip(by_item, slopes[1:3], strict=True):
            optimiser.step(items, slope, rate)
    for optimiser in by_item:
        optimiser.bring_up(chosen, schedule.learning_rate / n_steps)


def loss_and_slopes(
    batch: csr_matrix,
    features: csr_matrix,
    now: Parameters,
    items: npt.NDArray[np.integer[Any]],
    schedule: Schedule,
    rng: np.random.Generator,
) -> tuple[float, list[Floats]]:
    """The loss on one batch of histories, and its gradient by words, own parts, biases and scale.

    That by own parts and biases is of `items` only, and 0 for others.


    Args:
        batch: CSR (n, n_items) of confidences > 0; part of each history, drawn here, has to find the rest.
        features: CSR (n_items, n_features).
        now: where the gradient is taken.
        items: rows of the items that the rest is to be found among, ascending; all of the batch's and others.
        schedule: what is dropped.
        rng: draws.
    """
    n_users, rows = batch.shape[0], row_of_each_entry(batch)
    given = rng.random(batch.nnz) < rng.uniform(*_GIVEN)
    places = np.searchsorted(items, batch.indices)

    texts = _thinned(features[items], schedule.words_kept, rng)
    own_kept = _kept(len(items), schedule.own_kept, rng)[:, None]
    vectors, lengths = _unit(texts @ now.words + own_kept * now.own[items])
    shape = (n_users, len(items))
    histories = csr_matrix((batch.data[given], (rows[given], places[given])), shape=shape)
    readers, reader_lengths = _unit(histories @ vectors)

    scale = np.exp(now.log_scale[0])
    cosines = readers @ vectors.T
    chances = _softmax(scale * cosines + now.bias[items], rows[given], places[given])
    asked = ~given & (np.diff(histories.indptr) > 0)[rows]
    # A reader counts by the root of what they have to find: neither the few avid ones nor the others rule.
    count = np.bincount(rows[asked], minlength=n_users)
    weight = (1 / np.sqrt(np.maximum(count, 1))[rows[asked]] / n_users).astype(np.float32)
    loss = -float(weight @ np.log(chances[rows[asked], places[asked]] + np.float32(1e-30)))
    of_reader = np.bincount(rows[asked], weights=weight, minlength=n_users).astype(np.float32)
    by_logit = chances * of_reader[:, None]
    by_logit[rows[asked], places[asked]] -= weight

    by_readers = _through_unit(scale * (by_logit @ vectors), readers, reader_lengths)
    by_vectors = scale * (by_logit.T @ readers) + histories.T @ by_readers
    by_vectors = _through_unit(by_vectors, vectors, lengths)
    by_scale = np.array([scale * np.vdot(by_logit, cosines)], dtype=np.float32)
    return loss, [np.asarray(texts.T @ by_vectors), own_kept * by_vectors, by_logit.sum(axis=0), by_scale]


def _sample(
    chosen: npt.NDArray[np.integer[Any]], n: int, rng: np.random.Generator
) -> npt.NDArray[np.integer[Any]]:
    return chosen if len(chosen) <= n else rng.choice(chosen, n)


def _kept(n: int, share: float, rng: np.random.Generator) -> Floats:
    return (rng.random(n) < share).astype(np.float32)


def _thinned(texts: csr_matrix, share: float, rng: np.random.Generator) -> csr_matrix:
    """The texts with a share of their words, which stand for all."""
    left = kept(texts, rng.random(texts.nnz) < share)
    left.data /= np.float32(share)
    return left


def _unit(matrix: Floats) -> tuple[Floats, Floats]:
    """Rows scaled to length 1, and what they were divided by."""
    lengths = np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), np.float32(1e-6))
    return matrix / lengths, lengths


def _through_unit(slope: Floats, unit: Floats, lengths: Floats) -> Floats:
    """The gradient by a matrix, of the gradient by its rows scaled to length 1."""
    along = (slope * unit).sum(axis=1, keepdims=True)
    through: Floats = (slope - unit * along) / lengths
    return through


def _softmax(logits: Floats, masked_rows: npt.NDArray[Any], masked_columns: npt.NDArray[Any]) -> Floats:
    """Chances by row, 0 where masked; in the memory of the logits."""
    logits[masked_rows, masked_columns] = _MASKED
    logits -= logits.max(axis=1, keepdims=True)
    np.exp(logits, out=logits)
    logits /= logits.sum(axis=1, keepdims=True)
    return logits
