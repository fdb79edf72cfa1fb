"""A real Chromium with the built extension in it, shown pages of our own at the addresses of real sites."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import pytest

EXTENSION = Path(__file__).parents[2] / "extension"
PAGES = EXTENSION / "tests" / "pages"
BUILT = EXTENSION / "dist" / "chromium"

# What Chromium needs in a container, and what keeps it from looking for hosts of its maker's.
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


_OLDEST_NODE = 20


def require(*programs: str) -> None:
    """Skip, and say loudly what is missing."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        _skip(
            f"{', '.join(missing)} not found on PATH. As root on Debian or Ubuntu, "
            "`tests/system_packages.sh` installs what is missing"
        )
    version = _run("node", "--version").stdout.strip()
    if int(version.removeprefix("v").split(".")[0]) < _OLDEST_NODE:
        _skip(f"it is built with Node {_OLDEST_NODE} or newer, and this is {version}")


def npm(*arguments: str) -> None:
    """An npm command in extension/, which must succeed; what package-lock.json names is installed first."""
    installed = EXTENSION / "node_modules" / ".package-lock.json"
    if (
        not installed.exists()
        or installed.stat().st_mtime < (EXTENSION / "package-lock.json").stat().st_mtime
    ):
        done = _run("npm", "ci", "--no-audit", "--no-fund")
        if done.returncode != 0:
            _skip(f"npm could not install what it is built with: {done.stderr.strip()[-300:]}")
    done = _run("npm", *arguments)
    assert done.returncode == 0, f"npm {' '.join(arguments)} failed:\n{done.stdout}\n{done.stderr}"


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=EXTENSION, capture_output=True, text=True, check=False)


def _skip(why: str) -> NoReturn:
    pytest.skip(f"the browser extension was NOT tested: {why}.")


@dataclass
class Browser:
    """A running Chromium. `served` says which page stands at which address; nothing else is reachable."""

    context: Any = field(repr=False)
    background: Any = field(repr=False)
    served: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def id(self) -> str:
        """The extension's."""
        return str(self.background.url.split("/")[2])

    def open(self, address: str) -> Any:
        """A new page."""
        page = self.context.new_page()
        page.goto(address)
        return page

    def own(self, page: str) -> Any:
        """A page of the extension's, such as options.html."""
        return self.open(f"chrome-extension://{self.id}/{page}")

    def allow(self, *patterns: str) -> None:
        """Say yes beforehand to what clicks will ask for: there is nobody who could be asked."""
        settings = self.open("chrome://extensions")
        for pattern in patterns:
            settings.evaluate(
                "([id, pattern]) => chrome.developerPrivate.addHostPermission(id, pattern)",
                [self.id, pattern],
            )
        settings.close()

    def stored(self) -> dict[str, Any]:
        """What the extension's storage holds."""
        return dict(self.background.evaluate("() => chrome.storage.local.get(null)"))

    def rest(self, seconds: float) -> None:
        """Let the browser go on for so long: its requests pass through this process, which must not sleep."""
        self.context.pages[0].wait_for_timeout(1000 * seconds)

    def until(self, holds: Callable[[], bool], within: float = 15.0) -> bool:
        """Whether it holds before the time is over."""
        give_up = time.monotonic() + within
        while not holds():
            if time.monotonic() > give_up:
                return False
            self.rest(0.05)
        return True

    def serve(self, address: str, file: str) -> None:
        """Let a saved layout stand at an address (without its query)."""
        self.served[address] = (PAGES / f"{file}.html").read_text()


@contextmanager
def chromium(profile: Path, **options: Any) -> Iterator[Browser]:
    """Chromium on a new profile, with the extension."""
    from playwright.sync_api import sync_playwright

    known = profile.exists()
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(profile),
            executable_path=shutil.which("chromium"),
            headless=True,
            args=[*_FLAGS, f"--disable-extensions-except={BUILT}", f"--load-extension={BUILT}"],
            ignore_default_args=["--disable-extensions"],
            **options,
        )
        try:
            workers = context.service_workers
            background = workers[0] if workers else context.wait_for_event("serviceworker")
            browser = Browser(context, background)
            if (
                not known
            ):  # newly installed, it opens its options, in whatever tab is empty: not in one of ours
                assert browser.until(lambda: any("options.html" in page.url for page in context.pages))
            context.route(lambda url: url.startswith("https://"), lambda route: _answer(browser, route))
            yield browser
        finally:
            context.close()


def _answer(browser: Browser, route: Any) -> None:
    body = browser.served.get(route.request.url.split("?")[0])
    if body is None:
        route.abort()
    else:
        route.fulfill(body=body, content_type="text/html; charset=utf-8")
