"""Fixtures of the service's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from service_under_test import Service, catalogue, publish, started

from recsys.home import Home


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the catalogue in its record and a bundle in service."""
    home = Home(tmp_path_factory.mktemp("template"))
    with home.open_store() as store:
        store.papers.upsert(catalogue(), source="test")
        publish(home.bundles, store.papers.all())
    return home.path


@pytest.fixture(scope="module")
def shared(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for a module's tests that break nothing; each takes a reader of its own."""
    with started(template, tmp_path_factory.mktemp("home") / "home") as service:
        yield service


@pytest.fixture
def service(template: Path, tmp_path: Path) -> Iterator[Service]:
    """A service of the test's own."""
    with started(template, tmp_path / "home") as service:
        yield service


@pytest.fixture
def bare(template: Path, tmp_path: Path) -> Iterator[Service]:
    """A service that has no bundle."""
    with started(template, tmp_path / "home", bundle=False) as service:
        yield service
