"""What is missing degrades the answers and fails none; what was acknowledged is kept."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest
from service_under_test import Service, eventually, publish

from recsys.bundle import current_id
from recsys.shelf import point_to
from recsys.state import connect, differing, key_of


def in_redis(service: Service, user: str) -> bool:
    client = connect(service.redis.url)
    try:
        return bool(client.exists(key_of(user)))
    finally:
        client.close()


def wrong_states(service: Service) -> list[str]:
    client = connect(service.redis.url)
    try:
        return differing(client, service.store)
    finally:
        client.close()


def whole_again(service: Service, user: str) -> Callable[[], bool]:
    return lambda: service.recommend(user)["degraded"] == []


def test_redis_killed_in_the_middle(service: Service) -> None:
    service.send("ada", "like", "p00")
    service.send("bob", "like", "p01")
    before = service.recommend("ada", limit=5)
    assert before["degraded"] == []
    assert service.redis.pid is not None
    os.kill(service.redis.pid, signal.SIGKILL)

    answer = service.recommend("ada", limit=5, cursor=before["next"])
    assert answer["degraded"] == ["redis"]
    assert not {i["paper"]["id"] for i in answer["items"]} & {i["paper"]["id"] for i in before["items"]}
    assert service.send("ada", "hide", "p03")["state"] == "deferred"
    assert "p03" not in service.ids("ada", limit=100, repeat=True)
    assert service.get("/health/ready")["redis"]["status"] == "degraded"
    assert "recsys_redis_up 0.0" in service.client.get("/metrics").text

    service.redis.start()
    assert eventually(whole_again(service, "ada"))
    assert "p03" not in service.ids("ada", limit=100, repeat=True)
    assert wrong_states(service) == []
    assert service.context.states.get("ada").from_redis
    assert in_redis(service, "ada")
    assert service.send("bob", "hide", "p02")["state"] == "fresh"


def test_everything_flushed_from_redis(service: Service) -> None:
    for item in ("p00", "p03"):
        service.send("ada", "like", item)
    before = service.ids("ada", exploration="off")
    client = connect(service.redis.url)
    client.flushall()
    assert not in_redis(service, "ada")
    answer = service.recommend("ada", exploration="off")
    assert [item["paper"]["id"] for item in answer["items"]] == before
    assert answer["degraded"] == []
    assert in_redis(service, "ada")
    assert wrong_states(service) == []
    client.close()


def test_a_dead_record_refuses_writes_and_still_ranks(service: Service) -> None:
    service.send("ada", "like", "p00")
    shown = service.recommend("ada", limit=5)
    service.die()
    refused = service.client.post(
        "/v1/events", json={"id": "e", "user": "ada", "kind": "like", "item": "p01"}
    )
    assert refused.status_code == 503
    assert refused.headers["retry-after"]
    assert refused.json()["type"] == "urn:recsys:problem:record-unavailable"
    assert service.client.post("/v1/papers", json={"title": "T"}).status_code == 503
    assert service.client.get("/health/ready").status_code == 503
    assert service.client.get("/health/live").status_code == 200
    known = service.recommend("ada", limit=5, cursor=shown["next"])
    assert known["degraded"] == []  # Redis has the state
    assert known["items"]
    stranger = service.recommend("stranger", limit=5)
    assert stranger["degraded"] == ["record"]
    assert len(stranger["items"]) == 5
    assert service.get("/v1/papers/p00")["id"] == "p00"
    assert service.get("/v1/papers/p00/similar")["items"]
    search = service.get("/v1/search", q="galaxy")
    assert search["degraded"] == ["record"]
    assert all(item["matched"] == ["meaning"] for item in search["items"])
    strange_key = service.client.get("/v1/papers/p00", headers={"Authorization": "Bearer rk_1_2"})
    assert strange_key.status_code == 503
    service.context.slates.flush()

    service.revive()
    assert eventually(lambda: service.client.get("/health/ready").status_code == 200)
    assert service.send("ada", "like", "p01")["state"] == "fresh"
    service.context.slates.flush()
    for answer in (shown, known, stranger):
        assert service.store.slates.get(answer["slate_id"]) is not None


def test_with_neither_redis_nor_record_there_is_still_a_list(service: Service) -> None:
    service.send("ada", "like", "p00")
    assert service.redis.pid is not None
    os.kill(service.redis.pid, signal.SIGKILL)
    service.die()
    answer = service.recommend("ada", limit=5)
    assert answer["degraded"] == ["redis", "record"]
    assert len(answer["items"]) == 5
    service.revive()


def test_a_full_slate_log_drops_and_counts(service: Service) -> None:
    service.recommend("ada")
    service.context.slates.flush()
    service.die()
    service.context.slates._most = 3
    for _ in range(5):
        service.recommend("ada")
    assert len(service.context.slates._waiting) == 3
    assert 'recsys_slates_total{outcome="dropped"} 2.0' in service.client.get("/metrics").text
    service.revive()


def test_bundles_are_swapped_under_load_without_a_failed_request(service: Service) -> None:
    papers = service.store.papers.all()
    first = current_id(service.home.bundles)
    others = [publish(service.home.bundles, papers, seed) for seed in (1, 2)]
    ended = threading.Event()
    failures: list[Any] = []
    served: set[str] = set()

    def read(user: str) -> None:
        cursor: dict[str, str] = {}
        seen: list[str] = []
        while not ended.is_set():
            answer = service.client.get("/v1/recommendations", params={"user": user, "limit": 10} | cursor)
            if answer.status_code != 200:
                failures.append(answer.text)
                return
            body = answer.json()
            served.add(body["bundle"])
            seen += [item["paper"]["id"] for item in body["items"]]
            if len(seen) != len(set(seen)):
                failures.append(f"repeated: {seen}")
            cursor = {"cursor": body["next"]} if body["next"] else {}
            seen = seen if body["next"] else []

    readers = [threading.Thread(target=read, args=(f"reader {n}",)) for n in range(4)]
    for reader in readers:
        reader.start()
    for id in (*others, first):
        point_to(service.home.bundles, id)
        live = service.context.live
        assert eventually(lambda wanted=id, live=live: live.ranker.bundle.id == wanted)
    ended.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert served == {first, *others}


@pytest.mark.parametrize("how", ["altered", "half-written", "nonsense"])
def test_a_bundle_that_is_not_whole_is_not_served(service: Service, how: str) -> None:
    root = service.home.bundles
    first = current_id(root)
    bad = publish(root, service.store.papers.all(), seed=7)
    victim = root / bad / "embeddings.npy"
    if how == "altered":
        data = bytearray(victim.read_bytes())
        data[-1] ^= 1
        victim.write_bytes(data)
    elif how == "half-written":
        victim.unlink()
    else:
        (root / "current").write_text("../../etc")
    assert eventually(lambda: service.context.live.failure is not None)
    assert service.recommend("ada")["bundle"] == first
    health = service.get("/health/ready")
    assert (health["status"], health["bundle"]["status"]) == ("ready", "degraded")
    assert "recsys_bundle_failures_total 1.0" in service.client.get("/metrics").text
    point_to(root, first)
    assert eventually(lambda: service.get("/health/ready")["bundle"]["status"] == "ok")


def test_the_first_bundle_goes_live_by_itself(bare: Service) -> None:
    assert bare.recommend("ada")["degraded"] == ["bundle"]
    id = publish(bare.home.bundles, bare.store.papers.all(), seed=3)
    assert eventually(lambda: bare.recommend("ada")["bundle"] == id)
    assert bare.recommend("ada")["degraded"] == []
