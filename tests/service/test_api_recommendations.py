"""GET /v1/recommendations."""

from __future__ import annotations

import base64

import pytest
from service_under_test import Service

from recsys.bundle import current_id
from recsys.rank import Query, Ranker
from service.answers import SlateAnswer
from service.cursor import Filters, Place, read_cursor, write_cursor


def pages(service: Service, user: str, **params: object) -> list[list[str]]:
    found, cursor = [], None
    while True:
        answer = service.recommend(user, **params, **({"cursor": cursor} if cursor else {}))
        found.append([item["paper"]["id"] for item in answer["items"]])
        cursor = answer["next"]
        if cursor is None:
            return found


def test_an_answer_is_what_the_reference_says(shared: Service) -> None:
    shared.send("whole", "like", "p00")
    answer = shared.recommend("whole", limit=7)
    SlateAnswer.model_validate(answer)
    assert answer["bundle"] == current_id(shared.home.bundles)
    assert answer["degraded"] == []
    assert answer["simulated"] is False
    assert [item["position"] for item in answer["items"]] == list(range(7))
    assert {item["slate_id"] for item in answer["items"]} == {answer["slate_id"]}
    assert len(answer["slate_id"]) == 32
    assert all(item["reasons"] for item in answer["items"])


def test_an_answer_is_the_library_s_own(shared: Service) -> None:
    shared.send("same", "save", "p03")
    answer = shared.recommend("same", limit=20)
    ranker: Ranker = shared.context.live.ranker
    state, _ = shared.context.state_of("same")
    seed = int(answer["slate_id"][:15], 16)
    own = ranker.recommend(state, Query(limit=20), seed)
    assert [(i.id, i.score) for i in own.items] == [(i["paper"]["id"], i["score"]) for i in answer["items"]]


def test_a_score_is_explained_in_full_when_asked_for(shared: Service) -> None:
    for item in ("p00", "p03"):
        shared.send("asks", "save", item)
    shared.send("asks", "dislike", "p01")
    shared.send("asks", "follow", topic="cs.LG")
    answer = shared.recommend("asks", explain="full", limit=10)
    SlateAnswer.model_validate(answer)
    for item in answer["items"]:
        found = item["explanation"]
        assert found["score"] == item["score"]
        for parts in (found["shares"], found["by_source"]):
            assert sum(part["share"] for part in parts) == pytest.approx(item["score"], rel=1e-4, abs=1e-4)
        named = {part["paper"] for part in found["shares"] + found["by_paper"]}
        assert named <= {"p00", "p01", "p03", None}
        followed = [part for part in found["shares"] if part["stated"]]
        assert bool(followed) == ("cs.LG" in item["paper"]["topics"])
    short = shared.recommend("asks", explain="short")
    assert not any("explanation" in item for item in short["items"])
    SlateAnswer.model_validate(short)


def test_without_a_bundle_the_one_cause_is_the_explanation(bare: Service) -> None:
    bare.send("reader", "save", "p05")
    answer = bare.recommend("somebody", explain="full")
    SlateAnswer.model_validate(answer)
    first = answer["items"][0]
    assert first["paper"]["id"] == "p05"
    assert [(s["kind"], s["share"]) for s in first["explanation"]["shares"]] == [("trending", first["score"])]


def test_feedback_shows_in_the_next_answer(shared: Service) -> None:
    before = shared.recommend("learner", exploration="off")["items"]
    for item in ("p01", "p04"):  # genomics
        shared.send("learner", "like", item)
    after = shared.recommend("learner", exploration="off")["items"]
    topics = [[item["paper"]["topics"][0] for item in items].count("q-bio.GN") for items in (before, after)]
    assert topics[1] > topics[0]
    assert not {"p01", "p04"} & {item["paper"]["id"] for item in after}


def test_no_paper_repeats_over_pages_and_all_of_them_come(shared: Service) -> None:
    found = pages(shared, "pager", limit=7)
    shown = [id for page in found for id in page]
    assert len(shown) == len(set(shown)) == 60
    positions = shared.recommend("pager", limit=7)["next"]
    second = shared.recommend("pager", limit=7, cursor=positions)
    assert [item["position"] for item in second["items"]] == list(range(7, 14))


def test_hidden_never_returns(shared: Service) -> None:
    first = shared.recommend("hider", limit=5)
    hidden = [item["paper"]["id"] for item in first["items"]]
    for item in hidden:
        shared.send("hider", "hide", item)
    for repeat in (False, True):
        shown = {id for page in pages(shared, "hider", limit=20, repeat=repeat) for id in page}
        assert not shown & set(hidden)
        assert len(shown) == 55


def test_feedback_between_pages_counts(shared: Service) -> None:
    first = shared.recommend("between", limit=5)
    coming = shared.ids("between", limit=5, cursor=first["next"], exploration="off")
    shared.send("between", "hide", coming[0])
    assert coming[0] not in shared.ids("between", limit=5, cursor=first["next"])


def test_done_papers_come_again_only_when_asked_for(shared: Service) -> None:
    shared.send("again", "save", "p06")
    assert "p06" not in shared.ids("again", limit=100)
    assert "p06" in shared.ids("again", limit=100, repeat=True)


def test_filters(shared: Service) -> None:
    items = shared.recommend("filters", limit=100, category="CS.lg", since="2015")["items"]
    assert items
    assert all(
        item["paper"]["topics"] == ["cs.LG"] and item["paper"]["published"] >= "2015" for item in items
    )
    assert shared.recommend("filters", since="7d")["items"] == []
    assert shared.recommend("filters", category="no such topic")["items"] == []


def test_a_mute_and_a_follow_show(shared: Service) -> None:
    shared.send("topics", "mute", topic="astro-ph")
    assert all(
        "astro-ph" not in item["paper"]["topics"] for item in shared.recommend("topics", limit=100)["items"]
    )
    shared.send("topics", "follow", topic="cs.LG")
    reasons = [reason for item in shared.recommend("topics")["items"] for reason in item["reasons"]]
    assert any(reason["kind"] == "topic" for reason in reasons)


def test_slates_are_logged_with_their_propensities(shared: Service) -> None:
    shared.send("logged", "like", "p00")
    for _ in range(20):
        answer = shared.recommend("logged", limit=10)
        shared.context.slates.flush()
        slate = shared.store.slates.get(answer["slate_id"])
        assert slate is not None
        assert (slate.user, slate.policy, slate.bundle) == ("logged", answer["policy"], answer["bundle"])
        shown = [(item["paper"]["id"], item["position"], item["score"]) for item in answer["items"]]
        assert [(item.item, item.position, item.score) for item in slate.items] == shown
        assert slate.policy == "thompson/discovery=1"
        assert slate.pair in range(8)  # of the nine greedy places
        chances = [item.propensity for item in slate.items]
        swapped = chances[slate.pair] == 1 / 16  # half of one in eight pairs
        assert swapped == (chances[slate.pair + 1] == 1 / 16)
        for place in set(range(9)) - ({slate.pair, slate.pair + 1} if swapped else set()):
            assert chances[place] == 1 - (1 if place in (0, 8) else 2) / 16
        assert 0 < chances[9] < 1
    greedy = shared.recommend("logged", exploration="off")
    shared.context.slates.flush()
    slate = shared.store.slates.get(greedy["slate_id"])
    assert slate is not None
    assert (slate.policy, slate.pair) == ("greedy", None)
    assert {item.propensity for item in slate.items} == {1.0}


def test_exploration_can_be_set_off_and_a_pair_is_named_by_its_positions(shared: Service) -> None:
    first = shared.recommend("second-page", limit=10)
    second = shared.recommend("second-page", limit=10, cursor=first["next"])
    shared.context.slates.flush()
    slate = shared.store.slates.get(second["slate_id"])
    assert slate is not None
    assert slate.pair in range(10, 18)
    shared.send("second-page", "set", setting="exploration", value=0)
    lists = [shared.recommend("second-page", limit=20) for _ in range(5)]
    assert {answer["policy"] for answer in lists} == {"greedy"}
    off = shared.ids("second-page", limit=20, exploration="off")
    assert all([item["paper"]["id"] for item in answer["items"]] == off for answer in lists)


def altered(cursor: str) -> str:
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    raw[-1] ^= 1
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def test_a_cursor_that_is_not_ours_is_refused(shared: Service) -> None:
    cursor = shared.recommend("mixer", category="cs.LG", limit=3)["next"]
    tries = [
        {"user": "other", "cursor": cursor},
        {"user": "mixer", "cursor": cursor, "category": "astro-ph"},
        {"user": "mixer", "cursor": cursor, "since": "2015"},
        {"user": "mixer", "cursor": cursor, "repeat": True},
        {"user": "mixer", "cursor": altered(cursor)},
        {"user": "mixer", "cursor": cursor[:-5]},
        {"user": "mixer", "cursor": "ä%"},
        {"user": "mixer", "cursor": ""},
    ]
    for params in tries:
        answer = shared.client.get("/v1/recommendations", params=params)
        assert answer.status_code == 422, params
        assert answer.json()["field"] == "cursor"
    agreed = shared.recommend("mixer", cursor=cursor, category="cs.LG", repeat=False, limit=3)
    assert all(item["paper"]["topics"] == ["cs.LG"] for item in agreed["items"])


def test_a_list_ends_at_500_papers(shared: Service) -> None:
    place = Place(Filters("cs.LG", "7d", True), tuple(range(500)))
    assert read_cursor(write_cursor("deep", place), "deep") == place
    answer = shared.client.get(
        "/v1/recommendations", params={"user": "deep", "cursor": write_cursor("deep", place)}
    )
    assert answer.status_code == 422
    nearly = write_cursor("deep", Place(Filters(), tuple(range(498))))
    last = shared.recommend("deep", cursor=nearly, limit=10)
    assert len(last["items"]) == 2
    assert last["next"] is None


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({}, "user"),
        ({"user": ""}, "user"),
        ({"user": "a\nb"}, "user"),
        ({"user": "x" * 129}, "user"),
        ({"user": "ada", "limit": 0}, "limit"),
        ({"user": "ada", "limit": 101}, "limit"),
        ({"user": "ada", "limit": "many"}, "limit"),
        ({"user": "ada", "since": "yesterday"}, "since"),
        ({"user": "ada", "since": "2026-13-01"}, "since"),
        ({"user": "ada", "exploration": "maybe"}, "exploration"),
        ({"user": "ada", "repeat": "perhaps"}, "repeat"),
        ({"user": "ada", "explain": "fully"}, "explain"),
    ],
)
def test_wrong_parameters_are_named(shared: Service, params: dict[str, object], field: str) -> None:
    answer = shared.client.get("/v1/recommendations", params=params)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["field"] == field
