"""`recsys users invite`: a one-time link to sign in by."""

from __future__ import annotations

from typing import Annotated

import typer

from recsys.commands.options import HOME, DatabaseOption, HomeOption
from recsys.errors import UserError
from recsys.home import Home
from recsys.store import Role, Store
from service.mail.addresses import mail_address
from service.mail.invitation import Invitations
from service.mail.settings import SmtpSettings
from service.mail.smtp import Fate

_LONGEST_ID = 128


def invite(
    user: Annotated[str, typer.Argument(metavar="NAME", help="the reader; any id of yours")],
    admin: Annotated[bool, typer.Option("--admin", help="They may see /admin.")] = False,
    hours: Annotated[float, typer.Option(min=0.1, max=24 * 365, help="How long the link is good for.")] = 48,
    mail: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Mail it there, rather than print it.")
    ] = None,
    home: HomeOption = HOME,
    database_url: DatabaseOption = None,
) -> None:
    """Make a link by which a reader signs in to the pages, once."""
    if not (user.strip() and user.isprintable() and len(user) <= _LONGEST_ID):
        raise UserError(f"NAME: give 1 to {_LONGEST_ID} printable characters")
    place = Home(home)
    role = Role.ADMIN if admin else Role.READER
    with place.open_store(database_url) as store:
        if mail is not None:
            _mail(place, store, user, role, hours, mail)
            return
        _, token = store.invites.create(user, role, hours)
    typer.echo(f"{place.address}/sign-in/{token}")
    typer.echo(f"It signs in as {user!r}, once, within {hours:g} hours.", err=True)


def _mail(place: Home, store: Store, user: str, role: Role, hours: float, to: str) -> None:
    smtp = SmtpSettings.from_environment()
    if smtp is None:
        raise UserError("RECSYS_SMTP_HOST: say which server takes our mail (docs/mail.md)")
    try:
        address = mail_address(to)
    except ValueError as error:
        raise UserError(f"--mail: {error}") from None
    outcome = Invitations(store, smtp, place.address, place.secret()).invite(user, role, address, hours)
    if outcome is None or outcome.fate is not Fate.TAKEN:
        raise UserError(f"the link was not mailed: {outcome.detail if outcome else 'one is on its way'}")
    typer.echo(f"a link that signs in as {user!r}, once, was mailed to {address}", err=True)
