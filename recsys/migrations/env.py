"""Runs the migrations on the connection, and in the transaction, that `recsys.store.migrate` opened."""

from alembic import context

from recsys.store.schema import in_metadata, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_name=lambda name, _kind, _parents: in_metadata(name),
    render_as_batch=True,  # SQLite changes a table by copying it
)
context.run_migrations()
