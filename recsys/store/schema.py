"""The tables of the record. A change here goes with a new file in `recsys/migrations/versions`."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)
from sqlalchemy.types import TypeEngine


def plain(text: str) -> str:
    """The text as both databases can hold it: PostgreSQL takes no NUL, neither takes half a surrogate pair.

    >>> plain("a\\0b"), plain("\\ud800")
    ('a\ufffdb', '?')
    """
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


class PlainText(TypeDecorator[str]):
    """Text that compares and sorts by code point in both databases, whatever the server's locale."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """`COLLATE "C"` on PostgreSQL; SQLite compares by code point anyway."""
        return Text(collation="C") if dialect.name == "postgresql" else Text()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Make the text storable."""
        return None if value is None else plain(value)


metadata = MetaData()


def _number(name: str) -> Column[int]:
    """The column of a growing number that is never used twice."""
    kind = BigInteger().with_variant(Integer(), "sqlite")  # SQLite numbers INTEGER PRIMARY KEY only
    return Column(name, kind, primary_key=True, autoincrement=True)


papers = Table(
    "papers",
    metadata,
    _number("row"),
    Column("id", PlainText, nullable=False, unique=True),
    Column("title", PlainText, nullable=False),
    Column("abstract", PlainText, nullable=False),
    Column("authors", JSON, nullable=False),
    Column("topics", JSON, nullable=False),
    Column("published", PlainText),
    Column("url", PlainText),
    Column("venue", PlainText),
    Column("source", PlainText, nullable=False),
    Column("added", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Column("content_hash", PlainText, nullable=False),
    Index("papers_newest", "published", "added", "row"),
    sqlite_autoincrement=True,
)

paper_aliases = Table(
    "paper_aliases",
    metadata,
    Column("alias", PlainText, primary_key=True),
    Column("paper_row", BigInteger, ForeignKey("papers.row"), nullable=False, index=True),
)

users = Table(
    "users",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("created", BigInteger, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("events", BigInteger, nullable=False),
)

# The user's key is checked at commit: events are inserted first, so that only new ones are counted.
events = Table(
    "events",
    metadata,
    _number("seq"),
    Column("id", PlainText, nullable=False, unique=True),
    Column("user", PlainText, ForeignKey("users.id", deferrable=True, initially="DEFERRED"), nullable=False),
    Column("kind", PlainText, nullable=False),
    Column("item", PlainText, ForeignKey("papers.id"), index=True),
    Column("topic", PlainText),
    Column("time", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("slate", PlainText),
    Column("position", Integer),
    Column("seconds", Double),
    Column("simulated", Boolean, nullable=False),
    Column("other", PlainText, ForeignKey("papers.id")),
    Column("author", PlainText),
    Column("venue", PlainText),
    Column("text", PlainText),
    Column("scroll", Double),
    Column("reason", PlainText),
    Column("undoes", PlainText),
    Column("setting", PlainText),
    Column("value", Double),
    Column("slate_lost", Boolean, nullable=False, server_default=false()),
    Index("events_of_user", "user", "time", "id"),
    Index("events_in_time", "time", "id"),
    Index("events_undone", "undoes"),
    sqlite_autoincrement=True,
)

slates = Table(
    "slates",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("user", PlainText, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("policy", PlainText, nullable=False),
    Column("bundle", PlainText),
    Column("items", JSON, nullable=False),
    Column("pair", Integer),
    Index("slates_of_user", "user", "time", "id"),
    Index("slates_in_time", "time", "id"),
)

keys = Table(
    "keys",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("name", PlainText, nullable=False),
    Column("secret_hash", PlainText, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("revoked", BigInteger),
)

# Whom to mail and when; `confirmed` is None until the reader has said that the address is theirs.
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("user", PlainText, primary_key=True),
    Column("address", PlainText, nullable=False),
    Column("hour", Integer, nullable=False),
    Column("zone", PlainText, nullable=False),
    Column("on", Boolean, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("requested", BigInteger, nullable=False),
    Column("confirmed", BigInteger),
)

# One row for each mail that was begun: a reader has at most one for each kind and occasion.
mailings = Table(
    "mailings",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("user", PlainText, nullable=False),
    Column("kind", PlainText, nullable=False),
    Column("occasion", PlainText, nullable=False),
    Column("address", PlainText, nullable=False),
    Column("sender", PlainText, nullable=False),
    Column("state", PlainText, nullable=False),
    Column("claimed", BigInteger, nullable=False),
    Column("ended", BigInteger),
    Column("detail", PlainText),
    UniqueConstraint("user", "kind", "occasion", name="mailings_once"),
    Index("mailings_open", "state", "claimed"),
)

# The key is the promise: no paper is mailed to a reader twice.
mailed_papers = Table(
    "mailed_papers",
    metadata,
    Column("user", PlainText, primary_key=True),
    Column("paper", PlainText, primary_key=True),
    Column("mailing", PlainText, ForeignKey("mailings.id"), nullable=False, index=True),
)

embeddings = Table(
    "embeddings",
    metadata,
    Column("content_hash", PlainText, primary_key=True),
    Column("embedder", PlainText, primary_key=True),
    Column("dim", Integer, nullable=False),
    Column("vector", LargeBinary, nullable=False),
)

user_tokens = Table(
    "user_tokens",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("scope", PlainText, nullable=False),
    Column("user", PlainText, nullable=False),
    Column("name", PlainText, nullable=False),
    Column("secret_hash", PlainText, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("revoked", BigInteger),
    Index("user_tokens_of_user", "user", "scope", "created"),
)

# One-time links to sign in by; `address` is where one was mailed to.
invites = Table(
    "invites",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("user", PlainText, nullable=False),
    Column("role", PlainText, nullable=False),
    Column("address", PlainText),
    Column("secret_hash", PlainText, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("used", BigInteger),
    Index("invites_of_user", "user", "created"),
    Index("invites_by_address", "address", "created"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("user", PlainText, nullable=False),
    Column("role", PlainText, nullable=False),
    Column("secret_hash", PlainText, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Index("sessions_of_user", "user", "created"),
)

saved_searches = Table(
    "saved_searches",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("user", PlainText, nullable=False),
    Column("query", PlainText, nullable=False),
    Column("created", BigInteger, nullable=False),
    Index("saved_searches_of_user", "user", "query", unique=True),
)

hub_subscriptions = Table(
    "hub_subscriptions",
    metadata,
    Column("token", PlainText, ForeignKey("user_tokens.id", ondelete="CASCADE"), primary_key=True),
    Column("feed", PlainText, primary_key=True),
    Column("callback", PlainText, primary_key=True),
    Column("base", PlainText, nullable=False),
    Column("secret", PlainText),
    Column("etag", PlainText, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Index("hub_subscriptions_due", "due"),
)

sources = Table(
    "sources",
    metadata,
    Column("url", PlainText, primary_key=True),
    Column("title", PlainText, nullable=False),
    Column("listed_by", PlainText, index=True),
    Column("added", BigInteger, nullable=False),
    Column("etag", PlainText),
    Column("modified", PlainText),
    Column("polled", BigInteger),
    Column("due", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("problem", PlainText),
    Index("sources_due", "due"),
)


def in_metadata(name: str | None) -> bool:
    """Whether a table, column or index is described here; the keyword index is each database's own."""
    return not (name or "").startswith("papers_search")
