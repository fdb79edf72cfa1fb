"""Subscriptions and mailings, in both databases."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from recsys.events import to_ms
from recsys.store import DigestSubscription, Store
from recsys.store.mailings import MailKind, MailState
from service.mail.due import digest_due, question_due

DIGEST = MailKind.DIGEST


def claim(
    store: Store, user: str = "ada", day: str = "2026-11-24", sender: str = "s", *papers: str
) -> str | None:
    return store.mailings.claim(user, DIGEST, day, f"{user}@example.org", sender, papers)


def test_a_wish_is_kept_and_changed(store: Store) -> None:
    first = store.subscriptions.put("ada", "ada@example.org", 7, "Europe/Berlin")
    assert store.subscriptions.get("ada") == first
    assert (first.confirmed, first.on) == (None, True)
    assert store.subscriptions.confirm("ada", "other@example.org") is False
    assert store.subscriptions.confirm("ada", "ada@example.org") is True
    assert store.subscriptions.confirm("ada", "ada@example.org") is True
    again = store.subscriptions.put("ada", "ada@example.org", 7, "Europe/Berlin")
    assert (again.since, again.confirmed is not None) == (first.since, True)
    assert store.subscriptions.put("ada", "new@example.org", 7, "UTC").confirmed is None
    assert store.subscriptions.switch_off("ada", "ada@example.org") is False
    assert store.subscriptions.switch_off("ada", "new@example.org") is True
    assert [wish.on for wish in store.subscriptions.list()] == [False]
    assert (store.subscriptions.delete("ada"), store.subscriptions.delete("ada")) == (True, False)


def test_of_many_senders_at_once_one_gets_the_claim(store: Store) -> None:
    got: list[str | None] = []
    threads = [
        threading.Thread(target=lambda n=n: got.append(claim(store, "ada", "2026-11-24", f"s{n}", "p:1")))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([id for id in got if id]) == 1
    assert len(got) == 8


def test_what_was_claimed_by_the_dead_is_begun_again_and_what_may_have_left_is_not(store: Store) -> None:
    claimed = claim(store, "ada", "2026-11-24", "dead", "p:1")
    sending = claim(store, "bob", "2026-11-24", "dead", "p:1")
    other = claim(store, "cyd", "2026-11-24", "alive", "p:1")
    assert claimed
    assert sending
    assert other
    assert store.mailings.begin(sending)
    assert store.mailings.clear_up("dead", before=0) == (1, 1)
    assert not store.mailings.begin(claimed)
    assert [m.state for m in store.mailings.of_user("bob")] == [MailState.UNKNOWN]
    assert claim(store, "bob") is None
    assert store.mailings.papers_of("ada") == set()
    assert claim(store, "ada", "2026-11-24", "s", "p:1")
    assert store.mailings.begin(other)
    store.mailings.end(other, MailState.SENT, "250 OK")
    store.mailings.release(other)  # too late: it has left
    assert [m.detail for m in store.mailings.of_user("cyd")] == ["250 OK"]


def test_no_paper_twice(store: Store) -> None:
    first = claim(store, "ada", "2026-11-24", "s", "p:1", "p:2")
    assert first
    assert claim(store, "ada", "2026-11-25", "s", "p:2", "p:3") is None
    assert store.mailings.begun(DIGEST, "ada", "2026-11-25") is False
    assert claim(store, "ada", "2026-11-25", "s", "p:3")
    store.mailings.begin(first)
    store.mailings.end(first, MailState.REFUSED, "550 no")
    assert store.mailings.papers_of("ada") == {"p:3"}


def wish(hour: int, zone: str, since: str = "2026-01-01T00:00", confirmed: bool = True) -> DigestSubscription:
    began = at(since)
    return DigestSubscription(
        "ada", "ada@example.org", hour, zone, True, began, began, began if confirmed else None
    )


def at(text: str) -> int:
    return to_ms(datetime.fromisoformat(text).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("hour", "zone", "now", "day"),
    [
        (8, "UTC", "2026-11-24T07:59", None),
        (8, "UTC", "2026-11-24T08:00", "2026-11-24"),
        (8, "UTC", "2026-11-24T23:59", "2026-11-24"),  # the sender was down at eight
        (8, "Europe/Berlin", "2026-11-24T07:00", "2026-11-24"),
        (8, "Asia/Tokyo", "2026-11-23T23:30", "2026-11-24"),
        (8, "America/Los_Angeles", "2026-11-24T15:59", None),
        (2, "Europe/Berlin", "2026-03-29T01:00", "2026-03-29"),  # there is no two o'clock on this day
        (2, "Europe/Berlin", "2026-10-25T01:30", "2026-10-25"),  # and on this one there are two
        (0, "Pacific/Apia", "2026-11-23T11:00", "2026-11-24"),
    ],
)
def test_a_digest_is_due_at_the_reader_s_hour(hour: int, zone: str, now: str, day: str | None) -> None:
    assert digest_due(wish(hour, zone), at(now)) == day


def test_a_wish_counts_from_its_next_hour() -> None:
    made_at_nine = wish(8, "UTC", since="2026-11-24T09:00")
    assert digest_due(made_at_nine, at("2026-11-24T10:00")) is None
    assert digest_due(made_at_nine, at("2026-11-25T08:00")) == "2026-11-25"


def test_nothing_but_the_question_before_the_address_is_confirmed() -> None:
    asked = wish(8, "UTC", since="2026-11-24T09:00", confirmed=False)
    assert digest_due(asked, at("2026-11-25T10:00")) is None
    assert question_due(asked, at("2026-11-24T09:00")) == "2026-11-24 ada@example.org"
    assert question_due(asked, at("2026-12-24T09:00")) is None
    assert question_due(wish(8, "UTC"), at("2026-11-24T09:00")) is None
