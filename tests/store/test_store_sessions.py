"""Links to sign in by and sessions, on both databases: used once, in time, seen, ended."""

from __future__ import annotations

import threading

import pytest

from recsys.store import Role, Store, sessions
from recsys.store.invites import HOUR_MS


def test_a_link_opens_one_session(store: Store) -> None:
    invite, token = store.invites.create("ann", Role.ADMIN, hours=2)
    assert store.invites.find(token) == invite
    opened = store.sessions.sign_in(token)
    assert opened is not None
    session, secret = opened
    assert (session.user, session.role) == ("ann", Role.ADMIN)
    assert store.sessions.verify(secret) == session
    assert store.sessions.sign_in(token) is None
    used = store.invites.find(token)
    assert used is not None
    assert used.used is not None
    assert not used.good(used.created)


def test_of_many_at_once_one_signs_in(store: Store) -> None:
    _, token = store.invites.create("ann")
    ready = threading.Barrier(6)
    opened: list[object] = []

    def follow() -> None:
        ready.wait()
        opened.append(store.sessions.sign_in(token))

    threads = [threading.Thread(target=follow) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 6
    assert sum(session is not None for session in opened) == 1
    assert len(store.sessions.of_user("ann")) == 1


@pytest.mark.parametrize("wrong", ["", "_", "no", "a_b", "\0_\0", "\ud800_x", "x" * 10_000])
def test_what_is_no_token(store: Store, wrong: str) -> None:
    invite, _ = store.invites.create("ann")
    for token in (wrong, f"{invite.id}_{wrong}"):
        assert store.invites.find(token) is None
        assert store.sessions.sign_in(token) is None
        assert store.sessions.verify(token) is None


def test_a_session_lasts_while_it_is_used(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = store.sessions.sign_in(store.invites.create("ann", hours=1)[1])
    assert opened is not None
    session, token = opened

    def at(time: int) -> None:
        monkeypatch.setattr(sessions, "now_ms", lambda: time)

    at(session.created + HOUR_MS // 2)
    store.sessions.note_seen(session)
    assert store.sessions.verify(token) == session  # not noted so exactly
    at(session.created + HOUR_MS)
    store.sessions.note_seen(session)
    seen = store.sessions.verify(token)
    assert seen is not None
    assert (seen.seen, seen.expires) == (session.created + HOUR_MS, session.expires + HOUR_MS)
    at(seen.expires - 1)
    assert store.sessions.verify(token) is not None
    at(seen.expires)
    assert store.sessions.verify(token) is None
    assert store.sessions.of_user("ann") == []


def test_what_has_ended_is_gone(store: Store) -> None:
    tokens = []
    for _ in range(3):
        opened = store.sessions.sign_in(store.invites.create("ann")[1])
        assert opened is not None
        tokens.append(opened[1])
    first = store.sessions.of_user("ann")[0]
    assert not store.sessions.end(first.id, "bob")
    assert store.sessions.end(first.id, "ann")
    assert not store.sessions.end(first.id, "ann")
    assert store.sessions.end_all("ann") == 2
    assert [store.sessions.verify(token) for token in tokens] == [None, None, None]


def test_a_link_that_is_revoked_or_late_opens_nothing(store: Store) -> None:
    _, late = store.invites.create("ann", hours=0)
    _, token = store.invites.create("ann", address="ann@example.org")
    assert store.invites.mailed_to("ann@example.org") == {"ann": Role.READER}
    assert store.sessions.sign_in(late) is None
    assert store.invites.revoke("ann") == 2
    assert store.sessions.sign_in(token) is None
    assert store.invites.mailed_to("ann@example.org") == {}


def test_the_last_link_to_an_address_says_the_role(store: Store) -> None:
    store.invites.create("ann", Role.ADMIN, address="ann@example.org")
    store.invites.create("bob", address="ann@example.org")
    assert store.invites.mailed_to("ann@example.org") == {"ann": Role.ADMIN, "bob": Role.READER}
    assert store.invites.mailed_to("other@example.org") == {}


def test_sessions_and_links_are_told_without_their_secrets_and_erased(store: Store) -> None:
    _, token = store.invites.create("ann")
    opened = store.sessions.sign_in(token)
    assert opened is not None
    held = {name: list(store.held("ann")[name]) for name in ("sessions", "invites")}
    assert [len(rows) for rows in held.values()] == [1, 1]
    assert "secret" not in str(held)
    assert store.erase("ann").items() >= {"sessions": 1, "invites": 1}.items()
    assert store.sessions.verify(opened[1]) is None
