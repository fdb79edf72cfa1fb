"""The mail: who is mailed and when, each mail that was begun, and the papers that it held."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("user", _text, primary_key=True),
        _required("address", _text),
        _required("hour", sa.Integer),
        _required("zone", _text),
        _required("on", sa.Boolean),
        _required("since", sa.BigInteger),
        _required("requested", sa.BigInteger),
        sa.Column("confirmed", sa.BigInteger),
    )
    op.create_table(
        "mailings",
        sa.Column("id", _text, primary_key=True),
        _required("user", _text),
        _required("kind", _text),
        _required("occasion", _text),
        _required("address", _text),
        _required("sender", _text),
        _required("state", _text),
        _required("claimed", sa.BigInteger),
        sa.Column("ended", sa.BigInteger),
        sa.Column("detail", _text),
        sa.UniqueConstraint("user", "kind", "occasion", name="mailings_once"),
    )
    op.create_index("mailings_open", "mailings", ["state", "claimed"])
    op.create_table(
        "mailed_papers",
        sa.Column("user", _text, primary_key=True),
        sa.Column("paper", _text, primary_key=True),
        _required("mailing", _text, sa.ForeignKey("mailings.id")),
    )
    op.create_index("ix_mailed_papers_mailing", "mailed_papers", ["mailing"])


def _required(name: str, *kind: Any) -> sa.Column[Any]:
    return sa.Column(name, *kind, nullable=False)
