"""Handing a claimed mail over to the server, and noting what became of it."""

from __future__ import annotations

import logging
from email.message import EmailMessage

from recsys.store import MailingTable, StoreError
from recsys.store.mailings import MailState
from service.mail.smtp import Fate, Outcome, Session, Unreachable

log = logging.getLogger(__name__)

_ENDS = {Fate.TAKEN: MailState.SENT, Fate.REFUSED: MailState.REFUSED, Fate.UNCLEAR: MailState.UNKNOWN}


def hand_over(mailings: MailingTable, session: Session, id: str, message: EmailMessage) -> Outcome:
    """Send the mail that was claimed under this id.

    Raises:
        service.mail.smtp.Unreachable: the server can't be used; the claim was given back.
        recsys.store.StoreError: the record can't answer; likewise.
    """
    try:
        outcome = session.send(message, lambda: mailings.begin(id))
    except (Unreachable, StoreError):  # it hasn't left; of any other end nobody can say so
        mailings.release(id)
        raise
    if outcome.fate in _ENDS:
        mailings.end(id, _ENDS[outcome.fate], outcome.detail)
    elif outcome.fate is Fate.DEFERRED:
        mailings.release(id)
    if outcome.fate is not Fate.TAKEN:
        log.warning("mail %s: %s (%s)", id, outcome.fate.value, outcome.detail)
    return outcome
