"""A real newsboat in a terminal, logged in to a real installation, which learns from what it does."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from installation import Installation
from service_under_test import eventually
from terminal import Terminal

from recsys.home import Home

PROGRAM = shutil.which("newsboat")
USER = "boatswain"
STAR = "\x05s\r"  # Ctrl-E edits the flags of an article; s is the one that stars


def modes() -> list[str]:
    """The ways of this newsboat to speak this API at an address of one's own; FreshRSS's came with 2.24."""
    if PROGRAM is None:
        return ["feedhq"]
    said = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout
    number = re.search(r"(\d+)\.(\d+)", said)
    assert number, said
    return ["feedhq", "freshrss"] if (int(number[1]), int(number[2])) >= (2, 24) else ["feedhq"]


def settings(source: str, address: str, password: str) -> str:
    """What docs/feeds.md tells a newcomer to write."""
    lines = {
        "urls-source": source,
        f"{source}-url": address,
        f"{source}-login": USER,
        f"{source}-password": password,
        f"{source}-flag-star": "s",
        f"{source}-show-special-feeds": "no",
    }
    return "".join(f'{name} "{value}"\n' for name, value in lines.items())


@pytest.fixture(params=modes())
def reader(request: pytest.FixtureRequest, first_start: Installation, tmp_path: Path) -> Iterator[Terminal]:
    if PROGRAM is None:
        pytest.skip(
            "newsboat is not installed, so no real feed reader was tried against the Google Reader API. "
            "Mend it with `apt-get install newsboat`; `make test` does that as root on Debian and Ubuntu."
        )
    made = first_start.call("POST", f"/v1/users/{USER}/app-passwords", json={"name": "newsboat"})
    address = f"http://127.0.0.1:{first_start.port}"
    if request.param == "freshrss":
        address += "/api/greader.php"
    (tmp_path / "config").write_text(settings(request.param, address, made.json()["password"]))
    (tmp_path / "urls").write_text("")
    files = ["-C", str(tmp_path / "config"), "-u", str(tmp_path / "urls"), "-c", str(tmp_path / "cache.db")]
    terminal = Terminal([PROGRAM, *files], {**os.environ, "HOME": str(tmp_path), "LANG": "C.UTF-8"})
    yield terminal
    terminal.close()


def events(installation: Installation) -> list[tuple[str, str | None, str | None]]:
    with Home(installation.home).open_store() as store:
        return [(event.kind, event.item, event.slate) for event in store.events.of_user(USER)]


def page_through(reader: Terminal) -> str:
    """All screens of the article, wrapped lines as one."""
    screens = [reader.text]
    reader.press(" ")
    while len(screens) < 8 and reader.changes():
        screens.append(reader.text)
        reader.press(" ")
    return " ".join(" ".join(screens).split())


def test_newsboat_lists_opens_and_stars_and_is_learned_from(
    first_start: Installation, reader: Terminal
) -> None:
    first_start.send({"id": "still", "user": USER, "kind": "set", "setting": "exploration", "value": 0})
    wait_until_quiet(first_start)
    reader.wait_for("Recommended for you")
    assert "Trending papers" in reader.text
    reader.press("R")
    reader.wait_for(lambda text: text.count("(20/20)") == 2)

    before = first_start.recommend(USER, limit=20)
    reader.press("\r")
    listed = reader.wait_for("Articles in feed 'Recommended for you'")
    paper = before["items"][0]["paper"]
    assert all(item["paper"]["title"][:40] in listed for item in before["items"])
    reader.press("\r")  # the first of the list
    shown = reader.wait_for("Title:")
    opened = next(item["paper"] for item in before["items"] if item["paper"]["title"][:40] in shown)
    assert opened["id"] == paper["id"], "the list is not in the order of the ranking"
    seen = page_through(reader)
    assert "More like this" in seen
    assert "Not this topic" in seen
    reader.press(STAR)
    reader.press("q")
    assert eventually(lambda: len(events(first_start)) == 3, within=15)
    _, first_read, then_saved = events(first_start)
    assert (first_read[:2], then_saved[:2]) == (("read", paper["id"]), ("save", paper["id"]))
    assert then_saved[2] is not None  # attributed to the slate that showed it

    after = first_start.recommend(USER, limit=20)
    assert paper["id"] not in {item["paper"]["id"] for item in after["items"]}
    because = [r for item in after["items"][:3] for r in item["reasons"] if r.get("paper") == paper["id"]]
    assert because, after["items"][:3]
    reader.wait_for("Articles in feed")
    reader.press("r")  # fetch it anew
    new = next(i["paper"]["title"] for i in after["items"] if i["paper"]["title"][:40] not in listed)
    reader.wait_for(new[:40])

    reader.press("A")  # all read: a pass
    assert eventually(lambda: "impression" in {kind for kind, _, _ in events(first_start)}, within=15)
    reader.press("q")
    reader.wait_for("Your feeds")


def wait_until_quiet(installation: Installation, seconds: float = 5.0) -> None:
    """Until the list stands still: papers of an earlier test may still be on their way into it."""
    last, since, give_up = None, time.monotonic(), time.monotonic() + 120
    while time.monotonic() - since < seconds:
        assert time.monotonic() < give_up, "the list didn't stand still for two minutes"
        listed = [item["paper"]["id"] for item in installation.recommend(USER, limit=20)["items"]]
        if listed != last:
            last, since = listed, time.monotonic()
        time.sleep(0.5)
