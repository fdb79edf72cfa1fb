"""`recsys up`: everything one installation needs, in one process tree.

A private Redis, the demo and a first training where there is nothing yet, the service, the nightly
retrain, and the subscribed feeds. Training runs in a process of its own: the supervisor and the service
never import it.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from recsys.bundle import current_id
from recsys.demo import SOURCE as DEMO
from recsys.errors import UserError
from recsys.home import Home
from recsys.redis_server import PrivateRedis
from recsys.shelf import is_served
from recsys.store import Role, Store
from service import children
from service.mail.job import MailJob
from service.source_polling import EVERY_S, SourcePolling

Say = Callable[[str], None]

_READY_WITHIN_S = 60.0
_WATCH_EVERY_S = 0.2
_RESTART_PAUSE_S = 1.0
_FIRST_READER = "me"
KEPT_BACK = 1  # exit code of `recsys train` where the gate kept the bundle back: we serve without one


@dataclass(frozen=True, slots=True)
class Plan:
    """What `recsys up` was asked for."""

    home: Home
    database_url: str | None
    host: str
    port: int
    workers: int
    retrain_at: str
    embedder: str | None
    demo: bool


class Supervisor:
    """Starts the parts in order, keeps them running, stops them in reverse."""

    def __init__(self, plan: Plan, say: Say) -> None:
        self.plan = plan
        self.say = say
        self._stopping = threading.Event()
        self._redis: PrivateRedis | None = None
        self._service: subprocess.Popen[bytes] | None = None
        self._training: subprocess.Popen[bytes] | None = None
        self._environment = {
            **os.environ,
            "RECSYS_HOME": str(plan.home.path),
            "DATABASE_URL": plan.home.database_url(plan.database_url),
            "REDIS_URL": plan.home.redis_url(),
            **metrics_environment(plan.home, plan.workers),
        }
        self._sources = SourcePolling(plan.home, plan.database_url, self._environment)

    def run(self) -> None:
        """Run until SIGINT or SIGTERM.

        Raises:
            recsys.errors.UserError: the home is in use, the port is taken, or a part does not start.
        """
        began = time.monotonic()
        plan = self.plan
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._stopping.set())
        with ExitStack() as running:
            running.enter_context(plan.home.lock("up"))
            _refuse_taken_port(plan.host, plan.port)
            mail = MailJob(plan.home, self._environment, self._address(), self.say)
            self.say(f"home     {plan.home.path}")
            plan.home.note_address(self._address())
            key, empty = self._open_record()
            running.callback(self._stop_redis)
            self._start_redis()
            running.callback(self._stop_training)
            if empty and plan.demo:
                self._run_to_end("demo")
            if not is_served(plan.home.bundles) and not (empty and not plan.demo):
                self.say("training the first model")
                self._run_to_end("train", *self._embedder())
            if self._stopping.is_set():
                return
            running.callback(self._stop_service)
            self._start_service()
            self._await_ready()
            scheduler = self._schedule()
            running.callback(self._sources.stop)
            running.callback(mail.stop)
            mail.schedule(scheduler)
            running.callback(scheduler.shutdown, wait=False)
            link = self._invite() if key else None
            self._welcome(key, link, time.monotonic() - began)
            self._watch()
            self.say("stopping")

    def _open_record(self) -> tuple[str | None, bool]:
        """Migrate the record; the key made if there was none, and whether the catalogue is empty."""
        with self.plan.home.open_store(self.plan.database_url) as store:
            key = store.keys.create("made on the first start") if store.keys.count() == 0 else None
            return key, store.papers.count() == 0 or _demo_half_loaded(store)

    def _invite(self) -> str:
        """The first sign-in link, for whoever starts an installation."""
        with self.plan.home.open_store(self.plan.database_url) as store:
            _, token = store.invites.create(_FIRST_READER, Role.ADMIN)
        return f"{self._address()}/sign-in/{token}"

    def _start_redis(self) -> None:
        if os.environ.get("REDIS_URL"):
            self.say("redis    as $REDIS_URL says")
            return
        self._redis = PrivateRedis(self.plan.home.redis_socket)
        self._redis.start()
        self.say(f"redis    private, process {self._redis.pid}")

    def _start_service(self) -> None:
        plan = self.plan
        command = [sys.executable, "-m", "uvicorn", "service.app:from_environment", "--factory"]
        command += ["--host", plan.host, "--port", str(plan.port), "--workers", str(plan.workers)]
        command += ["--no-access-log", "--log-level", "warning"]
        log = plan.home.logs / "service.log"
        self._service = children.start(command, self._environment, log)

    def _await_ready(self) -> None:
        give_up = time.monotonic() + _READY_WITHIN_S
        while not self._stopping.is_set():
            if self._service is None or self._service.poll() is not None or time.monotonic() > give_up:
                raise UserError(f"the service did not start: see {self.plan.home.logs / 'service.log'}")
            try:
                with urllib.request.urlopen(f"{self._address()}/health/ready", timeout=2):  # noqa: S310
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)

    def _schedule(self) -> BackgroundScheduler:
        hour, minute = parse_time(self.plan.retrain_at)
        scheduler = BackgroundScheduler()
        scheduler.add_job(
            self._retrain, CronTrigger(hour=hour, minute=minute), coalesce=True, misfire_grace_time=3600
        )
        scheduler.add_job(self._sources.look, IntervalTrigger(seconds=EVERY_S), coalesce=True)
        scheduler.start()
        return scheduler

    def _retrain(self) -> None:
        """The nightly job; the service swaps to what it publishes by itself."""
        before = current_id(self.plan.home.bundles)
        log = self.plan.home.logs / "train.log"
        self.say(f"{datetime.now():%H:%M} nightly retrain, log in {log}")
        command = [sys.executable, "-m", "recsys", "train", *self._embedder()]
        self._training = children.start(command, self._environment, log)
        code = self._training.wait()
        after = current_id(self.plan.home.bundles)
        outcome = "nothing new" if after == before else f"bundle {after} is live"
        self.say(f"{datetime.now():%H:%M} nightly retrain ended: {outcome if code == 0 else f'see {log}'}")

    def _run_to_end(self, *arguments: str) -> None:
        """Run one of our commands with the terminal, before the service is there."""
        self._training = children.start([sys.executable, "-m", "recsys", *arguments], self._environment, None)
        while self._training.poll() is None and not self._stopping.is_set():
            self._stopping.wait(_WATCH_EVERY_S)
        if self._training.poll() not in (None, 0, KEPT_BACK) and not self._stopping.is_set():
            raise UserError(f"`recsys {arguments[0]}` failed; what it said is above")

    def _welcome(self, key: str | None, link: str | None, seconds: float) -> None:
        self.say(f"ready    {self._address()} after {seconds:.1f} s; retrains at {self.plan.retrain_at}")
        if link:
            self.say(f"\nOpen this once in your browser, to sign in as {_FIRST_READER!r}:\n\n  {link}\n")
        else:
            self.say(f"sign in  `recsys users invite {_FIRST_READER} --admin` makes a link")
        if key:
            self.say(f"API key  {key}   (shown this once; `recsys keys create NAME` makes another)")
        header = f"Authorization: Bearer {key or '$RECSYS_KEY'}"
        quote = "'" if key else '"'
        self.say("\nOr try:\n")
        self.say(
            f"  curl -s -H {quote}{header}{quote} '{self._address()}/v1/recommendations?user=me&limit=5'"
        )
        self.say(f"\nReference: {self._address()}/docs   Ctrl-C stops everything.\n")

    def _watch(self) -> None:
        """Keep Redis and the service running until told to stop."""
        while not self._stopping.wait(_WATCH_EVERY_S):
            if self._redis is not None and not self._redis.alive():
                self.say("redis ended; starting it again")
                self._redis.start()
            if self._service is not None and self._service.poll() is not None:
                self.say(f"the service ended (code {self._service.returncode}); starting it again")
                self._stopping.wait(_RESTART_PAUSE_S)
                self._start_service()

    def _stop_redis(self) -> None:
        if self._redis is not None:
            self._redis.stop()

    def _stop_service(self) -> None:
        if self._service is not None:
            children.stop(self._service)

    def _stop_training(self) -> None:
        if self._training is not None:
            children.stop(self._training)

    def _embedder(self) -> list[str]:
        return ["--embedder", self.plan.embedder] if self.plan.embedder else []

    def _address(self) -> str:
        return address_at(self.plan.host, self.plan.port)


def address_at(host: str, port: int) -> str:
    """Where what listens on a host's port is reached from this machine.

    >>> address_at("0.0.0.0", 8000), address_at("::1", 8000)
    ('http://127.0.0.1:8000', 'http://[::1]:8000')
    """
    host = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _demo_half_loaded(store: Store) -> bool:
    """Whether a first start was killed between the demo's papers and its readers."""
    return store.events.count() == 0 and store.papers.page(0, 1)[0].source == DEMO


def metrics_environment(home: Home, workers: int) -> dict[str, str]:
    """Where several workers add up their metrics: an empty folder; one worker needs none."""
    if workers == 1:
        return {}
    folder = home.folder("run") / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return {"PROMETHEUS_MULTIPROC_DIR": str(folder)}


def parse_time(text: str) -> tuple[int, int]:
    """Hour and minute of `HH:MM`.

    >>> parse_time("03:00")
    (3, 0)

    Raises:
        recsys.errors.UserError: it is none.
    """
    try:
        moment = datetime.strptime(text, "%H:%M")
    except ValueError:
        raise UserError(f"--retrain-at: give a time such as 03:00, not {text!r}") from None
    return moment.hour, moment.minute


def _refuse_taken_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise UserError(f"--host/--port: can't listen on {host}:{port} ({error.strerror})") from None
