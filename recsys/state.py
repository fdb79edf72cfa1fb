"""User states in Redis: derived from the record, trusted only while nothing speaks against it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple, cast
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from recsys.profile import UserState, state_from_events
from recsys.store import Store, StoreError

log = logging.getLogger(__name__)

_TIMEOUT_S = 0.25
_PAUSE_S = 0.25  # between two looks at a Redis that is gone
_BATCH = 1_000

# Concurrent writers of one user's state: the one that has seen more events wins, whoever comes last.
_PUT_IF_NEWER = """
local held = redis.call('HGET', KEYS[1], 'version')
if held and tonumber(held) > tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'state', ARGV[2])
return 1
"""


class Found(NamedTuple):
    """A user's state, and whether Redis played its part (else the record answered by itself)."""

    state: UserState
    from_redis: bool


def key_of(user: str) -> str:
    """The Redis key of a user's state; the hash tag keeps one user's keys on one node of a cluster.

    >>> key_of("ada {l}")
    'recsys:{ada%20%7Bl%7D}:state'
    """
    return f"recsys:{{{quote(user, safe='')}}}:state"


class StateCache:
    """Reads and refreshes user states; the record answers wherever Redis can't.

    Redis is doubted when a call to it fails and when it turns out to be another process than before (it may
    have come back with an old snapshot). While in doubt the record answers; a thread in the background waits
    for Redis, compares every held state with the record by its version and drops those that differ. Then it
    is trusted again.
    """

    def __init__(self, url: str, store: Store) -> None:
        self._store = store
        self._run_id: str | None = None
        self._trusted = False
        self._recovering = False
        self._missed: set[str] = set()  # users whose new state Redis hasn't got
        self._lock = threading.Lock()  # guards _trusted, _recovering and _missed together
        self._closed = threading.Event()
        self._redis = connect(url, on_connect=self._check_identity)
        self._put = self._redis.register_script(_PUT_IF_NEWER)
        self._doubt()

    def get(self, user: str) -> Found:
        """The user's state.

        Raises:
            recsys.store.StoreError: neither Redis nor the record can answer.
        """
        if self._trusted:
            try:
                held = cast("bytes | None", self._redis.hget(key_of(user), "state"))
                if held is None:
                    return self._keep(self._from_record(user))
                if self._trusted:  # a new connection may just have found another process behind it
                    return Found(UserState.from_bytes(held), from_redis=True)
            except redis.RedisError as error:
                self._doubt(error)
        return Found(self._from_record(user), from_redis=False)

    def refresh(self, user: str) -> Found:
        """Compute the state from the record and put it into Redis; called after each committed event.

        Raises:
            recsys.store.StoreError: the record can't answer.
        """
        try:
            state = self._from_record(user)
        except StoreError:
            self._miss(user)
            raise
        return self._keep(state)

    def available(self) -> bool:
        """Whether Redis answers and is trusted, asked anew."""
        try:
            self._redis.ping()
        except redis.RedisError as error:
            self._doubt(error)
        return self._trusted

    def close(self) -> None:
        """Give the connections back."""
        self._closed.set()
        self._redis.close()

    def _keep(self, state: UserState) -> Found:
        if self._trusted:
            try:
                self._put(keys=[key_of(state.user)], args=[state.version, state.to_bytes()])
                if self._store.events.version(state.user) == state.version:
                    return Found(state, from_redis=True)
                # An event came meanwhile: had Redis been emptied then, ours has replaced the newer state.
                return self._keep(self._from_record(state.user))
            except redis.RedisError as error:
                self._doubt(error)
        self._miss(state.user)
        return Found(state, from_redis=False)

    def _from_record(self, user: str) -> UserState:
        return state_from_events(user, self._store.events.of_user(user))

    def _miss(self, user: str) -> None:
        """Redis hasn't got this user's newest state: what it holds of them must not be served."""
        with self._lock:
            self._missed.add(user)
        self._doubt()

    def _doubt(self, error: Exception | None = None) -> None:
        """Stop trusting Redis, and see to it that the doubt is removed."""
        with self._lock:
            if self._trusted and error is not None:
                log.warning("Redis failed, the record answers instead: %s", error)
            self._trusted = False
            if self._recovering or self._closed.is_set():
                return
            self._recovering = True
        threading.Thread(target=self._recover, name="redis-recovery", daemon=True).start()

    def _recover(self) -> None:
        while not self._closed.is_set():
            try:
                self._redis.ping()  # a new connection learns here which process it talks to
                dropped = drop_stale(self._redis, self._store)
                while not self._regain_trust():
                    for user in self._take_missed():
                        self._redis.delete(key_of(user))
                log.info("user states in Redis are trusted; %d out-of-date ones dropped", dropped)
                return
            except (redis.RedisError, StoreError, OSError) as error:
                log.debug("Redis is not back yet: %s", error)
                self._closed.wait(_PAUSE_S)

    def _regain_trust(self) -> bool:
        with self._lock:
            self._trusted = not self._missed
            self._recovering = not self._trusted
            return self._trusted

    def _take_missed(self) -> set[str]:
        with self._lock:
            missed, self._missed = self._missed, set()
            return missed

    def _check_identity(self, run_id: str) -> None:
        if run_id != self._run_id:
            self._run_id = run_id
            self._doubt()


def connect(url: str, on_connect: Any = None) -> redis.Redis:
    """A client that fails fast and never by itself retries; `on_connect` gets the server's run id."""

    def greet(connection: Any) -> None:  # the callback that redis-py documents is untyped
        connection.on_connect()
        if on_connect is not None:
            connection.send_command("INFO", "server")
            reply = connection.read_response()
            text = reply.decode() if isinstance(reply, bytes) else str(reply)
            on_connect(text.partition("run_id:")[2].split("\r\n")[0])

    return redis.Redis.from_url(
        url,
        socket_timeout=_TIMEOUT_S,
        socket_connect_timeout=_TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
        redis_connect_func=greet,
    )


def drop_stale(client: redis.Redis, store: Store) -> int:
    """Drop each held state whose version isn't the record's; how many were dropped."""
    dropped = 0
    for users in _batched(store.events.users()):
        versions = _versions(client, [user for user, _ in users])
        stale = [
            key_of(user)
            for (user, events), held in zip(users, versions, strict=True)
            if held is not None and int(held) != events
        ]
        for key in stale:  # one by one: the keys of a cluster live on different nodes
            dropped += client.delete(key)
    return dropped


def tell_running_service(url: str, store: Store) -> None:
    """After a bulk import past the service: drop what Redis holds of users who have new events.

    Without a Redis there is nothing to tell: a service compares all states with the record when it starts,
    and whenever Redis comes back.
    """
    client = connect(url)
    try:
        drop_stale(client, store)
    except redis.ConnectionError:
        log.debug("no Redis at %s, so no states to drop", url)
    finally:
        client.close()


def rebuild(client: redis.Redis, store: Store) -> Iterator[int]:
    """Write every user's state anew and drop those of users the record doesn't know; yields batch sizes."""
    drop_stale(client, store)
    put = client.register_script(_PUT_IF_NEWER)
    known = set()
    for users in _batched(store.events.users()):
        for user, _ in users:
            state = state_from_events(user, store.events.of_user(user))
            put(keys=[key_of(user)], args=[state.version, state.to_bytes()])
            known.add(key_of(user))
        yield len(users)
    for key in client.scan_iter("recsys:{*}:state", count=_BATCH):
        if key.decode() not in known:
            client.delete(key)


def differing(client: redis.Redis, store: Store) -> list[str]:
    """The users whose state in Redis, where there is one, isn't bit for bit what the record gives."""
    wrong = []
    for user, _ in store.events.users():
        held = client.hget(key_of(user), "state")
        if held is not None and held != state_from_events(user, store.events.of_user(user)).to_bytes():
            wrong.append(user)
    return wrong


def _versions(client: redis.Redis, users: list[str]) -> list[bytes | None]:
    pipeline = client.pipeline(transaction=False)
    for user in users:
        pipeline.hget(key_of(user), "version")
    return list(pipeline.execute())


def _batched(users: Iterable[tuple[str, int]]) -> Iterator[list[tuple[str, int]]]:
    remaining = iter(users)
    while batch := list(islice(remaining, _BATCH)):
        yield batch
