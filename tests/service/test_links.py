"""Signed links: what they grant, and what counts as following one."""

from __future__ import annotations

import re
import stat
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from service_under_test import ATTENTION, Service

from recsys.errors import UserError
from recsys.home import Home
from service.links import Act, Links
from service.problems import Problem

SECRET = b"s" * 32
DAY = 86_400_000
BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
NAVIGATION = {**BROWSER, "sec-fetch-dest": "document", "sec-fetch-mode": "navigate", "sec-fetch-site": "none"}


def token_of(path: str) -> str:
    assert path.startswith("/l/")
    return path.removeprefix("/l/")


@given(
    user=st.text(min_size=1, max_size=128),
    paper=st.text(min_size=1, max_size=200),
    act=st.sampled_from(Act),
    slate=st.none() | st.text(alphabet="0123456789abcdef", min_size=32, max_size=32),
    position=st.none() | st.integers(0, 10_000),
    now=st.integers(0, 2**42),
)
def test_a_link_says_what_was_put_into_it(
    user: str, paper: str, act: Act, slate: str | None, position: int | None, now: int
) -> None:
    links = Links(SECRET)
    try:
        token = token_of(links.act(user, paper, act, slate, position, now=now))
    except UnicodeEncodeError:
        assert re.search("[\ud800-\udfff]", user + paper)
        return
    link = links.read(token, now=now)
    assert (link.user, link.paper, link.act, link.slate, link.position) == (user, paper, act, slate, position)
    assert re.fullmatch(r"[\w.-]+", token, re.ASCII)


@given(place=st.integers(0, 300), put=st.sampled_from("AbC09_-."))
def test_no_changed_link_says_anything_else(place: int, put: str) -> None:
    links = Links(SECRET)
    token = token_of(links.act("ada", "p00", Act.LIKE, now=0))
    place %= len(token)
    changed = token[:place] + put + token[place + 1 :]
    try:
        found = links.read(changed, now=0)
    except Problem:
        return
    assert found == links.read(token, now=0)  # base64 can spell the same bytes in several ways


def test_links_of_another_home_are_refused() -> None:
    token = token_of(Links(b"t" * 32).act("ada", "p00", Act.LIKE))
    with pytest.raises(Problem, match="not one of ours"):
        Links(SECRET).read(token)


def test_links_expire_and_are_equal_on_one_day() -> None:
    links = Links(SECRET, days=2)
    first = links.act("ada", "p00", Act.LIKE, now=10 * DAY + 1)
    assert first == links.act("ada", "p00", Act.LIKE, now=11 * DAY - 1)
    assert first != links.act("ada", "p00", Act.LIKE, now=11 * DAY)
    assert links.read(token_of(first), now=13 * DAY).user == "ada"
    with pytest.raises(Problem) as caught:
        links.read(token_of(first), now=13 * DAY + 1)
    assert caught.value.status == 410


def _secret(path: str) -> bytes:
    return Home(path).secret()


def test_the_secret_is_made_once_and_ours_alone(tmp_path: Path) -> None:
    with get_context("spawn").Pool(4) as pool:
        found = pool.map(_secret, [str(tmp_path / "home")] * 8)
    assert len(set(found)) == 1
    assert len(found[0]) == 32
    file = tmp_path / "home" / "secret"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [entry.name for entry in file.parent.iterdir()] == ["secret"]
    file.write_bytes(b"short")
    with pytest.raises(UserError, match="damaged"):
        Home(tmp_path / "home").secret()


def events_of(service: Service, user: str) -> list[tuple[str, str | None, str | None, int | None]]:
    return [(e.kind, e.item or e.topic, e.slate, e.position) for e in service.store.events.of_user(user)]


def test_opening_records_a_click_once_and_leads_to_the_paper(shared: Service) -> None:
    path = shared.context.links.act("opener", ATTENTION, Act.OPEN, "a" * 32, 4)
    for _ in range(2):
        answer = shared.client.get(path, headers=NAVIGATION, follow_redirects=False)
        assert answer.status_code == 302
        assert answer.headers["location"] == "https://arxiv.org/abs/1706.03762"
        assert "no-store" in answer.headers["cache-control"]
    assert events_of(shared, "opener") == [("click", ATTENTION, "a" * 32, 4)]


def test_a_paper_without_an_address_is_shown_here(shared: Service) -> None:
    answer = shared.client.get(shared.context.links.act("opener-2", "p00", Act.OPEN), headers=BROWSER)
    assert answer.status_code == 200
    paper = shared.store.papers.get("p00")
    assert paper is not None
    assert paper.abstract in answer.text
    assert events_of(shared, "opener-2") == [("click", "p00", None, None)]


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", NAVIGATION),
        ("GET", {**NAVIGATION, "sec-purpose": "prefetch;prerender"}),
        ("GET", {**BROWSER, "purpose": "prefetch"}),
        ("GET", {**BROWSER, "x-moz": "prefetch"}),
        ("GET", {**BROWSER, "sec-fetch-dest": "empty", "sec-fetch-mode": "cors"}),
        ("GET", {**BROWSER, "sec-fetch-dest": "image", "sec-fetch-mode": "no-cors"}),
        ("GET", {"user-agent": "Slackbot-LinkExpanding 1.0"}),
        ("GET", {"user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}),
    ],
)
def test_what_is_no_act_records_nothing(shared: Service, method: str, headers: dict[str, str]) -> None:
    for act in (Act.OPEN, Act.SAVE):
        path = shared.context.links.act("nobody", ATTENTION, act)
        answer = shared.client.request(method, path, headers=headers, follow_redirects=False)
        assert answer.status_code == (302 if act is Act.OPEN else 200)
    assert events_of(shared, "nobody") == []


@pytest.mark.parametrize("act", [Act.LIKE, Act.DISLIKE, Act.SAVE, Act.MUTE])
def test_feedback_is_asked_for_and_recorded_by_the_button(shared: Service, act: Act) -> None:
    user = f"giver-{act}"
    path = shared.context.links.act(user, ATTENTION, act, "b" * 32, 0)
    asked = shared.client.get(path, headers=NAVIGATION)
    assert asked.status_code == 200
    assert "Attention Is All You Need" in asked.text
    assert "form-action 'self'" in asked.headers["content-security-policy"]
    assert events_of(shared, user) == []
    nonce = re.search(r'name="nonce" value="(\w+)"', asked.text)
    assert nonce
    for _ in range(2):  # a page sent again counts once
        done = shared.client.post(path, data={"nonce": nonce.group(1)})
        assert done.status_code == 200, done.text
    kind = "hide" if act is Act.MUTE else act.value
    expected = (kind, ATTENTION, "b" * 32, 0)
    assert events_of(shared, user) == [expected]
    [event] = shared.store.events.of_user(user)
    assert (event.reason, event.topic) == (("topic", "cs.LG") if act is Act.MUTE else (None, None))
    shared.client.post(path, data={"nonce": "f" * 32})  # the page asked anew
    shared.client.post(path)
    shared.client.post(path, data={"nonce": "no such thing"})
    assert len(events_of(shared, user)) == 3


def test_the_next_list_reflects_it(shared: Service) -> None:
    user = "reflector"
    first = shared.ids(user)[0]
    shared.client.post(shared.context.links.act(user, first, Act.SAVE))
    assert first not in shared.ids(user, limit=60)


def test_wrong_links_get_a_page_that_says_so(shared: Service) -> None:
    for path, status, said in (
        ("/l/nonsense", 404, "copy it whole"),
        (shared.context.links.act("ada", ATTENTION, Act.SAVE)[:-1], 404, "copy it whole"),
        (shared.context.links.act("ada", ATTENTION, Act.SAVE, now=0), 410, "expired"),
        (shared.context.links.act("ada", "no such paper", Act.OPEN), 404, "no paper"),
    ):
        for method in ("GET", "POST"):
            answer = shared.client.request(method, path, headers=NAVIGATION, follow_redirects=False)
            assert answer.status_code == status
            assert said in answer.text
            assert answer.headers["content-type"].startswith("text/html")
    assert events_of(shared, "ada") == []


def test_a_link_needs_no_key_and_grants_nothing_else(shared: Service) -> None:
    path = shared.context.links.act("keyless", ATTENTION, Act.SAVE)
    key = shared.client.headers.pop("authorization")
    try:
        assert shared.client.post(path).status_code == 200
        assert shared.client.get("/v1/users/keyless/profile").status_code == 401
    finally:
        shared.client.headers["authorization"] = key
