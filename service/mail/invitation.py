"""Links to sign in by, mailed: by whoever runs the service, or to an address that it knows."""

from __future__ import annotations

import hashlib
import logging

from recsys.errors import UserError
from recsys.events import now_ms
from recsys.store import Role, Store
from recsys.store.mailings import MailKind
from service.links import Links
from service.mail.handing import hand_over
from service.mail.letters import Letters
from service.mail.settings import SmtpSettings
from service.mail.smtp import Fate, Outcome, Session
from service.mail.tokens import MailLinks

log = logging.getLogger(__name__)

ASKED_HOURS = 1  # how long a link that was asked for is good
_ASKED_EVERY_MS = 10 * 60_000  # a reader is mailed no oftener


class Invitations:
    """Mails links that begin with `root`, the service's own address without a slash at its end."""

    def __init__(self, store: Store, smtp: SmtpSettings, root: str, secret: bytes) -> None:
        self._store = store
        self._smtp = smtp
        self._root = root
        self._letters = Letters(smtp, root, Links(secret), MailLinks(secret))
        self._name = f"{hashlib.sha256(secret).hexdigest()[:16]}-invites"

    def invite(
        self, user: str, role: Role, address: str, hours: float, occasion: str | None = None
    ) -> Outcome | None:
        """Mail a new link; None if there has been a mail on this occasion (by default each is its own).

        Raises:
            service.mail.smtp.Unreachable: nothing can be mailed now.
            recsys.store.StoreError: the record can't answer.
        """
        occasion = occasion or f"invited {now_ms()}"
        id = self._store.mailings.claim(user, MailKind.INVITATION, occasion, address, self._name)
        if id is None:
            return None
        _, token = self._store.invites.create(user, role, hours, address)
        letter = self._letters.invitation(user, address, f"{self._root}/sign-in/{token}", hours, id)
        with Session(self._smtp) as session:
            return hand_over(self._store.mailings, session, id, letter)

    def send_again(self, address: str) -> None:
        """Mail a link to everybody who is known by an address; what goes wrong is logged only.

        Known is where an invitation was mailed to before, and where a reader confirmed to get the digest.
        """
        try:
            for user, role in known_by(self._store, address).items():
                asked = f"asked {now_ms() // _ASKED_EVERY_MS}"
                outcome = self.invite(user, role, address, ASKED_HOURS, asked)
                if outcome is not None and outcome.fate is not Fate.TAKEN:
                    log.warning("a link for %r was not mailed: %s", user, outcome.detail)
        except UserError as error:
            log.warning("no link was mailed: %s", error)


def known_by(store: Store, address: str) -> dict[str, Role]:
    """Who signs in by this address, and as what."""
    found = dict.fromkeys(store.subscriptions.confirmed_at(address), Role.READER)
    return found | store.invites.mailed_to(address)
