"""The record: papers and their identities, users, events, slates, keys, embeddings, and the keyword index."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# Written out, not taken from recsys.store.schema: a migration says what was, the schema what is.
_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_FORGET = """INSERT INTO papers_search(papers_search, rowid, title, abstract, authors, topics)
  VALUES ('delete', old.row, old.title, old.abstract, old.authors, old.topics);"""
_LEARN = """INSERT INTO papers_search(rowid, title, abstract, authors, topics)
  VALUES (new.row, new.title, new.abstract, new.authors, new.topics);"""
_SQLITE_SEARCH = (
    """CREATE VIRTUAL TABLE papers_search USING fts5(title, abstract, authors, topics,
      content='papers', content_rowid='row', tokenize='porter unicode61')""",
    f"CREATE TRIGGER papers_search_insert AFTER INSERT ON papers BEGIN {_LEARN} END",
    f"CREATE TRIGGER papers_search_delete AFTER DELETE ON papers BEGIN {_FORGET} END",
    f"CREATE TRIGGER papers_search_update AFTER UPDATE ON papers BEGIN {_FORGET} {_LEARN} END",
)
# Cut, because a tsvector holds a megabyte at most: a paper with too many authors must still go in.
_POSTGRESQL_SEARCH = (
    """ALTER TABLE papers ADD COLUMN papers_search tsvector GENERATED ALWAYS AS (
      setweight(to_tsvector('english', title), 'A')
      || setweight(to_tsvector('english', left(authors::text, 50000)), 'B')
      || setweight(to_tsvector('english', left(topics::text, 20000)), 'B')
      || setweight(to_tsvector('english', left(abstract, 50000)), 'D')) STORED""",
    "CREATE INDEX papers_search_index ON papers USING gin (papers_search)",
)


def upgrade() -> None:
    op.create_table(
        "papers",
        sa.Column("row", _number, primary_key=True, autoincrement=True),
        _required("id", _text, unique=True),
        _required("title", _text),
        _required("abstract", _text),
        _required("authors", sa.JSON),
        _required("topics", sa.JSON),
        sa.Column("published", _text),
        sa.Column("url", _text),
        _required("source", _text),
        _required("added", sa.BigInteger),
        _required("updated", sa.BigInteger),
        _required("content_hash", _text),
        sqlite_autoincrement=True,
    )
    op.create_index("papers_newest", "papers", ["published", "added", "row"])
    op.create_table(
        "paper_aliases",
        sa.Column("alias", _text, primary_key=True),
        _required("paper_row", sa.BigInteger, sa.ForeignKey("papers.row")),
    )
    op.create_index("ix_paper_aliases_paper_row", "paper_aliases", ["paper_row"])
    op.create_table(
        "users",
        sa.Column("id", _text, primary_key=True),
        _required("created", sa.BigInteger),
        _required("simulated", sa.Boolean),
        _required("events", sa.BigInteger),
    )
    op.create_table(
        "events",
        sa.Column("seq", _number, primary_key=True, autoincrement=True),
        _required("id", _text, unique=True),
        _required("user", _text, sa.ForeignKey("users.id", deferrable=True, initially="DEFERRED")),
        _required("kind", _text),
        sa.Column("item", _text, sa.ForeignKey("papers.id")),
        sa.Column("topic", _text),
        _required("time", sa.BigInteger),
        _required("received", sa.BigInteger),
        sa.Column("slate", _text),
        sa.Column("position", sa.Integer),
        sa.Column("seconds", sa.Double),
        _required("simulated", sa.Boolean),
        _required("slate_lost", sa.Boolean, server_default=sa.false()),
        sqlite_autoincrement=True,
    )
    op.create_index("events_of_user", "events", ["user", "time", "id"])
    op.create_index("events_in_time", "events", ["time", "id"])
    op.create_index("ix_events_item", "events", ["item"])
    op.create_table(
        "slates",
        sa.Column("id", _text, primary_key=True),
        _required("user", _text),
        _required("time", sa.BigInteger),
        _required("policy", _text),
        sa.Column("bundle", _text),
        _required("items", sa.JSON),
    )
    op.create_index("slates_of_user", "slates", ["user", "time", "id"])
    op.create_table(
        "keys",
        sa.Column("id", _text, primary_key=True),
        _required("name", _text),
        _required("secret_hash", _text),
        _required("created", sa.BigInteger),
        sa.Column("revoked", sa.BigInteger),
    )
    op.create_table(
        "embeddings",
        sa.Column("content_hash", _text, primary_key=True),
        sa.Column("embedder", _text, primary_key=True),
        _required("dim", sa.Integer),
        _required("vector", sa.LargeBinary),
    )
    _create_keyword_index()


def _required(name: str, *kind: Any, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, *kind, nullable=False, **options)


def _create_keyword_index() -> None:
    """Each database's own index, which the database itself keeps in step with the papers."""
    for statement in _POSTGRESQL_SEARCH if op.get_bind().dialect.name == "postgresql" else _SQLITE_SEARCH:
        op.execute(statement)
