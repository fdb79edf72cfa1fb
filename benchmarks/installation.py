"""A real installation for a benchmark: commands with time and peak memory, and `recsys up` over HTTP."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

RECSYS = [sys.executable, "-m", "recsys"]


@dataclass(frozen=True)
class Run:
    """One command: seconds, GiB at most, and what it said."""

    seconds: float
    gib: float
    output: str


def run(home: Path, *arguments: str) -> Run:
    """Run a `recsys` command on a home; its peak memory is the kernel's figure for that child."""
    began = time.monotonic()
    process = subprocess.Popen(
        [*RECSYS, *arguments, "--home", str(home)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdout is not None
    output = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"recsys {' '.join(arguments)} failed:\n{output}")
    return Run(time.monotonic() - began, usage.ru_maxrss / 2**20, output)


@contextmanager
def serving(home: Path) -> Iterator[tuple[httpx.Client, float]]:
    """`recsys up` on a home: a client with a key, and the seconds until it was ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    made = subprocess.run(
        [*RECSYS, "keys", "create", "benchmark", "--home", str(home)],
        capture_output=True,
        text=True,
        check=True,
    )
    key = re.search(r"rk_[\w-]+", made.stdout)
    assert key
    began = time.monotonic()
    command = [*RECSYS, "up", "--home", str(home), "--port", str(port), "--no-demo"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("ready"):
            break
    else:
        raise SystemExit(said)
    ready = time.monotonic() - began
    client = httpx.Client(
        base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {key.group()}"}, timeout=30
    )
    try:
        yield client, ready
    finally:
        client.close()
        process.send_signal(signal.SIGINT)
        process.wait(30)
