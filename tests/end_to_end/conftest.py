"""One running installation for all end-to-end tests: a first start is made once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from installation import Installation


@pytest.fixture(scope="session")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The demo installation as a newcomer has it after `make run`, started and at the end stopped."""
    installation = Installation(tmp_path_factory.mktemp("newcomer") / "var")
    installation.start()
    yield installation
    if installation.process is not None and installation.process.poll() is None:
        assert installation.stop() == 0
