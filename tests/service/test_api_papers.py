"""The catalogue, similar papers, search, trending and profiles over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from service_under_test import ATTENTION, Service, eventually

from service.answers import PaperPage, PapersTaken, ProfileAnswer, SearchAnswer, SimilarAnswer, TrendingAnswer

MISSING = "/v1/papers/doi:10.9999/missing"


def test_a_paper_by_any_of_its_identities(service: Service) -> None:
    sent = {"title": "Two names", "doi": "10.1000/x(1)/y", "arxiv": "2401.00001v3"}
    answer = service.client.post("/v1/papers", json=sent)
    assert answer.status_code == 201
    PapersTaken.model_validate(answer.json())
    assert answer.json()["items"] == [{"id": "arxiv:2401.00001", "status": "added"}]
    for name in ("doi:10.1000/x(1)/y", "doi:10.1000%2Fx(1)%2Fy", "arxiv:2401.00001"):
        assert service.get(f"/v1/papers/{name}")["title"] == "Two names"


def test_papers_are_added_updated_and_left_alone(service: Service) -> None:
    sent = {"title": "Once", "id": "mine"}
    taken = [service.client.post("/v1/papers", json=sent) for _ in range(2)]
    more = service.client.post("/v1/papers", json=sent | {"abstract": "More of it"})
    assert [answer.status_code for answer in (*taken, more)] == [201, 200, 200]
    assert [answer.json()["items"][0]["status"] for answer in (*taken, more)] == [
        "added",
        "unchanged",
        "updated",
    ]
    assert service.store.papers.get("mine").source == "api"


def test_a_batch_of_papers_takes_the_good_ones(service: Service) -> None:
    batch = [{"title": "Good"}, {"title": ""}, {"title": "T", "published": "soon"}, 5, {"title": "Also good"}]
    answer = service.client.post("/v1/papers", json={"papers": batch}).json()
    assert [item["status"] for item in answer["items"]] == ["added", "added"]
    refused = [(entry["index"], entry["field"]) for entry in answer["refused"]]
    assert refused == [(1, "title"), (2, "published"), (3, "paper")]
    alone = service.client.post("/v1/papers", json={"title": "T", "url": "javascript:alert(1)"})
    assert (alone.status_code, alone.json()["field"]) == (422, "url")


def test_the_catalogue_in_pages(shared: Service) -> None:
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = shared.get("/v1/papers", limit=13, **cursor)
        PaperPage.model_validate(page)
        found += [paper["id"] for paper in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert found == [paper.id for paper in shared.store.papers.all()]


def test_the_catalogue_by_topic_and_date(shared: Service) -> None:
    page = shared.get("/v1/papers", topic="ASTRO-PH", since="2020", limit=100)
    assert page["items"]
    assert page["next"] is None
    assert all(p["topics"] == ["astro-ph"] and p["published"] >= "2020" for p in page["items"])
    answer = shared.client.get("/v1/papers", params={"cursor": "nonsense"})
    assert (answer.status_code, answer.json()["field"]) == (422, "cursor")


def test_similar_papers_are_of_its_topic_and_never_hidden(shared: Service) -> None:
    answer = shared.get("/v1/papers/p01/similar", limit=5)
    SimilarAnswer.model_validate(answer)
    near = [item["paper"] for item in answer["items"]]
    assert answer["degraded"] == []
    assert len(near) == 5
    assert all(paper["topics"] == ["q-bio.GN"] and paper["id"] != "p01" for paper in near)
    shared.send("similar", "hide", near[0]["id"])
    again = shared.get("/v1/papers/p01/similar", limit=5, user="similar")
    assert near[0]["id"] not in [item["paper"]["id"] for item in again["items"]]
    assert len(again["items"]) == 5


def test_a_paper_that_is_not_ranked_yet_is_compared_by_its_title(service: Service) -> None:
    service.context.newcomers.close()
    service.client.post("/v1/papers", json={"title": "Galaxy halo telescope survey", "id": "new"})
    answer = service.get("/v1/papers/new/similar", limit=4)
    assert answer["degraded"] == ["bundle"]
    assert len(answer["items"]) == 4
    assert all(item["paper"]["topics"] == ["astro-ph"] for item in answer["items"])


def test_search_by_word_and_by_meaning(shared: Service) -> None:
    answer = shared.get("/v1/search", q="transformer without recurrence", limit=10)
    SearchAnswer.model_validate(answer)
    assert answer["degraded"] == []
    assert answer["items"][0]["paper"]["id"] == ATTENTION
    assert answer["items"][0]["matched"] == ["keyword", "meaning"]
    assert answer["items"][0]["score"] > 1 / 61 + 1 / 70
    shared.send("searcher", "hide", ATTENTION)
    found = shared.get("/v1/search", q="transformer", user="searcher")["items"]
    assert ATTENTION not in [item["paper"]["id"] for item in found]


@pytest.mark.parametrize("text", ['"', "a AND (", "\U0001f600", "NOT", "*", "\0", "';--"])
def test_any_text_can_be_searched_for(shared: Service, text: str) -> None:
    shared.get("/v1/search", q=text)


def test_without_a_bundle_search_goes_by_keyword(bare: Service) -> None:
    answer = bare.get("/v1/search", q="galaxy")
    assert answer["degraded"] == ["bundle"]
    assert answer["items"]
    assert all(item["matched"] == ["keyword"] for item in answer["items"])


def test_the_encoder_comes_back_when_killed(service: Service) -> None:
    import os
    import signal

    first = service.get("/v1/search", q="galaxy")
    pid = service.context.encoder.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert service.get("/v1/search", q="galaxy") == first
    assert service.context.encoder.pid != pid


def test_an_encoder_that_is_too_slow_is_done_without(service: Service) -> None:
    ranker = service.context.live.ranker
    assert service.context.encoder.encode(ranker.bundle, "galaxy", within=0.0) is None
    assert service.context.encoder.encode(ranker.bundle, "galaxy") is not None


def test_trending_counts_readers(service: Service) -> None:
    empty = service.get("/v1/trending")
    TrendingAnswer.model_validate(empty)
    assert empty["basis"] == "newest"
    dates = [item["paper"]["published"] for item in empty["items"]]
    assert dates == sorted(dates, reverse=True)
    for user in ("a", "b", "c"):
        service.send(user, "save", "p02")
    for _ in range(9):
        service.send("a", "click", "p03")
    service.send("b", "dislike", "p04")
    service.send("b", "like", "p05", time="2020-01-01T00:00:00Z")
    service.context.trending._trends.drop("24h")
    answer = service.get("/v1/trending", window="24h")
    assert [(item["paper"]["id"], item["score"]) for item in answer["items"]] == [("p02", 3.0), ("p03", 0.3)]
    topic = service.store.papers.get("p03").topics[0]
    only = service.get("/v1/trending", window="24h", category=topic)
    assert [item["paper"]["id"] for item in only["items"]] == ["p03"]
    assert service.client.get("/v1/trending", params={"window": "1y"}).json()["field"] == "window"


def test_a_profile_says_how_things_stand(shared: Service) -> None:
    user = f"profile/{uuid4().hex}"
    for kind, item in (
        ("save", "p00"),
        ("like", "p00"),
        ("save", "p01"),
        ("unsave", "p01"),
        ("like", "p03"),
        ("read", "p06"),
        ("hide", "p02"),
    ):
        shared.send(user, kind, item)
    shared.send(user, "follow", topic="cs.LG")
    shared.send(user, "mute", topic="astro-ph")
    answer = shared.get(f"/v1/users/{user}/profile")
    ProfileAnswer.model_validate(answer)
    figures = {name: answer[name] for name in ("events", "likes", "saves", "reads", "hidden", "version")}
    assert figures == {"events": 9, "likes": 2, "saves": 1, "reads": 1, "hidden": 1, "version": 9}
    assert (answer["follows"], answer["mutes"]) == (["cs.LG"], ["astro-ph"])
    assert answer["topics"] == [{"topic": "cs.LG", "weight": 1.0}]
    assert [act["paper"]["id"] for act in answer["recent"]] == ["p02", "p06", "p03", "p01", "p00"]


def test_an_unknown_reader_s_profile_is_zeros(shared: Service) -> None:
    answer = shared.get("/v1/users/nobody/profile")
    ProfileAnswer.model_validate(answer)
    assert answer["events"] == answer["version"] == 0
    assert answer["recent"] == []


def test_a_simulated_reader_is_marked(service: Service) -> None:
    from recsys.events import Kind, StoredEvent

    service.store.events.add([StoredEvent("sim", "robot", Kind.LIKE, 1, item="p00", simulated=True)], 1)
    assert service.recommend("robot")["simulated"] is True
    assert service.recommend("human")["simulated"] is False
    assert service.get("/v1/users/robot/profile")["simulated"] is True


@pytest.mark.parametrize("path", [MISSING, f"{MISSING}/similar"])
def test_an_unknown_paper_is_a_problem(shared: Service, path: str) -> None:
    answer = shared.client.get(path)
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:recsys:problem:unknown-paper"
    assert "doi:10.9999/missing" in answer.json()["detail"]


def test_without_a_bundle_trending_and_newest_are_recommended(bare: Service) -> None:
    for user in ("a", "b"):
        bare.send(user, "save", "p10")
    answer: dict[str, Any] = bare.recommend("reader", limit=5)
    assert answer["degraded"] == ["bundle"]
    assert answer["bundle"] is None
    assert answer["items"][0]["paper"]["id"] == "p10"
    assert answer["items"][0]["reasons"][0]["kind"] == "trending"
    assert answer["items"][1]["reasons"][0]["kind"] == "new"
    second = bare.recommend("reader", limit=5, cursor=answer["next"])
    shown = [item["paper"]["id"] for item in (*answer["items"], *second["items"])]
    assert len(set(shown)) == 10
    bare.send("reader", "hide", shown[1])
    assert shown[1] not in bare.ids("reader", limit=100)
    assert eventually(lambda: bare.store.slates.get(answer["slate_id"]) is not None)
    assert bare.store.slates.get(answer["slate_id"]).policy == "trending-then-newest"
