"""GET /v1/users/{id}/start: what a newcomer is asked about."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from service_under_test import Service, eventually

from service.reader_answers import StartAnswer


def start(service: Service, user: str, **params: Any) -> StartAnswer:
    return StartAnswer.model_validate(service.get(f"/v1/users/{user}/start", **params))


def asked(answer: StartAnswer) -> list[str]:
    return [item.paper.id for item in answer.items]


def test_a_newcomer_is_asked_about_every_topic(shared: Service) -> None:
    answer = start(shared, uuid4().hex)
    assert len(set(asked(answer))) == len(answer.items) == 12
    assert [item.position for item in answer.items] == list(range(12))
    topics = [item.paper.topics[0] for item in answer.items]
    assert {topic: topics.count(topic) >= 2 for topic in topics} == dict.fromkeys(
        ("cs.LG", "q-bio.GN", "astro-ph"), True
    )
    assert asked(start(shared, uuid4().hex)) == asked(answer)  # nothing is left to chance


def test_the_next_set_is_chosen_on_what_was_answered(shared: Service) -> None:
    user, other = uuid4().hex, uuid4().hex
    first = start(shared, user, limit=6)
    liked = next(item for item in first.items if item.paper.topics == ["q-bio.GN"])
    shared.send(user, "like", liked.paper.id, slate=first.slate_id, position=liked.position)
    then = start(shared, user, limit=6, cursor=first.next)
    assert not set(asked(first)) & set(asked(then))
    assert [item.position for item in then.items] == list(range(6, 12))
    unanswered = start(shared, other, limit=6, cursor=start(shared, other, limit=6).next)
    assert asked(then) != asked(unanswered)


def test_what_was_answered_or_muted_is_not_asked_again(shared: Service) -> None:
    user = uuid4().hex
    first = start(shared, user)
    for paper in asked(first)[:3]:
        shared.send(user, "dislike", paper)
    shared.send(user, "mute", topic="astro-ph")
    again = start(shared, user, limit=50)
    assert not set(asked(first)[:3]) & set(asked(again))
    assert "astro-ph" not in {topic for item in again.items for topic in item.paper.topics}


def test_it_pages_to_the_end_of_the_catalogue(shared: Service) -> None:
    user, cursor, seen = uuid4().hex, None, []
    while True:
        answer = start(shared, user, limit=25, **({"cursor": cursor} if cursor else {}))
        seen += asked(answer)
        if (cursor := answer.next) is None:
            break
    assert sorted(seen) == sorted(paper.id for paper in shared.store.papers.all())


def test_the_set_is_logged_as_a_slate(shared: Service) -> None:
    user = uuid4().hex
    answer = start(shared, user, limit=3)
    assert eventually(lambda: shared.store.slates.get(answer.slate_id) is not None)
    slate = shared.store.slates.get(answer.slate_id)
    assert slate is not None
    assert (slate.policy, slate.bundle, slate.user) == ("teaching", answer.bundle, user)
    assert [(item.item, item.propensity) for item in slate.items] == [(id, 1.0) for id in asked(answer)]


def test_without_a_bundle_it_is_what_is_trending_and_new(bare: Service) -> None:
    answer = start(bare, "ada", limit=5)
    assert (len(answer.items), answer.bundle, answer.degraded) == (5, None, ["bundle"])
    further = start(bare, "ada", limit=5, cursor=answer.next)
    assert not set(asked(answer)) & set(asked(further))


@pytest.mark.parametrize(
    ("params", "field"), [({"limit": 0}, "limit"), ({"limit": 51}, "limit"), ({"cursor": "x"}, "cursor")]
)
def test_wrong_parameters_are_named(shared: Service, params: dict[str, Any], field: str) -> None:
    answer = shared.client.get("/v1/users/ada/start", params=params)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_it_takes_a_key(shared: Service) -> None:
    answer = shared.client.get("/v1/users/ada/start", headers={"Authorization": "Bearer nobody"})
    assert answer.status_code == 401
