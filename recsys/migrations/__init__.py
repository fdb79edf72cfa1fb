"""Alembic's migrations of the record; run by `recsys.store.Store.migrate`."""
