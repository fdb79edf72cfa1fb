"""What a person does with the extension: connects it, and comes to the sites."""

from __future__ import annotations

from typing import Any

from badges import Badges
from chromium import Browser
from online import READER, Online

ABS = "https://arxiv.org/abs/2401.10004"
LISTING = "https://arxiv.org/list/cs.LG/new"
DAILY = "https://huggingface.co/papers"
ARTICLE = "https://pubmed.ncbi.nlm.nih.gov/38170001/"
AT = {
    ABS: "arxiv_abs",
    LISTING: "arxiv_list",
    DAILY: "huggingface_daily",
    ARTICLE: "pubmed_article",
}


def connect(browser: Browser, online: Online, *sites: str) -> Any:
    """Connect it to the service under test and switch sites on; the options page is left open."""
    return connect_to(browser, online.address, online.service.key, *sites)


def connect_to(browser: Browser, address: str, key: str, *sites: str) -> Any:
    """What a person does on the options page, by mouse and keyboard; the page is left open."""
    options = browser.own("options.html")
    browser.allow(
        "http://127.0.0.1/*", "https://arxiv.org/*", "https://export.arxiv.org/*", "https://huggingface.co/*"
    )
    browser.allow("https://pubmed.ncbi.nlm.nih.gov/*")
    options.get_by_label("Address").fill(address)
    options.get_by_label("Key").fill(key)
    options.get_by_label("Reader").fill(READER)
    options.get_by_role("button", name="Connect").click()
    options.get_by_text("Connected.").wait_for()
    for site in sites:
        options.get_by_label(site, exact=True).check()
    if sites:
        registered = "() => chrome.scripting.getRegisteredContentScripts().then((scripts) => scripts.length)"
        assert browser.until(lambda: browser.background.evaluate(registered) == len(sites))
    return options


def badges_on(browser: Browser, page: Any, number: int) -> Badges:
    """The page's badges, once there are so many and each has its figure."""
    badges = Badges(page)
    assert browser.until(lambda: len(badges.figures()) == number and "…" not in badges.figures(), 30), (
        badges.text()
    )
    return badges


def shown_ids(page: Any) -> list[str]:
    """The listing's papers in the order in which they are shown."""
    ids = page.eval_on_selector_all("dt a[title=Abstract]", "links => links.map((link) => link.id)")
    return [str(id) for id in ids]
