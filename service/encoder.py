"""Texts to vectors, in a process of its own: torch never enters the one that ranks."""

from __future__ import annotations

import logging
import multiprocessing
import signal
import threading
import time
from collections.abc import Sequence
from functools import lru_cache
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsys.bundle import Bundle, load_bundle
from recsys.embed import Embedder, LsaEmbedder, SentenceEmbedder

log = logging.getLogger(__name__)

_WITHIN_S = 20.0  # a first query may have to wait until the model is loaded


class Spec(NamedTuple):
    """Which embedder made a bundle's vectors; `folder` is the bundle's where the embedder is part of it."""

    kind: str
    name: str
    folder: str | None

    @classmethod
    def of(cls, bundle: Bundle) -> Spec:
        """What the manifest says."""
        embedder = bundle.manifest["embedder"]
        folder = str(bundle.folder) if embedder["kind"] == "lsa" else None
        return cls(embedder["kind"], embedder["name"], folder)


class Encoder:
    """Encodes one batch of texts at a time in a child process, made when needed and anew when it dies.

    The child ends when its pipe does, so it outlives neither `close` nor a kill of this process.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._closed = False
        self._child: BaseProcess | None = None
        self._pipe: Connection | None = None

    @property
    def pid(self) -> int | None:
        """The child's process id."""
        return self._child.pid if self._child else None

    def encode(self, bundle: Bundle, text: str, within: float = _WITHIN_S) -> NDArray[np.float32] | None:
        """The vector of a text, float32 (d,), as the bundle's embedder makes it.

        None where that can't be had within so many seconds: the caller must do without and say so.
        """
        found = self.encode_all(bundle, [text], within)
        return None if found is None else found[0]

    def encode_all(
        self, bundle: Bundle, texts: Sequence[str], within: float = _WITHIN_S
    ) -> NDArray[np.float32] | None:
        """The vectors of some texts, float32 (n, d); as `encode`. Others wait meanwhile: give few."""
        give_up = time.monotonic() + within
        if not self._turn.acquire(timeout=within):
            return None
        try:
            for _ in range(2):  # a child that was killed is made anew, once
                if self._closed:
                    break
                try:
                    return self._ask(Spec.of(bundle), texts, give_up - time.monotonic())
                except (EOFError, OSError):
                    self._end_child()
                    if not self._closed:
                        log.warning("the encoder's process ended by itself")
            return None
        finally:
            self._turn.release()

    def warm(self, bundle: Bundle) -> None:
        """Have the bundle's embedder loaded, in the background."""
        threading.Thread(target=self.encode, args=(bundle, "warm"), name="warm", daemon=True).start()

    def close(self) -> None:
        """End the child, whatever it is doing, and with it the wait of those who asked it."""
        self._closed = True
        if self._child is not None:
            self._child.kill()
        with self._turn:
            self._end_child()

    def _ask(self, spec: Spec, texts: Sequence[str], within: float) -> NDArray[np.float32] | None:
        pipe = self._pipe or self._start_child()
        pipe.send((spec, list(texts)))
        if not pipe.poll(max(within, 0.0)):
            log.error("the encoder did not answer in time; it is ended")
            self._end_child()
            return None
        answer = pipe.recv()
        if isinstance(answer, str):
            log.error("the encoder failed: %s", answer)
            return None
        vectors: NDArray[np.float32] = answer
        return vectors

    def _start_child(self) -> Connection:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        child = spawn.Process(target=_serve, args=(theirs,), name="encoder", daemon=True)
        child.start()
        self._child = child
        theirs.close()  # so that the child's end is the child's alone, and its death is our EOF
        if self._closed:  # while it started: `close` could not end it
            child.kill()
        return self._pipe

    def _end_child(self) -> None:
        child, pipe, self._child, self._pipe = self._child, self._pipe, None, None
        if pipe is not None:
            pipe.close()
        if child is not None:
            child.kill()
            child.join()


def _serve(pipe: Connection) -> None:
    """The child: answers (spec, texts) with vectors, or with what went wrong, until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then closes the pipe
    while True:
        try:
            spec, texts = pipe.recv()
        except EOFError:
            return
        try:
            answer: NDArray[np.float32] | str = _embedder(spec).embed(texts)
        except Exception as error:
            answer = f"{type(error).__name__}: {error}"
        try:
            pipe.send(answer)
        except OSError:
            return


@lru_cache(maxsize=2)
def _embedder(spec: Spec) -> Embedder:
    if spec.kind == "sentence":
        return SentenceEmbedder(spec.name)
    folder = Path(spec.folder or "")
    arrays = load_bundle(folder.parent, folder.name).arrays
    own = {key.removeprefix("encoder/"): a for key, a in arrays.items() if key.startswith("encoder/")}
    return LsaEmbedder.from_arrays(own)
