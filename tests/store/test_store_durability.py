"""An event acknowledged is an event kept, though the process that took it is killed."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from recsys.store import Store

WRITER = """
import sys
from itertools import count
from recsys.events import Kind, StoredEvent
from recsys.store import Store

with Store.open(sys.argv[1]) as store:
    for batch in count():
        id = f"{sys.argv[2]}-{batch}"
        events = [StoredEvent(f"{id}-{n}", f"u{n}", Kind.SAVE, batch, "p:1") for n in range(3)]
        store.events.add(events, received=batch)
        print(*(event.id for event in events), flush=True)
"""


@pytest.mark.usefixtures("five_papers")
def test_kill_9_loses_no_acknowledged_event(store: Store, store_url: str, tmp_path: Path) -> None:
    acknowledged: list[str] = []
    for name in ("first", "second"):
        printed = [tmp_path / f"{name}-{twin}" for twin in "ab"]
        writers = []
        for file in printed:
            with file.open("wb") as out:
                command = [sys.executable, "-c", WRITER, store_url, file.name]
                writers.append(subprocess.Popen(command, stdout=out))
        give_up = time.monotonic() + 60
        while not all(file.read_bytes().count(b"\n") >= 3 for file in printed):
            assert time.monotonic() < give_up
            time.sleep(0.01)
        for writer in writers:
            writer.kill()
            writer.wait()
        for file in printed:
            acknowledged += _whole_lines(file.read_text())
    assert len(acknowledged) > 12
    kept = {event.id for event in store.events.all()}
    assert set(acknowledged) <= kept
    assert sum(number for _, number in store.events.users()) == len(kept)
    assert all(len(store.events.of_user(user)) == number for user, number in store.events.users())
    assert len(kept) % 3 == 0  # a batch is kept whole or not at all


def _whole_lines(printed: str) -> list[str]:
    return printed[: printed.rfind("\n") + 1].split()
