"""A program in a terminal, driven by keys and read from its screen."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import pyte


class Terminal:
    """Runs a program on a screen of its own.

    Args:
        command: the program and its arguments.
        environment: its whole environment.
        columns, lines: the size of the screen.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], columns: int = 110, lines: int = 32
    ) -> None:
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self.pid, self._descriptor = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], list(command), {**environment, "TERM": "xterm-256color"})
        size = struct.pack("HHHH", lines, columns, 0, 0)
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, size)

    @property
    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._descriptor, keys.encode())

    def wait_for(self, holds: str | Callable[[str], bool], within: float = 20.0) -> str:
        """The screen, as soon as it shows a text, or what is asked of it holds.

        Raises:
            AssertionError: it doesn't in time; the message is the screen.
        """
        shows = holds if callable(holds) else lambda text: holds in text
        give_up = time.monotonic() + within
        while not shows(self.text):
            assert time.monotonic() < give_up, f"waited for {holds!r}, but the screen is\n{self.text}"
            self._read(0.1)
        self._read(0.1)
        return self.text

    def changes(self, within: float = 3.0) -> bool:
        """Whether another screen comes in this time."""
        before = self.text
        give_up = time.monotonic() + within
        while self.text == before and time.monotonic() < give_up:
            self._read(0.1)
        while self._read(0.3):  # the rest of it
            pass
        return self.text != before

    def close(self) -> None:
        """End the program."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        os.close(self._descriptor)
        os.waitpid(self.pid, 0)

    def _read(self, seconds: float) -> bool:
        """Whether there was something to read."""
        ready, _, _ = select.select([self._descriptor], [], [], seconds)
        if ready:
            try:
                self._stream.feed(os.read(self._descriptor, 65_536))
            except OSError:  # the program ended
                return False
        return bool(ready)
