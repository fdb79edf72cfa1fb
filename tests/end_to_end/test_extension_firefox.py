"""The same extension in real Firefox, by keyboard alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from chromium import npm, require
from firefox import ENTER, TAB, firefox
from online import a_home, on_a_port
from service_under_test import eventually

from recsys.events import Kind, Reason
from recsys.profile import standing_events

ABS = "https://arxiv.org/abs/2401.10004"


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    """The extension, built from source."""
    require("node", "npm", "firefox-esr")
    npm("run", "build")


def test_a_like_and_a_hide_with_its_reason_by_keyboard_are_in_the_record(tmp_path: Path) -> None:
    with (
        on_a_port(a_home(tmp_path / "template"), tmp_path / "home") as online,
        firefox(tmp_path / "p") as browser,
    ):
        browser.served[ABS] = "arxiv_abs"
        assert eventually(
            lambda: any(address.endswith("/options.html") for address in browser.tabs().values())
        )
        [options] = [tab for tab, address in browser.tabs().items() if address.endswith("/options.html")]
        assert browser.until(options, "document.querySelectorAll('#sites input').length === 6")
        for id, value in [("server", online.address), ("key", online.service.key), ("user", "browser")]:
            browser.evaluate(options, f"document.getElementById('{id}').value = {json.dumps(value)}")
        browser.evaluate(options, "document.querySelector('#server-form button').focus()")
        browser.keys(options, ENTER)
        assert browser.until(
            options, "document.getElementById('connection').textContent.includes('Connected')"
        )
        browser.evaluate(options, "document.getElementById('site-arxiv').focus()")
        browser.keys(options, " ")
        registered = "chrome.scripting.getRegisteredContentScripts().then((scripts) => scripts.length)"
        assert browser.until(options, registered)

        page = browser.open(ABS)
        assert browser.until(page, "document.querySelector('[data-recsys]') !== null")
        assert eventually(lambda: "/v1/scores" in online.asked)
        browser.evaluate(page, "document.querySelector('.dateline a').focus()")
        browser.keys(page, TAB, TAB, TAB, ENTER)  # the figure, Save, Like
        assert eventually(lambda: online.kinds() == [Kind.LIKE])
        assert online.events()[0].item == "arxiv:2401.10004"

        browser.keys(page, TAB, ENTER)  # Hide; the question has the focus
        assert eventually(lambda: online.kinds() == [Kind.LIKE, Kind.HIDE])
        browser.keys(page, TAB, TAB, TAB, ENTER)  # the fourth answer
        assert eventually(lambda: len(online.events()) == 4)
        standing = [(event.kind, event.reason) for event in standing_events(online.events())]
        assert standing == [(Kind.LIKE, None), (Kind.HIDE, Reason.TOO_OLD)]
        browser.keys(page, ENTER)  # the focus is on Hide again, which takes it back
        assert eventually(lambda: [event.kind for event in standing_events(online.events())] == [Kind.LIKE])
