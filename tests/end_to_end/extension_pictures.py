"""Take the pictures of the extension that README and docs/extension.md show, in docs/: run it as a script.

Chromium is real, the service an installation with the demo's papers, and the sites are our own saved layouts.

    PYTHONPATH=.:tests python tests/end_to_end/extension_pictures.py
"""

from __future__ import annotations

import base64
import tempfile
from pathlib import Path
from typing import Any
from uuid import uuid4

from at_sites import ABS, AT, DAILY, badges_on, connect_to
from chromium import Browser, chromium, npm
from installation import Installation
from online import READER, listed_papers

DOCS = Path(__file__).parents[2] / "docs"
SAVED, LIKED = "arxiv:2401.10001", "arxiv:2401.10007"


def main() -> None:
    """All pictures, anew."""
    npm("run", "build")
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder) / "var")
        installation.start()
        try:
            prepare(installation)
            window = {"width": 900, "height": 760}
            with chromium(Path(folder) / "profile", viewport=window) as browser:
                for address, file in AT.items():
                    browser.serve(address, file)
                address = f"http://127.0.0.1:{installation.port}"
                options = connect_to(
                    browser, address, installation.key, "arXiv", "Hugging Face papers", "PubMed"
                )
                take_all(browser, options)
        finally:
            installation.stop()


def prepare(installation: Installation) -> None:
    """The papers of the saved layouts, trained with the demo's; and a reader who has begun."""
    papers = [paper.model_dump(mode="json", exclude_defaults=True) for paper in listed_papers()]
    assert installation.call("POST", "/v1/papers", json={"papers": papers}).is_success
    fields = sorted({paper["topics"][0] for paper in papers})
    for number in range(30):  # others, each of one field, so that training has something to learn
        for paper in papers:
            if paper["topics"][0] == fields[number % len(fields)]:
                say(installation, f"simulated-{number}", "save", f"arxiv:{paper['arxiv']}")
    say(installation, READER, "save", SAVED)
    say(installation, READER, "like", LIKED)
    done = installation.run("train", "--force")
    assert done.returncode == 0, done.stderr


def say(installation: Installation, user: str, kind: str, item: str) -> None:
    """One event."""
    installation.send({"id": uuid4().hex, "user": user, "kind": kind, "item": item})


def take_all(browser: Browser, options: Any) -> None:
    """One after the other; what is hidden for a picture is taken back."""
    options.set_viewport_size({"width": 760, "height": 1285})
    options.mouse.click(5, 5)
    options.evaluate("scrollTo(0, 0)")
    options.screenshot(path=DOCS / "extension-options.png")
    abstract = browser.open(ABS)
    badges_on(browser, abstract, 1).open_card()
    abstract.screenshot(path=DOCS / "extension-abs.png", clip=part(0, 376))
    abstract.close()
    daily = browser.open(DAILY)
    badges = badges_on(browser, daily, 4)
    badges.sort()
    badges.press("Hide", 2)
    assert browser.until(lambda: not badges.busy() and len(badges.offered()) == 7)
    daily.mouse.move(880, 20)
    browser.rest(1)
    daily.screenshot(path=DOCS / "extension-listing-dark.png", clip=part(0, 730))
    daily.keyboard.press("Escape")
    daily.keyboard.press("Enter")
    assert browser.until(lambda: not any(badges.pressed("Hide")))
    daily.close()
    take_popup(browser)


def take_popup(browser: Browser) -> None:
    """Light and dark, side by side; the question is asked in one of them."""
    halves = []
    popup = browser.own("popup.html")
    popup.set_viewport_size({"width": 400, "height": 600})
    for scheme in ("light", "dark"):
        popup.emulate_media(color_scheme=scheme)
        popup.reload()
        popup.locator("#list li").nth(9).wait_for()
        if scheme == "light":
            popup.get_by_role("button", name="Like", exact=True).nth(1).click()
        else:
            popup.get_by_role("button", name="Hide", exact=True).nth(1).click()
            popup.get_by_role("dialog").wait_for()
        popup.mouse.move(200, 20)
        browser.rest(1)
        halves.append(base64.b64encode(popup.screenshot()).decode())
    images = "".join(f'<img src="data:image/png;base64,{half}" style="display:block">' for half in halves)
    sheet = browser.open("about:blank")
    sheet.set_viewport_size({"width": 800, "height": 600})
    sheet.set_content(f'<body style="margin:0;display:flex">{images}')
    sheet.screenshot(path=DOCS / "extension-popup.png")


def part(top: int, bottom: int) -> dict[str, int]:
    """Of the window, between two heights."""
    return {"x": 0, "y": top, "width": 900, "height": bottom - top}


if __name__ == "__main__":
    main()
