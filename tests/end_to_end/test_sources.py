"""A subscribed feed, from its server to the catalogue of a running installation."""

from __future__ import annotations

import time
from typing import Any

from feed_server import rss, serving
from installation import Installation


def test_a_new_entry_is_in_the_catalogue_within_a_minute(first_start: Installation) -> None:
    with serving() as server:
        feed = server.put("/feed", rss("Marmalade considered as a data structure"))
        added = first_start.run("sources", "add", feed)
        assert added.returncode == 0, added.stderr
        assert "1 added" in added.stdout
        assert _found(first_start, "marmalade") == ["Marmalade considered as a data structure"]
        server.put("/feed", rss("Zeppelins and their schedulers", "Marmalade considered as a data structure"))
        give_up = time.monotonic() + 60
        while not _found(first_start, "zeppelins"):
            assert time.monotonic() < give_up, (first_start.home / "logs" / "sources.log").read_text()
            time.sleep(1)
        assert first_start.run("sources", "remove", feed).returncode == 0
        wrong = first_start.run("sources", "remove", feed)
        assert (wrong.returncode, "Traceback" in wrong.stderr) == (2, False)


REWARDS = (
    "Reward models score the answers of a language model. We train a reward model on human preferences for "
    "reinforcement learning, and measure on a benchmark how robust its rewards are."
)
PARSLEY = "How parsley, sage and thyme are grown on a balcony, watered in summer, and dried for the winter."


def test_a_new_entry_is_recommended_within_a_minute(first_start: Installation) -> None:
    """To whom it suits, by its text alone; it takes feedback at once; and a training doubles nothing."""
    liked = [item["paper"]["id"] for item in _search(first_start, "reward models")[:4]]
    likes = [{"id": f"new-{n}", "user": "nell", "kind": "like", "item": id} for n, id in enumerate(liked)]
    first_start.send(*likes)
    bundle = first_start.recommend("nell")["bundle"]
    with serving() as server:
        feed = server.put("/rewards", rss("Nothing yet"))
        assert first_start.run("sources", "add", feed).returncode == 0
        new = {"Doubt in reward models": REWARDS, "Herbs on a balcony": PARSLEY}
        server.put("/rewards", rss("Nothing yet", **new))
        give_up = time.monotonic() + 60
        while not set(new) <= _ranked(first_start).keys():
            assert time.monotonic() < give_up, (first_start.home / "logs" / "sources.log").read_text()
            time.sleep(1)
        assert first_start.run("sources", "remove", feed).returncode == 0
    ranked = _ranked(first_start)
    items = first_start.recommend("nell", limit=100, exploration="off")["items"]
    others = {item["paper"]["title"] for item in items if "Reward models" not in item["paper"]["topics"]}
    assert ranked["Doubt in reward models"] < min(ranked[title] for title in others - set(new))
    assert ranked["Doubt in reward models"] < 20 < ranked["Herbs on a balcony"]
    id = items[ranked["Doubt in reward models"]]["paper"]["id"]
    first_start.send({"id": "nora-1", "user": "nora", "kind": "like", "item": id})
    of_nora = first_start.recommend("nora", limit=5, exploration="off")["items"]
    assert all("Reward models" in item["paper"]["topics"] for item in of_nora[:3])
    assert any("Doubt in reward models" in reason["text"] for reason in of_nora[0]["reasons"])
    first_start.send({"id": "new-hide", "user": "nell", "kind": "hide", "item": id})
    assert "Doubt in reward models" not in _ranked(first_start)
    assert "Herbs on a balcony" in _ranked(first_start)
    done = first_start.run("train", "--force")
    assert done.returncode == 0, done.stderr
    while first_start.recommend("nell")["bundle"] == bundle:
        time.sleep(0.2)
    titles = [item["paper"]["title"] for item in _all(first_start, "nora")]
    assert titles.count("Herbs on a balcony") == 1
    assert len(titles) == len(set(titles))
    assert "Doubt in reward models" not in _ranked(first_start)


def _all(installation: Installation, user: str) -> list[dict[str, Any]]:
    """All pages of a reader's list."""
    answer = installation.recommend(user, limit=100, exploration="off")
    items = answer["items"]
    while answer["next"]:
        answer = installation.recommend(user, limit=100, cursor=answer["next"], exploration="off")
        items += answer["items"]
    return items


def _ranked(installation: Installation) -> dict[str, int]:
    """The place of each title in the whole of Nell's list."""
    return {item["paper"]["title"]: place for place, item in enumerate(_all(installation, "nell"))}


def _search(installation: Installation, query: str) -> list[dict[str, Any]]:
    answer = installation.call("GET", "/v1/search", params={"q": query, "limit": 20})
    return answer.json()["items"]


def _found(installation: Installation, query: str) -> list[str]:
    keyword = [item for item in _search(installation, query) if "keyword" in item["matched"]]
    return [item["paper"]["title"] for item in keyword]
