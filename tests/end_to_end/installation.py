"""A real installation: `recsys up` in a process of its own, driven over HTTP."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

RECSYS = [sys.executable, "-m", "recsys"]


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Installation:
    """`recsys up` on a home; `start` waits until it says that it is ready.

    `key` and `link` are those that a start printed: only the first one does, and others may have come since.
    """

    home: Path
    port: int = field(default_factory=free_port)
    key: str = ""
    link: str = ""
    process: subprocess.Popen[bytes] | None = None
    output: str = ""

    def start(self, *options: str, patience: float = 240) -> float:
        """Start it; how many seconds it took until ready."""
        self.home.parent.mkdir(parents=True, exist_ok=True)
        log = self.home.parent / "up.log"
        began = time.monotonic()
        with log.open("wb") as out:
            command = [*RECSYS, "up", "--home", str(self.home), "--port", str(self.port), *options]
            self.process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=environment())
        while True:
            self.output = log.read_text()
            if "\nready " in self.output and "Ctrl-C" in self.output:
                break
            assert self.process.poll() is None, self.output
            assert time.monotonic() - began < patience, self.output
            time.sleep(0.05)
        if found := re.search(r"rk_[\w-]+", self.output):
            self.key = found.group()
        if found := re.search(r"http://\S+/sign-in/\S+", self.output):
            self.link = found.group()
        return time.monotonic() - began

    def stop(self) -> int:
        """Ctrl-C; the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request with the key."""
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.request(
            method, f"http://127.0.0.1:{self.port}{path}", headers=headers, timeout=30, **options
        )

    def recommend(self, user: str, **query: Any) -> dict[str, Any]:
        """A slate, which must be an answer."""
        answer = self.call("GET", "/v1/recommendations", params={"user": user, **query})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, *events: dict[str, Any]) -> dict[str, Any]:
        """Events, which must be taken."""
        answer = self.call("POST", "/v1/events", json={"events": list(events)})
        assert answer.status_code == 200, answer.text
        assert answer.json()["refused"] == []
        return answer.json()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another `recsys` command on the same home."""
        return subprocess.run(
            [*RECSYS, *arguments, "--home", str(self.home)],
            capture_output=True,
            text=True,
            check=False,
            env=environment(),
        )

    def redis_pid(self) -> int:
        """The private Redis, as `up` last named it or as the server itself says."""
        import redis

        client = redis.Redis.from_url(f"unix://{self.home / 'run' / 'redis.sock'}")
        return int(client.info("server")["process_id"])


def environment() -> dict[str, str]:
    """Ours, without what would lead a child to another installation."""
    return {k: v for k, v in os.environ.items() if k not in ("RECSYS_HOME", "DATABASE_URL", "REDIS_URL")}
