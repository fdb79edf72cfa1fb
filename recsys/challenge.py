"""Which bundle is tried against the live one, and in which share of the lists: a file beside the pointer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from recsys.bundle import BundleError, load_bundle
from recsys.durable import replace_durably
from recsys.shelf import CHALLENGE

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
    replace_durably(root / CHALLENGE, f"{challenge.bundle} {challenge.share}".encode())


def end_challenge(root: Path) -> None:
    """End the challenge, if one is on; what was logged stays."""
    (root / CHALLENGE).unlink(missing_ok=True)
