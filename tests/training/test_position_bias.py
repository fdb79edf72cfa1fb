"""Position bias is found again in what simulated readers click, and clicks are put right by it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from recsys.events import Kind, StoredEvent
from recsys.explore import Plan, plan
from recsys.home import Home
from recsys.interactions import interactions_from_histories
from recsys.meaning import SHIPPED, Meaning
from recsys.papers import PaperRecord
from recsys.policies import Thompson
from recsys.profile import state_from_events
from recsys.slates import Slate, SlateItem
from training.dataset import load_dataset
from training.position_bias import estimate_examined, of_slates

TRUE = 0.82 ** np.arange(12)  # much steeper than what is shipped
RELEVANCE = np.random.default_rng(2).uniform(0.2, 0.6, size=40)


def slates_of(k: int = 12) -> Plan:
    """The real policy over 40 papers, in an order that has nothing to do with how relevant they are."""
    scores, spread = np.linspace(2, -1, 40).astype(np.float32), np.full(40, 0.5, dtype=np.float32)
    return plan(np.arange(k), np.arange(k, 40), scores, spread, Thompson())


def browse(
    slates: Plan, number: int, relevance: np.ndarray = RELEVANCE, seed: int = 0
) -> Iterator[tuple[Slate, list[StoredEvent]]]:
    """Slates as shown to simulated readers, who click on what they look at and find relevant."""
    rng = np.random.default_rng(seed)
    for n in range(number):
        drawn = slates.draw(rng)
        clicked = rng.random(len(drawn.chosen)) < TRUE[: len(drawn.chosen)] * relevance[drawn.chosen]
        items = tuple(
            SlateItem(f"p{row}", place, 0.0, float(chance))
            for place, (row, chance) in enumerate(zip(drawn.chosen, drawn.propensity, strict=True))
        )
        acts = [
            StoredEvent(
                f"{n}:{place}", f"u{n}", Kind.CLICK, 1_000, items[place].item, slate=str(n), position=place
            )
            for place in np.flatnonzero(clicked).tolist()
        ]
        yield Slate(str(n), f"u{n}", 1_000, slates.policy, "bundle", items, drawn.pair), acts


def test_a_known_bias_is_found_again() -> None:
    number, slates = 25_000, slates_of()
    shown = list(browse(slates, number))
    taken_up = of_slates(act for _, acts in shown for act in acts)
    found = np.array(estimate_examined((slate for slate, _ in shown), taken_up))
    shipped = np.array(SHIPPED.examined)
    assert len(found) == len(shipped)
    # Counts are Poisson: the variance of a log ratio is the sum of what one click is of each count. Shrinking
    # takes each ratio a little towards the shipped one.
    clicks = number / len(slates.pairs) * TRUE[:9] * np.convolve(RELEVANCE[:10], [0.5, 0.5], "valid")[:9]
    error = np.sqrt(1 / clicks[:8] + 1 / clicks[1:9])
    shrunk = np.abs(np.log(shipped[1:9] / shipped[:8]) - np.log(0.82)) * 50 / (clicks[:8] + clicks[1:9])
    off = np.abs(np.diff(np.log(found[:9])) - np.log(0.82))
    assert (off < 3 * error + shrunk).all()
    assert (
        np.abs(np.log(found[1:9] / TRUE[1:9])) < 3 * np.sqrt(np.cumsum(error**2)) + np.cumsum(shrunk)
    ).all()
    assert np.abs(found[:9] - TRUE[:9]).max() < 0.5 * np.abs(shipped[:9] - TRUE[:9]).max()
    # No pair reaches across the drawn place, so its neighbours keep the shipped ratio.
    assert found[9:11] / found[8:10] == pytest.approx(shipped[9:11] / shipped[8:10])


def test_without_logs_and_with_few_of_them_the_shipped_bias_stays() -> None:
    assert estimate_examined([], set()) == pytest.approx(SHIPPED.examined)
    shown = list(browse(slates_of(), 60))
    taken_up = of_slates(act for _, acts in shown for act in acts)
    found = estimate_examined((slate for slate, _ in shown), taken_up)
    assert found == pytest.approx(SHIPPED.examined, abs=0.1)


def test_only_what_was_taken_up_from_a_tested_pair_counts() -> None:
    items = tuple(SlateItem(f"p{n}", n, 0.0, 1.0) for n in range(3))
    slates = [Slate("tested", "u", 0, "x", "b", items, pair=0), Slate("untested", "u", 0, "x", "b", items)]
    events = [
        StoredEvent("1", "u", Kind.IMPRESSION, 0, "p1", slate="tested"),
        StoredEvent("2", "u", Kind.CLICK, 0, "p2", slate="tested"),
        StoredEvent("3", "u", Kind.CLICK, 0, "p1", slate="untested"),
        StoredEvent("4", "u", Kind.CLICK, 0, "p1", slate="lost"),
        StoredEvent("5", "u", Kind.CLICK, 0, "p1"),
    ]
    assert estimate_examined(slates, of_slates(events)) == pytest.approx(SHIPPED.examined)
    counted = [*events, StoredEvent("6", "u", Kind.SAVE, 0, "p1", slate="tested")]
    assert estimate_examined(slates, of_slates(counted))[1] > SHIPPED.examined[1]
    repeated = [*counted, StoredEvent("7", "u", Kind.CLICK, 0, "p1", slate="tested")]
    assert estimate_examined(slates, of_slates(repeated)) == estimate_examined(slates, of_slates(counted))


def test_corrected_clicks_rank_a_deep_relevant_paper_right() -> None:
    relevance = np.full(40, 0.2)
    relevance[0], relevance[3] = 0.35, 0.45  # the better one stands where few look
    shown = list(browse(slates_of(), 12_000, relevance))
    taken_up = of_slates(act for _, acts in shown for act in acts)
    learned = Meaning(examined=estimate_examined((slate for slate, _ in shown), taken_up))
    blind = Meaning(examined=(1.0,))

    def evidence(meaning: Meaning) -> np.ndarray:
        histories = {
            slate.user: state_from_events(slate.user, acts).confidences(meaning)
            for slate, acts in shown
            if acts
        }
        matrix = interactions_from_histories(histories, [f"p{n}" for n in range(40)]).matrix
        return np.asarray(matrix.sum(axis=0)).ravel()

    uncorrected, corrected = evidence(blind), evidence(learned)
    assert uncorrected[0] > 1.2 * uncorrected[3]
    assert corrected[3] > 1.1 * corrected[0]
    assert corrected[3] / corrected[0] == pytest.approx(relevance[3] / relevance[0], rel=0.1)


def test_the_night_reads_the_bias_from_the_record(tmp_path: Path) -> None:
    with Home(tmp_path / "home").open_store() as store:
        store.papers.upsert([PaperRecord(id=f"p{n}", title=f"Paper {n}") for n in range(40)], "test")
        before = load_dataset(store, 0).meaning.examined
        shown = list(browse(slates_of(), 3_000))
        store.slates.add([slate for slate, _ in shown])
        store.events.add([act for _, acts in shown for act in acts], 0)
        after = load_dataset(store, 0).meaning.examined
        keep_out = [
            StoredEvent(f"off:{slate.user}", slate.user, Kind.SET, 2_000, setting="paused", value=1)
            for slate, acts in shown
            if acts
        ]
        store.events.add(keep_out, 0)
        paused = load_dataset(store, 0).meaning.examined
    assert before == paused == pytest.approx(SHIPPED.examined)
    taken_up = of_slates(act for _, acts in shown for act in acts)
    assert after == estimate_examined((slate for slate, _ in shown), taken_up)
    assert abs(after[8] - TRUE[8]) < abs(before[8] - TRUE[8])
