"""Feeds: readers' tokens and saved searches, subscriptions of the hub, and feeds that are read as sources."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "user_tokens",
        sa.Column("id", _text, primary_key=True),
        _required("scope", _text),
        _required("user", _text),
        _required("name", _text),
        _required("secret_hash", _text),
        _required("created", sa.BigInteger),
        sa.Column("revoked", sa.BigInteger),
    )
    op.create_index("user_tokens_of_user", "user_tokens", ["user", "scope", "created"])
    op.create_table(
        "saved_searches",
        sa.Column("id", _text, primary_key=True),
        _required("user", _text),
        _required("query", _text),
        _required("created", sa.BigInteger),
    )
    op.create_index("saved_searches_of_user", "saved_searches", ["user", "query"], unique=True)
    op.create_table(
        "hub_subscriptions",
        sa.Column("token", _text, sa.ForeignKey("user_tokens.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("feed", _text, primary_key=True),
        sa.Column("callback", _text, primary_key=True),
        _required("base", _text),
        sa.Column("secret", _text),
        _required("etag", _text),
        _required("expires", sa.BigInteger),
        _required("due", sa.BigInteger),
        _required("failures", sa.Integer),
    )
    op.create_index("hub_subscriptions_due", "hub_subscriptions", ["due"])
    op.create_table(
        "sources",
        sa.Column("url", _text, primary_key=True),
        _required("title", _text),
        sa.Column("listed_by", _text),
        _required("added", sa.BigInteger),
        sa.Column("etag", _text),
        sa.Column("modified", _text),
        sa.Column("polled", sa.BigInteger),
        _required("due", sa.BigInteger),
        _required("failures", sa.Integer),
        sa.Column("problem", _text),
    )
    op.create_index("ix_sources_listed_by", "sources", ["listed_by"])
    op.create_index("sources_due", "sources", ["due"])


def _required(name: str, *kind: Any, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, *kind, nullable=False, **options)
