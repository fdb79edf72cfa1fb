"""The parts that a request works with, made when the application starts and closed when it ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from threadpoolctl import threadpool_limits

from recsys.home import Home
from recsys.papers import Paper
from recsys.profile import UserState
from recsys.state import StateCache
from recsys.store import Store, StoreError
from service.auth import Keyring
from service.cached import Cached
from service.challenger import Challenger
from service.conditional import Editions
from service.encoder import Encoder
from service.feeds.tokens import FeedTokens
from service.interests import Interests
from service.links import Links
from service.live import Live
from service.mail.settings import SmtpSettings
from service.mail.tokens import MailLinks
from service.metrics import Metrics
from service.newcomers import Newcomers
from service.sessions import Sessions
from service.settings import Settings
from service.slate_log import SlateLog
from service.trending import Trending
from service.vectors import Vectors

_SIMULATED_KEPT_S = 10.0
_REPORTS_KEPT_S = 20.0


@dataclass(frozen=True)
class Context:
    """The record, what is derived from it, and what answers are made with."""

    store: Store
    states: StateCache
    live: Live
    challenger: Challenger
    newcomers: Newcomers
    slates: SlateLog
    encoder: Encoder
    interests: Interests
    vectors: Vectors
    metrics: Metrics
    secret: bytes = field(repr=False)  # the home's
    keyring: Keyring
    sessions: Sessions
    trending: Trending
    links: Links
    mail_links: MailLinks
    feed_tokens: FeedTokens
    smtp: SmtpSettings | None  # how mail leaves, if it does
    address: str  # where the service is, whatever a request says
    public_url: str | None  # where readers reach the service, if not where they asked
    editions: Editions = field(default_factory=Editions)
    reports: Cached[str, Any] = field(default_factory=lambda: Cached(_REPORTS_KEPT_S))  # the admin's
    _simulated: Cached[None, set[str]] = field(default_factory=lambda: Cached(_SIMULATED_KEPT_S))

    def state_of(self, user: str) -> tuple[UserState, list[str]]:
        """The user's state and the parts it had to do without; an empty one where nothing can tell."""
        try:
            found = self.states.get(user)
        except StoreError:
            redis = [] if self.states.available() else ["redis"]
            return UserState(user, 0), [*redis, "record"]
        return found.state, [] if found.from_redis else ["redis"]

    def is_simulated(self, user: str) -> bool:
        """Whether all that this reader did was simulated; no while the record can't tell."""
        return user in self._simulated_users()

    def any_simulated(self) -> bool:
        """Whether simulated readers are among those that the record knows of."""
        return bool(self._simulated_users())

    def _simulated_users(self) -> set[str]:
        try:
            return self._simulated.get(None, self.store.events.simulated_users)
        except StoreError:
            return set()

    def papers(self, ids: Iterable[str]) -> dict[str, Paper]:
        """Papers by the identities asked for: from the record, or as the bundle has them if it is dead.

        Raises:
            recsys.store.StoreError: neither of them is there.
        """
        wanted = list(ids)
        try:
            return self.store.papers.get_many(wanted)
        except StoreError:
            if self.live.ranker is None:
                raise
            bundle = self.live.ranker.bundle
            return {id: bundle.paper(bundle.rows[id]) for id in wanted if id in bundle.rows}

    def count_degraded(self, parts: Sequence[str]) -> list[str]:
        """The parts an answer had to do without, each once, after counting them."""
        distinct = list(dict.fromkeys(parts))
        for part in distinct:
            self.metrics.degraded.labels(part).inc()
        return distinct


@contextmanager
def running(settings: Settings, metrics: Metrics) -> Iterator[Context]:
    """All parts, started.

    Raises:
        recsys.store.StoreError: the record can't be opened.
    """
    home = Home(settings.home)
    with ExitStack() as closing:
        # Requests are served side by side: BLAS's threads would wait for those of others, some for 100 ms.
        closing.enter_context(threadpool_limits(1, "blas"))
        store = closing.enter_context(home.open_store(settings.database_url))
        states = StateCache(settings.redis_url, store)
        closing.callback(states.close)
        slates = SlateLog(store, metrics)
        slates.start()
        closing.callback(slates.close)
        encoder = Encoder()
        newcomers = Newcomers(store, encoder, home, metrics)
        closing.callback(newcomers.close)
        closing.callback(encoder.close)  # first, as newcomers may wait for it
        live = Live(home.bundles, metrics, newcomers, took=encoder.warm)
        closing.callback(live.close)
        live.start()
        newcomers.follow(live)
        secret = home.secret()
        yield Context(
            store=store,
            states=states,
            live=live,
            challenger=Challenger(home.bundles),
            newcomers=newcomers,
            slates=slates,
            encoder=encoder,
            interests=Interests(store, encoder),
            vectors=Vectors(encoder),
            metrics=metrics,
            secret=secret,
            keyring=Keyring(store),
            sessions=Sessions(store, secret),
            trending=Trending(store),
            links=Links(secret),
            mail_links=MailLinks(secret),
            feed_tokens=FeedTokens(store, secret),
            smtp=settings.smtp,
            address=settings.public_url or home.address,
            public_url=settings.public_url,
        )
