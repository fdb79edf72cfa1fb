"""The mail as a part of `recsys up`: every five minutes, a look at who is due, and a sender if anyone is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping

from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.cron import CronTrigger

from recsys.errors import UserError
from recsys.events import now_ms
from recsys.home import Home
from service import children
from service.mail.due import anyone_due
from service.mail.settings import SmtpSettings

_EVERY_MINUTES = 5


class MailJob:
    """Runs `recsys digest` in a process of its own, as the retrain is run.

    Args:
        home: the installation's.
        environment: of the sender, whole.
        address: where the service is, for links in mails if RECSYS_PUBLIC_URL doesn't say.
        say: tells the operator.

    Raises:
        recsys.errors.UserError: the environment's settings of mail are wrong.
    """

    def __init__(
        self, home: Home, environment: Mapping[str, str], address: str, say: Callable[[str], None]
    ) -> None:
        self._home = home
        self._environment = {"RECSYS_PUBLIC_URL": address, **environment}
        self._say = say
        self._smtp = SmtpSettings.from_environment()
        self._sender: subprocess.Popen[bytes] | None = None

    def schedule(self, scheduler: BaseScheduler) -> None:
        """Add it to the schedule, if there is a server that takes mail."""
        if self._smtp is None:
            return
        trigger = CronTrigger(minute=f"*/{_EVERY_MINUTES}")
        scheduler.add_job(self.run, trigger, coalesce=True, max_instances=1, misfire_grace_time=60)
        self._say(
            f"mail     digests through {self._smtp.host}:{self._smtp.port}, each reader's at their hour"
        )

    def run(self) -> None:
        """Mail whoever is due now."""
        try:
            with self._home.open_store(self._environment["DATABASE_URL"]) as store:
                due = anyone_due(store, now_ms())
        except UserError as error:
            self._say(f"mail: {error}")
            return
        if due:
            log = self._home.logs / "mail.log"
            self._sender = children.start([sys.executable, "-m", "recsys", "digest"], self._environment, log)
            if self._sender.wait() not in (0, -15):
                self._say(f"mail: not everybody could be mailed, and is tried again: see {log}")

    def stop(self) -> None:
        """End a sender under way; it is killed at worst, and nobody is mailed twice for that."""
        if self._sender is not None:
            children.stop(self._sender)
