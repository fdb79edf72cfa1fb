"""What the tests of the record share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings

from recsys.papers import PaperRecord
from recsys.store import Store
from recsys.store.schema import metadata

# An example empties the record rather than making a new one, so a fixture may live through many examples.
settings.register_profile(
    "record", max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def emptied(store: Store) -> Callable[[], Store]:
    """The record, emptied at each call."""

    def empty() -> Store:
        with store.database.writing() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(table.delete())
        return store

    return empty


@pytest.fixture
def five_papers(store: Store) -> list[str]:
    """The ids of five papers in the record."""
    ids = [f"p:{number}" for number in range(5)]
    store.papers.upsert([PaperRecord(id=id, title=f"Paper {id}") for id in ids], "test")
    return ids
