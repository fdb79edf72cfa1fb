"""Every night's bundle as people look at it: what it reached, whether it went live, and why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recsys.bundle import FORMAT, current_id
from recsys.metrics import Figure
from recsys.shelf import list_manifests, past_manifests


@dataclass(frozen=True)
class Night:
    """One bundle.

    Attributes:
        created: when it was made, RFC 3339.
        live: whether the pointer names it.
        there: whether it can be put in service: its files are there, in the format of this version.
        gone: whether it was pruned; only its figures are left.
        passed: what the gate said; None where it wasn't asked.
        why: the gate's reason, in one sentence.
        forced: whether it went live whatever the gate said.
        counts: papers, users, interactions, events and the like.
        figures: held-out figures of that night: model -> metric -> mean with its interval.
        size: bytes of its files.
    """

    id: str
    created: str
    parent: str | None
    live: bool
    there: bool
    gone: bool
    passed: bool | None
    why: str
    forced: bool
    counts: Mapping[str, int]
    figures: Mapping[str, Mapping[str, Figure]]
    size: int

    def figure(self, model: str, metric: str) -> Figure | None:
        """A figure of a model, if it was judged that night."""
        return self.figures.get(model, {}).get(metric)


def nights(root: Path) -> list[Night]:
    """All bundles that are or were below a folder, the newest first."""
    live = current_id(root)
    there = list_manifests(root)
    known = {manifest["id"] for manifest in there}
    past = [manifest for manifest in past_manifests(root) if manifest["id"] not in known]
    found = [_night(manifest, live, gone=False) for manifest in there]
    found += [_night(manifest, live, gone=True) for manifest in past]
    return sorted(found, key=lambda night: (night.created, night.id), reverse=True)


def _night(manifest: Mapping[str, Any], live: str | None, *, gone: bool) -> Night:
    gate = manifest.get("gate") or {}
    return Night(
        id=manifest["id"],
        created=manifest["created"],
        parent=manifest.get("parent"),
        live=manifest["id"] == live,
        there=not gone and manifest["format"] == FORMAT,
        gone=gone,
        passed=gate.get("live"),
        why=gate.get("why", ""),
        forced=bool(gate.get("forced")),
        counts=manifest.get("counts") or {},
        figures={
            model: {
                metric: Figure(kept["mean"], kept["low"], kept["high"], kept["users"])
                for metric, kept in figures.items()
            }
            for model, figures in (manifest.get("metrics") or {}).items()
        },
        size=0 if gone else sum(file["bytes"] for file in manifest["files"].values()),
    )
