"""A bundle is whole or it isn't served."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from recsys import bundle as bundles
from recsys import shelf
from recsys.bundle import FORMAT
from recsys.papers import Paper

PAPERS = [Paper(1, "a:1", "One", "first", ("A. Author",), ("X",)), Paper(2, "a:2", "Zwei – ü", "")]
ABOUT = {"created": "2026-01-01T00:00:00", "parent": None, "counts": {}, "metrics": {}}


def _write(root: Path, value: float = 1.0, created: str = "2026-01-01T00:00:00") -> str:
    arrays = {"m/x": np.full((2, 3), value, dtype=np.float32)}
    return bundles.write_bundle(root, PAPERS, arrays, {"name": "m"}, {**ABOUT, "created": created})


def test_round_trip(tmp_path: Path) -> None:
    id = _write(tmp_path)
    shelf.point_to(tmp_path, id)
    loaded = bundles.load_bundle(tmp_path)
    assert loaded.items == ("a:1", "a:2")
    assert loaded.paper(1).title == "Zwei – ü"
    assert loaded.paper(0).authors == ("A. Author",)
    assert not loaded.arrays["m/x"].flags.writeable
    assert loaded.topic_rows["x"].tolist() == [0]


def test_the_same_content_has_the_same_id_whenever_it_is_made(tmp_path: Path) -> None:
    assert _write(tmp_path) == _write(tmp_path, created="2027-01-01T00:00:00")
    assert _write(tmp_path) != _write(tmp_path, 2.0)


@pytest.mark.parametrize("damage", ["alter", "cut", "remove"])
def test_a_damaged_bundle_is_refused(tmp_path: Path, damage: str) -> None:
    id = _write(tmp_path)
    shelf.point_to(tmp_path, id)
    file = tmp_path / id / "m__x.npy"
    if damage == "alter":
        data = bytearray(file.read_bytes())
        data[-1] ^= 1
        file.write_bytes(data)
    elif damage == "cut":
        file.write_bytes(file.read_bytes()[:-4])
    else:
        file.unlink()
    with pytest.raises(bundles.BundleError, match=r"m__x\.npy"):
        bundles.load_bundle(tmp_path)
    with pytest.raises(bundles.BundleError):
        shelf.point_to(tmp_path, id)


def test_a_damaged_bundle_is_mended_by_training_it_again(tmp_path: Path) -> None:
    id = _write(tmp_path)
    (tmp_path / id / "m__x.npy").write_bytes(b"")
    assert _write(tmp_path) == id
    shelf.point_to(tmp_path, id)
    shelf.prune(tmp_path, 1)
    assert not list(tmp_path.glob(".draft-*"))


def test_a_bundle_of_another_version_is_refused_and_trained_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not shelf.is_served(tmp_path)
    id = _write(tmp_path)
    shelf.point_to(tmp_path, id)
    assert shelf.is_served(tmp_path)
    for module in (bundles, shelf):
        monkeypatch.setattr(module, "FORMAT", FORMAT + 1)
    assert not shelf.is_served(tmp_path)
    with pytest.raises(bundles.BundleError, match="`recsys train`"):
        bundles.load_bundle(tmp_path)


def test_prune_keeps_the_current_one_its_parent_and_the_newest(tmp_path: Path) -> None:
    ids = [_write(tmp_path, float(n), f"2026-01-0{n}T00:00:00") for n in range(1, 6)]
    shelf.point_to(tmp_path, ids[0])
    assert set(shelf.prune(tmp_path, 2)) == {ids[1], ids[2]}
    assert {m["id"] for m in shelf.list_manifests(tmp_path)} == {ids[0], ids[3], ids[4]}


def test_a_writer_killed_at_any_moment_leaves_nothing_half_published(tmp_path: Path) -> None:
    """Real processes, killed by SIGKILL at different moments: what the pointer names is always whole."""
    script = textwrap.dedent(f"""
        import numpy as np
        from pathlib import Path
        from recsys import bundle, shelf
        from recsys.papers import Paper
        root = Path({str(tmp_path)!r})
        papers = [Paper(n, f"p:{{n}}", "T", "x" * 50) for n in range(2000)]
        print("go", flush=True)
        for n in range(10_000):
            arrays = {{"m/x": np.full((200, 300), n, dtype=np.float32)}}
            about = {{"created": str(n), "parent": None, "counts": {{}}, "metrics": {{}}}}
            shelf.point_to(root, bundle.write_bundle(root, papers, arrays, {{"n": n}}, about))
    """)
    for milliseconds in (5, 20, 35, 60, 90):
        writer = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"go\n"
        time.sleep(milliseconds / 1000)
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        if bundles.current_id(tmp_path):
            assert bundles.load_bundle(tmp_path).arrays["m/x"].shape == (200, 300)
    assert bundles.current_id(tmp_path)
    shelf.prune(tmp_path, 1)
    assert not list(tmp_path.glob(".draft-*"))
