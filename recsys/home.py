"""The home folder: where one installation keeps its record, its bundles and what runs."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from recsys.errors import UserError

if TYPE_CHECKING:
    from recsys.store import Store

_SECRET_BYTES = 32
_ADDRESS = "address"
_USUAL_ADDRESS = "http://127.0.0.1:8000"
_LONGEST_SOCKET_PATH = 100  # sockaddr_un holds 108 bytes on Linux, 104 on macOS


class HomeBusyError(UserError):
    """Another process holds the lock that was asked for."""


class Home:
    """Paths below the home folder; made on first use, readable by its owner only."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path).expanduser().resolve()

    def folder(self, name: str) -> Path:
        """A folder of the home, made if need be with mode 0700."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = self.path / name
        folder.mkdir(exist_ok=True, mode=0o700)
        return folder

    @property
    def bundles(self) -> Path:
        """Where bundles are published."""
        return self.folder("bundles")

    @property
    def rejected(self) -> Path:
        """Where importers leave what they could not take."""
        return self.folder("rejected")

    @property
    def logs(self) -> Path:
        """Where child processes log."""
        return self.folder("logs")

    @property
    def redis_socket(self) -> Path:
        """The socket of the private Redis; elsewhere where the home's own path is too long for one."""
        socket = self.folder("run") / "redis.sock"
        if len(os.fsencode(socket)) <= _LONGEST_SOCKET_PATH:
            return socket
        digest = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"recsys-{os.getuid()}-{digest}"
        folder.mkdir(exist_ok=True, mode=0o700)
        if folder.stat().st_uid != os.getuid():
            raise HomeBusyError(f"{folder} belongs to somebody else: choose a home with a shorter path")
        return folder / "redis.sock"

    def secret(self) -> bytes:
        """The 32 bytes that this home signs with: made on first use, readable by its owner only.

        Raises:
            recsys.errors.UserError: the file is there, but it holds something else.
        """
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = self.path / "secret"
        with suppress(FileExistsError):
            _write_once(file, secrets.token_bytes(_SECRET_BYTES))
        secret = file.read_bytes()
        if len(secret) != _SECRET_BYTES:
            raise UserError(f"{file} is damaged: delete it, and signed links made so far become worthless")
        return secret

    def redis_url(self) -> str:
        """`$REDIS_URL`, else the address of the private server of this home."""
        return os.environ.get("REDIS_URL") or f"unix://{self.redis_socket}"

    @property
    def address(self) -> str:
        """Where the service is to be reached: `$RECSYS_PUBLIC_URL`, else where it was started last."""
        noted = self.folder("run") / _ADDRESS
        told = os.environ.get("RECSYS_PUBLIC_URL", "").rstrip("/")
        return told or (noted.read_text().strip() if noted.exists() else _USUAL_ADDRESS)

    def note_address(self, address: str) -> None:
        """Remember where the service was started."""
        (self.folder("run") / _ADDRESS).write_text(f"{address}\n")

    def database_url(self, database_url: str | None = None) -> str:
        """The given address of the record, else the SQLite file of this home."""
        if database_url:
            return database_url
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        return f"sqlite:///{self.path / 'record.db'}"

    def open_store(self, database_url: str | None = None) -> Store:
        """The record, migrated to the newest schema.

        Raises:
            recsys.store.StoreError: it can't be opened.
        """
        from recsys.store import Store

        store = Store.open(self.database_url(database_url))
        store.migrate()
        return store

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold the lock `name` (`up`, `train`) of this home; it goes with the process, however that ends.

        Raises:
            HomeBusyError: another process holds it; the message names its process id.
        """
        path = self.folder("run") / f"{name}.lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = path.read_text().strip() or "unknown"
                raise HomeBusyError(
                    f"`recsys {name}` is already running on {self.path} (process {holder})"
                ) from None
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
            yield
        finally:
            os.close(descriptor)


def _write_once(file: Path, content: bytes) -> None:
    """Write a file of mode 0600 whole or not at all; of several processes the first one wins.

    Raises:
        FileExistsError: it was there.
    """
    if file.exists():
        raise FileExistsError(file)
    descriptor, draft = tempfile.mkstemp(dir=file.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.link(draft, file)
    finally:
        os.unlink(draft)
