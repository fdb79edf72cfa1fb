"""Signing in: one-time links, and the sessions that they open."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "invites",
        sa.Column("id", _text, primary_key=True),
        _required("user", _text),
        _required("role", _text),
        sa.Column("address", _text),
        _required("secret_hash", _text),
        _required("created", sa.BigInteger),
        _required("expires", sa.BigInteger),
        sa.Column("used", sa.BigInteger),
    )
    op.create_index("invites_of_user", "invites", ["user", "created"])
    op.create_index("invites_by_address", "invites", ["address", "created"])
    op.create_table(
        "sessions",
        sa.Column("id", _text, primary_key=True),
        _required("user", _text),
        _required("role", _text),
        _required("secret_hash", _text),
        _required("created", sa.BigInteger),
        _required("seen", sa.BigInteger),
        _required("expires", sa.BigInteger),
    )
    op.create_index("sessions_of_user", "sessions", ["user", "created"])


def _required(name: str, *kind: Any) -> sa.Column[Any]:
    return sa.Column(name, *kind, nullable=False)
