"""The browser extension in real Chromium, on pages laid out as the real sites, with the real service."""

from __future__ import annotations

import time
from pathlib import Path

from at_sites import ABS, ARTICLE, LISTING, badges_on, connect, shown_ids
from badges import Badges
from chromium import EXTENSION, Browser, chromium
from online import ON_LISTING, READER, Online

from recsys.events import Kind


def test_a_like_in_the_page_is_in_the_record_and_changes_the_next_list(
    browser: Browser, online: Online
) -> None:
    connect(browser, online, "arXiv")
    before = online.service.ids(READER, exploration="off")
    page = browser.open(ABS)
    badges = badges_on(browser, page, 1)
    badges.press("Like")
    assert browser.until(lambda: online.kinds() == [Kind.LIKE])
    [like] = online.events()
    assert like.item == "arxiv:2401.10004"
    after = online.service.ids(READER, exploration="off")
    assert after != before
    topics = [online.service.get(f"/v1/papers/{id}")["topics"][0] for id in after[:5]]
    assert topics.count("cs.LG") >= 4
    assert browser.until(lambda: not badges.busy())
    assert badges.pressed("Like") == [True]

    badges.press("Like")  # once more takes it back
    assert browser.until(lambda: online.kinds() == [Kind.LIKE, Kind.UNDO])
    assert online.service.ids(READER, exploration="off") == before
    assert browser.until(lambda: badges.pressed("Like") == [False])


def test_a_listing_is_badged_and_sorted_and_put_back(browser: Browser, online: Online) -> None:
    connect(browser, online, "arXiv")
    online.service.send(READER, "like", "arxiv:2401.10003")  # genomics
    page = browser.open(LISTING)
    badges = badges_on(browser, page, 8)
    assert all(figure.isdigit() for figure in badges.figures())
    badges.sort()
    by_figure = dict(zip(shown_ids(page), badges.figures(), strict=True))
    assert shown_ids(page) == sorted(by_figure, key=lambda id: -int(by_figure[id]))
    assert shown_ids(page) != ON_LISTING
    assert page.eval_on_selector_all(
        "dl > dt", "all => all.every((dt) => dt.nextElementSibling.tagName == 'DD')"
    )
    badges.sort()
    assert shown_ids(page) == ON_LISTING
    assert "2401.10003" in badges.open_card(2) or "Like" in badges.open_card(5)


def test_an_unknown_paper_is_sent_with_title_and_abstract(browser: Browser, online: Online) -> None:
    connect(browser, online, "arXiv")
    online.service.send(READER, "like", "arxiv:2401.10002")  # astronomy
    badges = badges_on(browser, browser.open(LISTING), 8)
    assert int(badges.figures()[7]) > 50  # scored by its text alone, and that is said
    assert "text only" in badges.open_card(7)
    assert browser.until(lambda: online.service.store.papers.get("arxiv:2401.10008") is not None)
    added = online.service.store.papers.get("arxiv:2401.10008")
    assert added.title == "Young Galaxies Seen by a Small Telescope"
    assert added.abstract.startswith("The luminosity of a young galaxy")
    assert added.authors == ("Jonas Weber", "Amina Farouk")


def test_hiding_dims_the_row_and_saving_can_be_undone(browser: Browser, online: Online) -> None:
    connect(browser, online, "arXiv")
    page = browser.open(LISTING)
    badges = badges_on(browser, page, 8)
    badges.press("Hide", 4)
    assert browser.until(lambda: online.kinds() == [Kind.HIDE])
    opacities = "all => all.map((dd) => dd.style.opacity)"
    assert browser.until(lambda: page.eval_on_selector_all("dd", opacities)[4] != "")
    assert "arxiv:2401.10005" not in online.service.ids(READER, limit=100, repeat=True)
    badges.press("Save", 0)
    assert browser.until(lambda: online.kinds() == [Kind.HIDE, Kind.SAVE] and not badges.busy())
    badges.press("Save", 0)
    assert browser.until(lambda: online.kinds() == [Kind.HIDE, Kind.SAVE, Kind.UNSAVE])


def test_time_spent_reading_is_a_read_event(browser: Browser, online: Online) -> None:
    connect(browser, online, "arXiv")
    page = browser.open(ABS)
    badges_on(browser, page, 1)
    page.bring_to_front()
    began = time.monotonic()
    for _ in range(7):
        page.mouse.wheel(0, 20)
        browser.rest(1)
    page.goto("about:blank")
    left = time.monotonic()
    assert browser.until(lambda: online.kinds() == [Kind.READ])
    [read] = online.events()
    assert read.item == "arxiv:2401.10004"
    assert 1 <= (read.seconds or 0) <= left - began + 5  # it may have begun while the badge was waited for
    listing = browser.open(LISTING)  # a listing isn't read
    badges_on(browser, listing, 8)
    listing.mouse.wheel(0, 20)
    browser.rest(2)
    listing.goto("about:blank")
    browser.rest(1)
    assert online.kinds() == [Kind.READ]


def test_what_is_marked_offline_arrives_when_the_server_is_back(browser: Browser, online: Online) -> None:
    options = connect(browser, online, "arXiv")
    online.end()
    page = browser.open(LISTING)
    badges = badges_on(browser, page, 8)
    assert badges.figures() == ["–"] * 8
    for place in range(3):
        badges.press("Like", place)
        assert browser.until(lambda place=place: badges.pressed("Like")[place])
    queued = [key for key in browser.stored() if key.startswith("queue:")]
    assert len(queued) == 3
    options.get_by_text("3 entries waiting").wait_for()
    online.begin()
    assert browser.background.evaluate("() => chrome.alarms.get('tend')") is not None
    browser.background.evaluate(
        "() => chrome.alarms.create('tend', {when: Date.now()})"
    )  # its minute is over
    options.get_by_text("Everything has been sent").wait_for()
    assert online.kinds() == [Kind.LIKE] * 3
    assert {f"queue:{event.id}" for event in online.events()} == set(queued)


def test_what_waits_outlives_the_browser(built: None, online: Online, tmp_path: Path) -> None:
    with chromium(tmp_path / "profile") as browser:
        browser.serve(ABS, "arxiv_abs")
        connect(browser, online, "arXiv")
        online.end()
        badges = badges_on(browser, browser.open(ABS), 1)
        badges.press("Save")
        assert browser.until(lambda: any(key.startswith("queue:") for key in browser.stored()))
    online.begin()
    with chromium(tmp_path / "profile") as again:
        assert again.until(lambda: online.kinds() == [Kind.SAVE])
        assert again.until(lambda: not any(key.startswith("queue:") for key in again.stored()))


def test_paused_nothing_is_shown_asked_or_sent(browser: Browser, online: Online) -> None:
    options = connect(browser, online, "arXiv")
    options.get_by_label("Pause everything").check()
    online.asked.clear()
    page = browser.open(ABS)
    page.bring_to_front()
    page.mouse.wheel(0, 20)
    browser.rest(3)
    assert Badges(page).labels() == []
    page.goto("about:blank")
    browser.rest(1)
    assert online.asked == []
    assert not [key for key in browser.stored() if key.startswith(("queue:", "visit:"))]
    options.get_by_label("Pause everything").uncheck()
    badges_on(browser, browser.open(ABS), 1)


def test_sites_run_only_while_they_are_allowed(browser: Browser, online: Online) -> None:
    options = connect(browser, online)
    page = browser.open(ABS)
    browser.rest(1)
    assert Badges(page).labels() == []
    options.bring_to_front()
    options.get_by_label("arXiv", exact=True).check()
    badges_on(browser, page, 1)  # also in the page that is open already
    options.get_by_label("arXiv", exact=True).uncheck()
    allowed = "() => chrome.permissions.contains({origins: ['https://arxiv.org/*']})"
    assert browser.until(lambda: not browser.background.evaluate(allowed))
    fresh = browser.open(ABS)
    browser.rest(1)
    assert Badges(fresh).labels() == []


def test_the_page_can_neither_see_the_key_nor_press_the_buttons(browser: Browser, online: Online) -> None:
    connect(browser, online, "PubMed")
    page = browser.open(ARTICLE)  # its policy forbids styles and scripts
    badges = badges_on(browser, page, 1)
    assert page.evaluate("document.querySelector('[data-recsys]').shadowRoot") is None
    assert page.evaluate("typeof chrome === 'undefined' || !chrome.storage")
    page.evaluate("document.querySelector('[data-recsys]').click()")
    assert badges.pressed("Like") == [False]
    assert online.kinds() == []
    assert online.service.key not in page.content()
    badges.press("Save")
    assert browser.until(lambda: online.kinds() == [Kind.SAVE])
    assert online.events()[0].item == "pmid:38170001"
    assert online.service.get("/v1/papers/doi:10.1000/sleep.2024.5")["abstract"].startswith(
        "Background: Nurses"
    )


def test_the_popup_shows_today_s_list_and_marks_it(browser: Browser, online: Online) -> None:
    connect(browser, online)
    popup = browser.own("popup.html")
    popup.locator("#list li").nth(9).wait_for()
    saved = popup.locator("#list .title").first.inner_text()
    popup.locator("#list li").first.get_by_role("button", name="Save").click()
    assert browser.until(lambda: online.kinds() == [Kind.SAVE])
    [save] = online.events()
    assert online.service.get(f"/v1/papers/{save.item}")["title"] == saved
    assert save.position == 0
    assert browser.until(lambda: online.service.store.slates.get(save.slate or "") is not None)
    popup.reload()
    popup.locator("#list li").nth(9).wait_for()
    assert saved not in popup.locator("#list .title").all_inner_texts()


def test_what_is_wrong_with_the_connection_is_said(browser: Browser, online: Online) -> None:
    options = connect(browser, online)
    options.get_by_label("Key").fill("rk_00000000_wrong")
    options.get_by_role("button", name="Connect").click()
    options.get_by_text("unknown or revoked").wait_for()
    online.end()
    options.get_by_role("button", name="Connect").click()
    options.get_by_text("can't be reached").wait_for()
    online.begin()


def test_its_own_pages_are_accessible(browser: Browser, online: Online) -> None:
    options = connect(browser, online)
    popup = browser.own("popup.html")
    popup.locator("#list li").nth(9).wait_for()
    axe = (EXTENSION / "node_modules" / "axe-core" / "axe.min.js").read_text()
    for page in (options, popup):
        page.evaluate(axe)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found = page.evaluate("() => axe.run().then((result) => result.violations)")
            assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
