"""A small WebSub hub (W3C recommendation of 2018) for our own feeds: subscribers are told what changes."""

from __future__ import annotations

import hmac
import logging
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from urllib.parse import unquote

import httpx

from recsys.events import now_ms
from recsys.store import StoreError, Subscription
from service.conditional import etag_of
from service.context import Context
from service.feeds.addresses import MEDIA_TYPES, Addresses, feed_at
from service.feeds.rendering import render
from service.problems import Problem

log = logging.getLogger(__name__)

MOST_OF_A_TOKEN = 20
_MOST_WAITING = 100  # requests whose subscribers are yet to be asked
_MOST_A_ROUND = 50
_TIMEOUT_S = 10.0
_CLAIM_MS = 5 * 60_000  # a worker that is killed while it delivers is replaced after so long
_MINUTE_MS = 60_000
_LONGEST_BACKOFF_MS = 60 * _MINUTE_MS
_MOST_FAILURES = 10


@dataclass(frozen=True, slots=True)
class Request:
    """What a subscriber asks for: `mode` is "subscribe" or "unsubscribe", `topic` the feed's address."""

    mode: str
    topic: str
    lease_s: int
    subscription: Subscription


class Hub:
    """Asks subscribers whether they meant it, and delivers to them what has changed since.

    Args:
        context: the application's parts.
        every: seconds between two looks at a subscribed feed.
        client: speaks to subscribers; it follows no redirects.
    """

    def __init__(self, context: Context, every: float = 30.0, client: httpx.Client | None = None) -> None:
        self._context = context
        self._every = every
        self._client = client or httpx.Client(timeout=_TIMEOUT_S, follow_redirects=False)
        self._asking = ThreadPoolExecutor(2, thread_name_prefix="hub")
        self._waiting = threading.BoundedSemaphore(_MOST_WAITING)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._deliver_on, name="hub", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def close(self) -> None:
        """Stop; what is under way ends first."""
        self._ended.set()
        self._asking.shutdown(cancel_futures=True)
        if self._thread.ident is not None:
            self._thread.join()
        self._client.close()

    def ask(self, request: Request) -> None:
        """Have the subscriber asked, behind the answer.

        Raises:
            Problem: 503, too many are waiting to be asked.
        """
        if not self._waiting.acquire(blocking=False):
            headers = {"Retry-After": "60"}
            raise Problem(503, "busy", "too many subscribers wait: ask again later", headers=headers)
        self._asking.submit(self._settle, request).add_done_callback(lambda _: self._waiting.release())

    def _settle(self, request: Request) -> None:
        """Keep or forget the subscription, if the subscriber answers with the challenge."""
        wanted = request.subscription
        try:
            if not self._confirmed(request):
                log.info("a subscriber did not confirm: %s", wanted.callback)
            elif request.mode == "unsubscribe":
                self._context.store.hub.remove(wanted.token, wanted.feed, wanted.callback)
            else:
                body = self._body(wanted)
                if body is not None:
                    soon = now_ms() + round(self._every * 1000)
                    self._context.store.hub.put(replace(wanted, etag=etag_of(body), due=soon))
        except (StoreError, Problem, httpx.HTTPError, httpx.InvalidURL) as error:
            log.warning("a subscription failed: %s", error)

    def _confirmed(self, request: Request) -> bool:
        challenge = secrets.token_urlsafe(32)
        asked = {"hub.mode": request.mode, "hub.topic": request.topic, "hub.challenge": challenge}
        if request.mode == "subscribe":
            asked["hub.lease_seconds"] = str(request.lease_s)
        url = httpx.URL(request.subscription.callback).copy_merge_params(asked)
        with self._client.stream("GET", url) as answer:
            said = next(answer.iter_bytes(len(challenge) + 1), b"")
            return answer.is_success and hmac.compare_digest(said, challenge.encode())

    def _deliver_on(self) -> None:
        while not self._ended.wait(min(self._every, 5.0)):
            try:
                for subscription in self._context.store.hub.due(now_ms(), _MOST_A_ROUND):
                    self._look(subscription)
            except StoreError as error:
                log.warning("subscribers wait for the record: %s", error)
            except Exception:  # one subscription that can't be served mustn't end all deliveries
                log.exception("a delivery failed")

    def _look(self, subscription: Subscription) -> None:
        """Deliver the feed, if it has changed."""
        hub = self._context.store.hub
        claimed = now_ms() + _CLAIM_MS
        if not hub.claim(subscription, claimed):
            return  # another worker is at it
        try:
            body = self._body(subscription) if subscription.expires > now_ms() else None
        except Problem:  # the search or the paper is gone
            body = None
        if body is None:
            hub.remove(subscription.token, subscription.feed, subscription.callback)
            return
        etag = etag_of(body)
        delivered = etag == subscription.etag or self._delivered(subscription, body)
        failures = subscription.failures + 1
        if delivered:
            hub.settle(subscription, claimed, etag, now_ms() + round(self._every * 1000), 0)
        elif delivered is None or failures == _MOST_FAILURES:
            hub.remove(subscription.token, subscription.feed, subscription.callback)
        else:
            pause = min(_MINUTE_MS * 2**failures, _LONGEST_BACKOFF_MS)
            hub.settle(subscription, claimed, subscription.etag, now_ms() + pause, failures)

    def _delivered(self, subscription: Subscription, body: bytes) -> bool | None:
        """Whether the subscriber took it; None if it wants no more, or the address was just revoked."""
        found = self._context.feed_tokens.again(subscription.token)
        feed = feed_at(unquote(subscription.feed))
        if found is None or feed is None:
            return None
        base = subscription.base
        topic = f"{base}/feeds/{found[1]}/{subscription.feed}"
        headers = {
            "Content-Type": MEDIA_TYPES[feed[1]],
            "Link": f'<{base}/hub>; rel="hub", <{topic}>; rel="self"',
        }
        if subscription.secret:
            signature = hmac.digest(subscription.secret.encode(), body, "sha256").hex()
            headers["X-Hub-Signature"] = f"sha256={signature}"
        try:
            with self._client.stream("POST", subscription.callback, content=body, headers=headers) as answer:
                return None if answer.status_code == httpx.codes.GONE else answer.is_success
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            log.info("a subscriber can't be reached: %s: %s", subscription.callback, error)
            return False

    def _body(self, subscription: Subscription) -> bytes | None:
        """The feed as it is now; None if its address was revoked."""
        found = self._context.feed_tokens.again(subscription.token)
        feed = feed_at(unquote(subscription.feed))
        if found is None or feed is None:
            return None
        info, token = found
        return render(self._context, info.user, *feed, Addresses(subscription.base, token))
