"""/admin: for admins only, guarded; the pointer moves by a button; the pages tell what is in the record."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from service_under_test import Service, eventually, publish

from recsys.bundle import current_id
from recsys.shelf import prune
from recsys.store import Role

BROWSER = {"Accept": "text/html,application/xhtml+xml", "User-Agent": "Mozilla/5.0"}
PAGES = ("/admin", "/admin/data", "/admin/drift", "/admin/rewards", "/admin/operation")


def signed_in(service: Service, role: Role | None) -> TestClient:
    """A browser of a reader or an admin, or of nobody."""
    browser = TestClient(
        service.client.app, headers=BROWSER, follow_redirects=False, raise_server_exceptions=False
    )
    if role is not None:
        _, token = service.store.invites.create(f"{role.value}-{uuid4().hex}", role)
        assert browser.post(f"/sign-in/{token}").status_code == 303
    return browser


def token_of(page: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', page)
    assert found
    return found[1]


def flat(page: str) -> str:
    """The words of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.mark.parametrize("path", [*PAGES, "/admin/bundles/x/publish"])
def test_only_admins_see_them(shared: Service, path: str) -> None:
    assert signed_in(shared, None).get(path).status_code == 401
    refused = signed_in(shared, Role.READER).get(path)
    assert refused.status_code == 403
    assert "is no admin" in refused.text
    assert refused.headers["content-type"].startswith("text/html")
    api = shared.client.get(path)  # an API key opens no page
    assert api.status_code == 401


def test_nobody_else_moves_the_pointer(shared: Service) -> None:
    root = shared.context.live.root
    live = current_id(root)
    admin, reader = signed_in(shared, Role.ADMIN), signed_in(shared, Role.READER)
    token = token_of(admin.get("/admin").text)
    address = f"/admin/bundles/{live}/publish"
    for browser, form in (
        (signed_in(shared, None), {"csrf": token}),
        (reader, {"csrf": token_of(reader.get("/library").text)}),
        (admin, {}),
        (admin, {"csrf": "0" * 64}),
        (admin, {"csrf": token_of(reader.get("/library").text)}),
    ):
        answer = browser.post(address, data={**form, "instead-of": live})
        assert answer.status_code in (401, 403), answer.text
    elsewhere = admin.post(
        address, data={"csrf": token, "instead-of": live}, headers={"Origin": "https://evil.example"}
    )
    assert elsewhere.status_code == 403
    assert current_id(root) == live


def test_rolling_back_moves_the_pointer_and_the_next_answer_names_the_bundle(service: Service) -> None:
    root = service.context.live.root
    first = current_id(root)
    second = publish(root, service.store.papers.all(), seed=1)
    assert first
    assert eventually(lambda: service.recommend("ada")["bundle"] == second)
    admin = signed_in(service, Role.ADMIN)
    assert f"/admin/bundles/{first}/publish" in admin.get("/admin").text
    asked = admin.get(f"/admin/bundles/{first}/publish")
    assert "Put this bundle in service?" in asked.text
    assert current_id(root) == second  # a GET changes nothing
    form = {"csrf": token_of(asked.text), "instead-of": second}
    done = admin.post(f"/admin/bundles/{first}/publish", data=form)
    assert (done.status_code, done.headers["location"]) == (303, "/admin?did=published")
    assert current_id(root) == first
    assert service.recommend("ada")["bundle"] == first  # the very next answer
    assert "is in service now" in admin.get("/admin?did=published").text
    late = admin.post(f"/admin/bundles/{first}/publish", data=form)  # decided when another was live
    assert late.status_code == 409
    assert "decide again" in late.text
    forward = admin.post(f"/admin/bundles/{second}/publish", data={**form, "instead-of": first})
    assert forward.status_code == 303
    assert service.recommend("ada")["bundle"] == second


def test_a_bundle_that_is_not_whole_stays_out(service: Service) -> None:
    root = service.context.live.root
    first = current_id(root)
    second = publish(root, service.store.papers.all(), seed=1)
    assert eventually(lambda: service.recommend("ada")["bundle"] == second)
    (root / str(first) / "items.json").write_text("[]")
    admin = signed_in(service, Role.ADMIN)
    form = {"csrf": token_of(admin.get("/admin").text), "instead-of": second}
    refused = admin.post(f"/admin/bundles/{first}/publish", data=form)
    assert refused.status_code == 409
    assert "missing or altered" in refused.text
    assert current_id(root) == second
    assert service.recommend("ada")["bundle"] == second
    unknown = admin.post("/admin/bundles/nothing/publish", data=form)
    assert unknown.status_code == 404
    assert admin.post("/admin/bundles/..%2F..%2Fetc/publish", data=form).status_code == 404


def test_a_bundle_is_tried_against_the_live_one(service: Service) -> None:
    root = service.context.live.root
    first = current_id(root)
    live = publish(root, service.store.papers.all(), seed=1)
    assert eventually(lambda: service.recommend("ada")["bundle"] == live)
    admin = signed_in(service, Role.ADMIN)
    form = {"csrf": token_of(admin.get(f"/admin/bundles/{first}/publish").text), "share": "1.0"}
    address = f"/admin/bundles/{first}/challenge"
    assert signed_in(service, Role.READER).post(address, data=form).status_code == 403
    assert admin.post(address, data={**form, "share": "7"}).status_code == 422
    assert admin.post(f"/admin/bundles/{live}/challenge", data=form).status_code == 409
    assert admin.post(address, data=form).status_code == 303
    assert eventually(lambda: service.recommend("ada")["policy"] == f"team-draft/{first}")
    shown = service.recommend("ada", limit=8)
    assert shown["bundle"] == live
    assert eventually(lambda: service.store.slates.get(shown["slate_id"]) is not None)
    slate = service.store.slates.get(shown["slate_id"])
    assert slate is not None
    assert [item.item for item in slate.items] == [item["paper"]["id"] for item in shown["items"]]
    assert [item.team for item in slate.items].count("challenger") == 4
    for item in slate.items:
        if item.team == "challenger":
            service.send("ada", "like", item.item, slate=slate.id, position=item.position)
    told = flat(admin.get("/admin").text)
    assert "In 100% of the lists" in told
    assert re.search(rf"{first} 1 0 \d+ 100%", told)
    assert prune(root, 1) == []  # the challenger stays, as the live one does
    for params in ({"exploration": "off"}, {"limit": 21}, {"cursor": shown["next"]}):
        assert not service.recommend("ada", **params)["policy"].startswith("team-draft")
    assert admin.post("/admin/challenge/end", data=form).status_code == 303
    assert eventually(lambda: not service.recommend("ada")["policy"].startswith("team-draft"))


def test_the_pages_tell_what_happened(service: Service) -> None:
    shown = service.recommend("ada", limit=5)
    paper = shown["items"][0]
    service.send("ada", "like", paper["paper"]["id"], slate=shown["slate_id"], position=0)
    service.send("ada", "click", shown["items"][1]["paper"]["id"], slate=shown["slate_id"], position=1)
    service.store.sources.add("https://feeds.example/new.xml", "New papers")
    assert service.client.get("/v1/papers/arxiv:0").status_code == 404
    assert eventually(lambda: service.store.slates.count() == 1)
    admin = signed_in(service, Role.ADMIN)
    first = flat(admin.get("/admin").text)
    assert "Readers 1 60 papers" in first
    assert "Reward 0.260 of a shown paper" in first  # 1.3 / 5
    assert "Events 2 in 7 days" in first
    told = admin.get("/admin/data").text
    assert "Papers 60 in the catalogue" in flat(told)
    assert "By kind: 1 click, 1 like." in flat(told)
    assert "New papers https://feeds.example/new.xml never" in flat(told)
    assert told.count("<svg") == told.count("<desc") == 2
    rewards = flat(admin.get("/admin/rewards").text)
    assert "greedy 1 5 0.260 1.30" in rewards
    assert "greedy: nothing left to chance 0.260" in rewards
    assert "Readers looked at 1" in flat(admin.get("/admin/drift").text)
    operation = flat(admin.get("/admin/operation").text)
    assert "GET /v1/recommendations 1" in operation
    assert "404 × 1 GET /v1/papers/{id:path}" in operation
    assert "404 unknown-paper GET /v1/papers/{id:path}" in operation
    assert "arxiv:0" not in operation  # nothing of what was sent


def test_an_empty_service_has_pages_too(bare: Service) -> None:
    admin = signed_in(bare, Role.ADMIN)
    for path in PAGES:
        assert admin.get(path).status_code == 200, path
    assert "No bundle is in service" in admin.get("/admin").text
    assert "Nothing was shown" in admin.get("/admin/rewards").text


def test_a_fault_is_kept_without_what_was_sent(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("rk_secret")

    monkeypatch.setattr(service.store.papers, "page", fail)
    assert service.client.get("/v1/papers", params={"topic": "rk_secret"}).status_code == 500
    operation = signed_in(service, Role.ADMIN).get("/admin/operation").text
    assert "500 RuntimeError GET /v1/papers" in flat(operation)
    assert "rk_secret" not in operation
