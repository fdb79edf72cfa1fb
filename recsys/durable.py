"""Files that are on the disk when a call returns, and never there by half."""

from __future__ import annotations

import os
import uuid
from pathlib import Path


def write_durably(path: Path, data: bytes) -> None:
    """Write a file and sync it; its name is durable once its folder is (`sync_folder`)."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def replace_durably(path: Path, data: bytes) -> None:
    """Replace a file, or make it: whoever reads it finds the old one or the new one, whatever dies."""
    draft = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
    write_durably(draft, data)
    draft.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
