"""The reward report, over logs whose truth is known and over slates that the ranker itself drew."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from service_under_test import catalogue, publish
from typer import Typer
from typer.testing import CliRunner

from recsys.bundle import load_bundle
from recsys.commands.rewards import rewards
from recsys.events import Kind, StoredEvent, now_ms
from recsys.home import Home
from recsys.papers import PaperRecord
from recsys.profile import UserState
from recsys.rank import Query, Ranker
from recsys.rewards import by_policy, iso_day, off_policy, reward_report
from recsys.slates import Slate, SlateItem
from recsys.store import Store
from recsys.store.reports import DAY_MS, Earned, Judged
from recsys.teaching import TEACHING
from service.ranking import slate_of

DAY = 20_000


def logged(store: Store, slates: list[list[float]], policy: str = "greedy", day: int = DAY) -> None:
    """Slates of papers that were clicked (0.3), liked (1.0) or not."""
    kinds = {0.3: Kind.CLICK, 1.0: Kind.LIKE, -0.3: Kind.HIDE}
    store.papers.upsert([PaperRecord(id=f"p:{n}", title=f"Paper {n}") for n in range(9)], "test")
    for number, earned in enumerate(slates):
        id = f"{policy}-{day}-{number}"
        items = tuple(SlateItem(f"p:{n}", n, 1.0, 1.0, True) for n in range(len(earned)))
        store.slates.add([Slate(id, f"reader {number}", day * DAY_MS, policy, "b", items)])
        store.events.add(
            [
                StoredEvent(f"{id}-{n}", f"reader {number}", kinds[r], day * DAY_MS + 1, f"p:{n}", slate=id)
                for n, r in enumerate(earned)
                if r
            ],
            received=1,
        )


def test_rewards_by_day_and_policy(store: Store) -> None:
    logged(store, [[0.3, 0, 0], [1.0, 0.3], [0, 0, 0]])
    logged(store, [[1.0, 1.0]], "thompson/discovery=1", DAY + 1)
    report = reward_report(store, DAY * DAY_MS)
    greedy, thompson = report.policies
    assert (greedy.policy, greedy.per_slate.users, greedy.places) == ("greedy", 3, 8)
    assert greedy.per_place.mean == pytest.approx(1.6 / 8)
    assert greedy.per_slate.mean == pytest.approx(1.6 / 3)
    assert greedy.per_place.low < greedy.per_place.mean < greedy.per_place.high
    assert (thompson.per_place.mean, math.isnan(thompson.per_place.low)) == (pytest.approx(1), True)
    assert [(row.day, row.policy) for row in report.days] == [
        (DAY, "greedy"),
        (DAY + 1, "thompson/discovery=1"),
    ]
    assert reward_report(store, (DAY + 1) * DAY_MS).policies[0].per_slate.mean == thompson.per_slate.mean


def test_intervals_of_sums_are_those_of_the_slates() -> None:
    """About as wide as the bootstrap's, and wide enough: of 200 made-up periods 95% hold the truth."""
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(200):
        n = rng.integers(5, 15, 300)
        r = rng.binomial(n, 0.2) * 1.0
        row = Earned(0, "greedy", 300, int(n.sum()), r.sum(), (r * r).sum(), (r * n).sum(), (n * n).sum())
        (reward,) = by_policy([row])
        held += reward.per_place.low <= 0.2 <= reward.per_place.high
        assert reward.per_slate.high - reward.per_slate.low == pytest.approx(
            2 * 1.96 * r.std(ddof=1) / math.sqrt(300)
        )
    assert 180 <= held <= 199


def test_an_empty_period(store: Store) -> None:
    report = reward_report(store, 0)
    assert (report.policies, report.days, report.off_policy.slates) == ((), (), 0)
    assert report.off_policy.greedy is None


def test_what_no_model_ranked_is_left_out() -> None:
    item = SlateItem("p", 0, 1.0, 1.0, True)
    kept = Slate("a", "ann", 0, "greedy", "b", (item,))
    others = [
        Slate("b", "ann", 0, TEACHING, "b", (item,)),
        Slate("c", "ann", 0, "trending-then-newest", None, (item,)),
        Slate("d", "ann", 0, "greedy", "b", (SlateItem("p", 0, 1.0, 1.0),)),  # before it was noted
    ]
    found = off_policy([Judged(slate, {"p": 1.0}) for slate in (kept, *others)])
    assert found.slates == 1
    assert found.greedy is not None
    assert found.greedy.ips.mean == found.greedy.snips.mean == 1.0


@pytest.fixture(scope="module")
def ranker(tmp_path_factory: pytest.TempPathFactory) -> Ranker:
    home = Home(tmp_path_factory.mktemp("home"))
    with home.open_store() as store:
        store.papers.upsert(catalogue(), "test")
        publish(home.bundles, store.papers.all())
    return Ranker(load_bundle(home.bundles))


def test_greedy_lists_are_valued_by_the_log_of_explored_ones(ranker: Ranker) -> None:
    """Slates as the ranker draws them, readers of whom it is known what they take: what greedy lists earn in
    truth lies within the interval, and the explored ones' own mean does not stand in for it."""
    rng = np.random.default_rng(0)
    reader = UserState("ann", 0)
    greedy = ranker.recommend(reader, Query(20, explore=False))
    worth = {item: 0.2 for item in ranker.bundle.items}
    worth |= {item.id: 0.9 for item in greedy.items}  # exploration costs
    judged = []
    for number in range(800):
        slate = slate_of(str(number), "ann", number, ranker.recommend(reader, Query(20), seed=number), "b")
        found = {
            i.item: 1.0 for i in slate.items if rng.random() < worth[i.item] * (0.5 + 0.5 ** (i.position + 1))
        }
        judged.append(Judged(slate, found))
    truth = np.mean([worth[i.id] * (0.5 + 0.5 ** (i.position + 1)) for i in greedy.items])
    found = off_policy(judged)
    assert found.greedy is not None
    assert found.explored is not None
    assert found.greedy.ips.low <= truth <= found.greedy.ips.high
    assert found.greedy.snips.low <= truth <= found.greedy.snips.high
    assert found.explored.ips.high < truth
    assert found.greedy.effective < found.explored.effective == found.explored.places


def test_slates_say_what_the_greedy_list_holds(ranker: Ranker) -> None:
    reader = UserState("ann", 0)
    greedy = ranker.recommend(reader, Query(20, explore=False))
    assert all(item.greedy for item in greedy.items)
    places = {(item.position, item.id) for item in greedy.items}
    for seed in range(30):
        drawn = ranker.recommend(reader, Query(20), seed=seed)
        assert [item.greedy for item in drawn.items] == [
            (item.position, item.id) in places for item in drawn.items
        ]


def test_the_command_prints_the_report(tmp_path: Path) -> None:
    app = Typer()
    app.command()(rewards)
    home = Home(tmp_path / "home")
    assert "nothing was shown" in CliRunner().invoke(app, ["--home", str(home.path)]).output
    with home.open_store() as store:
        logged(store, [[0.3, 0, 0], [1.0, 0.3]], "thompson/discovery=1", now_ms() // DAY_MS)
    told = CliRunner().invoke(app, ["--home", str(home.path), "--days", "3"]).output
    assert "thompson/discovery=1" in told
    assert iso_day(now_ms() // DAY_MS) in told
    assert "0.320" in told  # 1.6 / 5
    assert "greedy" in told
