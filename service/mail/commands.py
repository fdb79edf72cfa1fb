"""`recsys digest`: mail the digests that are due, and say who gets them."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from recsys.commands.options import HOME, DatabaseOption, HomeOption, RedisOption
from recsys.errors import UserError
from recsys.events import now_ms
from recsys.home import Home
from recsys.store import DigestSubscription
from service.mail.addresses import mail_address, time_zone
from service.mail.due import anyone_due
from service.mail.settings import SmtpSettings

app = typer.Typer(add_completion=False, help="Mail the digests that are due now; who gets them, and when.")

_WORDS = {"taken": "sent", "empty": "nothing worth a mail"}

UserArgument = Annotated[str, typer.Argument(help="the reader")]


@app.callback(invoke_without_command=True)
def digest(
    command: typer.Context,
    home: HomeOption = HOME,
    database_url: DatabaseOption = None,
    redis_url: RedisOption = None,
) -> None:
    """Mail the digests that are due now, each once. `recsys up` does so by itself, every five minutes."""
    if command.invoked_subcommand is not None:
        return
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    place, settings = Home(home), _smtp()
    with place.lock("digest"):
        with place.open_store(database_url) as store:
            if not anyone_due(store, now_ms()):
                typer.echo("nobody is due")
                return
        from service.mail.running import UNDONE, send_due

        tally = send_due(place, settings, database_url, redis_url)
    typer.echo(_in_words(tally))
    if any(tally[fate] for fate in UNDONE):
        raise typer.Exit(1)


@app.command()
def subscribe(
    user: UserArgument,
    address: Annotated[str, typer.Argument(help="where to mail to")],
    hour: Annotated[int, typer.Option(min=0, max=23, help="The hour of the reader's day.")] = 8,
    zone: Annotated[str, typer.Option(help="The reader's time zone, such as Europe/Berlin.")] = "UTC",
    confirmed: Annotated[
        bool, typer.Option("--confirmed", help="You know that the address is theirs: don't ask it.")
    ] = False,
    home: HomeOption = HOME,
    database_url: DatabaseOption = None,
) -> None:
    """Mail a reader every day; the address is first asked whether it is theirs."""
    if not user or not user.isprintable() or len(user) > 128:
        raise UserError("the reader's id: give 1 to 128 printable characters")
    try:
        place, at = mail_address(address), time_zone(zone)
    except ValueError as error:
        raise UserError(str(error)) from None
    with Home(home).open_store(database_url) as store:
        wish = store.subscriptions.put(user, place, hour, at, confirmed=confirmed)
    typer.echo(_line(wish))


@app.command()
def unsubscribe(user: UserArgument, home: HomeOption = HOME, database_url: DatabaseOption = None) -> None:
    """Mail a reader no more, and forget the address."""
    with Home(home).open_store(database_url) as store:
        if not store.subscriptions.delete(user):
            raise UserError(f"no digest is mailed to {user!r}: see `recsys digest list`")
    typer.echo(f"unsubscribed {user}", err=True)


@app.command("list")
def list_subscriptions(home: HomeOption = HOME, database_url: DatabaseOption = None) -> None:
    """List who gets the digest, where and when, and what became of the last mail."""
    with Home(home).open_store(database_url) as store:
        for wish in store.subscriptions.list():
            last = next(iter(store.mailings.of_user(wish.user)), None)
            when = (
                datetime.fromtimestamp(last.claimed / 1000, UTC).strftime("%Y-%m-%d %H:%MZ") if last else ""
            )
            ended = f"  {last.kind} {last.state} {when}" if last else ""
            typer.echo(_line(wish) + ended)


@app.command()
def preview(
    user: UserArgument,
    out: Annotated[Path, typer.Option(help="Where to write the HTML.")] = Path("digest.html"),
    home: HomeOption = HOME,
    database_url: DatabaseOption = None,
    redis_url: RedisOption = None,
) -> None:
    """Write what a reader would be mailed now to a file, and its text to the terminal; mails nothing."""
    from service.mail import running

    text, html = running.preview(Home(home), user, database_url, redis_url)
    out.write_text(html, encoding="utf-8")
    typer.echo(text)
    typer.echo(f"HTML in {out}", err=True)


def _smtp() -> SmtpSettings:
    settings = SmtpSettings.from_environment()
    if settings is None:
        raise UserError("RECSYS_SMTP_HOST: say which server takes our mail (docs/mail.md)")
    return settings


def _line(wish: DigestSubscription) -> str:
    state = "off" if not wish.on else "confirmed" if wish.confirmed else "to be confirmed"
    return f"{wish.user}  {wish.address}  {wish.hour:02}:00 {wish.zone}  {state}"


def _in_words(tally: Counter[str]) -> str:
    parts = [f"{number} {_WORDS.get(fate, fate)}" for fate, number in sorted(tally.items())]
    return ", ".join(parts) or "nobody is due"
