"""User states in Redis: derived from the record, and used only where the record agrees."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from typing import NamedTuple, cast
from urllib.parse import quote, unquote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from recsys.profile import UserState, state_from_events
from recsys.store import Store, StoreError
from recsys.store.engine import chunks

log = logging.getLogger(__name__)

_TIMEOUT_S = 0.25
_PAUSE_S = 0.25  # after a failure Redis is left alone this long: requests must not queue for time-outs
_BATCH = 1_000

# Concurrent writers of one user's state: the one that has seen more events wins, whoever comes last. A user
# who was erased and is back was born later: the old state must not outlive the new one.
_PUT_IF_NEWER = """
local held = redis.call('HMGET', KEYS[1], 'born', 'version')
if held[1] then
  local born, given = tonumber(held[1]), tonumber(ARGV[1])
  if born > given or (born == given and tonumber(held[2]) > tonumber(ARGV[2])) then return 0 end
end
redis.call('HSET', KEYS[1], 'born', ARGV[1], 'version', ARGV[2], 'state', ARGV[3])
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
    """Reads and refreshes user states: Redis spares the folding, the record has the last word.

    A held state is used only if its version is the record's own, which is one look-up by key. So it does not
    matter what Redis missed, lost or got back from an old snapshot, nor which process missed it. Where Redis
    can't be reached the record answers by itself, and Redis is left alone for a moment.
    """

    def __init__(self, url: str, store: Store) -> None:
        self._store = store
        self._redis = connect(url)
        self._put = self._redis.register_script(_PUT_IF_NEWER)
        self._retry_at = 0.0

    def get(self, user: str) -> Found:
        """The user's state, with every event of theirs that has been acknowledged.

        While the record is dead, what Redis holds is taken as it is: nothing newer is being acknowledged.

        Raises:
            recsys.store.StoreError: neither Redis nor the record can answer.
        """
        held, born, reachable = self._held(user)
        try:
            stamp = self._store.events.stamp(user)
        except StoreError:
            if held is None:
                raise
            return Found(held, from_redis=True)
        if held is not None and stamp == (born, held.version):
            return Found(held, from_redis=True)
        if stamp.events == 0:  # nobody's state is kept, so that made-up users can't fill Redis
            return Found(UserState(user, 0), from_redis=reachable)
        return self.refresh(user)

    def refresh(self, user: str) -> Found:
        """Compute the state from the record and put it into Redis; called after each committed event.

        Raises:
            recsys.store.StoreError: the record can't answer.
        """
        born = self._store.events.stamp(user).born  # before the events: a later birth is noticed by `get`
        state = state_from_events(user, self._store.events.of_user(user))
        if not self._resting():
            try:
                self._put(keys=[key_of(user)], args=[born, state.version, state.to_bytes()])
                return Found(state, from_redis=True)
            except redis.RedisError as error:
                self._rest(error)
        return Found(state, from_redis=False)

    def forget(self, user: str) -> None:
        """Drop the state of a user who was erased; should Redis be away, it is known by its birth."""
        if not self._resting():
            try:
                self._redis.delete(key_of(user))
            except redis.RedisError as error:
                self._rest(error)

    def available(self) -> bool:
        """Whether Redis answers, asked anew."""
        try:
            return bool(self._redis.ping())
        except redis.RedisError as error:
            self._rest(error)
            return False

    def memory(self) -> int | None:
        """How much memory Redis uses, in bytes; None where it can't be asked."""
        if self._resting():
            return None
        try:
            return int(self._redis.info("memory")["used_memory"])
        except redis.RedisError as error:
            self._rest(error)
            return None

    def close(self) -> None:
        """Give the connections back."""
        self._redis.close()

    def _held(self, user: str) -> tuple[UserState | None, int, bool]:
        """What Redis holds of the user, when that one was born, and whether Redis could be asked."""
        if self._resting():
            return None, 0, False
        try:
            born, held = cast("list[bytes | None]", self._redis.hmget(key_of(user), ["born", "state"]))
        except redis.RedisError as error:
            self._rest(error)
            return None, 0, False
        if born is None or held is None:
            return None, 0, True
        return UserState.from_bytes(held), int(born), True

    def _resting(self) -> bool:
        return time.monotonic() < self._retry_at

    def _rest(self, error: Exception) -> None:
        log.warning("Redis failed, the record answers instead: %s", error)
        self._retry_at = time.monotonic() + _PAUSE_S


def connect(url: str) -> redis.Redis:
    """A client that fails fast and never retries by itself."""
    return redis.Redis.from_url(
        url, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S, retry=Retry(NoBackoff(), 0)
    )


def rebuild(client: redis.Redis, store: Store) -> Iterator[int]:
    """Write every user's state anew and drop those of users the record doesn't know; yields batch sizes."""
    put = client.register_script(_PUT_IF_NEWER)
    known = set()
    for users in chunks(store.events.users(), _BATCH):
        for user, events in users:
            stamp = store.events.stamp(user)
            held = cast("list[bytes | None]", client.hmget(key_of(user), ["born", "version"]))
            if None not in held and (int(held[0] or 0), int(held[1] or 0)) > (stamp.born, events):
                client.delete(key_of(user))  # of another record
            state = state_from_events(user, store.events.of_user(user))
            put(keys=[key_of(user)], args=[stamp.born, state.version, state.to_bytes()])
            known.add(key_of(user))
        yield len(users)
    for key in client.scan_iter("recsys:{*}:state", count=_BATCH):
        if key.decode() not in known and store.events.stamp(_user_of(key)).events == 0:
            client.delete(key)


def differing(client: redis.Redis, store: Store) -> list[str]:
    """The users whose state in Redis, where there is one, isn't bit for bit what the record gives."""
    wrong = []
    for user, _ in store.events.users():
        held = client.hget(key_of(user), "state")
        if held is not None and held != state_from_events(user, store.events.of_user(user)).to_bytes():
            wrong.append(user)
    return wrong


def _user_of(key: bytes) -> str:
    return unquote(key.decode().removeprefix("recsys:{").removesuffix("}:state"))
