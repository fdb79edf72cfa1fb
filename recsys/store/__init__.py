"""The record: papers, events, slates, keys and embeddings in SQL, the only place where they are kept.

with Store.open("sqlite:////var/lib/recsys/record.db") as store:
    store.migrate()
    store.papers.upsert(records, source="arxiv")
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any

from sqlalchemy import text

from recsys.store import erasure
from recsys.store.embeddings import EmbeddingTable
from recsys.store.engine import Database, StoreError, connect
from recsys.store.events import EventTable, Outcome
from recsys.store.hub import HubTable, Subscription
from recsys.store.invites import Invite, InviteTable, Role
from recsys.store.keys import KeyInfo, KeyTable
from recsys.store.mailings import MailingTable
from recsys.store.migrate import migrate
from recsys.store.papers import PaperTable
from recsys.store.reports import Reports
from recsys.store.searches import SavedSearch, SearchTable
from recsys.store.sessions import Session, SessionTable
from recsys.store.slates import SlateTable
from recsys.store.sources import Source, SourceTable
from recsys.store.subscriptions import DigestSubscription, SubscriptionTable
from recsys.store.tokens import Scope, TokenInfo, TokenTable
from recsys.store.upsert import UpsertCounts

__all__ = [
    "DigestSubscription",
    "EmbeddingTable",
    "EventTable",
    "HubTable",
    "Invite",
    "InviteTable",
    "KeyInfo",
    "KeyTable",
    "MailingTable",
    "Outcome",
    "PaperTable",
    "Reports",
    "Role",
    "SavedSearch",
    "Scope",
    "SearchTable",
    "Session",
    "SessionTable",
    "SlateTable",
    "Source",
    "SourceTable",
    "Store",
    "StoreError",
    "Subscription",
    "SubscriptionTable",
    "TokenInfo",
    "TokenTable",
    "UpsertCounts",
]


class Store:
    """The tables of one record; safe to use from many threads, one per process."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.papers = PaperTable(database)
        self.events = EventTable(database)
        self.slates = SlateTable(database)
        self.keys = KeyTable(database)
        self.tokens = TokenTable(database)
        self.invites = InviteTable(database)
        self.sessions = SessionTable(database)
        self.searches = SearchTable(database)
        self.hub = HubTable(database)
        self.sources = SourceTable(database)
        self.embeddings = EmbeddingTable(database)
        self.subscriptions = SubscriptionTable(database)
        self.mailings = MailingTable(database)
        self.reports = Reports(database)

    @classmethod
    def open(cls, url: str) -> Store:
        """The record at "sqlite:////absolute/path.db" or "postgresql://..."; `migrate` makes its tables.

        Raises:
            StoreError: the address is malformed or nothing answers there.
        """
        return cls(connect(url))

    def migrate(self) -> None:
        """Bring the tables to the newest schema; any number of processes may do so at once.

        Raises:
            StoreError: the record can't be written, or a newer recsys has written it.
        """
        migrate(self.database)

    def erase(self, user: str) -> dict[str, int]:
        """Remove all that the record holds of a reader, in one transaction; how many rows, by table.

        Raises:
            StoreError: the record can't be written; nothing was removed.
        """
        return erasure.erase(self.database, user)

    def held(self, user: str) -> dict[str, Iterator[Mapping[str, Any]]]:
        """All that the record holds of a reader: the rows of each table, by its name."""
        return {str(held.table.name): erasure.read(self.database, held, user) for held in erasure.HELD}

    def ping(self) -> bool:
        """Whether the record answers."""
        try:
            with self.database.reading() as connection:
                connection.execute(text("SELECT 1"))
        except StoreError:
            return False
        return True

    def close(self) -> None:
        """Close its connections."""
        self.database.engine.dispose()

    def __enter__(self) -> Store:
        """The store itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the store."""
        self.close()
