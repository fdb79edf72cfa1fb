"""`recsys evaluate` from end to end on a small folder, and what it says where it can't."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from evaluation.own_data import write_own
from scipy.sparse import csr_matrix

from recsys.cli import main
from recsys.metrics import recall
from training.evaluation.data import LOADERS
from training.evaluation.protocols import Protocol, make_trial

MINE = '''
import numpy as np

class Loud:
    """Shows the most liked; knows nobody."""
    def fit(self, interactions):
        self.counts = np.asarray(interactions.sum(axis=0)).ravel()
        return self
    def recommend(self, user_rows, k, exclude=None, candidates=None):
        items = np.tile(np.argsort(-self.counts)[:k], (len(user_rows), 1))
        return items, np.ones(items.shape)

class Broken(Loud):
    def fit(self, interactions):
        raise RuntimeError("no luck today")

class Short(Loud):
    def recommend(self, user_rows, k, exclude=None, candidates=None):
        return np.zeros((1, 1), dtype=int), np.zeros((1, 1))

class Late:
    """Shows what was liked last, if it is told when anything was."""
    def fit(self, interactions, times=None):
        self.latest = np.zeros(interactions.shape[1])
        if times is not None:
            assert (np.diff(interactions.indptr) > 0).any() and len(times) == interactions.nnz
            np.maximum.at(self.latest, interactions.indices, times)
        return self
    def recommend(self, user_rows, k, exclude=None, candidates=None):
        items = np.tile(np.argsort(-self.latest, kind="stable")[:k], (len(user_rows), 1))
        return items, np.ones(items.shape)

ready = Loud()
nothing = 5
'''


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    write_own(folder)
    return folder


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a module of one's own."""
    (tmp_path / "mine.py").write_text(MINE)
    monkeypatch.chdir(tmp_path)
    sys.modules.pop("mine", None)
    monkeypatch.setattr(sys, "path", [*sys.path])
    return tmp_path


def evaluate(monkeypatch: pytest.MonkeyPatch, data: Path, *arguments: str) -> int:
    command = ["recsys", "evaluate", "--dataset", "own", "--data", str(data), "--k", "5,10", *arguments]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit) as stopped:
        main()
    return int(stopped.value.code or 0)


def results(folder: Path) -> dict:
    return json.loads((folder / "results.json").read_text())


def test_everything_is_written(
    monkeypatch: pytest.MonkeyPatch, data: Path, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models = "popularity,item-knn,tf-idf,item-knn+tf-idf,hybrid"
    code = evaluate(monkeypatch, data, "--models", models, "--seed", "0,1", "--budget", "2", "--out", "out")
    assert code == 0
    assert "hybrid" in capsys.readouterr().out
    out = place / "out"
    names = {path.name for path in out.iterdir()}
    pictures = {"recall-by-history.svg", "recall-by-popularity.svg", "accuracy-diversity.svg"}
    assert names == {"results.json", "per_user.parquet", "report.html", *pictures}
    found = results(out)
    assert found["protocol"] == "warm"
    assert found["seeds"] == [0, 1]
    assert found["challenger"] == "hybrid"
    (case,) = found["cases"]
    assert [row["name"] for row in case["models"]] == models.split(",")
    for row in case["models"]:
        for metric in ("recall@5", "ndcg@10", "mrr@5", "map@5", "macro_recall@5", "micro_recall@5"):
            figure = row["figures"][metric]
            assert 0 <= figure["low"] <= figure["mean"] <= figure["high"] <= 1
        assert row["figures"]["coverage@5"]["mean"] > 0
        assert (row["name"] == case["best_single"]) == (not row["tests"])
    assert {cost["model"] for cost in found["costs"]} == set(models.split(","))
    knn = next(cost for cost in found["costs"] if cost["model"] == "item-knn")
    assert len(knn["tried"]) == 2
    assert knn["settings"] in [tried["settings"] for tried in knn["tried"]]
    assert knn["peak_mib"] > 10
    table = pq.read_table(out / "per_user.parquet").to_pydict()
    mine = np.array(table["model"]) == "hybrid"
    means = np.array(table["recall@5"])[mine]
    hybrid = next(row for row in case["models"] if row["name"] == "hybrid")
    assert means.mean() == pytest.approx(hybrid["figures"]["recall@5"]["mean"], abs=1e-6)
    assert set(table["user"]) <= {f"u{n}" for n in range(60)}


def test_the_report_needs_no_network(monkeypatch: pytest.MonkeyPatch, data: Path, place: Path) -> None:
    assert evaluate(monkeypatch, data, "--models", "popularity,tf-idf", "--budget", "1", "--out", "out") == 0
    page = (place / "out" / "report.html").read_text()
    assert "http" not in page
    assert "<script" not in page
    assert "<link" not in page
    assert page.count("<svg") == 3
    assert "prefers-color-scheme: dark" in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    referred = set(re.findall(r'(?:href="#|url\(#)([^")]+)', page))
    assert referred <= set(ids)


@pytest.mark.parametrize("protocol", ["cold-item", "cold-user", "temporal", "prequential"])
def test_every_protocol(monkeypatch: pytest.MonkeyPatch, data: Path, place: Path, protocol: str) -> None:
    arguments = [
        "--protocol",
        protocol,
        "--models",
        "item-knn,tf-idf,hybrid",
        "--budget",
        "1",
        "--shots",
        "1,3",
    ]
    assert evaluate(monkeypatch, data, *arguments, "--out", "out") == 0
    found = results(place / "out")
    labels = [case["label"] for case in found["cases"]]
    assert labels == (["k=1", "k=3"] if protocol == "cold-user" else [""])
    names = [row["name"] for row in found["cases"][0]["models"]]
    if protocol == "cold-item":
        assert names == ["tf-idf", "hybrid"]
        assert "without interactions" in found["refused"]["item-knn"]
    else:
        assert names == ["item-knn", "tf-idf", "hybrid"]


def test_models_of_ones_own(monkeypatch: pytest.MonkeyPatch, data: Path, place: Path) -> None:
    part = "recsys.models.content_model:ContentModel"  # a part of ours, by itself
    models = f"popularity,{part},mine:Loud,mine:ready,mine:Broken,mine:Short"
    assert evaluate(monkeypatch, data, "--models", models, "--out", "out") == 0
    found = results(place / "out")
    rows = {row["name"]: row["figures"]["recall@5"]["mean"] for row in found["cases"][0]["models"]}
    # It shows what its users have already, which counts for nothing: so it can't be better than popularity.
    assert 0 < rows["mine:Loud"] == rows["mine:ready"] <= rows["popularity"]
    assert rows[part] > rows["popularity"]
    assert "no luck today" in found["refused"]["mine:Broken"]
    assert "shape" in found["refused"]["mine:Short"]
    assert found["challenger"] == "mine:ready"


@pytest.mark.parametrize("protocol", ["warm", "temporal"])
def test_times_are_given_where_the_future_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, data: Path, place: Path, protocol: str
) -> None:
    arguments = ["--protocol", protocol, "--models", "popularity,mine:Late", "--out", "out"]
    assert evaluate(monkeypatch, data, *arguments) == 0
    shown = results(place / "out")["cases"][0]["models"]
    late = next(row["figures"]["recall@10"]["mean"] for row in shown if row["name"] == "mine:Late")
    split = make_trial(LOADERS["own"](data), Protocol(protocol), 0, ()).fits[0][0].split
    first_ten = np.tile(np.arange(10), (len(split.users), 1))  # what it shows where no time is told
    assert (late == pytest.approx(recall(_without(first_ten, split.exclude), split.test, 10).mean())) == (
        protocol == "warm"
    )


def _without(lists: np.ndarray, exclude: csr_matrix) -> np.ndarray:
    excluded = exclude.toarray()[np.arange(len(lists))[:, None], lists] != 0
    return np.where(excluded, -1, lists)


def test_a_model_without_histories_says_so(monkeypatch: pytest.MonkeyPatch, data: Path, place: Path) -> None:
    arguments = ["--models", "popularity,mine:Loud", "--protocol", "cold-user", "--shots", "1"]
    assert evaluate(monkeypatch, data, *arguments, "--out", "out") == 0
    assert "recommend_histories" in results(place / "out")["refused"]["mine:Loud"]


@pytest.mark.parametrize("header", [True, False])
def test_a_run_file(monkeypatch: pytest.MonkeyPatch, data: Path, place: Path, header: bool) -> None:
    loaded = LOADERS["own"](data)
    split = make_trial(loaded, Protocol.WARM, 3, ()).fits[0][0].split
    lines = ["user,item,score"] if header else []
    for place_of, user in enumerate(split.users.tolist()):
        wanted, had = split.test[place_of].indices.tolist(), split.exclude[place_of].indices.tolist()
        # What the user had comes first: it must make room.
        lines += [f"{loaded.users[user]},{loaded.items[item]},9" for item in had]
        lines += [f"{loaded.users[user]},{loaded.items[item]},{1 / (1 + n)}" for n, item in enumerate(wanted)]
    (place / "perfect.csv").write_text("\n".join(lines) + "\n")
    arguments = ["--models", "popularity", "--run", "perfect.csv", "--seed", "3", "--k", "50"]
    assert evaluate(monkeypatch, data, *arguments, "--out", "out") == 0
    found = results(place / "out")
    perfect = next(row for row in found["cases"][0]["models"] if row["name"] == "perfect.csv")
    assert perfect["figures"]["recall@50"]["mean"] == 1
    assert perfect["figures"]["ndcg@50"]["mean"] == 1


BAD_RUNS = {
    "two cells": "u1,p1\n",
    "no such user": "nobody,p1,1\n",
    "no such item": "u1,p999,1\n",
    "no number": "u1,p1,high\n",
    "nan": "u1,p1,nan\n",
    "twice": "u1,p1,1\nu1,p1,2\n",
    "nothing": "user,item,score\n",
}


@pytest.mark.parametrize("text", BAD_RUNS.values(), ids=BAD_RUNS.keys())
def test_bad_run_files(
    monkeypatch: pytest.MonkeyPatch, data: Path, place: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "bad.csv").write_text(text)
    assert evaluate(monkeypatch, data, "--models", "popularity", "--run", "bad.csv") == 2
    one_line(capsys, "--run bad.csv")


BAD = {
    "dataset": (["--dataset", "netflix"], "--dataset netflix"),
    "protocol": (["--protocol", "hot"], "--protocol hot"),
    "model": (["--models", "svd"], "--models svd"),
    "no model": (["--models", ","], "--models is empty"),
    "import": (["--models", "mine:Absent"], "--models mine:Absent"),
    "module": (["--models", "absent.module:Model"], "--models absent.module:Model"),
    "no methods": (["--models", "mine:nothing"], "--models mine:nothing"),
    "seed": (["--seed", "x"], "--seed x"),
    "k": (["--k", "0"], "--k 0"),
    "budget": (["--budget", "0"], "--budget 0"),
    "shots": (["--shots", "1,-2"], "--shots"),
    "folder": (["--data", "/nowhere"], "--data"),
    "challenger": (["--models", "popularity", "--challenger", "x"], "--challenger x"),
    "missing run": (["--run", "absent.csv"], "--run absent.csv"),
    "out": (["--out", "mine.py"], "--out mine.py"),
    "seeds of a run": (["--run", "mine.py", "--seed", "0,1"], "--run"),
    "shots too many": (
        ["--protocol", "cold-user", "--shots", "60", "--models", "popularity"],
        "--protocol cold-user",
    ),
    "all fail": (["--models", "mine:Broken"], "no luck today"),
}


@pytest.mark.parametrize(("arguments", "said"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
    data: Path,
    place: Path,
    arguments: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert evaluate(monkeypatch, data, *arguments) == 2
    one_line(capsys, said)
    assert sorted(path.name for path in place.iterdir() if path.name != "__pycache__") in (
        ["mine.py"],
        ["mine.py", "results"],
    )
    assert not list(place.glob("results/*"))


def one_line(capsys: pytest.CaptureFixture[str], said: str) -> None:
    message = capsys.readouterr().err.strip()
    assert message.count("\n") == 0, message
    assert message.startswith("recsys: ")
    assert said in message


def test_other_files_are_not_overwritten(
    monkeypatch: pytest.MonkeyPatch, data: Path, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "thesis").mkdir()
    (place / "thesis" / "chapter.tex").write_text("dear")
    assert evaluate(monkeypatch, data, "--models", "popularity", "--out", "thesis") == 2
    assert (place / "thesis" / "chapter.tex").read_text() == "dear"
    one_line(capsys, "--out thesis")
    for _ in range(2):  # a run may take the place of a run
        assert evaluate(monkeypatch, data, "--models", "popularity", "--out", "fresh") == 0
    assert sorted(path.name for path in place.iterdir() if path.name.startswith(".")) == []


def test_two_runs_are_the_same(monkeypatch: pytest.MonkeyPatch, data: Path, place: Path) -> None:
    def run(out: str) -> dict:
        models = "als,bpr,lightfm,ease,lsa,hybrid"
        assert evaluate(monkeypatch, data, "--models", models, "--budget", "1", "--out", out) == 0
        found = results(place / out)
        del found["costs"]
        return found

    assert run("one") == run("two")
