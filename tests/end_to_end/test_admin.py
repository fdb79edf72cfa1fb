"""/admin in a real Chromium: readable for everyone in light, dark and on a phone, and rollback by buttons."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from listening import listening
from service_under_test import Service, catalogue, eventually, publish, started
from surfing import Surfer, axe_ready, required, surfing

from recsys.bundle import current_id
from recsys.home import Home
from recsys.shelf import list_manifests
from recsys.store import Role

PAGES = ("/admin", "/admin/data", "/admin/drift", "/admin/rewards", "/admin/operation")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with two bundles, of which readers have used the second."""
    required()
    axe_ready()
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
def admin(service: Service, **options: Any) -> Iterator[Surfer]:
    """A browser in which an admin is signed in; its console must have nothing to say."""
    _, token = service.store.invites.create("ada", Role.ADMIN)
    with listening(service.client.app) as address, surfing(base_url=address, **options) as surfer:
        surfer.page.goto(f"/sign-in/{token}")
        surfer.page.get_by_role("button", name="Sign in as ada").click()
        yield surfer
        assert surfer.complaints == []  # such as of what the content security policy forbids


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
def test_its_pages_are_accessible(service: Service, scheme: str, width: int) -> None:
    looks = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}, "bypass_csp": True}
    with admin(service, **looks) as surfer:
        for path in (*PAGES, f"/admin/bundles/{other_bundle(service)}/publish"):
            surfer.page.goto(path)
            assert surfer.faults() == [], path
            assert surfer.too_wide() <= 0, path


def test_rolling_back_by_buttons(service: Service) -> None:
    before = service.recommend("ada")["bundle"]
    with admin(service) as surfer:
        page = surfer.page
        page.goto("/admin")
        page.get_by_role("link", name="Put in service").first.click()
        page.get_by_role("heading", name="Put this bundle in service?").wait_for()
        page.get_by_role("link", name="Leave it as it is").click()
        assert service.recommend("ada")["bundle"] == before
        page.get_by_role("link", name="Put in service").first.click()
        page.get_by_role("button", name="Put it in service").click()
        page.get_by_text("is in service now").wait_for()
    assert service.recommend("ada")["bundle"] != before


def test_trying_a_bundle_by_buttons(service: Service) -> None:
    with admin(service) as surfer:
        page = surfer.page
        page.goto(f"/admin/bundles/{other_bundle(service)}/publish")
        page.get_by_label("Share of lists").select_option("50%")
        page.get_by_role("button", name="Try it").click()
        page.get_by_text("In 50% of the lists").wait_for()
        page.get_by_role("button", name="End it").click()
        page.get_by_text("In 50% of the lists").wait_for(state="detached")


def test_it_reads_without_scripts(service: Service) -> None:
    with admin(service, java_script_enabled=False) as surfer:
        surfer.page.goto("/admin/data")
        assert surfer.page.get_by_role("img", name="Events by day").count() == 1
        assert "New papers" in surfer.page.get_by_role("table").inner_text()


def other_bundle(service: Service) -> str:
    """The one that is not live."""
    root = service.context.live.root
    return next(manifest["id"] for manifest in list_manifests(root) if manifest["id"] != current_id(root))
