"""Which bundles there are below a folder, which of them is served, and which go.

The pointer (`current`) names the one that is served, and moves by one atomic rename.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import orjson

from recsys.bundle import FORMAT, MANIFEST, POINTER, BundleError, current_id, load_bundle, read_manifest
from recsys.durable import replace_durably, write_durably

CHALLENGE = "challenge"  # names the bundle that is tried against the live one (`recsys.challenge`)
_PAST = ".past"  # the manifests of bundles that are gone
_PAST_KEPT = 400


def list_manifests(root: Path) -> list[dict[str, Any]]:
    """Manifests of all bundles, the newest first."""
    found = [read_manifest(root, path.parent.name) for path in root.glob(f"[!.]*/{MANIFEST}")]
    return _newest_first(found)


def past_manifests(root: Path) -> list[dict[str, Any]]:
    """Manifests of bundles that were pruned, the newest first."""
    return _newest_first([orjson.loads(path.read_bytes()) for path in (root / _PAST).glob("*.json")])


def is_served(root: Path) -> bool:
    """Whether the pointer names a bundle that this version of the software reads."""
    id = current_id(root)
    try:
        return id is not None and read_manifest(root, id)["format"] == FORMAT
    except BundleError:
        return False


def point_to(root: Path, id: str) -> None:
    """Move the pointer: one atomic rename, after the bundle has been verified.

    Raises:
        BundleError: the bundle isn't whole.
    """
    load_bundle(root, id)
    replace_durably(root / POINTER, id.encode())


def prune(root: Path, keep: int) -> list[str]:
    """Delete all but the newest `keep` bundles, the current one, its parent and its challenger; and drafts.

    The manifests of those that go are kept for the figures in them, 400 at most.
    """
    for draft in root.glob(".draft-*"):
        shutil.rmtree(draft, ignore_errors=True)
    manifests = list_manifests(root)
    current = current_id(root)
    parents = {manifest.get("parent") for manifest in manifests if manifest["id"] == current}
    kept = {manifest["id"] for manifest in manifests[:keep]} | {current} | parents | _challenger(root)
    dropped = [manifest["id"] for manifest in manifests if manifest["id"] not in kept]
    (root / _PAST).mkdir(exist_ok=True)
    for id in dropped:
        write_durably(root / _PAST / f"{id}.json", (root / id / MANIFEST).read_bytes())
        shutil.rmtree(root / id)
    for manifest in past_manifests(root)[_PAST_KEPT:]:
        (root / _PAST / f"{manifest['id']}.json").unlink()
    return dropped


def _newest_first(manifests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(manifests, key=lambda manifest: (manifest["created"], manifest["id"]), reverse=True)


def _challenger(root: Path) -> set[str]:
    try:
        return set((root / CHALLENGE).read_text().split()[:1])
    except FileNotFoundError:
        return set()
