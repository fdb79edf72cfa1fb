"""POST /v1/scores."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from service_under_test import ATTENTION, Service, eventually

from recsys.rank import Query, Ranker
from service.answers import ScoresAnswer


def ask(service: Service, user: str, *papers: Any) -> dict[str, Any]:
    answer = service.client.post("/v1/scores", json={"user": user, "papers": list(papers)})
    assert answer.status_code == 200, answer.text
    ScoresAnswer.model_validate(answer.json())
    return answer.json()


def ask_until_read(service: Service, user: str, *papers: Any) -> list[dict[str, Any]]:
    """The items once no text is pending: the encoder's process may only be starting."""
    items: list[dict[str, Any]] = []

    def read() -> bool:
        items[:] = ask(service, user, *papers)["items"]
        return all(item["status"] != "pending" for item in items)

    assert eventually(read, within=30)
    return items


NEW_GENOMES = {"title": "Genome protein sequence", "abstract": "cell expression mutation variant tissue"}
NEW_GALAXIES = {"title": "Galaxy redshift stellar", "abstract": "telescope cosmic halo luminosity survey"}


def test_scores_are_those_that_rank(shared: Service) -> None:
    shared.send("same", "like", "p01")
    answer = ask(shared, "same", *[f"p{n:02}" for n in range(59)])
    by_id = {item["id"]: item for item in answer["items"]}
    ranker: Ranker = shared.context.live.ranker
    state, _ = shared.context.state_of("same")
    listed = ranker.recommend(state, Query(limit=50, explore=False)).items
    assert {item.id: item.score for item in listed if item.id in by_id} == {
        item.id: by_id[item.id]["score"] for item in listed if item.id in by_id
    }
    total = ranker.scores(state).total
    best = ranker.bundle.items[int(np.argmax(total))]
    assert ask(shared, "same", best)["items"][0]["percentile"] == 100
    worst = ranker.bundle.items[int(np.argmin(total))]
    assert ask(shared, "same", worst)["items"][0]["percentile"] == 0
    assert answer["bundle"] == ranker.bundle.id
    assert answer["degraded"] == []
    assert {item["basis"] for item in answer["items"]} == {"model"}


def test_answers_come_in_the_order_asked_and_by_any_identity(shared: Service) -> None:
    answer = ask(
        shared,
        "order",
        "p03",
        ATTENTION,
        {"title": "attention is all you NEED"},
        {"title": "x", "arxiv": "1706.03762v7"},
    )
    assert [item["id"] for item in answer["items"]] == ["p03", ATTENTION, ATTENTION, ATTENTION]


def test_a_paper_newer_than_the_bundle_is_scored_by_its_text_and_not_kept(shared: Service) -> None:
    for item in ("p01", "p04", "p07"):  # genomics
        shared.send("biologist", "like", item)
    before = shared.store.papers.count()
    near, far = ask_until_read(shared, "biologist", NEW_GENOMES, NEW_GALAXIES)
    assert near["id"] is None
    assert near["basis"] == far["basis"] == "text"
    assert near["percentile"] > 60 > far["percentile"]
    assert near["reasons"][0]["kind"] == "content"
    assert near["reasons"][0]["paper"] in {"p01", "p04", "p07"}
    assert far["reasons"] == []
    assert shared.store.papers.count() == before


def test_a_paper_of_the_catalogue_that_is_not_in_the_bundle_has_its_id(service: Service) -> None:
    service.send("biologist", "like", "p01")
    service.client.post("/v1/papers", json=NEW_GENOMES | {"arxiv": "2401.00009"})
    named, titled = "arxiv:2401.00009", {"title": NEW_GENOMES["title"]}
    by_id, by_title = ask_until_read(service, "biologist", named, titled)
    assert by_id["id"] == by_title["id"] == "arxiv:2401.00009"
    assert by_id == by_title  # the record's abstract is read where the request has none
    assert by_id["status"] == "scored"


def test_what_has_no_score_says_so(shared: Service) -> None:
    known, new, unknown = ask(shared, "stranger", "p00", NEW_GENOMES, "arxiv:2101.99999")["items"]
    assert known["status"] == "scored"  # by popularity, as a stranger's list
    assert [new["status"], new["score"], new["percentile"]] == ["new", None, None]
    assert [unknown["status"], unknown["id"]] == ["unknown", None]
    shared.send("wordless", "like", "p01")
    assert ask_until_read(shared, "wordless", {"title": "Zyzzyva quux"})[0]["status"] == "new"


def test_the_reader_s_own_acts_in_force(shared: Service) -> None:
    for id, kind in [("a1", "save"), ("a2", "like"), ("a3", "unsave"), ("a4", "dislike"), ("a5", "hide")]:
        event = {
            "id": id,
            "user": "actor",
            "kind": kind,
            "item": "p05",
            "time": f"2026-11-20T09:30:0{id[1]}Z",
        }
        shared.client.post("/v1/events", json=event)
    shared.client.post(
        "/v1/events", json={"id": "a6", "user": "actor", "kind": "read", "item": "p06", "seconds": 3}
    )
    hidden, glanced = ask(shared, "actor", "p05", "p06")["items"]
    assert hidden["acts"] == {"dislike": "a4", "hide": "a5"}
    assert glanced["acts"] == {}
    shared.client.post("/v1/events", json={"id": "a7", "user": "actor", "kind": "undo", "undoes": "a5"})
    assert ask(shared, "actor", "p05")["items"][0]["acts"] == {"dislike": "a4"}


def test_a_paper_hidden_for_now_is_hidden_for_two_weeks(shared: Service) -> None:
    for days, item in [(13, "p07"), (15, "p08")]:
        time = (datetime.now(UTC) - timedelta(days=days)).isoformat()
        shared.send("later", "hide", item, reason="not-now", time=time)
    hidden, back = ask(shared, "later", "p07", "p08")["items"]
    assert list(hidden["acts"]) == ["hide"]
    assert back["acts"] == {}


def test_a_paper_is_no_reason_for_itself(shared: Service) -> None:
    shared.send("self", "like", "p01")
    own, other = ask(shared, "self", "p01", "p04")["items"]
    assert "p01" not in {reason.get("paper") for reason in own["reasons"]}
    assert "p01" in {reason.get("paper") for reason in other["reasons"]}


def test_an_event_changes_the_very_next_scores(shared: Service) -> None:
    shared.send("learner", "like", "p00")
    before = ask(shared, "learner", "p04")["items"][0]
    shared.send("learner", "like", "p01")
    after = ask(shared, "learner", "p04")["items"][0]
    assert after["percentile"] > before["percentile"]


def test_an_encoder_that_is_gone_is_said_and_asked_again(service: Service, monkeypatch: Any) -> None:
    service.send("biologist", "like", "p01")
    encoder = service.context.encoder
    with monkeypatch.context() as patched:
        patched.setattr(encoder, "encode", lambda *_: None)
        answer = ask(service, "biologist", NEW_GENOMES, "p04")
    assert [item["status"] for item in answer["items"]] == ["pending", "scored"]
    assert answer["degraded"] == ["encoder"]
    assert ask_until_read(service, "biologist", NEW_GENOMES)[0]["status"] == "scored"


def test_without_a_bundle_nothing_is_scored(bare: Service) -> None:
    bare.send("ada", "save", "p00")
    answer = ask(bare, "ada", "p00", NEW_GENOMES)
    assert [item["status"] for item in answer["items"]] == ["new", "new"]
    assert list(answer["items"][0]["acts"]) == ["save"]
    assert answer["bundle"] is None
    assert answer["degraded"] == ["bundle"]


def test_with_a_dead_record_the_bundle_answers(service: Service) -> None:
    service.send("ada", "like", "p01")
    service.die()
    answer = ask(service, "ada", "p04", "nothing")
    assert [item["status"] for item in answer["items"]] == ["scored", "unknown"]
    assert answer["degraded"] == ["record"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"papers": []}, "user"),
        ({"user": "", "papers": []}, "user"),
        ({"user": "a\u0000", "papers": []}, "user"),
        ({"user": "ada"}, "papers"),
        ({"user": "ada", "papers": ["x"] * 201}, "papers"),
        ({"user": "ada", "papers": ["p00", {"title": ""}]}, "papers.1.paper.title"),
        ({"user": "ada", "papers": ["p00", 5]}, "papers.1.paper"),
        ({"user": "ada", "papers": [], "more": 1}, "more"),
    ],
)
def test_what_is_wrong_is_named(shared: Service, body: dict[str, Any], field: str) -> None:
    answer = shared.client.post("/v1/scores", json=body)
    assert answer.status_code == 422
    assert answer.json()["field"] == field
    assert ask(shared, "ada")["items"] == []
