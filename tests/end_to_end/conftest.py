"""What the end-to-end tests share: one running installation, and the extension in a browser."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from at_sites import AT
from chromium import Browser, chromium, npm, require
from installation import Installation
from online import Online, a_home, on_a_port


@pytest.fixture(scope="session")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The demo installation as a newcomer has it after `make run`, started and at the end stopped."""
    installation = Installation(tmp_path_factory.mktemp("newcomer") / "var")
    installation.start()
    yield installation
    if installation.process is not None and installation.process.poll() is None:
        assert installation.stop() == 0


@pytest.fixture(scope="session")
def built() -> None:
    """The extension, built from source."""
    require("node", "npm", "chromium")
    npm("run", "build")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home to copy."""
    return a_home(tmp_path_factory.mktemp("template"))


@pytest.fixture
def online(template: Path, tmp_path: Path) -> Iterator[Online]:
    """The service with a record of the test's own."""
    with on_a_port(template, tmp_path / "home") as service:
        yield service


@pytest.fixture
def browser(built: None, tmp_path: Path) -> Iterator[Browser]:
    """Chromium as after the extension's installation."""
    with chromium(tmp_path / "profile", viewport={"width": 1000, "height": 800}) as running:
        for address, file in AT.items():
            running.serve(address, file)
        yield running
