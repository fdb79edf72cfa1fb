"""A subscribed feed, from its server to the catalogue of a running installation."""

from __future__ import annotations

import time

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


def _found(installation: Installation, query: str) -> list[str]:
    answer = installation.call("GET", "/v1/search", params={"q": query, "limit": 20})
    keyword = [item for item in answer.json()["items"] if "keyword" in item["matched"]]
    return [item["paper"]["title"] for item in keyword]
