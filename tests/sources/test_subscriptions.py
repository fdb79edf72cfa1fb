"""Subscribed feeds, with a real server: what comes in, and how politely it is asked for."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from feed_server import FeedServer, opml, rss, serving
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from recsys.commands.ingest import ingest
from recsys.commands.sources import app
from recsys.errors import UserError
from recsys.events import now_ms
from recsys.home import Home
from recsys.sources import fetching, subscriptions
from recsys.sources.fetching import web_client
from recsys.sources.opml import is_opml, outlines
from recsys.sources.subscriptions import LONGEST_MS, USUAL_MS, Polled, poll_due
from recsys.store import Source, Store
from recsys.store.sources import NEVER

MINUTE = 60_000
ELSEWHERE = "http://feeds.example.org"  # led to the server on loopback by the client


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with serving() as found:
        yield found


@pytest.fixture
def elsewhere(server: FeedServer) -> Iterator[httpx.Client]:
    """A client for which `ELSEWHERE` is the server: the pauses of a machine that isn't ours."""

    class Leading(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.host == "feeds.example.org":
                request.url = httpx.URL(server.url).copy_with(raw_path=request.url.raw_path)
            return super().handle_request(request)

    with (
        web_client() as plain,
        httpx.Client(transport=Leading(), headers=plain.headers, follow_redirects=True) as found,
    ):
        yield found


def poll(store: Store, client: httpx.Client, tmp_path: Path, *, all_of_them: bool = True) -> list[Polled]:
    return list(poll_due(store, client, tmp_path, all_of_them=all_of_them))


def only(store: Store) -> Source:
    [source] = store.sources.all()
    return source


def test_new_entries_come_in_once_and_what_is_unchanged_is_not_sent(
    store: Store, server: FeedServer, elsewhere: httpx.Client, tmp_path: Path
) -> None:
    server.put(
        "/feed",
        rss("First light", "Second wind"),
        ETag='"one"',
        Last_Modified="Mon, 23 Nov 2026 10:00:00 GMT",
    )
    assert store.sources.add(f"{ELSEWHERE}/feed")
    assert not store.sources.add(f"{ELSEWHERE}/feed")
    [done] = poll(store, elsewhere, tmp_path, all_of_them=False)
    assert (done.counts.added, done.rejected) == (2, 0)
    assert store.papers.search("second wind", 5)
    source = only(store)
    assert (source.etag, source.failures, source.problem) == ('"one"', 0, None)
    assert USUAL_MS <= source.due - now_ms() + MINUTE <= 1.2 * USUAL_MS + MINUTE
    assert poll(store, elsewhere, tmp_path, all_of_them=False) == []  # not due

    [again] = poll(store, elsewhere, tmp_path)
    assert again.counts.added == again.counts.unchanged == 0
    _, headers = server.asked[-1]
    assert headers["if-none-match"] == '"one"'
    assert headers["if-modified-since"] == "Mon, 23 Nov 2026 10:00:00 GMT"
    assert headers["user-agent"].startswith("recsys/")
    assert only(store).etag == '"one"'

    server.put("/feed", rss("Third time", "First light", "Second wind"), ETag='"two"')
    [third] = poll(store, elsewhere, tmp_path)
    assert (third.counts.added, third.counts.unchanged) == (1, 2)
    assert (only(store).etag, only(store).modified) == ('"two"', None)
    assert store.papers.count() == 3


def test_atom_json_feed_and_packed_ones(store: Store, server: FeedServer, tmp_path: Path) -> None:
    entry = "<entry><title>An atom</title><id>x:1</id></entry>"
    atom = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title>{entry}</feed>'
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "t",
        "items": [{"id": "1", "title": "A json"}],
    }
    for path, body in (
        ("/a", atom.encode()),
        ("/j", json.dumps(feed).encode()),
        ("/z", gzip.compress(rss("A zip"))),
    ):
        store.sources.add(server.put(path, body))
    with web_client() as client:
        assert [done.counts.added for done in poll(store, client, tmp_path)] == [1, 1, 1]


def test_a_list_brings_its_feeds_and_takes_them_away(
    store: Store, server: FeedServer, tmp_path: Path
) -> None:
    one, two = server.put("/1", rss("One")), server.put("/2", rss("Two"))
    listing = server.put("/all.opml", opml(one))
    store.sources.add(listing)
    with web_client() as client:
        assert [
            (done.listed, done.counts.added) for done in poll(store, client, tmp_path, all_of_them=False)
        ] == [
            (1, 0),
            (0, 1),
        ]
        server.put("/all.opml", opml(one, two))
        assert sum(done.counts.added for done in poll(store, client, tmp_path)) == 1
    assert {source.url: source.listed_by for source in store.sources.all()} == {
        listing: None,
        one: listing,
        two: listing,
    }
    assert store.sources.remove(listing) == 3
    assert store.papers.count() == 2


def test_failures_wait_longer_each_time_and_success_ends_that(
    store: Store, server: FeedServer, elsewhere: httpx.Client, tmp_path: Path
) -> None:
    server.put("/feed", b"", 503)
    store.sources.add(f"{ELSEWHERE}/feed")
    waits = []
    for _ in range(12):
        poll(store, elsewhere, tmp_path)
        waits.append(only(store).due - now_ms())
    assert waits[0] >= 2 * USUAL_MS - MINUTE
    assert all(later >= min(1.7 * earlier, LONGEST_MS * 0.9) for earlier, later in pairwise(waits))
    assert max(waits) <= LONGEST_MS * 1.1
    source = only(store)
    assert (source.failures, source.problem) == (12, "the server says 503")
    server.put("/feed", rss("At last"))
    poll(store, elsewhere, tmp_path)
    assert (only(store).failures, only(store).problem) == (0, None)


def test_servers_are_left_alone_as_long_as_they_ask(
    store: Store, server: FeedServer, elsewhere: httpx.Client, tmp_path: Path
) -> None:
    store.sources.add(f"{ELSEWHERE}/feed")
    in_two_days = format_datetime(datetime.now(UTC) + timedelta(days=2), usegmt=True)
    for headers, expected in (({"Retry_After": "90000"}, 1500), ({"Retry_After": in_two_days}, 2880)):
        server.put("/feed", b"", 429, **headers)
        poll(store, elsewhere, tmp_path)
        assert expected - 2 <= (only(store).due - now_ms()) / MINUTE <= 1.1 * expected + 2
    for age, expected in ((7200, 120), (5, 1), (10**8, 24 * 60)):
        server.put("/feed", rss("x"), Cache_Control=f"public, max-age={age}")
        poll(store, elsewhere, tmp_path)
        assert 0.9 * expected - 0.1 <= (only(store).due - now_ms()) / MINUTE <= 1.1 * expected + 0.1
    server.put("/feed", b"", 410)
    poll(store, elsewhere, tmp_path)
    assert only(store).due == NEVER
    assert poll(store, elsewhere, tmp_path) == []


def test_a_feed_of_this_machine_is_asked_often(store: Store, server: FeedServer, tmp_path: Path) -> None:
    store.sources.add(server.put("/feed", rss("x")))
    with web_client() as client:
        poll(store, client, tmp_path)
    assert only(store).due - now_ms() <= MINUTE / 2


def test_what_is_no_feed_changes_nothing(
    store: Store, server: FeedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "LARGEST", 100_000)
    store.sources.add("http://127.0.0.1:1/nobody")
    store.sources.add("http://[nonsense/")
    store.sources.add(server.put("/page", b"<!doctype html><html><body>Hello</body></html>"))
    store.sources.add(server.put("/empty", b""))
    store.sources.add(server.put("/big", rss(*("x" * 100 for _ in range(2_000)))))
    store.sources.add(server.put("/round", b"", 302, Location="/round"))
    store.sources.add(server.put("/file", b"", 302, Location="file:///etc/passwd"))
    store.sources.add(server.put("/bib", b"@article{a, title={A}}"))
    with web_client() as client:
        done = poll(store, client, tmp_path)
    assert store.papers.count() == 0
    assert len(done) == 8
    assert all(polled.source.problem for polled in done)
    said = {polled.source.url.rsplit("/", 1)[1]: polled.source.problem or "" for polled in done}
    assert "web page" in said["page"]
    assert "larger" in said["big"]
    assert "recsys ingest" in said["bib"]


def test_a_slow_answer_is_given_up(
    store: Store, server: FeedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "LONGEST_S", -1.0)
    store.sources.add(server.put("/feed", rss("x")))
    with web_client() as client:
        [done] = poll(store, client, tmp_path)
    assert "longer" in (done.source.problem or "")


def test_a_bad_entry_is_rejected_and_the_others_are_kept(
    store: Store, server: FeedServer, tmp_path: Path
) -> None:
    store.sources.add(server.put("/feed", rss("Good", "", "Better")))
    with web_client() as client:
        [done] = poll(store, client, tmp_path)
    assert (done.counts.added, done.rejected) == (2, 1)
    [file] = tmp_path.glob("feed-*.jsonl")
    assert "title" in file.read_text()


@given(st.binary(max_size=300) | st.binary(max_size=100).map(lambda tail: b"<opml>" + tail))
def test_lists_are_read_whatever_they_are(body: bytes) -> None:
    if is_opml(body):
        assert all(line.url.startswith("http") for line in outlines(body))


def test_a_list_expands_no_entities() -> None:
    body = b'<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml><outline text="&x;" xmlUrl="http://a/"/></opml>'
    assert all("root:" not in line.title for line in outlines(body))


def run(home: Path, url: str, *arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, [*arguments, "--home", str(home), "--database-url", url])
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


def test_the_commands(tmp_path: Path, store_url: str, server: FeedServer) -> None:
    home = tmp_path / "home"
    one, broken = server.put("/1", rss("One", "Uno")), server.put("/broken", b"", 500)
    assert "2 added" in run(home, store_url, "add", one)
    assert "already" in run(home, store_url, "add", one)
    assert "500" in run(home, store_url, "add", broken, code=1)
    (tmp_path / "mine.opml").write_bytes(opml(one, server.put("/2", rss("Two"))))
    assert "1 added" in run(home, store_url, "add", str(tmp_path / "mine.opml"))
    listed = run(home, store_url, "list")
    assert listed.count("again 2") == 3
    assert "the server says 500 (1 times)" in listed
    server.put("/1", rss("One", "Uno", "Eins"))
    assert run(home, store_url, "poll") == ""
    assert f"{one}: 1 added" in run(home, store_url, "poll", "--all")
    run(home, store_url, "remove", broken, one)
    assert len(run(home, store_url, "list").splitlines()) == 1
    for wrong in (["remove", broken], ["add", "nowhere.opml"], ["add", "http://"], ["add", __file__]):
        done = CliRunner().invoke(app, [*wrong, "--home", str(home), "--database-url", store_url])
        assert isinstance(done.exception, UserError), done.output


def test_ingest_asks_the_sources_that_are_due(
    tmp_path: Path, server: FeedServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(subscriptions, "OF_THIS_MACHINE_MS", 0)
    home = Home(tmp_path / "home")
    with home.open_store() as store:
        store.sources.add(server.put("/feed", rss("Ingested")))
    ingest(["sources:"], home=home.path)
    assert "1 added" in capsys.readouterr().out
    ingest(["sources:"], home=home.path)
    assert "0 added" in capsys.readouterr().out
