"""The Google Reader API: what clients ask, and what their stars, reads and passes become."""

from __future__ import annotations

import io
from typing import Any

import feedparser
import pytest
from feed_rules import check_atom
from service_under_test import ATTENTION, Service

from service.answers import AppPassword, AppPasswordList
from service.reader.items import READ, READING_LIST, STARRED, long_id

API = "/reader/api/0"


class Client:
    """A client of the API that is logged in as a reader."""

    def __init__(self, service: Service, user: str, prefix: str = "") -> None:
        made = service.client.post(f"/v1/users/{user}/app-passwords", json={"name": "test"})
        assert made.status_code == 201, made.text
        AppPassword.model_validate(made.json())
        self.service, self.user, self.prefix, self.made = service, user, prefix, made.json()
        login = self.login(self.made["password"])
        assert login.status_code == 200
        lines = dict(line.split("=", 1) for line in login.text.splitlines())
        self.headers = {"authorization": f"GoogleLogin auth={lines['Auth']}"}

    def login(self, password: str, user: str | None = None) -> Any:
        form = {"Email": user or self.user, "Passwd": password, "service": "reader"}
        return self.service.client.post(
            f"{self.prefix}/accounts/ClientLogin", data=form, headers={"authorization": ""}
        )

    def get(self, path: str, **params: Any) -> Any:
        answer = self.service.client.get(f"{self.prefix}{API}/{path}", params=params, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, **form: Any) -> None:
        form["T"] = self.service.client.get(f"{self.prefix}{API}/token", headers=self.headers).text
        answer = self.service.client.post(f"{self.prefix}{API}/{path}", data=form, headers=self.headers)
        assert (answer.status_code, answer.text) == (200, "OK")

    def acts(self) -> list[tuple[str, str | None]]:
        return [(event.kind, event.item) for event in self.service.store.events.of_user(self.user)]


def titles(answer: Any) -> list[str]:
    return [item["title"] for item in answer["items"]]


@pytest.mark.parametrize("prefix", ["", "/api/greader.php"])
def test_a_session_as_clients_have_it(shared: Service, prefix: str) -> None:
    client = Client(shared, f"session{len(prefix)}", prefix)
    shared.send(client.user, "set", setting="exploration", value=0)
    assert client.get("user-info")["userName"] == client.user
    subscriptions = client.get("subscription/list", output="json")["subscriptions"]
    assert [s["id"] for s in subscriptions] == ["feed/recommended", "feed/trending"]
    assert client.get("tag/list")["tags"][0] == {"id": STARRED}
    contents = client.get("stream/contents/feed/recommended", n=20)
    expected = shared.recommend(client.user, limit=20)["items"]
    assert titles(contents) == [item["paper"]["title"] for item in expected]
    assert expected[0]["paper"]["abstract"] in contents["items"][0]["summary"]["content"]
    references = client.get("stream/items/ids", s=READING_LIST, xt=READ, n=1000)["itemRefs"]
    assert len(references) >= 20
    chosen = [references[3]["id"], references[1]["id"]]
    found = client.get("stream/items/contents", i=chosen)["items"]
    assert [item["id"] for item in found] == [long_id(int(id)) for id in chosen]
    counts = {count["id"]: count["count"] for count in client.get("unread-count")["unreadcounts"]}
    assert counts["feed/recommended"] == 20
    assert counts[READING_LIST] == len(references)


def test_a_star_is_a_save_and_moves_the_ranking(shared: Service) -> None:
    client = Client(shared, "starrer")
    first = client.get("stream/contents/feed/recommended")["items"][0]
    shared.context.slates.flush()
    for _ in range(2):
        client.post("edit-tag", i=first["id"], a=STARRED, ac="edit")
    [event] = shared.store.events.of_user("starrer")
    slate = shared.store.slates.get(event.slate or "")
    assert event.kind == "save"
    assert slate is not None
    assert slate.items[event.position or 0].item == event.item
    after = client.get("stream/contents/feed/recommended")
    assert first["title"] not in titles(after)
    topic = shared.get(f"/v1/papers/{event.item}")["topics"][0]
    near = [shared.store.papers.get_many([i["title"]]) or i for i in after["items"][:5]]
    assert len(near) == 5
    assert topic in shared.get("/v1/users/starrer/profile")["topics"][0]["topic"]
    starred = client.get(f"stream/contents/{STARRED}")
    assert titles(starred) == [first["title"]]
    assert STARRED in starred["items"][0]["categories"]
    client.post("edit-tag", i=first["id"], r=f"user/{client.user}/state/com.google/starred")
    assert [kind for kind, _ in client.acts()] == ["save", "unsave"]
    assert client.get("stream/items/ids", s=STARRED)["itemRefs"] == []


def test_a_read_is_a_read(shared: Service) -> None:
    client = Client(shared, "peruser")
    items = client.get("stream/contents/feed/trending")["items"]
    both = [items[0]["id"], str(int(items[1]["id"][-16:], 16))]  # the long form and the short one
    client.post("edit-tag", i=both, a=READ, r="user/-/state/com.google/kept-unread")
    client.post("edit-tag", i=both[0], a=READ)
    events = shared.store.events.of_user("peruser")
    assert [(event.kind, event.seconds) for event in events] == [("read", None)] * 2
    unread = client.get("stream/contents/feed/trending", xt=READ)
    assert not {items[0]["title"], items[1]["title"]} & set(titles(unread))
    again = client.get("stream/items/contents", i=both[0])["items"][0]
    assert READ in again["categories"]
    client.post("edit-tag", i=both[0], r=READ, a="user/-/state/com.google/kept-unread")
    again = client.get("stream/items/contents", i=both)["items"]
    assert [READ in item["categories"] for item in again] == [False, True]
    assert [event.kind for event in shared.store.events.of_user("peruser")] == ["read", "read", "undo"]
    client.post("edit-tag", i=both[0], a=READ)
    assert READ in client.get("stream/items/contents", i=both[0])["items"][0]["categories"]


def test_mark_all_is_a_pass_and_brings_other_papers(shared: Service) -> None:
    client = Client(shared, "passer")
    before = client.get("stream/contents/feed/recommended")
    client.post("mark-all-as-read", s="feed/recommended", ts="0")
    acts = client.acts()
    assert [kind for kind, _ in acts] == ["impression"] * 20
    after = client.get("stream/contents/feed/recommended", xt=READ)
    assert len(after["items"]) == 20
    assert not set(titles(before)) & set(titles(after))
    shared.context.slates.flush()
    newest, *_ = shared.store.slates.of_user("passer", 1)
    assert [item.position for item in newest.items] == list(range(20))
    passed = after["items"][0]["id"]
    client.post("mark-all-as-read", s=READING_LIST)
    assert client.get("stream/contents/feed/trending", xt=READ)["items"] == []
    client.post("edit-tag", i=passed, r=READ)
    assert READ not in client.get("stream/items/contents", i=passed)["items"][0]["categories"]


def test_topics_and_searches_are_subscriptions(shared: Service) -> None:
    shared.send("follower", "follow", topic="q-bio.GN")
    shared.store.papers.upsert([], "test")
    shared.client.post("/v1/users/follower/searches", json={"query": "galaxy halo"})
    client = Client(shared, "follower")
    subscriptions = client.get("subscription/list")["subscriptions"]
    assert [s["title"] for s in subscriptions][2:] == ["Recommended on q-bio.GN", "Search: galaxy halo"]
    for subscription in subscriptions:
        assert client.get(f"stream/contents/{subscription['id']}")["items"]
    client.post("mark-all-as-read", s=subscriptions[2]["id"])
    assert client.acts()


def test_pages_and_orders(shared: Service) -> None:
    client = Client(shared, "pager")
    whole = client.get("stream/contents/feed/recommended")
    assert "continuation" not in whole
    first = client.get("stream/contents/feed/recommended", n=15)
    rest = client.get("stream/contents/feed/recommended", n=15, c=first["continuation"])
    assert titles(first) + titles(rest) == titles(whole)
    assert titles(client.get("stream/contents/feed/recommended", r="o")) == titles(whole)[::-1]
    only = client.get("stream/items/ids", s="feed/recommended", it=STARRED)
    assert only["itemRefs"] == []


def test_feedhq_s_atom_is_valid_and_says_the_states(shared: Service) -> None:
    client = Client(shared, "atomist")
    client.post("edit-tag", i=client.get("stream/contents/feed/trending")["items"][0]["id"], a=READ)
    answer = shared.client.get("/reader/atom/feed%2Ftrending?n=20", headers=client.headers)
    check_atom(answer.content)
    parsed = feedparser.parse(io.BytesIO(answer.content))
    assert parsed["feed"]["title"] == "Trending papers"
    states = [{tag["label"] for tag in entry["tags"] if tag["scheme"]} for entry in parsed["entries"]]
    assert states[0] == {"reading-list", "read"}
    assert all(state == {"reading-list"} for state in states[1:])


def test_who_may_log_in(shared: Service) -> None:
    client = Client(shared, "owner-of-it")
    other = Client(shared, "somebody-else")
    password = client.made["password"]
    feed = shared.client.post("/v1/users/owner-of-it/feeds").json()["atom"].split("/")[4]
    for wrong, user in (
        (password + "x", None),
        ("", None),
        (shared.key, None),
        (feed, None),
        (password, "ada"),
    ):
        refused = client.login(wrong, user)
        assert (refused.status_code, refused.text) == (401, "Error=BadAuthentication\n")
    for header in ("", "GoogleLogin auth=", f"GoogleLogin auth={feed}", f"Bearer {password}", password):
        answer = shared.client.get(f"{API}/user-info", headers={"authorization": header})
        assert answer.status_code == 401
    assert (
        shared.client.get("/v1/trending", headers={"authorization": f"Bearer {password}"}).status_code == 401
    )
    listed = shared.get("/v1/users/owner-of-it/app-passwords")
    AppPasswordList.model_validate(listed)
    assert [item["id"] for item in listed["items"]] == [client.made["id"]]
    path = f"/v1/users/owner-of-it/app-passwords/{client.made['id']}"
    assert shared.client.delete(path.replace("owner-of-it", "somebody-else")).status_code == 404
    assert shared.client.delete(path).status_code == 204
    assert client.login(password).status_code == 401
    assert shared.client.get(f"{API}/user-info", headers=client.headers).status_code == 401
    assert other.get("user-info")["userId"] == "somebody-else"


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("edit-tag", {}, 400),
        ("edit-tag", {"i": [str(n) for n in range(1001)], "a": READ}, 400),
        ("mark-all-as-read", {"s": "feed/nothing"}, 404),
        ("subscription/edit", {"ac": "subscribe", "s": "feed/http://example.org"}, 400),
    ],
)
def test_mistakes_are_problems(shared: Service, path: str, form: dict[str, Any], status: int) -> None:
    client = Client(shared, "mistaken-client")
    answer = shared.client.post(f"{API}/{path}", data=form, headers=client.headers)
    assert answer.status_code == status
    assert client.acts() == []


def test_items_that_are_not_there_change_nothing(shared: Service) -> None:
    client = Client(shared, "dreamer")
    client.post("edit-tag", i=["999999", "tag:google.com,2005:reader/item/ffffffffffffffff", "x"], a=STARRED)
    assert client.acts() == []
    assert client.get("stream/items/contents", i=["999999", "x"])["items"] == []
    assert ATTENTION not in str(client.acts())
