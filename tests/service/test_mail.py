"""The digest over a real SMTP server with STARTTLS and authentication."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from html import unescape
from mailbox import PASSWORD, Mailbox, mailbox
from pathlib import Path

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from service_under_test import Service, eventually
from typer.testing import CliRunner

from recsys.errors import UserError
from recsys.events import now_ms
from recsys.home import Home
from recsys.store.mailings import MailKind, MailState
from service.mail.commands import app
from service.mail.due import anyone_due
from service.mail.job import MailJob
from service.mail.letters import Letters
from service.mail.sender import Sender
from service.mail.settings import SmtpSettings
from service.mail.smtp import Session, Unreachable

ROOT = "https://papers.example.org"
DAY_MS = 86_400_000


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Mailbox]:
    with mailbox(tmp_path) as box:
        yield box


def settings(box: Mailbox, monkeypatch: pytest.MonkeyPatch, **changes: str) -> SmtpSettings:
    for name, value in {**box.environment(), **changes}.items():
        monkeypatch.setenv(name, value)
    found = SmtpSettings.from_environment()
    assert found is not None
    return found


def run(service: Service, smtp: SmtpSettings, later: int = DAY_MS) -> Counter[str]:
    """One run of the sender, by default a day later: a wish that was made today counts from tomorrow."""
    context = service.context
    letters = Letters(smtp, ROOT, context.links, context.mail_links)
    with service.home.lock("digest"), Session(smtp) as session:
        return Sender(service.home, context, letters, session, lambda: now_ms() + later).run()


def subscribe(service: Service, *users: str, confirmed: bool = True) -> None:
    for user in users:
        service.store.subscriptions.put(user, f"{user}@example.org", 0, "UTC", confirmed=confirmed)


def part(message: object, kind: str) -> str:
    return message.get_body((kind,)).get_content()  # type: ignore[attr-defined, no-any-return]


def links(service: Service, html: str) -> list[str]:
    return [unescape(found).removeprefix(ROOT) for found in re.findall(r'href="([^"]+)"', html)]


def mailed(message: object, service: Service) -> list[str]:
    """The papers of a mail, by their titles."""
    html = unescape(part(message, "html"))
    return [paper.id for paper in service.store.papers.all() if f">{paper.title}</a>" in html]


def test_a_reader_gets_new_papers_that_suit(
    service: Service, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for item in ("p00", "p03", "p06"):  # of cs.LG
        service.send("ada", "like", item)
    subscribe(service, "ada")
    assert run(service, settings(box, monkeypatch)) == {"taken": 1}
    assert box.logins == [(b"recsys", True)]
    message = box.of("ada@example.org")
    papers = mailed(message, service)
    assert 1 <= len(papers) <= 8
    best = [paper for paper in papers if "cs.LG" in service.store.papers.get(paper).topics]  # type: ignore[union-attr]
    assert len(best) >= 4
    assert not {"p00", "p03", "p06"} & set(papers)
    text = part(message, "plain")
    assert all(service.store.papers.get(paper).title in text for paper in papers)  # type: ignore[union-attr]
    assert "which you liked" in unescape(part(message, "html"))
    (mailing,) = service.store.mailings.of_user("ada")
    assert (mailing.state, mailing.kind) == (MailState.SENT, MailKind.DIGEST)
    assert service.store.mailings.papers_of("ada") == set(papers)


def test_headers_for_mail_programs(service: Service, box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    subscribe(service, "ada")
    run(service, settings(box, monkeypatch))
    message = box.of("ada@example.org")
    assert message["From"] == "Papers <papers@example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    header = re.search(rb"^List-Unsubscribe: <([^>\s]+)>\r?$", box.raw[0], re.MULTILINE)
    assert header, "the address must stand on one line, as it is"
    assert message["Message-ID"].endswith("@example.org>")
    assert message.get_content_type() == "multipart/alternative"
    assert [found.get_content_type() for found in message.iter_parts()] == ["text/plain", "text/html"]
    html = part(message, "html")
    assert "<script" not in html
    assert "src=" not in html  # nothing is fetched when the mail is opened
    assert "prefers-color-scheme: dark" in html


def test_one_click_unsubscribes_and_a_scanner_does_not(
    service: Service, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(service, "ada")
    smtp = settings(box, monkeypatch)
    run(service, smtp)
    path = str(box.of("ada@example.org")["List-Unsubscribe"])[1:-1].removeprefix(ROOT)
    nobody = {"Authorization": ""}
    assert service.client.get(path, headers=nobody).status_code == 200
    assert service.store.subscriptions.get("ada").on  # type: ignore[union-attr]
    answer = service.client.post(
        path, data={"List-Unsubscribe": "One-Click"}, headers=nobody, follow_redirects=False
    )
    assert answer.status_code == 200
    assert not service.store.subscriptions.get("ada").on  # type: ignore[union-attr]
    assert run(service, smtp, 2 * DAY_MS) == {}
    assert service.client.post(path[:-3] + "abc", headers=nobody).status_code == 404


def test_links_of_the_mail_give_feedback(
    service: Service, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(service, "ada")
    run(service, settings(box, monkeypatch))
    paths = links(service, part(box.of("ada@example.org"), "html"))
    acts = list(dict.fromkeys(path for path in paths if path.startswith("/l/")))
    service.client.get(acts[0], headers={"User-Agent": "Mozilla/5.0"}, follow_redirects=False)
    assert service.client.post(acts[1]).status_code == 200  # save
    click, save = service.store.events.of_user("ada")
    assert (click.kind, save.kind, click.item) == ("click", "save", save.item)
    slate = service.store.slates.get(str(save.slate))
    assert slate is not None
    assert slate.items[0].item == save.item
    assert save.position == slate.items[0].position
    assert all(path.startswith(("/l/", "/mail/unsubscribe/")) for path in paths)


def test_no_paper_comes_twice_and_nothing_is_no_mail(
    service: Service, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(service, "ada")
    smtp = settings(box, monkeypatch)
    seen: list[str] = []
    for day in range(1, 7):
        run(service, smtp, day * DAY_MS)
        assert run(service, smtp, day * DAY_MS) == {}  # once a day
    for message in box.arrived:
        seen += mailed(message, service)
    assert len(box.arrived) >= 5
    assert len(seen) == len(set(seen))
    assert run(service, smtp, 9 * DAY_MS) == {"empty": 1}  # nothing is new any more
    assert service.store.mailings.of_user("ada")[0].state is MailState.EMPTY


def test_what_does_not_suit_is_not_worth_a_mail(
    service: Service, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for item in ("p00", "p03", "p06", "p09"):
        service.send("ada", "like", item)
    for paper in service.store.papers.all():
        if "astro-ph" not in paper.topics:
            service.send("ada", "click", paper.id)
    new = {paper.id for paper in service.store.papers.all() if "astro-ph" in paper.topics}
    monkeypatch.setattr(type(service.store.papers), "added_since", lambda self, time: new)
    subscribe(service, "ada")
    assert run(service, settings(box, monkeypatch)) == {"empty": 1}


def test_trending_goes_along(service: Service, box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for reader in ("bob", "cyd", "dan"):
        for item in ("p10", "p20"):
            service.send(reader, "save", item)
    service.send("ada", "hide", "p20")
    subscribe(service, "ada")
    run(service, settings(box, monkeypatch))
    message = box.of("ada@example.org")
    below = unescape(part(message, "html")).partition("Trending")[2]
    trending = {paper.id for paper in service.store.papers.all() if f">{paper.title}</a>" in below}
    assert "p20" not in mailed(message, service)
    assert "p10" in service.store.mailings.papers_of("ada")
    assert trending <= {"p10"}


def test_an_address_is_asked_first(service: Service, box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"address": "Ada@EXAMPLE.org", "hour": 0, "zone": "Europe/Berlin"}
    answer = service.client.put("/v1/users/ada/digest", json=body)
    assert answer.json() == {
        **body,
        "address": "Ada@example.org",
        "user": "ada",
        "on": True,
        "confirmed": False,
    }
    smtp = settings(box, monkeypatch)
    assert run(service, smtp, 60_000) == {"taken": 1}
    assert run(service, smtp, 120_000) == {}
    question = box.of("Ada@example.org")
    assert "List-Unsubscribe" not in question
    (path,) = links(service, part(question, "html"))
    assert service.client.get(path, headers={"Authorization": ""}).status_code == 200
    assert service.get("/v1/users/ada/digest")["confirmed"] is False
    assert service.client.post(path, headers={"Authorization": ""}).status_code == 200
    assert service.get("/v1/users/ada/digest")["confirmed"] is True
    assert run(service, smtp, 2 * DAY_MS) == {"taken": 1}
    service.client.put("/v1/users/ada/digest", json={**body, "address": "new@example.org"})
    assert service.get("/v1/users/ada/digest")["confirmed"] is False
    assert service.client.post(path, headers={"Authorization": ""}).status_code == 410
    assert service.client.delete("/v1/users/ada/digest").json() == {"user": "ada", "deleted": True}
    assert service.client.delete("/v1/users/ada/digest").json() == {"user": "ada", "deleted": False}
    assert service.client.get("/v1/users/ada/digest").status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"address": "nobody"}, "address"),
        ({"address": "a@b.org\nBcc: all@b.org"}, "address"),
        ({"hour": 24}, "hour"),
        ({"zone": "Middle/Earth"}, "zone"),
        ({"zone": "../../etc/passwd"}, "zone"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_wishes_that_make_no_sense(shared: Service, change: dict[str, object], field: str) -> None:
    answer = shared.client.put("/v1/users/eve/digest", json={"address": "eve@example.org", **change})
    assert answer.status_code == 422
    assert answer.json()["field"] == field


def test_replies_of_the_server(service: Service, box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """For good, for now, unclear: each reader by themselves, and the others get theirs."""
    subscribe(service, "ada", "bob", "cyd", "dan", "eve")
    box.rcpt["ada@example.org"] = ["550 no such mailbox"]
    box.rcpt["bob@example.org"] = ["451 greylisted"]
    box.data["cyd@example.org"] = ["452 no room", "554 we call this spam"]
    box.hang_up.add("dan@example.org")
    smtp = settings(box, monkeypatch)
    assert run(service, smtp) == {"refused": 1, "deferred": 2, "unclear": 1, "taken": 1}
    states = {user: [m.state for m in service.store.mailings.of_user(user)] for user in ("ada", "bob", "dan")}
    assert states == {"ada": [MailState.REFUSED], "bob": [], "dan": [MailState.UNKNOWN]}
    assert service.store.mailings.papers_of("ada") == set()  # they never left: another day may bring them
    assert service.store.mailings.papers_of("dan")
    assert run(service, smtp) == {"taken": 1, "refused": 1}
    assert box.counts() == {"bob@example.org": 1, "dan@example.org": 1, "eve@example.org": 1}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"RECSYS_SMTP_PASSWORD": "wrong"}, "refuses RECSYS_SMTP_USER 'recsys'"),
        ({"RECSYS_SMTP_PORT": "1"}, "can't be used"),
        ({"RECSYS_SMTP_CA": ""}, "certificate"),
        (
            {"RECSYS_SMTP_SECURITY": "none", "RECSYS_SMTP_USER": "", "RECSYS_SMTP_PASSWORD": ""},
            "takes no mail",
        ),
        ({"RECSYS_SMTP_SECURITY": "tls"}, "can't be used"),
    ],
)
def test_a_server_that_can_not_be_used_costs_nobody_their_mail(
    service: Service, box: Mailbox, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], said: str
) -> None:
    subscribe(service, "ada")
    with pytest.raises(Unreachable, match=said) as caught:
        run(service, settings(box, monkeypatch, **changes))
    assert PASSWORD not in str(caught.value)
    assert service.store.mailings.of_user("ada") == []
    mended = settings(box, monkeypatch, RECSYS_SMTP_SECURITY="")
    assert run(service, mended) == {"taken": 1}


def test_without_starttls_nothing_is_said(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(service, "ada")
    (tmp_path / "bare").mkdir()
    bare = {"tls_context": None, "require_starttls": False, "auth_require_tls": False}
    with mailbox(tmp_path / "bare", **bare) as box:
        with pytest.raises(Unreachable, match="has no STARTTLS"):
            run(service, settings(box, monkeypatch))
        assert box.logins == []


def test_the_password_is_in_no_representation(box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    assert PASSWORD not in repr(settings(box, monkeypatch)) + str(settings(box, monkeypatch).model_dump())


def test_a_connection_that_was_closed_is_opened_again(
    service: Service, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(service, "ada", "bob", "cyd")
    box.rcpt["bob@example.org"] = ["421 you have sent enough for one connection"]
    box.hang_up.add("ada@example.org")
    assert run(service, settings(box, monkeypatch)) == {"unclear": 1, "taken": 1, "deferred": 1}
    assert run(service, settings(box, monkeypatch)) == {"taken": 1}
    assert max(box.counts().values()) == 1


def test_two_senders_share_the_readers(
    service: Service, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A claim that was taken away is not sent: the slower sender finds out before it hands its mail over."""
    subscribe(service, "ada")
    smtp = settings(box, monkeypatch)
    mailings = service.store.mailings
    id = mailings.claim("ada", MailKind.DIGEST, "2026-01-01", "ada@example.org", "another-home", ["p01"])
    assert id is not None
    assert mailings.claim("ada", MailKind.DIGEST, "2026-01-01", "ada@example.org", "x") is None
    assert mailings.claim("ada", MailKind.DIGEST, "2026-01-02", "ada@example.org", "x", ["p01"]) is None
    assert run(service, smtp) == {"taken": 1}  # a day later, the other's claim is taken for abandoned
    assert mailings.begin(id) is False


def home_with_readers(template: Path, folder: Path, count: int) -> Home:
    """A home whose readers have wished for the digest long ago."""
    shutil.copytree(template, folder)
    home = Home(folder)
    with home.open_store() as store:
        for n in range(count):
            store.subscriptions.put(f"reader{n}", f"reader{n}@example.org", 0, "UTC", confirmed=True)
        with store.database.writing() as connection:
            connection.exec_driver_sql("UPDATE subscriptions SET since = 0, confirmed = 1")
    return home


def start(home: Home, box: Mailbox) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "recsys", "digest", "--home", str(home.path)]
    environment = {**os.environ, **box.environment(), "REDIS_URL": "redis://127.0.0.1:1"}
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("moment", ["before it left", "after it was taken"])
def test_kill_9_in_the_middle_mails_nobody_twice_and_skips_nobody(
    template: Path, tmp_path: Path, box: Mailbox, moment: str
) -> None:
    home = home_with_readers(template, tmp_path / "home", 6)
    (box.hold_rcpt if moment == "before it left" else box.hold).add("reader3@example.org")
    sender = start(home, box)
    assert eventually(box.held.is_set, within=60), sender.communicate()
    sender.send_signal(signal.SIGKILL)
    sender.wait()
    box.hold.clear()
    box.hold_rcpt.clear()
    box.let_go.set()
    before = box.counts()
    assert 3 <= len(before) <= 4
    again = start(home, box)
    out, errors = again.communicate(timeout=120)
    assert again.returncode == 0, errors
    assert box.counts() == {f"reader{n}@example.org": 1 for n in range(6)}
    assert PASSWORD not in out + errors
    with home.open_store() as store:
        states = Counter(store.mailings.of_user(f"reader{n}")[0].state for n in range(6))
    left = {MailState.UNKNOWN: 1} if moment == "after it was taken" else {}
    assert states == {MailState.SENT: 6 - len(left), **left}
    assert ("1 may have left" in errors) == bool(left)
    third = start(home, box)
    assert third.communicate(timeout=60)[0] == "nobody is due\n"


def test_killed_again_and_again(template: Path, tmp_path: Path, box: Mailbox) -> None:
    """Whenever it dies: at most one mail each, and only those whose mail may have left go without."""
    home = home_with_readers(template, tmp_path / "home", 9)
    for kill_at in (2, 4, 7):
        sender = start(home, box)
        assert eventually(lambda at=kill_at: len(box.arrived) >= at, within=60), sender.communicate()
        sender.kill()
        sender.communicate()
    last = start(home, box)
    assert last.wait(120) == 0
    assert max(box.counts().values()) == 1
    with home.open_store() as store:
        for n in range(9):
            (mailing,) = store.mailings.of_user(f"reader{n}")
            arrived = box.counts()[f"reader{n}@example.org"]
            assert arrived == 1 or mailing.state is MailState.UNKNOWN
            assert mailing.state in (MailState.SENT, MailState.UNKNOWN)
        assert not anyone_due(store, now_ms())


def test_up_mails_who_is_due(
    template: Path, tmp_path: Path, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = home_with_readers(template, tmp_path / "home", 2)
    settings(box, monkeypatch)
    own = {"RECSYS_HOME": str(home.path), "DATABASE_URL": home.database_url()}
    environment = {**os.environ, **own, "REDIS_URL": "redis://127.0.0.1:1"}
    said: list[str] = []
    job = MailJob(home, environment, "http://127.0.0.1:8000", said.append)
    scheduler = BackgroundScheduler()
    job.schedule(scheduler)
    assert said[0].startswith(f"mail     digests through localhost:{box.port}")
    (planned,) = scheduler.get_jobs()
    planned.func()
    assert box.counts() == {"reader0@example.org": 1, "reader1@example.org": 1}
    assert len(said) == 1
    monkeypatch.delenv("RECSYS_SMTP_HOST")
    nothing = BackgroundScheduler()
    MailJob(home, environment, "http://127.0.0.1:8000", said.append).schedule(nothing)
    assert nothing.get_jobs() == []
    monkeypatch.setenv("RECSYS_SMTP_HOST", "localhost")
    monkeypatch.setenv("RECSYS_SMTP_PORT", "many")
    with pytest.raises(UserError, match="RECSYS_SMTP_PORT"):
        MailJob(home, environment, "http://127.0.0.1:8000", said.append)


def test_the_command_line(
    template: Path, tmp_path: Path, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(template, tmp_path / "home")
    monkeypatch.setenv("RECSYS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    monkeypatch.delenv("RECSYS_SMTP_HOST", raising=False)

    def digest(*arguments: str) -> str:
        done = CliRunner().invoke(app, arguments, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    with pytest.raises(UserError, match="RECSYS_SMTP_HOST"):
        digest()
    for wrong, said in (
        (["ada", "nobody"], "not a mail address"),
        (["ada", "ada@example.org", "--zone", "Mars"], "IANA time zone"),
        (["", "ada@example.org"], "the reader's id"),
    ):
        with pytest.raises(UserError, match=said):
            digest("subscribe", *wrong)
    done = digest("subscribe", "ada", "ada@example.org", "--hour", "7", "--zone", "Europe/Berlin")
    assert done == "ada  ada@example.org  07:00 Europe/Berlin  to be confirmed\n"
    settings(box, monkeypatch)
    assert digest() == "1 sent\n"
    assert box.of("ada@example.org")["Subject"] == "Confirm your daily papers"
    assert digest() == "nobody is due\n"
    assert "confirmation sent" in digest("list")
    digest("unsubscribe", "ada")
    with pytest.raises(UserError, match="no digest is mailed to 'ada'"):
        digest("unsubscribe", "ada")
    assert "Attention Is All You Need" in digest("preview", "ada", "--out", str(tmp_path / "out.html"))
    assert "New papers for you" in (tmp_path / "out.html").read_text()
    assert len(box.arrived) == 1
