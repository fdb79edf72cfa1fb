"""Mail everybody who is due, each once. Decision 0014 says what holds when this is killed at any moment."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Callable
from datetime import date

from recsys.errors import UserError
from recsys.events import now_ms
from recsys.home import Home
from recsys.store import DigestSubscription
from recsys.store.mailings import MailKind, MailState
from service.context import Context
from service.mail.choice import choose
from service.mail.due import digest_due, question_due
from service.mail.handing import hand_over
from service.mail.letters import Letters
from service.mail.smtp import Fate, Session

log = logging.getLogger(__name__)

_DEAD_AFTER_MS = 15 * 60_000  # a claim of another home's sender is taken for abandoned

FAILED = "failed"


class Sender:
    """Mails from one home. Only one at a time runs there: the caller holds the home's lock `digest`."""

    def __init__(
        self,
        home: Home,
        context: Context,
        letters: Letters,
        session: Session,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        self._name = hashlib.sha256(home.secret()).hexdigest()[:16]
        self._context = context
        self._mailings = context.store.mailings
        self._letters = letters
        self._session = session
        self._clock = clock

    def run(self) -> Counter[str]:
        """Mail whoever is due; how many mails had which fate.

        Raises:
            service.mail.smtp.Unreachable: the server can't be used; the others are due at the next run.
            recsys.store.StoreError: the record can't answer.
        """
        forgotten, lost = self._mailings.clear_up(self._name, self._clock() - _DEAD_AFTER_MS)
        if forgotten or lost:
            log.warning("a sender was ended: %d mails are begun again, %d may have left", forgotten, lost)
        tally: Counter[str] = Counter()
        for wish in self._context.store.subscriptions.list():
            for mail in (self._ask, self._digest):
                try:
                    fate = mail(wish)
                except UserError:
                    raise
                except Exception:  # one reader's mail that can't be written is not the others' misfortune
                    log.exception("the mail to reader %r could not be made", wish.user)
                    fate = FAILED
                if fate:
                    tally[fate] += 1
        return tally

    def _ask(self, wish: DigestSubscription) -> str | None:
        occasion = question_due(wish, self._clock())
        if occasion is None or self._mailings.begun(MailKind.CONFIRMATION, wish.user, occasion):
            return None
        id = self._mailings.claim(wish.user, MailKind.CONFIRMATION, occasion, wish.address, self._name)
        if id is None:
            return None
        return hand_over(self._mailings, self._session, id, self._letters.confirmation(wish, id)).fate.value

    def _digest(self, wish: DigestSubscription) -> str | None:
        now = self._clock()
        day = digest_due(wish, now)
        if day is None or self._mailings.begun(MailKind.DIGEST, wish.user, day):
            return None
        choice = choose(self._context, wish.user, now)
        state = MailState.CLAIMED if choice.best else MailState.EMPTY
        to = (wish.user, MailKind.DIGEST, day, wish.address, self._name)
        id = self._mailings.claim(*to, papers=choice.papers, state=state)
        if id is None:
            return None
        if not choice.best:
            return MailState.EMPTY.value
        message = self._letters.digest(wish, date.fromisoformat(day), choice, id)
        outcome = hand_over(self._mailings, self._session, id, message)
        if choice.slate and outcome.fate in (Fate.TAKEN, Fate.UNCLEAR):
            self._context.store.slates.add([choice.slate])
        return outcome.fate.value
