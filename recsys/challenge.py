"""Which bundle is tried against the live one, and in which share of the lists: a file beside the pointer."""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from pathlib import Path

from recsys.bundle import CHALLENGE, BundleError, load_bundle

_LEAST, _MOST = 0.01, 1.0


@dataclass(frozen=True, slots=True)
class Challenge:
    """The bundle, and the share of lists that are interleaved."""

    bundle: str
    share: float


def current_challenge(root: Path) -> Challenge | None:
    """The challenge that is on; None without one, or where its bundle is gone."""
    try:
        bundle, share = (root / CHALLENGE).read_text().split()
        return Challenge(bundle, float(share)) if (root / bundle).is_dir() else None
    except (FileNotFoundError, ValueError):
        return None


def set_challenge(root: Path, challenge: Challenge) -> None:
    """Begin a challenge, in place of the one that was on.

    Raises:
        BundleError: the bundle isn't whole, or the share is no share.
    """
    if not _LEAST <= challenge.share <= _MOST:
        raise BundleError(f"share: give a number from {_LEAST} to {_MOST:g}")
    load_bundle(root, challenge.bundle)
    draft = root / f".{CHALLENGE}-{uuid.uuid4().hex}"
    with draft.open("w") as file:
        file.write(f"{challenge.bundle} {challenge.share}")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(root / CHALLENGE)


def end_challenge(root: Path) -> None:
    """End the challenge, if one is on; what was logged stays."""
    (root / CHALLENGE).unlink(missing_ok=True)
