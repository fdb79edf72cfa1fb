"""Bring the record to the newest schema, with the migrations in `recsys/migrations`."""

from __future__ import annotations

import threading

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from recsys.store.engine import Database, StoreError

_MIGRATING = 0x72656301  # the advisory lock of migrations
_one_at_a_time = threading.Lock()  # alembic's `context` is a global


def migrate(database: Database) -> None:
    """Upgrade to head in one transaction; a process that comes second waits, then finds nothing to do.

    Raises:
        StoreError: the record can't be written, or a newer recsys has written it.
    """
    config = Config()
    config.set_main_option("script_location", "recsys:migrations")
    with database.reading() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current == ScriptDirectory.from_config(config).get_current_head():
        return
    with _one_at_a_time, database.writing_alone(_MIGRATING) as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise StoreError(
                f"the record was made by another version of recsys ({error}): update recsys"
            ) from error
