"""/admin in a real Chromium: readable for everyone in light, dark and on a phone, and rollback by buttons."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from chromium import EXTENSION, npm, require
from listening import listening
from service_under_test import Service, catalogue, eventually, publish, started

from recsys.home import Home
from recsys.store import Role

PAGES = ("/admin", "/admin/data", "/admin/drift", "/admin/rewards", "/admin/operation")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with two bundles, of which readers have used the second."""
    require("node", "npm", "chromium")
    npm("exec", "--", "node", "--version")  # installs axe, if it isn't there
    folder = tmp_path_factory.mktemp("admin")
    home = Home(folder / "template")
    with home.open_store() as store:
        store.papers.upsert(catalogue(), source="test")
        for seed in (0, 1):
            publish(home.bundles, store.papers.all(), seed)
        store.sources.add("https://feeds.example/new.xml", "New papers")
    with started(home.path, folder / "home") as running:
        for reader in ("ada", "bob"):
            shown = running.recommend(reader, limit=12)
            for item, kind in zip(shown["items"], ("like", "click", "hide"), strict=False):
                running.send(reader, kind, item["paper"]["id"], slate=shown["slate_id"])
        running.client.get("/v1/papers/arxiv:0")
        assert eventually(lambda: running.store.slates.count() == 2)
        yield running


@contextmanager
def admin(service: Service, **options: Any) -> Iterator[Any]:
    """A page of a browser in which an admin is signed in."""
    from playwright.sync_api import sync_playwright

    _, token = service.store.invites.create("ada", Role.ADMIN)
    with listening(service.client.app) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        context = browser.new_context(base_url=address, **options)
        page = context.new_page()
        page.goto(f"/sign-in/{token}")
        page.get_by_role("button", name="Sign in as ada").click()
        yield page
        browser.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
def test_its_pages_are_accessible(service: Service, scheme: str, width: int) -> None:
    axe = (EXTENSION / "node_modules" / "axe-core" / "axe.min.js").read_text()
    with admin(
        service, color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True
    ) as page:
        for path in PAGES:
            page.goto(path)
            page.evaluate(axe)
            found = page.evaluate("() => axe.run().then((result) => result.violations)")
            assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_rolling_back_by_buttons(service: Service) -> None:
    before = service.recommend("ada")["bundle"]
    complaints: list[str] = []
    with admin(service) as page:
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.goto("/admin")
        page.get_by_role("link", name="Put in service").first.click()
        page.get_by_role("heading", name="Put this bundle in service?").wait_for()
        page.get_by_role("link", name="Leave it as it is").click()
        assert service.recommend("ada")["bundle"] == before
        page.get_by_role("link", name="Put in service").first.click()
        page.get_by_role("button", name="Put it in service").click()
        page.get_by_text("is in service now").wait_for()
    assert service.recommend("ada")["bundle"] != before
    assert complaints == []  # nothing that the content security policy forbids


def test_it_reads_without_scripts(service: Service) -> None:
    with admin(service, java_script_enabled=False) as page:
        page.goto("/admin/data")
        assert page.get_by_role("img", name="Events by day").count() == 1
        assert "New papers" in page.get_by_role("table").inner_text()
