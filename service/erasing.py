"""Removing a reader from all that the service holds."""

from __future__ import annotations

from service.context import Context


def erase(context: Context, user: str) -> dict[str, int]:
    """Remove a reader for good; how many rows of the record, by table.

    Raises:
        recsys.store.StoreError: the record can't be written; nothing of it was removed.
    """
    context.slates.forget(user)
    erased = context.store.erase(user)
    context.states.forget(user)
    context.trending.forget()
    return erased
