"""The folder of a run: everything is written to a draft, which then takes the folder's place."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recsys.errors import UserError

RESULTS, PER_USER, REPORT = "results.json", "per_user.parquet", "report.html"


def check(out: Path) -> None:
    """Tell before the run whether its results can be written.

    Raises:
        UserError: the folder holds other things than results, or can't be made.
    """
    if out.exists() and not (out.is_dir() and (_is_empty(out) or (out / RESULTS).exists())):
        raise UserError(f"--out {out}: is there and holds no results of a run; give a new folder")
    try:
        out.resolve().parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--out {out}: {error.strerror}; give a folder that can be made") from None
    if not os.access(out.resolve().parent, os.W_OK):
        raise UserError(f"--out {out}: its folder can't be written to; give another")


@contextmanager
def draft_of(out: Path) -> Iterator[Path]:
    """A new folder beside `out`; it takes the place of `out` at the end, or goes if anything is raised."""
    out = out.resolve()
    draft = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    draft.chmod(0o755)
    try:
        yield draft
        if out.exists():
            shutil.rmtree(out)
        draft.rename(out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _is_empty(folder: Path) -> bool:
    return next(folder.iterdir(), None) is None
