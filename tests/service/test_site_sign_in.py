"""Signing in by one-time links: once, in time, by one of two at once; and what a session's cookie is like."""

from __future__ import annotations

import re
import threading

import pytest
from fastapi.testclient import TestClient
from service_under_test import Service

from recsys.store import Role

BROWSER = {"Accept": "text/html,application/xhtml+xml", "User-Agent": "Mozilla/5.0"}


@pytest.fixture
def browser(shared: Service) -> TestClient:
    """A browser of its own: no key, no cookies."""
    return TestClient(shared.client.app, headers=BROWSER, follow_redirects=False)


def test_the_link_signs_in_once(shared: Service, browser: TestClient) -> None:
    _, token = shared.store.invites.create("ada")
    for _ in range(2):  # scanners look, and use nothing up
        asked = browser.get(f"/sign-in/{token}")
        assert asked.status_code == 200
        assert "Sign in as ada" in asked.text
    signed = browser.post(f"/sign-in/{token}")
    assert (signed.status_code, signed.headers["location"]) == (303, "/")
    cookie = signed.headers["set-cookie"]
    assert cookie.startswith("recsys=")
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert "secure" not in cookie.lower()
    assert "ada" not in cookie
    assert browser.get("/", params={"skip": 1}).status_code == 200
    for again in (browser.get(f"/sign-in/{token}"), browser.post(f"/sign-in/{token}")):
        assert again.status_code == 410
        assert "recsys users invite" in again.text
        assert again.headers["content-type"].startswith("text/html")
    held = str(list(shared.store.held("ada")["sessions"])) + str(list(shared.store.held("ada")["invites"]))
    assert token not in held
    assert "secret" not in held
    assert browser.cookies["recsys"] not in held


def test_over_https_nobody_else_can_set_the_cookie(shared: Service) -> None:
    _, token = shared.store.invites.create("secure")
    with_tls = TestClient(shared.client.app, base_url="https://papers.example", follow_redirects=False)
    cookie = with_tls.post(f"/sign-in/{token}").headers["set-cookie"]
    assert cookie.startswith("__Host-recsys=")
    assert "Secure" in cookie
    assert "Path=/" in cookie


def test_links_that_expired_or_are_not_ours(shared: Service, browser: TestClient) -> None:
    _, late = shared.store.invites.create("late", hours=0)
    invite, token = shared.store.invites.create("mallory")
    for wrong, status in (
        (late, 410),
        ("nonsense", 404),
        (token[:-1], 404),
        (f"{invite.id}_", 404),
        (f"0000_{token.partition('_')[2]}", 404),
    ):
        for answer in (browser.get(f"/sign-in/{wrong}"), browser.post(f"/sign-in/{wrong}")):
            assert answer.status_code == status
            assert "recsys users invite" in answer.text
            assert "set-cookie" not in answer.headers


def test_of_many_at_once_one_signs_in(shared: Service) -> None:
    _, token = shared.store.invites.create("racer")
    ready = threading.Barrier(8)
    opened = []

    def press() -> None:
        ready.wait()
        opened.append(shared.store.sessions.sign_in(token))

    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(session is not None for session in opened) == 1
    assert len(shared.store.sessions.of_user("racer")) == 1


def sign_in(service: Service, user: str, role: Role = Role.READER) -> TestClient:
    browser = TestClient(service.client.app, headers=BROWSER, follow_redirects=False)
    assert browser.post(f"/sign-in/{service.store.invites.create(user, role)[1]}").status_code == 303
    return browser


def csrf_on(browser: TestClient, path: str = "/?skip=1") -> str:
    found = re.search(r'name="csrf" value="(\w+)"', browser.get(path).text)
    assert found
    return found.group(1)


def test_another_site_can_do_nothing(shared: Service) -> None:
    browser = sign_in(shared, "victim")
    csrf = csrf_on(browser)
    theirs = csrf_on(sign_in(shared, "attacker"))
    for form, headers in (
        ({}, {}),
        ({"csrf": ""}, {}),
        ({"csrf": theirs}, {}),
        ({"csrf": csrf}, {"Origin": "https://evil.example"}),
        ({"csrf": csrf}, {"Origin": "null"}),
        ({"csrf": csrf}, {"Sec-Fetch-Site": "cross-site"}),
        ({"csrf": csrf}, {"Sec-Fetch-Site": "same-site"}),
    ):
        for path in ("/theme", "/sign-out"):
            refused = browser.post(path, data={"theme": "dark", **form}, headers=headers)
            assert refused.status_code == 403, (form, headers)
            assert "open it anew" in refused.text
    assert len(shared.store.sessions.of_user("victim")) == 1
    good = browser.post(
        "/theme", data={"theme": "dark", "csrf": csrf}, headers={"Origin": "http://testserver"}
    )
    assert good.status_code == 303
    by_header = browser.post("/theme", data={"theme": "dark"}, headers={"X-CSRF-Token": csrf})
    assert by_header.status_code == 303


def test_nobody_is_signed_in_by_another_site(shared: Service, browser: TestClient) -> None:
    _, token = shared.store.invites.create("lured")
    lured = browser.post(f"/sign-in/{token}", headers={"Origin": "https://evil.example"})
    assert lured.status_code == 403
    assert shared.store.sessions.of_user("lured") == []


def test_signing_out_here_and_everywhere(shared: Service) -> None:
    first, second = sign_in(shared, "leaver"), sign_in(shared, "leaver")
    third = sign_in(shared, "leaver")
    out = first.post("/sign-out", data={"csrf": csrf_on(first)})
    assert out.headers["location"] == "/sign-in"
    assert len(shared.store.sessions.of_user("leaver")) == 2
    assert first.get("/").status_code == 401
    second.post("/sign-out", data={"csrf": csrf_on(second), "everywhere": "1"})
    assert third.get("/").status_code == 401
    assert "recsys users invite" in third.get("/").text


def test_an_erased_reader_is_signed_out(shared: Service) -> None:
    browser = sign_in(shared, "erased")
    shared.client.delete("/v1/users/erased")
    assert browser.get("/").status_code == 401


def test_a_session_outlives_a_dead_record_for_reading(service: Service) -> None:
    browser = sign_in(service, "steady")
    assert browser.get("/?skip=1").status_code == 200
    service.die()
    try:
        assert browser.get("/?skip=1").status_code == 200
        assert (
            TestClient(service.client.app, headers=BROWSER, cookies={"recsys": "a_b"}).get("/").status_code
            == 503
        )
    finally:
        service.revive()


def test_pages_may_run_no_scripts_but_ours_and_be_framed_by_nobody(shared: Service) -> None:
    browser = sign_in(shared, "careful")
    for page in (browser.get("/?skip=1"), browser.get("/sign-in/x")):
        policy = page.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["referrer-policy"] == "same-origin"
        assert page.headers["cache-control"] == "no-store"
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page.text)


def test_what_pages_are_made_of_is_served_for_good(shared: Service) -> None:
    browser = sign_in(shared, "dresser")
    found = re.findall(r'(?:href|src)="(/static/[^"]+)"', browser.get("/?skip=1").text)
    assert len(found) >= 4
    for path in found:
        file = browser.get(path)
        assert file.status_code == 200
        assert "immutable" in file.headers["cache-control"]
    assert browser.get("/static/0/page.css").status_code == 404


def test_problems_are_pages_for_browsers_and_documents_for_programs(
    shared: Service, browser: TestClient
) -> None:
    assert "<h1>Not Found</h1>" in browser.get("/nowhere").text
    assert browser.get("/v1/nowhere").headers["content-type"] == "application/problem+json"
    assert browser.get("/").headers["content-type"].startswith("text/html")
    asked = shared.client.get("/")
    assert (asked.status_code, asked.headers["content-type"]) == (401, "application/problem+json")
    assert shared.client.get("/nowhere").headers["content-type"] == "application/problem+json"
