"""The WebSub hub, with a real subscriber on loopback."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from feed_rules import check_atom
from service_under_test import Service, eventually

from recsys.events import now_ms
from recsys.store import Scope, Store, Subscription
from service.hub import MOST_OF_A_TOKEN, Hub


@dataclass
class Subscriber:
    """A web server that answers challenges and keeps what is delivered."""

    url: str = ""
    confirms: bool = True
    status: int = 204
    asked: list[dict[str, str]] = field(default_factory=list)
    delivered: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def subscriber() -> Iterator[Subscriber]:
    found = Subscriber()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            found.asked.append(query)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(query["hub.challenge"].encode() if found.confirms else b"what?")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.delivered.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(found.status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found.url = f"http://127.0.0.1:{server.server_port}/callback?mine=1"
        yield found
        server.shutdown()


@pytest.fixture
def quick(service: Service) -> Iterator[Service]:
    """The service with a hub that looks often."""
    service.client.app.state.hub.close()  # type: ignore[attr-defined]
    hub = service.client.app.state.hub = Hub(service.context, every=0.05)  # type: ignore[attr-defined]
    hub.start()
    yield service
    hub.close()


def address(service: Service, user: str) -> str:
    found: str = service.client.post(f"/v1/users/{user}/feeds").json()["atom"]
    return found


def request(service: Service, mode: str, topic: str, callback: str, **more: str) -> Any:
    form = {"hub.mode": mode, "hub.topic": topic, "hub.callback": callback}
    form |= {f"hub.{name}": value for name, value in more.items()}
    return service.client.post("/hub", data=form, headers={"authorization": ""})


def subscriptions(service: Service) -> list[Subscription]:
    return service.store.hub.due(now_ms() + 10**12, 100)


def test_a_subscriber_is_asked_and_told_of_changes(quick: Service, subscriber: Subscriber) -> None:
    topic = address(quick, "ada")
    assert request(quick, "subscribe", topic, subscriber.url, secret="s3cret").status_code == 202
    assert eventually(lambda: len(subscriptions(quick)) == 1)
    [asked] = subscriber.asked
    assert (asked["hub.mode"], asked["hub.topic"], asked["mine"]) == ("subscribe", topic, "1")
    assert asked["hub.lease_seconds"] == str(10 * 86_400)
    assert topic.split("/")[4] not in str(subscriptions(quick))  # the record doesn't know the address

    quick.send("ada", "like", "p00")
    assert eventually(lambda: len(subscriber.delivered) == 1)
    headers, body = subscriber.delivered[0]
    check_atom(body)
    assert body == quick.client.get(topic).content
    assert headers["content-type"].startswith("application/atom+xml")
    assert f'<{topic}>; rel="self"' in headers["link"]
    assert 'rel="hub"' in headers["link"]
    assert headers["x-hub-signature"] == "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()

    quick.send("somebody else", "like", "p00")
    quick.send("ada", "like", "p03")
    assert eventually(lambda: len(subscriber.delivered) == 2)
    assert request(quick, "unsubscribe", topic, subscriber.url).status_code == 202
    assert eventually(lambda: subscriptions(quick) == [])
    assert subscriber.asked[-1]["hub.mode"] == "unsubscribe"


def test_who_does_not_confirm_is_not_subscribed(quick: Service, subscriber: Subscriber) -> None:
    subscriber.confirms = False
    topic = address(quick, "bob")
    assert request(quick, "subscribe", topic, subscriber.url).status_code == 202
    assert eventually(lambda: len(subscriber.asked) == 1)
    subscriber.confirms = True
    request(quick, "subscribe", topic, subscriber.url)
    assert eventually(lambda: len(subscriptions(quick)) == 1)
    subscriber.confirms = False
    request(quick, "unsubscribe", topic, subscriber.url)
    assert eventually(lambda: len(subscriber.asked) == 3)
    assert len(subscriptions(quick)) == 1


def test_a_revoked_address_an_end_and_a_gone_subscriber_end_it(
    quick: Service, subscriber: Subscriber
) -> None:
    made = quick.client.post("/v1/users/carol/feeds").json()
    request(quick, "subscribe", made["rss"], subscriber.url)
    assert eventually(lambda: len(subscriptions(quick)) == 1)
    quick.client.delete(f"/v1/users/carol/feeds/{made['id']}")
    assert eventually(lambda: subscriptions(quick) == [])

    topic = address(quick, "carol")
    request(quick, "subscribe", topic, subscriber.url)
    assert eventually(lambda: len(subscriptions(quick)) == 1)
    subscriber.status = 410
    quick.send("carol", "like", "p01")
    assert eventually(lambda: subscriptions(quick) == [])


def test_a_failed_delivery_is_tried_again_later(quick: Service, subscriber: Subscriber) -> None:
    topic = address(quick, "dan")
    request(quick, "subscribe", topic, subscriber.url)
    assert eventually(lambda: len(subscriptions(quick)) == 1)
    subscriber.status = 500
    quick.send("dan", "like", "p01")
    assert eventually(lambda: any(s.failures == 1 for s in subscriptions(quick)))
    [failed] = subscriptions(quick)
    assert failed.due > now_ms() + 60_000
    subscriber.status = 200
    assert quick.store.hub.claim(failed, now_ms() - 1)  # as if the pause were over
    assert eventually(lambda: len(subscriber.delivered) == 2)
    assert eventually(lambda: all(s.failures == 0 for s in subscriptions(quick)))


@pytest.mark.parametrize(
    "callback",
    ["", "ftp://127.0.0.1/x", "file:///etc/passwd", "javascript:alert(1)", "http://", "http://u:p@127.0.0.1/",
     "http://127.0.0.1:99999/", "http://[::1", "//127.0.0.1/x", "http://127.0.0.1/" + "x" * 2000,
     "http://a b/"],
)  # fmt: skip
def test_callbacks_that_are_refused(shared: Service, callback: str) -> None:
    answer = request(shared, "subscribe", address(shared, "eve"), callback)
    assert (answer.status_code, answer.json()["field"]) == (400, "hub.callback")


def test_requests_that_are_refused(shared: Service) -> None:
    topic, callback = address(shared, "eve"), "http://127.0.0.1:1/"
    token = topic.split("/")[4]
    for mode, about, more, field_name in (
        ("publish", topic, {}, "hub.mode"),
        ("subscribe", "http://elsewhere.example/feeds/x/recommended.atom", {}, "hub.topic"),
        ("subscribe", topic.replace(token, "rf_0_0"), {}, "hub.topic"),
        ("subscribe", topic.replace("recommended", "nothing"), {}, "hub.topic"),
        ("subscribe", topic, {"lease_seconds": "-1"}, "hub.lease_seconds"),
        ("subscribe", topic, {"secret": "x" * 200}, "hub.secret"),
    ):
        answer = request(shared, mode, about, callback, **more)
        assert (answer.status_code, answer.json()["field"]) == (400, field_name)


def test_the_subscriptions_of_an_address_are_bounded(shared: Service) -> None:
    made = shared.client.post("/v1/users/frank/feeds").json()
    far = now_ms() + 10**9
    for number in range(MOST_OF_A_TOKEN):
        shared.store.hub.put(
            Subscription(
                made["id"], "recommended.atom", f"http://127.0.0.1:1/{number}", "", None, "", far, far
            )
        )
    assert request(shared, "subscribe", made["atom"], "http://127.0.0.1:1/more").status_code == 409
    assert request(shared, "unsubscribe", made["atom"], "http://127.0.0.1:1/0").status_code == 202


def test_one_worker_claims_a_subscription(store: Store) -> None:
    info, _ = store.tokens.create("ada", Scope.FEED)
    one = Subscription(info.id, "recommended.atom", "http://x/", "http://y", None, '"e"', 10**15, due=5)
    store.hub.put(one)
    store.hub.put(one)
    assert store.hub.due(5, 10) == [one]
    assert store.hub.due(4, 10) == []
    assert store.hub.claim(one, 100)
    assert not store.hub.claim(one, 200)
    store.hub.settle(one, 200, "late", 300, 0)
    assert store.hub.due(1000, 10)[0].etag == '"e"'
    store.hub.settle(one, 100, "new", 300, 2)
    [settled] = store.hub.due(1000, 10)
    assert (settled.etag, settled.due, settled.failures) == ("new", 300, 2)
