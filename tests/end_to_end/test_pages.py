"""The pages in real Chromium: by keyboard, by thumb, in the dark, without a script, and as axe sees them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from installation import Installation
from online import READER, Online
from service_under_test import eventually
from surfing import Surfer, axe_ready, required, surfing

from recsys.events import Kind
from recsys.store import Role

VIEWS = [
    "/?skip=1",
    "/start",
    "/search?q=attention",
    "/trending",
    "/library",
    "/library?show=liked",
    "/paper?id=arxiv:1706.03762",
    "/about-me",
    "/about-me/delete",
    "/feeds",
    "/keys",
]


@pytest.fixture(scope="module", autouse=True)
def chromium_there() -> None:
    required()


@pytest.fixture
def surfer(online: Online) -> Iterator[Surfer]:
    with surfing() as surfer:
        sign_in(surfer, online)
        yield surfer
        assert surfer.complaints == []


def sign_in(surfer: Surfer, online: Online, role: Role = Role.READER) -> None:
    _, token = online.service.store.invites.create(READER, role)
    surfer.page.goto(f"{online.address}/sign-in/{token}")
    surfer.page.get_by_role("button", name=f"Sign in as {READER}").click()
    surfer.page.get_by_role("heading", level=1).wait_for()


def acted(surfer: Surfer, said: str) -> None:
    """Wait until the page tells of an act."""
    surfer.page.locator(".told", has_text=said).wait_for()
    surfer.until("!document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')")


def test_a_newcomer_by_the_printed_link_and_the_keyboard(first_start: Installation) -> None:
    """From what `make run` prints to a like that visibly changes the list: no word of documentation."""
    assert first_start.link, first_start.output
    with surfing() as surfer:
        page = surfer.page
        page.goto(first_start.link)
        surfer.until("document.activeElement.tagName == 'BUTTON'")
        surfer.press("Enter")
        page.get_by_role("heading", name="Two minutes, and the list is yours").wait_for()
        before = surfer.titles(".preview a")
        surfer.press("j", "l")
        acted(surfer, "Liked")
        assert surfer.titles(".preview a") != before
        assert page.locator(".preview .new").count() >= 3
        page.get_by_role("link", name="Show my whole list").click()
        page.locator(".card h2").first.wait_for()
        before = surfer.titles()
        surfer.press("j", "j", "l")
        acted(surfer, "Liked")
        assert surfer.titles() != before
        assert page.locator(".card.new").count() >= 1
        assert surfer.complaints == []
    profile = first_start.call("GET", "/v1/users/me/profile").json()
    assert profile["likes"] == 2
    page_again = first_start.call("GET", first_start.link.partition(str(first_start.port))[2])
    assert page_again.status_code == 410


def test_the_keyboard_does_it_all(surfer: Surfer, online: Online) -> None:
    page = surfer.page
    page.goto(f"{online.address}/?skip=1")
    page.evaluate("window.unbroken = true")
    titles = surfer.titles()
    surfer.press("j")
    assert surfer.at() == titles[0]
    surfer.press("j", "j", "k")
    assert surfer.at() == titles[1]
    surfer.press("l")
    acted(surfer, "Liked")
    assert online.kinds() == [Kind.LIKE]
    assert titles[1] not in surfer.titles()
    assert page.locator(".card.new").count() >= 3
    assert surfer.at() == surfer.titles()[1]  # one goes on where one was
    assert "Liked" in page.locator("#status").inner_text()  # and those who don't see hear it
    surfer.press("u")
    acted(surfer, "Taken back")
    assert online.kinds() == [Kind.LIKE, Kind.UNDO]
    surfer.press("s")
    acted(surfer, "Saved")
    surfer.press("h", "Escape", "h", "Tab", "Enter")  # the menu, away, the menu again, the second reason
    acted(surfer, "Hidden")
    assert [event.kind for event in online.events()][2:] == [Kind.SAVE, Kind.HIDE]
    assert online.events()[3].reason == "topic"
    surfer.press("?")
    assert page.get_by_role("dialog", name="Keyboard").is_visible()
    surfer.press("j", "Escape")
    assert page.get_by_role("dialog").count() == 0
    assert page.evaluate("window.unbroken")  # all in place: the page was never left
    surfer.press("/")
    page.wait_for_url("**/search")
    surfer.until("document.activeElement.id == 'q'")  # autofocus comes with the first frame
    surfer.press(*"jl")  # typed, not obeyed
    assert page.locator("#q").input_value() == "jl"


def test_more_papers_come_in_place_and_an_act_renews_its_page_only(surfer: Surfer, online: Online) -> None:
    page = surfer.page
    page.goto(f"{online.address}/?skip=1")
    first = surfer.titles()
    page.get_by_role("link", name="More papers").click()
    surfer.until("document.querySelectorAll('.card').length == 20")
    assert surfer.titles()[:10] == first
    page.locator(".card").nth(13).get_by_role("button", name="Like").click()
    acted(surfer, "Liked")
    assert surfer.titles()[:10] == first
    [like] = online.events()
    assert like.position == 13
    assert len(set(surfer.titles())) == 20


def test_opening_and_reading_are_recorded(surfer: Surfer, online: Online) -> None:
    page = surfer.page
    page.goto(f"{online.address}/?skip=1")
    opened = surfer.titles()[1]
    page.wait_for_timeout(1500)  # the first cards are in sight for more than a second
    surfer.press("j", "j", "o")
    page.get_by_role("heading", name=opened, level=1).wait_for()
    page.wait_for_timeout(2500)
    page.goto(f"{online.address}/library?show=read")
    assert eventually(lambda: {Kind.IMPRESSION, Kind.CLICK, Kind.READ} == set(online.kinds()))
    events = {event.kind: event for event in online.events()}
    assert events[Kind.CLICK].position == 1
    assert events[Kind.READ].item == events[Kind.CLICK].item
    assert 1 <= (events[Kind.READ].seconds or 0) < 60
    assert events[Kind.READ].slate == events[Kind.CLICK].slate
    seen = [event for event in online.events() if event.kind is Kind.IMPRESSION]
    assert {event.slate for event in seen} == {events[Kind.CLICK].slate}
    assert sorted(event.position or 0 for event in seen) == list(range(len(seen)))
    assert len(seen) < 10  # not what is below the fold
    page.reload()
    assert surfer.titles() == [opened]


def test_settings_change_as_they_are_moved(surfer: Surfer, online: Online) -> None:
    page = surfer.page
    page.goto(f"{online.address}/about-me")
    page.get_by_label("Breadth").focus()
    surfer.press("ArrowRight")
    acted(surfer, "breadth")
    [change] = online.events()
    assert (change.setting, change.value) == ("breadth", 1.25)
    assert page.evaluate("document.activeElement.id") == "set-breadth"
    page.get_by_role("switch", name="Pause personalisation").check()
    acted(surfer, "paused")
    assert page.get_by_text("Personalisation is paused: all this is kept").is_visible()
    page.get_by_role("button", name="Undo").click()
    acted(surfer, "Taken back")
    assert not page.get_by_role("switch", name="Pause personalisation").is_checked()


def test_what_goes_wrong_is_said_in_place(online: Online) -> None:
    with surfing() as surfer:
        sign_in(surfer, online)
        page = surfer.page
        page.goto(f"{online.address}/?skip=1")
        online.end()
        surfer.press("j", "l")
        page.get_by_text("The service can’t be reached: nothing was recorded").wait_for()
        online.begin()
        page.locator("input[name=item]").first.evaluate("input => input.value = 'nothing'")
        surfer.press("l")
        page.get_by_role("alert").get_by_text("no paper is known").wait_for()
        assert len(surfer.titles()) == 10
        online.service.store.sessions.end_all(READER)
        surfer.press("j", "l")
        page.get_by_role("heading", name="Sign in with a link").wait_for()
        assert online.events() == []


def test_without_scripts_it_reads_and_works(online: Online) -> None:
    with surfing(java_script_enabled=False) as surfer:
        sign_in(surfer, online)
        page = surfer.page
        page.goto(f"{online.address}/?skip=1")
        title = surfer.titles()[2]
        page.locator(".card").nth(2).get_by_role("button", name="Like").click()
        page.locator(".told", has_text="Liked").wait_for()
        assert title not in surfer.titles()
        page.get_by_role("button", name="Undo").click()
        page.locator(".told", has_text="Taken back").wait_for()
        page.locator(".card").first.locator("summary").click()
        page.get_by_role("button", name="Too old").first.click()
        page.locator(".told", has_text="Hidden").wait_for()
        assert online.kinds() == [Kind.LIKE, Kind.UNDO, Kind.HIDE]
        page.get_by_role("link", name="Keyboard").click()
        page.get_by_role("heading", name="Keyboard").wait_for()


@pytest.mark.parametrize("look", ["light, on a desktop", "dark, on a phone"])
def test_every_page_is_clean_by_axe_and_never_too_wide(online: Online, look: str) -> None:
    axe_ready()
    for n in range(0, 30, 3):
        online.service.send(READER, "like", f"p{n:02}")
    online.service.client.patch(
        f"/v1/users/{READER}/profile",
        json={"follow": [{"text": "attention"}], "mute": [{"author": "N. N."}], "settings": {"breadth": 2}},
    )
    online.service.client.post(f"/v1/users/{READER}/feeds", json={"name": "phone"})
    online.service.client.post(f"/v1/users/{READER}/searches", json={"query": "reward models " * 20})
    options: dict[str, Any] = {"color_scheme": look.partition(",")[0]}
    if "phone" in look:
        options |= {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    with surfing(**options) as surfer:
        surfer.page.goto(f"{online.address}/sign-in")
        assert surfer.faults() == []
        sign_in(surfer, online, Role.ADMIN)
        for path in VIEWS:
            surfer.page.goto(online.address + path)
            assert surfer.faults() == [], path
            assert surfer.too_wide() <= 0, path
        surfer.page.goto(f"{online.address}/?skip=1")
        surfer.page.locator(".card").first.get_by_role("button", name="Like").click()
        acted(surfer, "Liked")
        surfer.page.locator("summary").first.click()
        assert surfer.faults() == []
        assert surfer.too_wide() <= 0
        surfer.page.goto(f"{online.address}/nowhere")
        assert surfer.faults() == []


def test_the_switch_overrules_the_system(online: Online) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    with surfing(color_scheme="light") as surfer:
        sign_in(surfer, online)
        light = surfer.page.evaluate(ground)
        surfer.page.get_by_role("button", name="Dark").click()
        surfer.page.wait_for_load_state()
        dark = surfer.page.evaluate(ground)
        assert dark != light
        surfer.page.emulate_media(color_scheme="dark")
        surfer.page.get_by_role("button", name="Light").click()
        surfer.page.wait_for_load_state()
        assert surfer.page.evaluate(ground) == light
        surfer.page.get_by_role("button", name="Auto").click()
        surfer.page.wait_for_load_state()
        assert surfer.page.evaluate(ground) == dark
