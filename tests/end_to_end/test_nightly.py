"""The scheduled retrain, at the next full minute instead of at night, and mistakes on the command line."""

from __future__ import annotations

import re
import socket
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from installation import Installation

from recsys.home import Home
from recsys.papers import PaperRecord


@pytest.fixture
def small(tmp_path: Path) -> Installation:
    installation = Installation(tmp_path / "var")
    with Home(installation.home).open_store() as store:
        records = [
            PaperRecord(title=f"On {w}", abstract=f"{w} {v}") for w, v in zip("abcdef", "bcdefa", strict=True)
        ]
        store.papers.upsert(records, "test")
    return installation


def test_the_retrain_comes_at_its_time_and_goes_live(small: Installation) -> None:
    if datetime.now().second > 50:
        time.sleep(11)
    at = datetime.now() + timedelta(minutes=1)
    small.start("--retrain-at", f"{at:%H:%M}", "--embedder", "lsa")
    try:
        before = small.recommend("me")["bundle"]
        added = small.call(
            "POST", "/v1/papers", json={"title": "A paper that came by day", "abstract": "new"}
        )
        assert added.status_code in (200, 201)
        id = added.json()["items"][0]["id"]
        give_up = time.monotonic() + 120
        while small.recommend("me")["bundle"] == before:
            assert time.monotonic() < give_up, small.output
            time.sleep(0.5)
        assert [item["paper"]["id"] for item in small.recommend("me")["items"]].count(id) == 1
        manifest = small.run("bundles", "show").stdout
        assert f'"parent": "{before}"' in manifest
        assert re.search(r'"kind": "lsa"', manifest)  # the retrain keeps the embedder
    finally:
        assert small.stop() == 0


@pytest.mark.parametrize(
    ("options", "hint"),
    [(["--retrain-at", "25:00"], "03:00"), (["--port", "0"], "port"), (["--retrain-at", "soon"], "03:00")],
)
def test_mistakes_are_told_in_a_line(small: Installation, options: list[str], hint: str) -> None:
    done = small.run("up", *options)
    assert done.returncode == 2
    assert hint in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_is_told(small: Installation) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = small.run("up", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr
