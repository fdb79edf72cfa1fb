"""POST /v1/events."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from service_under_test import ATTENTION, Service

from service.answers import EventsAnswer


def event(id: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "user": "ada", "kind": "like", "item": "p00", **more}


def test_one_event_is_accepted_then_repeated(shared: Service) -> None:
    sent = event("once", user="single")
    first = shared.client.post("/v1/events", json=sent)
    EventsAnswer.model_validate(first.json())
    assert first.json() == {"accepted": ["once"], "repeated": [], "refused": [], "state": "fresh"}
    time.sleep(0.005)  # the time of arrival is another one, and doesn't count
    assert shared.client.post("/v1/events", json=sent).json()["repeated"] == ["once"]
    assert shared.store.events.stamp("single").events == 1


def test_a_batch_keeps_the_good_and_names_the_bad(shared: Service) -> None:
    future = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    batch = [
        event("b1", user="batch"),
        event("b2", user="batch", item="no such paper"),
        event("b3", user="batch", kind="adore"),
        event("b4", user="batch", time=future),
        event("b5", user="batch", item=ATTENTION, slate_id="s", position=3),
        event("b1", user="batch"),
        event("b5", user="batch", item="p01"),
        event("x" * 129, user="batch"),
        "not an event",
        event("b6", user="batch", time="2026-11-20T10:00:00"),
        event("b7", user="batch", more=1),
        event("b8", user="\ud800"),
    ]
    answer = shared.client.post("/v1/events", content=ascii_json({"events": batch}), headers=JSON_TYPE)
    body = answer.json()
    assert answer.status_code == 200, body
    EventsAnswer.model_validate(body)
    assert body["accepted"] == ["b1", "b5"]
    assert body["repeated"] == ["b1"]
    refused = {entry["index"]: (entry["status"], entry["field"], entry["id"]) for entry in body["refused"]}
    assert refused == {
        1: (404, "item", "b2"),
        2: (422, "kind", "b3"),
        3: (422, "time", "b4"),
        6: (409, "id", "b5"),
        7: (422, "id", None),
        8: (422, "event", None),
        9: (422, "time", "b6"),
        10: (422, "more", "b7"),
        11: (422, "user", "b8"),
    }
    assert all(
        entry["type"].startswith("urn:recsys:problem:") and entry["detail"] for entry in body["refused"]
    )
    assert [kept.id for kept in shared.store.events.of_user("batch")] == ["b1", "b5"]


JSON_TYPE = {"content-type": "application/json"}


def ascii_json(value: Any) -> bytes:
    import json

    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("sent", "status", "field"),
    [
        (event("s1", item="no such paper"), 404, "item"),
        (event("s2", kind="adore"), 422, "kind"),
        (event("s3", time="2100-01-01T00:00:00Z"), 422, "time"),
        (event("s4", kind="follow"), 422, "event"),
        (event("s5", kind="read", seconds=-1), 422, "seconds"),
        ({}, 422, "id"),
        ([event("s6")], 422, "body"),
        ({"events": {}}, 422, "events"),
        ({"events": [], "user": "ada"}, 422, "events"),
        ({"events": [event(f"m{n}") for n in range(1001)]}, 422, "events"),
    ],
)
def test_a_refusal_by_itself_is_a_problem(shared: Service, sent: Any, status: int, field: str) -> None:
    answer = shared.client.post("/v1/events", json=sent)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["status"], answer.json()["field"]) == (status, field)


def test_an_id_used_for_something_else_is_a_conflict(shared: Service) -> None:
    shared.client.post("/v1/events", json=event("taken", user="first"))
    answer = shared.client.post("/v1/events", json=event("taken", user="second"))
    assert (answer.status_code, answer.json()["field"]) == (409, "id")
    assert shared.store.events.stamp("second").events == 0


def test_an_empty_batch_is_nothing(shared: Service) -> None:
    answer = shared.client.post("/v1/events", json={"events": []})
    assert answer.json() == {"accepted": [], "repeated": [], "refused": [], "state": "fresh"}


def test_a_thousand_at_once(shared: Service) -> None:
    batch = [event(f"k{n}", user=f"u{n % 7}", item=f"p{n % 59:02}") for n in range(1000)]
    answer = shared.client.post("/v1/events", json={"events": batch}).json()
    assert len(answer["accepted"]) == 1000


def test_the_same_events_from_many_at_once_count_once(shared: Service) -> None:
    batch = {"events": [event(f"same{n}", user="crowd", item=f"p{n:02}") for n in range(20)]}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: shared.client.post("/v1/events", json=batch).json(), range(16)))
    accepted = [id for answer in answers for id in answer["accepted"]]
    assert sorted(accepted) == sorted(f"same{n}" for n in range(20))
    assert all(len(answer["accepted"]) + len(answer["repeated"]) == 20 for answer in answers)
    assert shared.store.events.stamp("crowd").events == 20
    assert shared.context.state_of("crowd")[0].version == 20


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b'"text"', b"null"])
def test_what_is_not_a_json_object_is_refused(shared: Service, body: bytes) -> None:
    answer = shared.client.post("/v1/events", content=body, headers=JSON_TYPE)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


def test_json_of_another_type_is_told_what_to_send(shared: Service) -> None:
    answer = shared.client.post("/v1/events", content=b"{}", headers={"content-type": "text/plain"})
    assert answer.status_code == 422
    assert "application/json" in answer.json()["detail"]


def test_a_body_over_the_limit_is_refused(shared: Service) -> None:
    big = b'{"events": [' + b" " * 2_000_001 + b"]}"

    def in_parts() -> Any:
        yield from (big[n : n + 65_536] for n in range(0, len(big), 65_536))

    for content in (big, in_parts()):
        answer = shared.client.post("/v1/events", content=content, headers=JSON_TYPE)
        assert answer.status_code == 413
        assert answer.json()["type"] == "urn:recsys:problem:too-large"
