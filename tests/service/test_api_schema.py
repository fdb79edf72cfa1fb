"""The service keeps to /openapi.json, whatever is sent to it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from listening import listening
from service_under_test import Service

HERE = Path(__file__).parent
OPTIONS = ["--max-examples", "8", "--seed", "0", "--generation-database", "none", "--no-color"]


def test_schemathesis_finds_nothing(service: Service, tmp_path: Path) -> None:
    """Its own examples, the edges of every parameter, requests that fit and that don't, and sequences."""
    environment = {
        **os.environ,
        "RECSYS_KEY": service.key,
        "SCHEMATHESIS_HOOKS": str(HERE / "schemathesis_hooks.py"),
    }
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml")]
    with listening(service.client.app) as address:
        command += ["run", f"{address}/openapi.json", *OPTIONS]
        done = subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=200
        )
    assert done.returncode == 0, done.stdout + done.stderr
