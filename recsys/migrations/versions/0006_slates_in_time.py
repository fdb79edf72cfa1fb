"""Slates in the order of their times, for reports of a period."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_index("slates_in_time", "slates", ["time", "id"])
