"""The pages without a script: what is done there is in the record, and in the very next list."""

from __future__ import annotations

import re

import pytest
from browsing import Browser
from service_under_test import ATTENTION, Service, eventually

from recsys.events import Kind
from recsys.papers import PaperRecord
from recsys.store import Scope


def kinds(service: Service, user: str) -> list[str]:
    return [event.kind.value for event in service.store.events.of_user(user)]


def test_a_newcomer_is_led_to_the_start_and_each_pick_changes_the_list(shared: Service) -> None:
    browser = Browser(shared, "newcomer")
    assert browser.address == "/start"
    picks = browser.papers()
    assert len(picks) == 6
    before = re.findall(r'<ol class="preview">.*?</ol>', browser.page, re.DOTALL)[0]
    browser.press("Yes, more like this")
    assert browser.status == 200
    [like] = shared.store.events.of_user("newcomer")
    assert (like.kind, like.item, like.position) == (Kind.LIKE, picks[0], 0)
    assert shared.context.slates.find(like.slate or "").policy == "teaching"  # type: ignore[union-attr]
    after = re.findall(r'<ol class="preview">.*?</ol>', browser.page, re.DOTALL)[0]
    assert after != before
    assert after.count(">New<") >= 3
    assert picks[0] not in browser.papers()
    browser.press("Not for me")
    assert kinds(shared, "newcomer") == ["like", "dislike"]
    browser.press("None of these: show others")
    assert browser.status == 200
    browser.follow("Show my whole list")
    assert browser.address.startswith("/?")
    assert len(browser.papers()) == 10
    browser.open("/")
    assert browser.address == "/"  # no newcomer any more


def test_what_is_pasted_is_sown(shared: Service) -> None:
    browser = Browser(shared, "sower")
    browser.press(
        "These are of my field",
        papers="https://arxiv.org/abs/1706.03762v2\nNo Such Paper, by Nobody\n",
    )
    assert browser.status == 200
    assert "Found one paper" in browser.page
    assert "Attention Is All You Need" in browser.page
    assert "no paper here has this title" in browser.page
    assert [(event.kind, event.item) for event in shared.store.events.of_user("sower")] == [
        (Kind.SEED, ATTENTION)
    ]
    browser.press(
        "These are of my field",
        papers="@misc{x, title = {A paper of my own}, abstract = {Attention and transformers once more}}",
    )
    assert "new here: counts within a minute" in browser.page
    browser.press("These are of my field", papers="")
    assert browser.status == 422
    browser.open("/start")
    browser.press("These are of my field", papers="a title\n" * 101)
    assert browser.status == 422
    assert "100" in browser.page


def test_a_like_is_in_the_record_and_in_the_next_list(shared: Service) -> None:
    browser = Browser(shared, "liker")
    browser.open("/?skip=1")
    shown = browser.papers()
    browser.press("Like", 2)
    [like] = shared.store.events.of_user("liker")
    assert (like.kind, like.item, like.position) == (Kind.LIKE, shown[2], 2)
    slate = shared.context.slates.find(like.slate or "")
    assert slate is not None
    assert [item.item for item in slate.items] == shown
    assert "Liked" in browser.page
    now = browser.papers()
    assert shown[2] not in now
    new = len(set(now) - set(shown))
    assert browser.page.count("New in this list") == new >= 3
    assert f"{new} of the 10 papers of the list are new" in browser.page
    assert "which you liked" in browser.page or "also chose this" in browser.page

    browser.press("Undo")
    assert kinds(shared, "liker") == ["like", "undo"]
    assert "Taken back" in browser.page
    assert shared.context.state_of("liker")[0].signals == {}


def test_a_form_sent_twice_counts_once(shared: Service) -> None:
    browser = Browser(shared, "doubler")
    browser.open("/?skip=1")
    page = browser.page
    browser.press("Save")
    browser.page = page
    browser.press("Save")
    assert kinds(shared, "doubler") == ["save"]


@pytest.mark.parametrize(
    ("button", "kind", "reason"),
    [
        ("Save", "save", None),
        ("Less", "dislike", None),
        ("Just this one", "hide", None),
        ("Not this topic", "hide", "topic"),
        ("I know it already", "hide", "already-know"),
        ("Too old", "hide", "too-old"),
        ("Low quality", "hide", "low-quality"),
        ("Not now", "hide", "not-now"),
    ],
)
def test_each_button_is_its_event(shared: Service, button: str, kind: str, reason: str | None) -> None:
    user = f"presser of {button}"
    browser = Browser(shared, user)
    browser.open("/?skip=1")
    shown = browser.papers()
    browser.press(button, 1)
    [event] = shared.store.events.of_user(user)
    assert (event.kind, event.reason, event.item, event.position) == (kind, reason, shown[1], 1)
    assert shown[1] not in browser.papers()


def test_more_goes_on_where_the_page_ends(shared: Service) -> None:
    browser = Browser(shared, "deep")
    browser.open("/?skip=1")
    seen = browser.papers()
    browser.follow("More papers")
    seen += browser.papers()
    assert len(set(seen)) == 20
    browser.press("Like", 4)
    [like] = shared.store.events.of_user("deep")
    assert like.position == 14
    assert "cursor=" in browser.address  # one stays on the page where one was
    assert not set(browser.papers()) & set(seen[:10])


def test_opening_a_paper_is_a_click_and_only_ones(shared: Service) -> None:
    browser = Browser(shared, "opener")
    browser.open("/?skip=1")
    shown = browser.papers()
    title = shared.store.papers.get_many(shown)[shown[3]].title
    link = next(href for text, href in browser.links() if text == title)
    for _ in range(2):  # reloaded
        browser.client.get(link)
    [click] = shared.store.events.of_user("opener")
    assert (click.kind, click.item, click.position) == (Kind.CLICK, shown[3], 3)
    for headers in (
        {"Sec-Purpose": "prefetch"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Dest": "empty"},
        {"User-Agent": "a bot"},
    ):
        assert browser.client.get(f"/paper?id={shown[5]}", headers=headers).status_code == 200
    assert len(shared.store.events.of_user("opener")) == 1


def test_the_link_to_the_paper_itself_and_its_page_are_one_click(shared: Service) -> None:
    browser = Browser(shared, "goer")
    browser.open(f"/paper?id={ATTENTION}&slate={'a' * 32}&position=2")
    link = next(href for text, href in browser.links() if text == "Read it")
    gone = browser.client.get(link, follow_redirects=False)
    assert gone.headers["location"] == "https://arxiv.org/abs/1706.03762"
    assert kinds(shared, "goer") == ["click"]


def test_a_paper_with_any_id_has_its_page(shared: Service) -> None:
    strange = ["x/../y", "a/b%2Fc", "q&r=1", "dots/./here", "<b>"]
    shared.store.papers.upsert(
        [
            PaperRecord(id=id, title=f"Strange <i>{n}</i>", abstract="<script>alert(1)</script>")
            for n, id in enumerate(strange)
        ],
        "test",
    )
    browser = Browser(shared, "explorer")
    for n in range(len(strange)):
        browser.open("/search?q=Strange")
        browser.follow(f"Strange <i>{n}</i>")
        assert browser.status == 200
        assert f"<h1>Strange &lt;i&gt;{n}&lt;/i&gt;</h1>" in browser.page
        assert "<script>alert" not in browser.page
        browser.press("Save")
        assert browser.status == 200
        assert "Saved" in browser.page
    assert {
        event.item for event in shared.store.events.of_user("explorer") if event.kind is Kind.SAVE
    } == set(strange)
    browser.open("/paper?id=nothing")
    assert browser.status == 404
    assert "<h1>Not Found</h1>" in browser.page


def test_search_finds_and_is_kept_as_a_feed(shared: Service) -> None:
    browser = Browser(shared, "searcher")
    browser.open("/search")
    browser.press("Search", q="attention is all")
    assert browser.papers()[0] == ATTENTION
    assert "Found by its words" in browser.page or "Found by" in browser.page
    browser.press("Save")
    assert browser.address.startswith("/search?q=attention")
    assert 'aria-pressed="true"' in browser.page
    browser.press("Saved")  # takes it back
    assert kinds(shared, "searcher") == ["save", "undo"]
    browser.press("Follow this search as a feed")
    assert [saved.query for saved in shared.store.searches.of_user("searcher")] == ["attention is all"]
    browser.press("Remove")
    assert shared.store.searches.of_user("searcher") == []
    browser.open("/search?q=" + "x" * 501)
    assert browser.status == 422


def test_trending_shows_what_others_took_up_but_nothing_hidden(shared: Service) -> None:
    for user in ("one", "two"):
        shared.send(user, "save", "p07")
    shared.context.trending.forget()
    browser = Browser(shared, "follower")
    browser.open("/trending")
    assert "p07" in browser.papers()
    browser.press("Just this one", browser.papers().index("p07"))
    assert "p07" not in browser.papers()
    browser.follow("A day")
    assert browser.address == "/trending?window=24h"


def test_the_library_holds_what_was_done_and_gives_it_back(shared: Service) -> None:
    user = "keeper"
    shared.send(user, "save", "p01")
    shared.send(user, "like", "p02")
    shared.send(user, "read", "p03", seconds=40)
    shared.send(user, "click", "p04")
    shared.send(user, "hide", "p05")
    browser = Browser(shared, user)
    for shelf, papers in (
        ("Saved", ["p01"]),
        ("Liked", ["p02"]),
        ("Read", ["p04", "p03"]),
        ("Hidden", ["p05"]),
    ):
        browser.open("/library")
        browser.follow(shelf)
        assert browser.papers() == papers
    browser.press("Show again")
    assert browser.papers() == []
    assert shared.context.state_of(user)[0].hidden == set()


def test_what_it_believes_is_said_and_corrected(shared: Service) -> None:
    user = "believer"
    for n in range(0, 30, 3):
        shared.send(user, "like", f"p{n:02}")
    browser = Browser(shared, user)
    browser.open("/about-me")
    assert "You like cs.LG" in browser.page
    browser.press("Follow")  # beside the belief
    assert shared.context.state_of(user)[0].follows == ("cs.LG",)
    browser.press("Mute", -1, aspect="topic", name="q-bio.GN")  # below all beliefs
    assert "You muted q-bio.GN" in browser.page
    assert shared.context.state_of(user)[0].mutes == ("q-bio.GN",)
    browser.press("Follow", -1, aspect="text", name="attention in transformers")
    assert "You are interested in “attention in transformers”" in browser.page
    browser.press("Follow", -1, aspect="text", name="x" * 301)
    assert browser.status == 422


def test_a_belief_is_forgotten_with_all_its_events(shared: Service) -> None:
    user = "forgetter"
    for n in range(0, 57, 3):  # 19 papers, each liked and saved: 38 events, of which a belief names 20
        shared.send(user, "like", f"p{n:02}")
        shared.send(user, "save", f"p{n:02}")
    browser = Browser(shared, user)
    browser.open("/about-me")
    assert "from 38 acts" in browser.page
    browser.press("Forget")
    assert "You like cs.LG" not in browser.page
    assert shared.context.state_of(user)[0].signals == {}


def test_settings_are_set_and_taken_back(shared: Service) -> None:
    user = "setter"
    browser = Browser(shared, user)
    browser.open("/about-me")
    browser.press("Apply", **{"paused": "1", "discovery": "2.5", "exploration": None})
    state = shared.context.state_of(user)[0]
    assert {name.value: value for name, value in state.settings.items()} == {
        "paused": 1.0,
        "discovery": 2.5,
        "exploration": 0.0,
    }
    assert "Personalisation is paused" in browser.page
    browser.press("Apply")  # nothing else is changed by saying the same
    assert len(shared.store.events.of_user(user)) == 3
    browser.press("Apply", freshness="7")
    assert browser.status == 422
    assert "freshness" in browser.page
    browser.open("/about-me")
    browser.press("Apply", freshness="much")
    assert browser.status == 422


def test_beginning_anew_and_back(shared: Service) -> None:
    shared.send("again", "like", "p01")
    browser = Browser(shared, "again")
    browser.open("/about-me")
    browser.press("Begin anew")
    assert "You begin anew" in browser.page
    assert shared.context.state_of("again")[0].signals == {}
    browser.press("Undo")
    assert set(shared.context.state_of("again")[0].signals) == {"p01"}


def test_all_can_be_taken_along_and_deleted(shared: Service) -> None:
    shared.send("leaving", "like", "p01")
    browser = Browser(shared, "leaving")
    browser.open("/about-me/export")
    assert '"reader":"leaving"' in browser.page
    browser.open("/about-me")
    browser.follow("Delete everything")
    browser.press("Delete everything", name="leavin")
    assert browser.status == 422
    assert shared.store.events.of_user("leaving")
    browser.open("/about-me/delete")
    browser.press("Delete everything", name="leaving")
    assert "is gone" in browser.page
    assert not any(list(rows) for rows in shared.store.held("leaving").values())
    browser.open("/")
    assert browser.status == 401


def test_feeds_are_made_told_and_revoked(shared: Service) -> None:
    browser = Browser(shared, "fed")
    assert "application/atom+xml" not in browser.page
    browser.open("/feeds")
    browser.press("Make secret addresses", name="phone")
    [address] = set(re.findall(r'http://testserver(/feeds/[^"<]+\.atom)', browser.page))
    assert (
        f'type="application/atom+xml" title="Your papers" href="http://testserver{address}"' in browser.page
    )
    assert shared.client.get(address).status_code == 200
    browser.press("Revoke")
    assert shared.client.get(address).status_code == 404
    assert "application/atom+xml" not in browser.page
    browser.press("Make a password", name="newsboat")
    [password] = re.findall(r"ra_[\w-]+", browser.page)
    assert shared.store.tokens.verify(password, Scope.APP)
    browser.open("/feeds")
    assert password not in browser.page
    assert "No mail server is set up" in browser.page


def test_what_was_seen_and_read_is_recorded_once(shared: Service) -> None:
    browser = Browser(shared, "looker")
    browser.open("/?skip=1")
    csrf = re.findall(r'data-csrf="(\w+)"', browser.page)[0]
    slate, place = re.findall(r'data-slate="(\w+)" data-place="([^"]+)"', browser.page)[1]
    for _ in range(2):
        browser.send("/seen", [("csrf", csrf), ("slate", slate), ("place", place)])
        assert browser.status == 204
        browser.send(
            "/read", [("csrf", csrf), ("item", "p01"), ("nonce", "n-9"), ("seconds", "9"), ("scroll", "0.5")]
        )
        assert browser.status == 204
    seen, read = shared.store.events.of_user("looker")
    assert (seen.kind, f"{seen.position} {seen.item}", seen.slate) == (Kind.IMPRESSION, place, slate)
    assert (read.kind, read.item, read.seconds, read.scroll) == (Kind.READ, "p01", 9.0, 0.5)
    browser.send("/read", [("csrf", csrf), ("item", "p01"), ("nonce", "m"), ("seconds", "-1")])
    assert browser.status == 422
    browser.send("/seen", [("slate", slate), ("place", place)])
    assert browser.status == 403


def test_what_forms_must_not_do(shared: Service) -> None:
    browser = Browser(shared, "tamperer")
    browser.open("/?skip=1")
    csrf = re.findall(r'data-csrf="(\w+)"', browser.page)[0]
    other = shared.send("neighbour", "like", "p01")["accepted"][0]
    for fields, status in (
        ({"act": f"undo:{other}"}, 404),
        ({"act": "undo:"}, 404),
        ({"act": "reset"}, 422),
        ({"act": "hide:spite", "item": "p01"}, 422),
        ({"act": "like", "item": "nothing"}, 404),
        ({"act": "like"}, 404),
        ({"act": "like", "item": "p01", "position": "first"}, 422),
    ):
        browser.send("/acts", [("csrf", csrf), *fields.items()])
        assert browser.status == status, fields
        assert "<h1>" in browser.page
    assert shared.store.events.of_user("tamperer") == []
    for back in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        answer = browser.client.post(
            "/theme", data={"csrf": csrf, "theme": "dark", "back": back}, follow_redirects=False
        )
        assert answer.headers["location"] == "/"


def test_the_theme_is_kept(shared: Service) -> None:
    browser = Browser(shared, "owl")
    browser.open("/library?show=liked")
    browser.press("Dark")
    assert browser.address == "/library?show=liked"
    assert 'data-theme="dark"' in browser.page
    browser.press("Auto")
    assert "data-theme" not in browser.page


def test_pages_go_on_without_redis_and_without_a_bundle(bare: Service) -> None:
    browser = Browser(bare, "frugal")
    assert browser.address == "/start"
    browser.open("/?skip=1")
    assert len(browser.papers()) == 10
    assert "less personal than usual" in browser.page
    browser.press("Like")
    assert "Liked" in browser.page
    bare.redis.stop()
    browser.open("/?skip=1")
    assert browser.status == 200
    assert kinds(bare, "frugal") == ["like"]


def test_a_dead_record_takes_nothing_and_says_so(service: Service) -> None:
    browser = Browser(service, "mourner")
    browser.open("/?skip=1")
    assert eventually(lambda: service.store.slates.count() > 0)
    service.die()
    try:
        browser.press("Like")
        assert browser.status == 503
        assert "nothing was kept" in browser.page
        browser.open("/")
        assert (browser.status, browser.address) == (200, "/")  # not taken for a newcomer
        assert len(browser.papers()) == 10
    finally:
        service.revive()


def test_only_admins_may_see_admin(shared: Service) -> None:
    browser = Browser(shared, "plain")
    assert "/admin" not in browser.page
