"""A reader's feeds: valid, whole, secret, conditional, and the same ranking as the API's."""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Callable
from typing import Any

import feedparser
import pytest
from feed_rules import check_atom, check_json_feed, check_opml, check_rss
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from service_under_test import ATTENTION, Service, eventually
from sqlalchemy import select

from recsys.papers import PaperRecord
from recsys.store.schema import user_tokens
from service.answers import FeedAddresses, FeedList, SearchAddress, SearchList
from service.conditional import Editions
from service.feeds.addresses import Addresses
from service.feeds.document import document
from service.feeds.json_feed import json_feed
from service.feeds.streams import Entry, Listing, Stream
from service.feeds.xml import atom, rss
from service.links import Links

CHECKS: dict[str, Callable[[bytes], Any]] = {"atom": check_atom, "rss": check_rss, "json": check_json_feed}
NASTY = PaperRecord(
    id="nasty",
    title='<b>Ω</b> & "quotes" ]]> \x0b\x01 <script>alert(1)</script>',
    abstract="a < b && c > d, \x00 \ufffe, <img src=x onerror=alert(1)>",
    authors=["Ærøskøbing, Åse <x@y>", "李雷"],
    topics=["A&B <c>", "Reward models/100% é?"],
    url="https://example.org/?a=1&b=<2>",
)


def made(service: Service, user: str, **body: Any) -> dict[str, Any]:
    answer = service.client.post(f"/v1/users/{user}/feeds", **({"json": body} if body else {}))
    assert answer.status_code == 201, answer.text
    FeedAddresses.model_validate(answer.json())
    found: dict[str, Any] = answer.json()
    return found


def read(service: Service, address: str, **headers: str) -> Any:
    """A feed as a feed reader asks for it: without a key."""
    answer = service.client.get(address, headers={"authorization": "", **headers})
    assert answer.status_code in (200, 304), answer.text
    return answer


def links_in(entry: Any) -> dict[str, str]:
    """The feedback links under an entry, by their words."""
    content = entry["content"][0]["value"] if "content" in entry else entry["content_html"]
    return {
        words: html.unescape(href) for href, words in re.findall(r'<a href="([^"]+)"[^>]*>([^<]+)<', content)
    }


@pytest.mark.parametrize("format", ["atom", "rss", "json"])
def test_a_feed_is_valid_and_is_the_api_s_ranking(shared: Service, format: str) -> None:
    user = f"valid-{format}"
    shared.send(user, "set", setting="exploration", value=0)
    shared.send(user, "like", "p03")
    body = read(shared, made(shared, user)[format]).content
    CHECKS[format](body)
    expected = shared.recommend(user, limit=20)
    titles = [item["paper"]["title"] for item in expected["items"]]
    if format == "json":
        entries = json.loads(body)["items"]
    else:
        parsed = feedparser.parse(io.BytesIO(body))
        assert not parsed.bozo
        entries = parsed["entries"]
    assert [entry["title"] for entry in entries] == titles
    assert len(titles) == 20
    for entry, item in zip(entries[:5], expected["items"][:5], strict=True):
        content = html.unescape(entry["content"][0]["value"] if "content" in entry else entry["content_html"])
        assert item["paper"]["abstract"] in content
        assert item["reasons"][0]["text"] in content
        assert set(links_in(entry)) == {"More like this", "Less like this", "Save", "Not this topic"}


def test_a_muted_author_is_in_no_trending_feed(service: Service) -> None:
    user = "without-ω"
    service.store.papers.upsert([PaperRecord(id="omega", title="Muted thing", authors=["O. Mega"])], "test")
    service.send("someone", "save", "omega")
    address = made(service, user)["json"].replace("recommended", "trending")
    assert "Muted thing" in read(service, address).text
    service.send(user, "mute", author="o. mega")
    assert "Muted thing" not in read(service, address).text


def test_every_stream_is_valid_in_every_format_and_in_the_list(shared: Service) -> None:
    user = "streams"
    shared.store.papers.upsert([NASTY], "test")
    shared.send(user, "follow", topic="Reward models/100% é?")
    shared.send(user, "follow", topic="cs.LG")
    shared.send(user, "save", ATTENTION)
    shared.send(user, "like", "nasty")
    shared.send("another", "save", "nasty")
    saved = shared.client.post(f"/v1/users/{user}/searches", json={"query": "galaxy & <halo>"})
    assert saved.status_code == 201
    addresses = check_opml(read(shared, made(shared, user)["opml"]).content)
    assert [address.split("/", 5)[5] for address in addresses] == [
        "recommended.atom",
        "trending.atom",
        "topic/Reward%20models%2F100%25%20%C3%A9%3F.atom",
        "topic/cs.LG.atom",
        f"search/{saved.json()['id']}.atom",
        "similar/nasty.atom",
        f"similar/{ATTENTION}.atom",
    ]
    for address in addresses:
        for format, check in CHECKS.items():
            answer = read(shared, address.removesuffix("atom") + format)
            check(answer.content)
        shown = etree.fromstring(read(shared, address).content).iter("{*}content")
        assert not any(re.search("<(script|img)", content.text or "") for content in shown)
    trending = feedparser.parse(io.BytesIO(read(shared, addresses[1]).content))
    assert any("Ω" in entry["title"] for entry in trending["entries"])
    topic = feedparser.parse(io.BytesIO(read(shared, addresses[3]).content))
    assert topic["entries"]
    assert all("cs.LG" in [tag["term"] for tag in entry["tags"]] for entry in topic["entries"])
    similar = feedparser.parse(io.BytesIO(read(shared, addresses[6]).content))
    assert similar["feed"]["title"] == "Like “Attention Is All You Need”"
    search = feedparser.parse(io.BytesIO(read(shared, addresses[4]).content))
    assert "Galaxy" in " ".join(entry["title"].capitalize() for entry in search["entries"])


@given(
    title=st.text(min_size=1, max_size=40),
    abstract=st.text(max_size=80),
    authors=st.lists(st.text(max_size=10), max_size=3),
    topics=st.lists(st.text(max_size=10), max_size=3),
    reasons=st.lists(st.text(max_size=20), max_size=2),
)
@settings(max_examples=60)
def test_whatever_a_paper_says_its_feed_is_valid(
    title: str, abstract: str, authors: list[str], topics: list[str], reasons: list[str]
) -> None:
    from recsys.papers import Paper
    from recsys.store.schema import plain

    said = [plain(text) for text in (title, abstract, *authors, *topics, *reasons)]
    title, abstract, *rest = said
    a, t = len(authors), len(topics)
    paper = Paper(
        1,
        "p1",
        title.strip() or "x",
        abstract,
        tuple(rest[:a]),
        tuple(rest[a : a + t]),
        "2024",
        added=1_700_000_000_000,
    )
    listed = Listing(Stream("recommended"), "ada", "For you", (Entry(paper, tuple(rest[a + t :]), "s", 0),))
    written = document(listed, Links(b"s" * 32), "http://localhost")
    address = Addresses("http://localhost", "token").feed(Stream("recommended"), "atom")
    check_atom(atom(written, address, "http://localhost/hub"))
    check_rss(rss(written, address, "http://localhost/hub"))
    check_json_feed(json_feed(written, address, "http://localhost/hub"))


def test_an_empty_feed_is_valid(shared: Service) -> None:
    shared.send("emptied", "mute", topic="cs.LG")
    shared.send("emptied", "follow", topic="nothing at all")
    feeds = made(shared, "emptied")
    for format, check in CHECKS.items():
        address = feeds["atom"].replace("recommended.atom", f"topic/nothing at all.{format}")
        check(read(shared, address).content)


def test_ids_are_stable_and_entries_say_when_they_came(shared: Service) -> None:
    feeds = made(shared, "stable")
    first = feedparser.parse(io.BytesIO(read(shared, feeds["atom"]).content))["entries"]
    shared.send("stable", "save", "p00")
    second = feedparser.parse(io.BytesIO(read(shared, feeds["rss"]).content))["entries"]
    ids = {entry["title"]: entry["id"] for entry in first}
    common = [entry for entry in second if entry["title"] in ids]
    assert len(common) > 5
    assert all(entry["id"] == ids[entry["title"]] for entry in common)
    assert all(entry["updated_parsed"].tm_year >= 2024 for entry in first)


def test_conditional_requests(shared: Service) -> None:
    address = made(shared, "conditional")["atom"]
    first = read(shared, address)
    etag, modified = first.headers["etag"], first.headers["last-modified"]
    assert first.headers["cache-control"] == "private, max-age=60"
    assert 'rel="hub"' in first.headers["link"]
    assert read(shared, address).content == first.content
    for headers in (
        {"if-none-match": etag},
        {"if-none-match": f'"other", W/{etag}'},
        {"if-none-match": "*"},
        {"if-modified-since": modified},
        {"if-none-match": etag, "if-modified-since": "Thu, 01 Jan 1970 00:00:00 GMT"},
    ):
        answer = read(shared, address, **headers)
        assert (answer.status_code, answer.content) == (304, b""), headers
        assert (answer.headers["etag"], answer.headers["last-modified"]) == (etag, modified)
    for headers in (
        {"if-none-match": '"other"', "if-modified-since": modified},
        {"if-modified-since": "nonsense"},
        {"if-modified-since": "Thu, 01 Jan 1970 00:00:00 GMT"},
    ):
        assert read(shared, address, **headers).status_code == 200, headers
    shared.send("conditional", "like", "p04")
    changed = read(shared, address, **{"if-none-match": etag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag
    assert read(shared, address, **{"if-modified-since": modified}).status_code == 200
    head = shared.client.head(address)
    assert head.headers["etag"] == changed.headers["etag"]
    assert head.content == b""


def test_editions_never_share_a_second() -> None:
    now = [100.7]
    editions = Editions(most=2, clock=lambda: now[0])
    assert editions.since("a", "1") == 100
    assert editions.since("a", "2") == 101
    assert editions.since("a", "2") == 101
    now[0] = 500.0
    assert editions.since("a", "2") == 101
    assert editions.since("b", "1") == 500
    assert editions.since("c", "1") == 500  # and "a" is forgotten
    assert editions.since("a", "2") == 500


def test_the_same_feed_is_one_slate_and_its_clicks_are_attributed(shared: Service) -> None:
    address = made(shared, "attributed")["atom"]
    [entry, *_] = feedparser.parse(io.BytesIO(read(shared, address).content))["entries"]
    read(shared, address)
    shared.context.slates.flush()
    [slate] = shared.store.slates.of_user("attributed", 10)
    assert len(slate.items) == 20
    browser = {"user-agent": "Mozilla/5.0", "authorization": ""}
    assert shared.client.get(entry["link"], headers=browser, follow_redirects=False).status_code in (200, 302)
    [click] = shared.store.events.of_user("attributed")
    assert (click.kind, click.slate, click.position) == ("click", slate.id, 0)
    assert click.item == slate.items[0].item


def test_feedback_under_an_entry_changes_the_feed(shared: Service) -> None:
    address = made(shared, "learner")["json"]
    entry = read(shared, address).json()["items"][0]
    path = links_in(entry)["Save"]
    assert shared.client.get(path).status_code == 200
    assert shared.store.events.of_user("learner") == []
    assert shared.client.post(path, headers={"authorization": ""}).status_code == 200
    after = read(shared, address).json()["items"]
    assert entry["id"] not in {item["id"] for item in after}
    topic = entry["tags"][0]
    assert sum(topic in item["tags"] for item in after[:5]) >= 4
    mute = links_in(after[0])["Not this topic"]
    assert shared.client.post(mute).status_code == 200
    refused = after[0]["tags"][0]
    last = read(shared, address).json()["items"]
    assert after[0]["id"] not in {item["id"] for item in last}
    assert sum(refused in item["tags"] for item in last[:5]) < sum(
        refused in item["tags"] for item in after[:5]
    )


def test_addresses_are_secret_listed_and_revocable(shared: Service) -> None:
    first, second = made(shared, "owner", name="phone"), made(shared, "owner")
    listed = shared.get("/v1/users/owner/feeds")
    FeedList.model_validate(listed)
    assert [(item["id"], item["name"]) for item in listed["items"]] == [
        (first["id"], "phone"),
        (second["id"], ""),
    ]
    with shared.store.database.reading() as connection:
        rows = connection.execute(select(user_tokens)).all()
    token = first["atom"].split("/")[4]
    assert not any(token.split("_", 2)[2] in str(value) for row in rows for value in row)
    assert shared.client.delete(f"/v1/users/somebody/feeds/{first['id']}").status_code == 404
    assert shared.client.delete(f"/v1/users/owner/feeds/{first['id']}").status_code == 204
    assert shared.client.delete(f"/v1/users/owner/feeds/{first['id']}").status_code == 404
    for format in ("atom", "rss", "json", "opml"):
        gone = shared.client.get(first[format], headers={"authorization": ""})
        assert (gone.status_code, gone.json()["type"]) == (404, "urn:recsys:problem:unknown-feed")
        assert read(shared, second[format]).status_code == 200
    assert [item["id"] for item in shared.get("/v1/users/owner/feeds")["items"]] == [second["id"]]


def test_searches_are_saved_once_and_removed(shared: Service) -> None:
    path = "/v1/users/searcher/searches"
    one = shared.client.post(path, json={"query": " halo "}).json()
    SearchAddress.model_validate(one)
    assert shared.client.post(path, json={"query": "halo"}).json() == one
    listed = shared.get(path)
    SearchList.model_validate(listed)
    assert listed["items"] == [one]
    feed = made(shared, "searcher")["atom"].replace("recommended", f"search/{one['id']}")
    assert read(shared, feed).status_code == 200
    other = made(shared, "someone-else")["atom"].replace("recommended", f"search/{one['id']}")
    assert shared.client.get(other).status_code == 404
    assert shared.client.delete(f"{path}/{one['id']}").status_code == 204
    assert shared.client.delete(f"{path}/{one['id']}").status_code == 404
    assert shared.client.get(feed).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        "recommended.xml",
        "recommended",
        "topic.atom",
        "topic/.atom",
        "nothing/x.atom",
        "search/none.atom",
        "similar/none.rss",
    ],
)
def test_what_is_no_feed_is_a_problem(shared: Service, wrong: str) -> None:
    address = made(shared, "mistaken")["atom"].replace("recommended.atom", wrong)
    answer = shared.client.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_without_a_key_no_addresses_are_made(shared: Service) -> None:
    assert shared.client.post("/v1/users/ada/feeds", headers={"authorization": ""}).status_code == 401
    assert shared.client.post("/v1/users/ada/feeds", json={"name": "x" * 101}).status_code == 422
    assert shared.client.post("/v1/users/ada/searches", json={"query": " "}).status_code == 422


def test_without_a_bundle_the_feed_is_what_is_trending_and_new(bare: Service) -> None:
    address = made(bare, "early")["atom"]
    body = read(bare, address).content
    check_atom(body)
    assert len(etree.fromstring(body).findall("{*}entry")) == 20
    assert read(bare, address).content == body
    bare.send("other", "save", "p07")
    paper = bare.store.papers.get("p07")
    assert paper is not None
    title = paper.title.encode()
    assert eventually(lambda: title in read(bare, address).content, within=15)
