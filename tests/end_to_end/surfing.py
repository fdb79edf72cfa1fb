"""A real Chromium without the extension, as a reader of the pages has it; and axe, to look at them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from chromium import EXTENSION, npm

_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
_AXE = EXTENSION / "node_modules" / "axe-core" / "axe.min.js"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def required() -> None:
    """Skip, and say loudly so, where there is no Chromium."""
    if shutil.which("chromium") is None:
        pytest.skip(
            "the pages were NOT tested in a browser: chromium not found on PATH. As root on Debian or "
            "Ubuntu, `tests/system_packages.sh` installs it"
        )


@dataclass
class Surfer:
    """A browser's window. `complaints` are what its console said."""

    page: Any = field(repr=False)
    complaints: list[str] = field(default_factory=list)

    def titles(self, within: str = ".card h2") -> list[str]:
        """The titles of the papers on the page, in order."""
        return [str(text) for text in self.page.locator(within).all_inner_texts()]

    def press(self, *keys: str) -> None:
        """Press keys, one after the other, once the page has its scripts: before, nobody would hear them."""
        self.page.wait_for_load_state()
        for key in keys:
            self.page.keyboard.press(key)

    def at(self) -> str:
        """The title of the paper that has the focus."""
        return str(self.page.evaluate("document.activeElement.closest('.card')?.ariaLabel ?? ''"))

    def until(self, expression: str, within: float = 15.0) -> None:
        """Wait until this holds in the page."""
        give_up = time.monotonic() + within
        while not self.page.evaluate(expression):
            assert time.monotonic() < give_up, expression
            self.page.wait_for_timeout(20)

    def faults(self) -> list[str]:
        """What axe finds wrong with the page."""
        self.until("document.getAnimations().length == 0")  # what fades in has no contrast yet
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(_AXE.read_text())
        run = "(tags) => axe.run({ runOnly: { type: 'tag', values: tags } })"
        found = self.page.evaluate(run, _RULES)
        return [
            f"{fault['id']} ({fault['impact']}): {node['target']} {node.get('failureSummary', '')}"
            for fault in found["violations"]
            for node in fault["nodes"]
        ]

    def too_wide(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


@contextmanager
def surfing(**options: Any) -> Iterator[Surfer]:
    """A window of a browser of its own, with options such as `viewport` and `color_scheme`."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_FLAGS)
        page = browser.new_context(**{"viewport": {"width": 1100, "height": 900}, **options}).new_page()
        surfer = Surfer(page)
        page.on("console", lambda message: surfer.complaints.append(message.text))
        page.on("pageerror", lambda error: surfer.complaints.append(str(error)))
        try:
            yield surfer
        finally:
            browser.close()


def axe_ready() -> None:
    """Install what package-lock.json of the extension names, axe among it."""
    npm("--version")
