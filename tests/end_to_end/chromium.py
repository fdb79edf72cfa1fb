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


class Badges:
    """The extension's badges on a page. Their shadow roots are closed to scripts, so the debugger looks."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self._debugger = page.context.new_cdp_session(page)

    def labels(self) -> list[str]:
        """What each badge's figure says, in the page's order."""
        return [self._attributes(node).get("aria-label", "") for node in self._found("score", "BUTTON")]

    def figures(self) -> list[str]:
        """The figures, in the page's order."""
        return [self._text(node) for node in self._found("figure")]

    def text(self) -> str:
        """All text of all badges."""
        return " ".join(self._text(node) for node in self._hosts())

    def pressed(self, name: str) -> list[bool]:
        """Whether each badge's button of this name is pressed."""
        return [self._attributes(node)["aria-pressed"] == "true" for node in self._named(name)]

    def press(self, name: str, place: int = 0) -> None:
        """Click a button (Save, Like, Hide) of the badge at a place, with the mouse, as a person would."""
        self._click(self._named(name)[place])

    def busy(self) -> bool:
        """Whether the extension is still at what was pressed."""
        return any(self._attributes(node).get("aria-busy") == "true" for node in self._found("badge"))

    def open_card(self, place: int = 0) -> str:
        """Click a badge's figure; what the card says."""
        self._click(self._found("score", "BUTTON")[place])
        return self._text(self._found("card")[place])

    def sort(self) -> None:
        """Press the switch above the list."""
        [button] = [node for node in self._found("score", "BUTTON", "list")]
        self._click(button)

    def _named(self, name: str) -> list[dict[str, Any]]:
        return [node for node in self._found("mark") if self._attributes(node)["aria-label"] == name]

    def _click(self, node: dict[str, Any]) -> None:
        backend = {"backendNodeId": node["backendNodeId"]}
        self._debugger.send("DOM.scrollIntoViewIfNeeded", backend)
        corners = self._debugger.send("DOM.getBoxModel", backend)["model"]["border"]
        self._page.mouse.click((corners[0] + corners[4]) / 2, (corners[1] + corners[5]) / 2)

    def _found(self, name: str, tag: str | None = None, host: str = "badge") -> list[dict[str, Any]]:
        return [
            node
            for shadow in self._hosts(host)
            for node in _below(shadow)
            if name in self._attributes(node).get("class", "").split() and tag in (None, node["nodeName"])
        ]

    def _hosts(self, kind: str = "badge") -> list[dict[str, Any]]:
        root = self._debugger.send("DOM.getDocument", {"depth": -1, "pierce": True})["root"]
        return [node for node in _below(root) if self._attributes(node).get("data-recsys") == kind]

    @staticmethod
    def _attributes(node: dict[str, Any]) -> dict[str, str]:
        flat = node.get("attributes", [])
        return dict(zip(flat[::2], flat[1::2], strict=True))

    @staticmethod
    def _text(node: dict[str, Any]) -> str:
        inner = [part for part in _below(node, leaving_out="STYLE") if part["nodeName"] == "#text"]
        return " ".join(part["nodeValue"].strip() for part in inner).strip()


def _below(node: dict[str, Any], leaving_out: str = "") -> Iterator[dict[str, Any]]:
    yield node
    for child in [*node.get("shadowRoots", []), *node.get("children", [])]:
        if child["nodeName"] != leaving_out:
            yield from _below(child, leaving_out)
