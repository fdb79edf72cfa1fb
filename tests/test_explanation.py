"""Explanations are exact: signed shares of the reader's papers, statements and sources sum to the score."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import make_world

from recsys import Hybrid
from recsys.bundle import load_bundle, write_bundle
from recsys.content import as_content
from recsys.events import Kind, Reason, Setting, StoredEvent
from recsys.explanation import Explanation
from recsys.meaning import SHIPPED
from recsys.papers import Paper
from recsys.profile import state_from_events
from recsys.rank import Query, Ranker, Ranking
from recsys.stated import FOLLOWED

DAY = 86_400_000
N_ITEMS = 160
INTEREST = "folding of proteins"


@pytest.fixture(scope="module")
def ranker(tmp_path_factory: pytest.TempPathFactory) -> Ranker:
    """Over all six models; paper n is of theme n % 8, some papers have few readers or none."""
    world = make_world(n_items=N_ITEMS)
    read = world.interactions.tolil()
    read[:, 140:] = 0
    content = as_content(world.texts, N_ITEMS)
    assert content is not None
    hybrid = Hybrid(random_state=0).fit(read.tocsr(), content)
    papers = [
        Paper(
            row,
            f"p{row}",
            f"Paper {row}",
            world.texts[row],
            authors=(f"Author {row % 20}",),
            topics=(f"theme {row % 8}",),
            published=f"{2000 + row % 20}-01-01",
            venue=f"Venue {row % 5}",
        )
        for row in range(N_ITEMS)
    ]
    root: Path = tmp_path_factory.mktemp("bundles")
    arrays = {**hybrid.arrays(), "embeddings": content.embeddings}
    model = {"hybrid": hybrid.params(), "meaning": SHIPPED.params()}
    id = write_bundle(root, papers, arrays, model, {"created": "", "counts": {"papers": N_ITEMS}})
    return Ranker(load_bundle(root, id))


def ranked(ranker: Ranker, events: list[StoredEvent], **query: object) -> Ranking:
    interests = {INTEREST: np.asarray(ranker.embeddings[9])}
    state = state_from_events("ada", events)
    return ranker.recommend(state, Query(in_full=True, **query), 7, interests)  # type: ignore[arg-type]


def explanation_of(ranking: Ranking, item: str) -> Explanation:
    found = next(i.explanation for i in ranking.items if i.id == item)
    assert found is not None
    return found


def on(paper: int, kind: Kind = Kind.SAVE, **more: object) -> StoredEvent:
    return StoredEvent(f"{kind}-{paper}", "ada", kind, paper * DAY, item=f"p{paper}", **more)  # type: ignore[arg-type]


@st.composite
def events(draw: st.DrawFn) -> list[StoredEvent]:
    """What a reader may do: judge papers, refuse aspects, compare, follow and mute, set."""
    acts = [Kind.SAVE, Kind.LIKE, Kind.CLICK, Kind.READ, Kind.SEED, Kind.DISLIKE, Kind.HIDE, Kind.IMPRESSION]
    done = []
    for number in range(draw(st.integers(0, 40))):
        fields: dict[str, object]
        kind = draw(
            st.sampled_from([*acts, *acts, Kind.SIMILAR, Kind.PREFER, Kind.FOLLOW, Kind.MUTE, Kind.SET])
        )
        if kind in (Kind.FOLLOW, Kind.MUTE):
            targets = [("topic", "theme 3"), ("author", "author 7"), ("venue", "Venue 2"), ("text", INTEREST)]
            fields = dict([draw(st.sampled_from(targets))])
        elif kind is Kind.SET:
            fields = {"setting": Setting.FRESHNESS, "value": draw(st.sampled_from([-0.5, 0.3]))}
        else:
            fields = {"item": f"p{draw(st.integers(0, N_ITEMS - 1))}"}
        if kind in (Kind.DISLIKE, Kind.HIDE):
            fields["reason"] = draw(
                st.sampled_from([None, None, Reason.TOPIC, Reason.AUTHOR, Reason.TOO_OLD])
            )
        if kind in (Kind.SIMILAR, Kind.PREFER):
            fields["other"] = f"p{draw(st.integers(0, N_ITEMS - 1))}"
        time = draw(st.integers(0, 400)) * DAY
        done.append(StoredEvent(f"e{number}", "ada", kind, time, **fields))  # type: ignore[arg-type]
    return done


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(events(), st.booleans(), st.booleans())
def test_shares_sum_to_the_score(
    ranker: Ranker, events: list[StoredEvent], explore: bool, repeat: bool
) -> None:
    ranking = ranked(ranker, events, limit=20, explore=explore, repeat=repeat)
    history = ranker.history(state_from_events("ada", events))
    rows = np.array([item.row for item in ranking.items], dtype=int)
    of_papers = ranker.hybrid.attribute(history, rows).papers.sum(axis=0)
    for item, by_papers in zip(ranking.items, of_papers, strict=True):
        found = item.explanation
        assert found is not None
        assert found.score == item.score
        for parts, whole in (
            (found.shares, item.score),
            (found.by_source, item.score),
            (found.by_paper, by_papers),
        ):
            assert sum(part.share for part in parts) == pytest.approx(whole, rel=1e-4, abs=1e-4)
            assert len(parts) <= 12
            sizes = [abs(part.share) for part in parts if part.kind != "other"]
            assert sizes == sorted(sizes, reverse=True)
            assert all(part.text for part in parts)
        assert all((share.paper is not None) == (share.kind == "paper") for share in found.shares)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(events())
def test_reasons_name_the_papers_with_the_largest_shares(ranker: Ranker, events: list[StoredEvent]) -> None:
    for item in ranked(ranker, events).items:
        assert item.explanation is not None
        by_content = {s.paper: s.share for s in item.explanation.shares if s.source == "content" and s.paper}
        for reason in item.reasons:
            if reason.kind == "content" and by_content:
                assert by_content.get(reason.paper or "", 0) == max([0, *by_content.values()])


def test_a_paper_that_is_taken_back_has_no_share_any_more(ranker: Ranker) -> None:
    saved = [on(paper) for paper in (1, 9, 17, 3)]
    first = ranked(ranker, saved, explore=False).items[0]
    assert first.explanation is not None
    largest = first.explanation.by_paper[0]
    assert largest.paper is not None
    assert largest.share > 0
    undo = StoredEvent("undo", "ada", Kind.UNDO, 400 * DAY, undoes=f"save-{largest.paper[1:]}")
    after = explanation_of(ranked(ranker, [*saved, undo], limit=N_ITEMS, explore=False), first.id)
    assert largest.paper not in {share.paper for share in after.by_paper + after.shares}
    assert {share.paper for share in after.by_paper if share.paper} < {"p1", "p9", "p17", "p3"}


def test_a_dislike_has_a_share_against_what_is_like_it(ranker: Ranker) -> None:
    ranking = ranked(ranker, [on(1), on(9, Kind.DISLIKE)], limit=N_ITEMS, explore=False)
    alike = ranker.similar("p9", 3, hide=["p1"])
    for row, _ in alike:
        shares = {share.paper: share for share in explanation_of(ranking, f"p{row}").by_paper}
        assert shares["p9"].share < 0
        assert shares["p9"].text.startswith("Because you disliked “Paper 9”: -")


def test_statements_have_shares_with_their_events(ranker: Ranker) -> None:
    follow = StoredEvent("f", "ada", Kind.FOLLOW, 0, topic="Theme 3")
    refuse = on(4, Kind.DISLIKE, reason=Reason.TOPIC)
    ranking = ranked(ranker, [on(1), follow, refuse], limit=N_ITEMS, explore=False)
    stated = [s for s in explanation_of(ranking, "p11").shares if s.stated]
    assert [(s.stated.aspect, s.stated.event, s.source) for s in stated if s.stated] == [
        ("topic", "f", "stated")
    ]
    assert stated[0].share == FOLLOWED
    assert stated[0].text == "You follow Theme 3: +1.50"
    refused = [s for s in explanation_of(ranking, "p12").shares if s.stated]
    assert [s.stated.aspect for s in refused if s.stated] == ["refused-topic"]
    assert refused[0].share < 0
    assert not [s for s in explanation_of(ranking, "p13").shares if s.stated]


@pytest.mark.parametrize(
    ("value", "new", "old"), [(0.5, "New, as", "Older than"), (-0.5, "Newer than", "Old, as")]
)
def test_freshness_is_put_into_words(ranker: Ranker, value: float, new: str, old: str) -> None:
    wish = StoredEvent("s", "ada", Kind.SET, 0, setting=Setting.FRESHNESS, value=value)
    ranking = ranked(ranker, [on(1), wish], limit=N_ITEMS, explore=False)
    for paper, words in (("p19", new), ("p20", old)):  # of 2019 and of 2000
        share = next(s for s in explanation_of(ranking, paper).shares if s.stated)
        assert share.text.startswith(words)
        assert share.text.split(" you")[1].startswith(" prefer")


def test_a_paper_that_is_only_compared_is_spoken_of(ranker: Ranker) -> None:
    alike = StoredEvent("a", "ada", Kind.SIMILAR, 50 * DAY, item="p9", other="p11")
    ranking = ranked(ranker, [on(9), alike], limit=N_ITEMS, explore=False)
    texts = [s.text for item in ranking.items if item.explanation for s in item.explanation.by_paper]
    assert any(text.startswith("Because you compared “Paper 11”: +") for text in texts)


def test_a_newcomer_is_shown_what_is_popular_and_told_so(ranker: Ranker) -> None:
    for item in ranked(ranker, []).items:
        assert item.explanation is not None
        assert [share.source for share in item.explanation.by_source] == ["popularity"]
        assert item.explanation.shares[0].text.startswith("Popular with readers: +")
        assert item.explanation.by_paper == ()


def test_without_being_asked_nothing_is_explained_in_full(ranker: Ranker) -> None:
    state = state_from_events("ada", [on(1)])
    assert all(item.explanation is None for item in ranker.recommend(state, Query()).items)
