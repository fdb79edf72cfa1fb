"""Hiding in real Chromium, with the real service: the question why, its answers, and what they change."""

from __future__ import annotations

from at_sites import ABS, DAILY, LISTING, badges_on, connect, shown_ids
from chromium import EXTENSION, Browser
from online import ON_LISTING, READER, Online

from recsys.events import Kind, Reason
from recsys.profile import standing_events

ANSWERS = {
    "Not my topic": Reason.TOPIC,
    "Not this author": Reason.AUTHOR,
    "Know it already": Reason.ALREADY_KNOW,
    "Too old": Reason.TOO_OLD,
    "Weak": Reason.LOW_QUALITY,
    "Not now": Reason.NOT_NOW,
}
HIDE = "arxiv:2401.10004"  # the paper of ABS
LIKED = "arxiv:2401.10001"  # of the same topic


def undone(online: Online) -> list[str]:
    """The events that are taken back."""
    return [event.undoes for event in online.events() if event.undoes is not None]


def in_force(online: Online) -> list[tuple[Kind, str | None, Reason | None]]:
    """What the record says as things stand: act, paper, reason."""
    return [(event.kind, event.item, event.reason) for event in standing_events(online.events())]


def best(online: Online) -> list[str]:
    """The reader's next list."""
    return online.service.ids(READER, exploration="off")


def test_a_reason_is_in_the_record_and_changes_the_next_list(browser: Browser, online: Online) -> None:
    connect(browser, online, "arXiv")
    online.service.send(READER, "like", LIKED)
    before = best(online)
    badges = badges_on(browser, browser.open(ABS), 1)
    badges.press("Hide")
    assert browser.until(lambda: badges.offered() == [*ANSWERS, "Less like this"])
    assert browser.until(lambda: online.kinds() == [Kind.LIKE, Kind.HIDE])  # it counts without an answer
    badges.choose("Not my topic")
    assert browser.until(lambda: len(online.events()) == 4)
    assert in_force(online) == [(Kind.LIKE, LIKED, None), (Kind.HIDE, HIDE, Reason.TOPIC)]
    plain = online.events()[1]
    assert (plain.kind, plain.item, plain.reason) == (Kind.HIDE, HIDE, None)
    assert undone(online) == [plain.id]  # the reason takes its place
    after = best(online)
    topics = {id: online.service.get(f"/v1/papers/{id}")["topics"][0] for id in {*before, *after}}
    assert topics[before[0]] == "cs.LG"
    assert "cs.LG" not in {topics[id] for id in after[:5]}  # the topic sinks below all others
    assert badges.offered() == []
    assert browser.until(lambda: badges.said("Hide") == ["Hidden: not my topic"] and not badges.busy())

    badges.press("Hide")  # once more takes back all of it
    assert browser.until(lambda: in_force(online) == [(Kind.LIKE, LIKED, None)])
    assert len(online.events()) == 5
    assert best(online) == before
    assert browser.until(lambda: badges.pressed("Hide") == [False])
    assert badges.offered() == []


def test_every_reason_is_one_that_the_service_takes(browser: Browser, online: Online) -> None:
    connect(browser, online, "arXiv")
    badges = badges_on(browser, browser.open(LISTING), 8)
    for place, answer in enumerate(ANSWERS):
        badges.press("Hide", place)
        badges.choose(answer)  # at once, before the hide itself may have arrived
    assert browser.until(lambda: len(online.events()) == 3 * len(ANSWERS))
    said = {item: (kind, reason) for kind, item, reason in in_force(online)}
    assert said == {
        f"arxiv:{id}": (Kind.HIDE, reason) for id, reason in zip(ON_LISTING, ANSWERS.values(), strict=False)
    }
    assert browser.until(lambda: not any(key.startswith(("queue:", "refused:")) for key in browser.stored()))


def test_less_like_this_is_a_dislike(browser: Browser, online: Online) -> None:
    connect(browser, online, "arXiv")
    online.service.send(READER, "like", LIKED)
    before = best(online)
    page = browser.open(LISTING)
    badges = badges_on(browser, page, 8)
    badges.press("Hide", 3)
    badges.choose("Less like this")
    assert browser.until(lambda: in_force(online) == [(Kind.LIKE, LIKED, None), (Kind.DISLIKE, HIDE, None)])
    assert best(online) != before
    assert HIDE not in best(online)
    assert browser.until(lambda: badges.said("Hide")[3] == "Less like this")
    page.reload()  # the server remembers
    badges = badges_on(browser, page, 8)
    assert badges.pressed("Hide") == [place == 3 for place in range(8)]
    badges.press("Hide", 3)
    assert browser.until(lambda: in_force(online) == [(Kind.LIKE, LIKED, None)])
    assert best(online) == before


def test_the_question_by_keyboard_moves_nothing_and_may_be_left_open(
    browser: Browser, online: Online
) -> None:
    connect(browser, online, "arXiv")
    page = browser.open(LISTING)
    badges = badges_on(browser, page, 8)
    places = "all => all.map((row) => JSON.stringify(row.getBoundingClientRect()))"
    before = page.eval_on_selector_all("dd, dt", places)
    page.evaluate(
        "window.escapes = 0; addEventListener('keydown', (event) => escapes += event.key === 'Escape')"
    )
    page.locator("dt a[title=Abstract]").nth(1).focus()
    while badges.focused() != "Hide":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert browser.until(lambda: badges.focused() == "Not my topic")
    assert page.eval_on_selector_all("dd, dt", places) == before
    for answer in [*list(ANSWERS)[1:], "Less like this"]:
        page.keyboard.press("Tab")
        assert badges.focused() == answer
    page.keyboard.press("Escape")
    assert browser.until(lambda: badges.offered() == [])
    assert browser.until(lambda: badges.focused() == "Hidden")
    assert page.evaluate("escapes") == 0  # the page's own shortcuts don't hear it
    assert browser.until(lambda: online.kinds() == [Kind.HIDE])
    page.keyboard.press("Enter")
    assert browser.until(lambda: online.kinds() == [Kind.HIDE, Kind.UNDO])
    page.keyboard.press("Enter")
    assert browser.until(lambda: badges.focused() == "Not my topic")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert browser.until(lambda: [reason for *_, reason in in_force(online)] == [Reason.AUTHOR])
    assert browser.until(lambda: badges.focused() == "Hidden: not this author")


def test_a_sorted_list_waits_for_the_answer(browser: Browser, online: Online) -> None:
    connect(browser, online, "arXiv")
    online.service.send(READER, "like", "arxiv:2401.10003")
    page = browser.open(LISTING)
    badges = badges_on(browser, page, 8)
    badges.sort()
    order = shown_ids(page)
    asked = online.asked.count("/v1/scores")
    badges.press("Hide", 0)
    assert browser.until(lambda: online.asked.count("/v1/scores") > asked)
    browser.rest(0.5)
    assert shown_ids(page) == order
    assert badges.offered() == [*ANSWERS, "Less like this"]
    page.keyboard.press("Escape")
    assert browser.until(lambda: shown_ids(page).index(order[0]) >= 6)  # but for the unscored
    assert browser.until(lambda: badges.focused() == "Hidden")  # it went with its row
    badges.sort()


def test_the_card_stays_in_the_window_and_takes_the_page_s_theme(browser: Browser, online: Online) -> None:
    connect(browser, online, "Hugging Face papers")
    page = browser.open(DAILY)
    badges = badges_on(browser, page, 4)
    for width in (1000, 320):
        page.set_viewport_size({"width": width, "height": 640})
        for place in range(4):
            badges.press("Hide", place)
            assert browser.until(lambda: len(badges.offered()) == 7)
            corners = badges.offer()
            assert min(corners[::2]) >= 0
            assert max(corners[::2]) <= width
            assert min(corners[1::2]) >= 0
            assert max(corners[1::2]) <= 640
            page.keyboard.press("Escape")
            assert browser.until(lambda: not badges.busy())
            badges.press("Hide", place)
            assert browser.until(lambda: not badges.busy())


def test_a_reason_given_offline_arrives_later(browser: Browser, online: Online) -> None:
    options = connect(browser, online, "arXiv")
    badges = badges_on(browser, browser.open(ABS), 1)
    online.end()
    badges.press("Hide")
    badges.choose("Too old")
    assert browser.until(lambda: len([key for key in browser.stored() if key.startswith("queue:")]) == 3)
    assert browser.until(lambda: badges.said("Hide") == ["Hidden: too old"])
    online.begin()
    options.bring_to_front()
    options.get_by_role("button", name="Send now").click()
    options.get_by_text("Everything has been sent").wait_for()
    assert in_force(online) == [(Kind.HIDE, HIDE, Reason.TOO_OLD)]
    assert len(online.events()) == 3


def test_the_popup_asks_too(browser: Browser, online: Online) -> None:
    connect(browser, online)
    popup = browser.own("popup.html")
    popup.locator("#list li").nth(9).wait_for()
    rows = popup.locator("#list li")
    rows.nth(1).get_by_role("button", name="Hide", exact=True).click()
    question = popup.get_by_role("dialog")
    question.wait_for()
    axe = (EXTENSION / "node_modules" / "axe-core" / "axe.min.js").read_text()
    popup.evaluate(axe)
    for scheme in ("light", "dark"):
        popup.emulate_media(color_scheme=scheme)
        found = popup.evaluate("() => axe.run().then((result) => result.violations)")
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
    question.get_by_role("button", name="Weak").click()
    assert browser.until(lambda: len(online.events()) == 3)
    [hide] = standing_events(online.events())
    assert (hide.kind, hide.reason, hide.position) == (Kind.HIDE, Reason.LOW_QUALITY, 1)
    shown = {(event.item, event.slate) for event in online.events() if event.kind is Kind.HIDE}
    assert shown == {(hide.item, hide.slate)}
    assert hide.slate is not None
    assert hide.item not in online.service.ids(READER, limit=100, repeat=True)
    rows.nth(1).get_by_text("Hidden: weak").wait_for()

    rows.nth(1).get_by_role("button", name="Hidden").click()
    assert browser.until(lambda: in_force(online) == [])
    assert hide.item in online.service.ids(READER, limit=100, repeat=True)
    rows.nth(1).get_by_role("button", name="Hide", exact=True).click()
    popup.keyboard.press("Escape")
    question.wait_for(state="hidden")
    assert not popup.is_closed()
