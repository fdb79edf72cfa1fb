"""What feedback can say beyond a kind and a paper; where a paper appeared; the places that were swapped."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("events") as events:
        events.add_column(sa.Column("other", _text))
        for name in ("author", "venue", "text"):
            events.add_column(sa.Column(name, _text))
        events.add_column(sa.Column("scroll", sa.Double))
        for name in ("reason", "undoes", "setting"):
            events.add_column(sa.Column(name, _text))
        events.add_column(sa.Column("value", sa.Double))
        events.create_foreign_key("events_other", "papers", ["other"], ["id"])
        events.create_index("events_undone", ["undoes"])
    op.add_column("papers", sa.Column("venue", _text))
    op.add_column("slates", sa.Column("pair", sa.Integer))
