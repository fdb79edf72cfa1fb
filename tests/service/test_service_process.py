"""The service as a process of its own, as `recsys serve` starts it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from service_under_test import eventually

from recsys.home import Home
from recsys.redis_server import PrivateRedis
from recsys.store import Store

HEAVY = ("torch", "sklearn", "implicit", "lightfm")

RANK_AND_LIST_MODULES = """
import sys
import time
from fastapi.testclient import TestClient
from service.app import from_environment

if __name__ == "__main__":
    with TestClient(from_environment()) as client:
        client.headers["X-API-Key"] = sys.argv[1]
        event = {"id": "e", "user": "ada", "kind": "like", "item": "p00"}
        assert client.post("/v1/events", json=event).json()["accepted"] == ["e"]
        answer = client.get("/v1/recommendations", params={"user": "ada"})
        assert answer.json()["items"], answer.text
        assert client.get("/v1/papers/p00/similar").json()["items"]
        assert client.post("/v1/papers", json={"title": "Genome protein", "id": "new"}).status_code == 201
        for _ in range(200):
            answer = client.get("/v1/recommendations", params={"user": "bob", "limit": 100})
            if any(item["paper"]["id"] == "new" for item in answer.json()["items"]):
                break
            time.sleep(0.1)
        else:
            raise AssertionError(answer.text)
        answer = client.get("/v1/search", params={"q": "galaxy"})
        assert answer.json()["degraded"] == [], answer.text
        print(*(name for name in sys.argv[2:] if name in sys.modules))
"""


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Home:
    shutil.copytree(template, tmp_path / "home")
    return Home(tmp_path / "home")


def environment(home: Home) -> dict[str, str]:
    own = {"RECSYS_HOME": str(home.path), "REDIS_URL": f"unix://{home.redis_socket}"}
    return {**os.environ, **own, "DATABASE_URL": home.database_url()}


def test_what_ranks_never_imports_what_trains(home: Home, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(RANK_AND_LIST_MODULES)
    with home.open_store() as store:
        key = store.keys.create("test")
    with PrivateRedis(home.redis_socket):
        done = subprocess.run(
            [sys.executable, str(script), key, *HEAVY],
            env=environment(home) | {"PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


@pytest.fixture
def served(
    home: Home, request: pytest.FixtureRequest
) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    """uvicorn with as many workers as the test's parameter says."""
    with home.open_store() as store:
        key = store.keys.create("test")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "service.app:from_environment", "--factory"]
    command += ["--port", str(port), "--workers", str(request.param), "--no-access-log"]
    with PrivateRedis(home.redis_socket):
        process = subprocess.Popen(command, env=environment(home), start_new_session=True)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"X-API-Key": key}) as client:
            assert eventually(lambda: ready(client), within=60)
            yield process, client
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def ready(client: httpx.Client) -> bool:
    try:
        return client.get("/health/ready").status_code == 200
    except httpx.TransportError:
        return False


def children(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,stat="], capture_output=True, text=True, check=True)
    rows = [line.split() for line in listed.stdout.splitlines()]
    return [int(own) for own, parent, state in rows if int(parent) == pid and not state.startswith("Z")]


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][:4]
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("served", [1], indirect=True)
def test_events_acknowledged_are_kept_when_the_service_is_killed(
    served: tuple[subprocess.Popen[bytes], httpx.Client], home: Home
) -> None:
    process, client = served
    assert client.get("/v1/search", params={"q": "galaxy"}).json()["degraded"] == []  # the encoder is there
    helpers = children(process.pid)
    assert helpers
    acknowledged = []
    for n in range(100):
        event = {"id": f"e{n}", "user": "ada", "kind": "click", "item": "p00"}
        acknowledged += client.post("/v1/events", json=event).json()["accepted"]
    process.kill()
    process.wait()
    with Store.open(home.database_url()) as store:
        assert {event.id for event in store.events.of_user("ada")} == set(acknowledged)
        assert len(acknowledged) == 100
    assert eventually(lambda: not any(alive(pid) for pid in helpers)), "the encoder outlived the service"


@pytest.mark.parametrize("served", [2], indirect=True)
def test_a_new_paper_is_ranked_by_every_worker_and_still_after_a_kill(
    served: tuple[subprocess.Popen[bytes], httpx.Client], home: Home
) -> None:
    process, client = served
    new = {"title": "Genome and protein", "abstract": "sequence mutation tissue", "id": "new"}
    assert client.post("/v1/papers", json=new).status_code == 201

    def is_ranked() -> bool:
        headers = {"Connection": "close"}  # another connection each time, and so either worker
        answer = client.get("/v1/recommendations", params={"user": "ada", "limit": 100}, headers=headers)
        return "new" in [item["paper"]["id"] for item in answer.json()["items"]]

    assert eventually(lambda: all(is_ranked() for _ in range(20)))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    again = subprocess.Popen(process.args, env=environment(home), start_new_session=True)
    try:
        assert eventually(lambda: ready(client), within=60)
        assert is_ranked()  # from the first answer on
    finally:
        os.killpg(again.pid, signal.SIGKILL)
        again.wait()


@pytest.mark.parametrize("served", [1], indirect=True)
def test_the_last_slates_are_written_when_the_service_is_stopped(
    served: tuple[subprocess.Popen[bytes], httpx.Client], home: Home
) -> None:
    process, client = served
    slates = [client.get("/v1/recommendations", params={"user": "ada"}).json()["slate_id"] for _ in range(5)]
    began = time.monotonic()
    process.terminate()
    process.wait(timeout=15)
    assert time.monotonic() - began < 10
    with Store.open(home.database_url()) as store:
        assert all(store.slates.get(id) is not None for id in slates)


@pytest.mark.parametrize("served", [2], indirect=True)
def test_workers_share_what_they_learn(
    served: tuple[subprocess.Popen[bytes], httpx.Client], home: Home
) -> None:
    _, client = served
    for n in range(20):
        item = f"p{n:02}"
        answer = client.post("/v1/events", json={"id": item, "user": "ada", "kind": "hide", "item": item})
        assert answer.json()["state"] == "fresh"
        with httpx.Client(
            base_url=client.base_url, headers=client.headers
        ) as another:  # a worker of its own luck
            listed = another.get("/v1/recommendations", params={"user": "ada", "limit": 100}).json()
        assert item not in [found["paper"]["id"] for found in listed["items"]]
    assert client.get("/v1/search", params={"q": "galaxy"}).json()["degraded"] == []
