"""Links to sign in by, mailed over a real SMTP server; and the command that makes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from mailbox import Mailbox, mailbox
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from service_under_test import Service, eventually
from typer.testing import CliRunner

from recsys.commands import users
from recsys.home import Home
from recsys.store import Role
from service.app import create_app
from service.mail.settings import SmtpSettings
from service.settings import Settings
from service.site.inviting import invite

ROOT = "https://papers.example.org"
BROWSER = {"Accept": "text/html", "User-Agent": "Mozilla/5.0", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    with mailbox(tmp_path) as box:
        for name, value in box.environment().items():
            monkeypatch.setenv(name, value)
        yield box


@pytest.fixture
def browser(service: Service, box: Mailbox) -> Iterator[TestClient]:
    """A browser of nobody, of a service on the same home that can mail."""
    settings = Settings(
        home=service.home.path,
        database_url=service.home.database_url(),
        redis_url=service.redis.url,
        public_url=ROOT,
        smtp=SmtpSettings.from_environment(),
    )
    with TestClient(create_app(settings), base_url=ROOT, headers=BROWSER, follow_redirects=False) as client:
        yield client


def run(*arguments: str, home: Home, app: object = None) -> object:
    import typer

    single = typer.Typer()
    single.command()(invite)
    return CliRunner().invoke(app or single, [*arguments, "--home", str(home.path)])  # type: ignore[arg-type]


def links(box: Mailbox) -> list[str]:
    found = []
    for message in box.arrived:
        for kind in ("plain", "html"):
            found += re.findall(rf"{ROOT}(/sign-in/[\w-]+)", message.get_body((kind,)).get_content())  # type: ignore[union-attr]
    return found


def test_the_command_prints_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RECSYS_PUBLIC_URL", raising=False)
    home = Home(tmp_path)
    done = run("ada", "--admin", home=home)
    assert done.stdout.startswith("http://127.0.0.1:8000/sign-in/")  # type: ignore[attr-defined]
    home.note_address("http://127.0.0.1:8123")
    done = run("ada", "--hours", "1", home=home)
    assert done.stdout.startswith("http://127.0.0.1:8123/sign-in/")  # type: ignore[attr-defined]
    token = done.stdout.strip().rpartition("/")[2]  # type: ignore[attr-defined]
    with home.open_store() as store:
        found = store.invites.find(token)
        assert found is not None
        assert (found.user, found.role, found.expires - found.created) == ("ada", Role.READER, 3_600_000)
    for wrong in ("", " ", "a\nb", "x" * 129):
        assert run(wrong, home=home).exit_code != 0  # type: ignore[attr-defined]


def test_the_command_mails_a_link_that_signs_in(browser: TestClient, service: Service, box: Mailbox) -> None:
    done = run("ada", "--admin", "--mail", "ada@example.org", home=service.home)
    assert done.exit_code == 0, done.output  # type: ignore[attr-defined]
    assert "/sign-in/" not in done.stdout  # type: ignore[attr-defined]
    assert box.of("ada@example.org")["Subject"] == "Sign in to your papers"
    plain, html = links(box)
    assert plain == html
    assert browser.post(plain).status_code == 303
    [session] = service.store.sessions.of_user("ada")
    assert session.role is Role.ADMIN
    [mailing] = service.store.mailings.of_user("ada")
    assert (mailing.kind, mailing.state) == ("invitation", "sent")


def test_a_refused_mail_is_said(service: Service, box: Mailbox) -> None:
    box.rcpt["gone@example.org"] = ["550 no such mailbox"]
    done = run("ada", "--mail", "gone@example.org", home=service.home)
    assert done.exit_code != 0  # type: ignore[attr-defined]
    assert "550 no such mailbox" in str(done.exception)  # type: ignore[attr-defined]
    assert run("ada", "--mail", "nonsense", home=service.home).exit_code != 0  # type: ignore[attr-defined]


def test_who_is_known_asks_for_a_link_anew(browser: TestClient, service: Service, box: Mailbox) -> None:
    service.store.invites.create("ann", Role.ADMIN, address="ann@example.org")
    service.store.subscriptions.put("bob", "bob@example.org", 8, "UTC", confirmed=True)
    service.store.subscriptions.put("eve", "unconfirmed@example.org", 8, "UTC")
    assert "Mail me a link" in browser.get("/sign-in").text
    answers = {
        browser.post("/sign-in", data={"address": address}).text.replace(address, "…")
        for _ in range(3)  # however often one asks
        for address in ("ann@example.org", "bob@example.org", "unconfirmed@example.org", "no@example.org")
    }
    assert len(answers) == 1  # nobody learns who is known
    assert eventually(lambda: len(box.arrived) == 2)
    assert box.counts() == {"ann@example.org": 1, "bob@example.org": 1}
    for link in links(box)[::2]:
        assert browser.post(link).status_code == 303
    assert [session.role for session in service.store.sessions.of_user("ann")] == [Role.ADMIN]
    assert [session.role for session in service.store.sessions.of_user("bob")] == [Role.READER]


def test_a_link_never_leads_where_the_request_says(
    browser: TestClient, service: Service, box: Mailbox
) -> None:
    service.store.invites.create("ann", address="ann@example.org")
    browser.post("/sign-in", data={"address": "ann@example.org"}, headers={"Host": "evil.example"})
    assert eventually(lambda: len(box.arrived) == 1)
    assert "evil" not in str(box.of("ann@example.org"))
    assert len(links(box)) == 2


def test_who_was_signed_out_can_ask_no_more(browser: TestClient, service: Service, box: Mailbox) -> None:
    service.store.invites.create("ann", address="ann@example.org")
    done = run("sign-out", "ann", home=service.home, app=users.app)
    assert done.exit_code == 0  # type: ignore[attr-defined]
    browser.post("/sign-in", data={"address": "ann@example.org"})
    assert browser.post("/sign-in", data={"address": "not an address"}).status_code == 422
    assert box.arrived == []


def test_without_mail_nothing_is_offered(service: Service) -> None:
    browser = TestClient(service.client.app, headers=BROWSER)
    assert "Mail me a link" not in browser.get("/sign-in").text
    assert browser.post("/sign-in", data={"address": "ann@example.org"}).status_code == 404
