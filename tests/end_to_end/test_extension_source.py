"""The extension's own tests, what the browsers' checkers say of it, and what it may do."""

from __future__ import annotations

import json
import re
import zipfile
from typing import Any

import pytest
from chromium import EXTENSION, npm, require

DIST = EXTENSION / "dist"


@pytest.fixture(scope="module", autouse=True)
def packaged() -> None:
    """Built and packaged by the one command."""
    require("node", "npm")
    npm("run", "package")


def manifest(browser: str) -> dict[str, Any]:
    """As it was packaged."""
    [package] = (DIST / "packages").glob(f"recsys-{browser}-*.zip")
    with zipfile.ZipFile(package) as files:
        assert {"background.js", "content.js", "popup.html", "options.html"} <= set(files.namelist())
        return dict(json.loads(files.read("manifest.json")))


def test_its_own_tests_pass() -> None:
    npm("test")


def test_web_ext_lint_is_clean() -> None:
    npm("run", "lint")


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_it_asks_for_nothing_that_it_does_not_need(browser: str) -> None:
    wanted = manifest(browser)
    assert wanted["permissions"] == ["alarms", "scripting", "storage"]
    assert "host_permissions" not in wanted
    assert "content_scripts" not in wanted
    assert wanted["incognito"] == "not_allowed"
    policy = wanted["content_security_policy"]["extension_pages"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_no_code_is_made_from_text_and_none_comes_from_elsewhere(browser: str) -> None:
    for script in (DIST / browser).glob("*.js"):
        code = script.read_text()
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|import\(", code
        )
    for page in (DIST / browser).glob("*.html"):
        assert not re.search(r"""(src|href)="(?!\w+\.(js|css)")""", page.read_text())
