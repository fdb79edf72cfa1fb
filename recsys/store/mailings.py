"""Each mail that was begun, so that none is sent twice. Decision 0014 says why it is done this way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, update

from recsys.events import now_ms
from recsys.store.engine import Database, insert_into
from recsys.store.schema import mailed_papers, mailings, plain


class MailKind(StrEnum):
    """What a mail is for."""

    DIGEST = "digest"
    CONFIRMATION = "confirmation"
    INVITATION = "invitation"


class MailState(StrEnum):
    """How far a mail has come. Only what is claimed may be begun again."""

    CLAIMED = "claimed"  # it has certainly not left
    SENDING = "sending"  # it may be leaving
    SENT = "sent"  # the server has taken it
    REFUSED = "refused"  # the server never will
    UNKNOWN = "unknown"  # the sender died, or the line broke, before the server's answer: it may have left
    EMPTY = "empty"  # there was nothing worth a mail


@dataclass(frozen=True, slots=True)
class Mailing:
    """One mail. `occasion` names what it is for, such as the reader's day; times in ms since the epoch."""

    id: str
    user: str
    kind: MailKind
    occasion: str
    address: str
    state: MailState
    claimed: int
    ended: int | None
    detail: str | None


_COLUMNS = tuple(mailings.c[name] for name in Mailing.__slots__)


class MailingTable:
    """Mailings by id, each unique in (user, kind, occasion)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(
        self,
        user: str,
        kind: MailKind,
        occasion: str,
        address: str,
        sender: str,
        papers: Iterable[str] = (),
        state: MailState = MailState.CLAIMED,
    ) -> str | None:
        """Take it upon the sender to mail these papers; the mailing's id.

        None: a mail for this occasion has been begun, or one of the papers was mailed to the reader before.
        """
        id = uuid4().hex
        values = {
            "id": id,
            "user": plain(user),
            "kind": kind,
            "occasion": occasion,
            "address": address,
            "sender": sender,
            "state": state,
            "claimed": now_ms(),
        }
        held = [{"user": plain(user), "paper": paper, "mailing": id} for paper in papers]
        with self._database.writing() as connection:
            new = insert_into(connection, mailings).on_conflict_do_nothing().returning(mailings.c.id)
            if connection.execute(new, values).one_or_none() is None:
                return None
            if held and _already_mailed(connection, user, [entry["paper"] for entry in held]):
                _forget(connection, mailings.c.id == id)
                return None
            if held:
                connection.execute(insert(mailed_papers), held)
        return id

    def begin(self, id: str) -> bool:
        """Note on disk that the mail is about to leave; False: the claim was taken away, so it mustn't."""
        return self._move(id, (MailState.CLAIMED,), MailState.SENDING)

    def release(self, id: str) -> None:
        """Give a claim back: the mail has certainly not left, and may be begun again."""
        with self._database.writing() as connection:
            open_ = mailings.c.state.in_([MailState.CLAIMED, MailState.SENDING])
            _forget(connection, (mailings.c.id == id) & open_)

    def end(self, id: str, state: MailState, detail: str) -> None:
        """Note what became of the mail. The papers of one that was refused may come in another."""
        unsettled = (MailState.CLAIMED, MailState.SENDING, MailState.UNKNOWN)
        self._move(id, unsettled, state, ended=now_ms(), detail=detail[:500])
        if state is MailState.REFUSED:
            with self._database.writing() as connection:
                connection.execute(delete(mailed_papers).where(mailed_papers.c.mailing == id))

    def clear_up(self, sender: str, before: int) -> tuple[int, int]:
        """Settle what dead senders left: all of `sender`, and of others what they claimed before that time.

        What was only claimed is forgotten, for it has not left. What may have left is never sent again.

        Returns:
            how many were forgotten, and how many are now unknown.
        """
        dead = or_(mailings.c.sender == sender, mailings.c.claimed < before)
        unknown = {
            "state": MailState.UNKNOWN,
            "ended": now_ms(),
            "detail": "the sender ended before the answer",
        }
        with self._database.writing() as connection:
            left = update(mailings).where(dead, mailings.c.state == MailState.SENDING).values(unknown)
            lost = connection.execute(left).rowcount
            return _forget(connection, dead & (mailings.c.state == MailState.CLAIMED)), lost

    def begun(self, kind: MailKind, user: str, occasion: str) -> bool:
        """Whether a mail for this occasion was begun."""
        same = (mailings.c.user == plain(user), mailings.c.kind == kind, mailings.c.occasion == occasion)
        with self._database.reading() as connection:
            return connection.execute(select(mailings.c.id).where(*same)).one_or_none() is not None

    def papers_of(self, user: str) -> set[str]:
        """Every paper that was mailed to the reader, or may have been."""
        with self._database.reading() as connection:
            mine = select(mailed_papers.c.paper).where(mailed_papers.c.user == plain(user))
            return set(connection.scalars(mine))

    def of_user(self, user: str) -> list[Mailing]:
        """The reader's mailings, the newest first."""
        statement = select(*_COLUMNS).where(mailings.c.user == plain(user))
        with self._database.reading() as connection:
            rows = connection.execute(statement.order_by(mailings.c.claimed.desc(), mailings.c.id))
            return [Mailing(i, u, MailKind(k), o, a, MailState(s), *rest) for i, u, k, o, a, s, *rest in rows]

    def _move(self, id: str, since: Iterable[MailState], state: MailState, **values: object) -> bool:
        change = update(mailings).where(mailings.c.id == id, mailings.c.state.in_(list(since)))
        with self._database.writing() as connection:
            return connection.execute(change.values(state=state, **values)).rowcount == 1


def _already_mailed(connection: Connection, user: str, papers: list[str]) -> bool:
    mine = select(mailed_papers.c.paper).where(mailed_papers.c.user == plain(user))
    return connection.execute(mine.where(mailed_papers.c.paper.in_(papers)).limit(1)).first() is not None


def _forget(connection: Connection, which: ColumnElement[bool]) -> int:
    """Delete mailings and what they hold."""
    connection.execute(
        delete(mailed_papers).where(mailed_papers.c.mailing.in_(select(mailings.c.id).where(which)))
    )
    return connection.execute(delete(mailings).where(which)).rowcount
