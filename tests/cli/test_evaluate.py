import json
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.conftest import Firs
from tests.evaluation.evaluation_sets import save_vectors, small_dataset


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRS_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    return save_vectors(tmp_path / "set.npz", small_dataset())


def test_vectors_to_json(firs: Firs, vectors: Path) -> None:
    done = firs("evaluate", "--vectors", vectors, "--strategy", "none,pseudo(p=5)", "--json", "-")
    assert done.code == 0
    rows = json.loads(done.out)["rows"]
    assert [row["strategy"] for row in rows] == ["none", "pseudo(p=5)"]
    for row in rows:
        assert 0 <= row["R@1"] <= row["R@5"] <= row["R@10"] <= 100
        assert row["median_rank"] >= 1
        assert row["mean_rank"] >= 1


def test_the_baseline_on_real_vectors(firs: Firs, shared_data: Path) -> None:
    path = shared_data / "clip_vitb32" / "flickr8k.npz"
    done = firs("evaluate", "--vectors", path, "--strategy", "none", "--json", "-")
    (row,) = json.loads(done.out)["rows"]
    assert [round(row[name], 1) for name in ("R@1", "R@5", "R@10", "mean_rank")] == [
        56.8, 86.6, 92.8, 3.6,
    ]  # fmt: skip


def test_a_table_when_piped_is_markdown(firs: Firs, vectors: Path) -> None:
    done = firs("evaluate", vectors)
    assert done.out.startswith("### ")
    assert "| bits-median |" in done.out


def test_suite_paper(firs: Firs, vectors: Path, tmp_path: Path) -> None:
    done = firs("evaluate", vectors, "--suite", "paper", "--encoder", "random", "--out",
                tmp_path / "out")  # fmt: skip
    assert done.code == 0
    for number in range(1, 6):
        assert f"### Table {number}." in done.out
    assert "random on" in done.out
    assert (tmp_path / "out" / "paper.md").read_text().strip() == done.out.strip()
    told = firs("evaluate", vectors, "--suite", "paper", "--json", "-")
    assert len(json.loads(told.out)["tables"]) == 6


def test_suite_fusion(firs: Firs, tmp_path: Path) -> None:
    vectors = save_vectors(tmp_path / "few.npz", small_dataset(images=24))
    done = firs("evaluate", vectors, "--suite", "fusion", "--out", tmp_path / "out")
    assert done.code == 0
    assert "### Several captions of one image: " in done.out
    assert "| strategy | R@1 | R@5 | R@10 | mean rank |" in done.out
    assert (tmp_path / "out" / "fusion.md").read_text().strip() == done.out.strip()
    told = json.loads((tmp_path / "out" / "fusion.json").read_text())
    assert told["suite"] == "fusion"
    assert len(told["tables"]) == len(told["experiments"]) == 4


def test_encoders_that_cannot_be_fused(firs: Firs, vectors: Path) -> None:
    for name, message in (
        ("clip+nonsense", "no encoder called 'nonsense'"),
        ("clip+", "Several encoders are named as in"),
        ("clip+fake", "no pictures to encode; name their folder: --pictures"),
    ):
        failed = firs("evaluate", vectors, "--encoder", name, "--strategy", "encoders")
        assert (failed.code, failed.err.count("\n")) == (1, 1)
        assert message in failed.err


def test_results_are_written_printed_and_repeated(
    firs: Firs, vectors: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = firs("evaluate", vectors, "--strategy", "none,bits-mean", "--out", out)
    assert f"Report: {out / 'report.html'}" in done.err
    assert firs("evaluate", "--from", out / "results.json").out == done.out
    again = firs("evaluate", "--experiment", out / "results.json", "--json", "-")
    first = json.loads((out / "results.json").read_text())
    assert [row["R@1"] for row in json.loads(again.out)["rows"]] == [
        row["R@1"] for row in first["rows"]
    ]


def test_own_pictures(firs: Firs, tmp_path: Path) -> None:
    home = tmp_path / "mine"
    home.mkdir()
    for colour in ("red", "green", "blue", "white"):
        Image.new("RGB", (40, 40), colour).save(home / f"{colour}.png")
    (home / "captions.csv").write_text("image,caption\nred.png,red\nblue.png,a blue square\n")
    done = firs("evaluate", home, "--encoder", "fake", "--strategy", "none", "--json", "-")
    told = json.loads(done.out)
    assert told["data"]["agreement"] == 1
    assert (told["data"]["images"], told["data"]["queries"]) == (4, 2)
    assert told["rows"][0]["R@1"] == 100


def test_sample_scenes_by_default(firs: Firs) -> None:
    done = firs("evaluate", "--split", "6", "--encoder", "fake", "--strategy", "none")
    assert done.out.startswith("### 6 sample scenes, 30 queries over 6 images, fake")


def test_some_of_the_queries(firs: Firs, vectors: Path) -> None:
    done = firs("evaluate", vectors, "--queries", "20", "--seed", "3", "--json", "-")
    assert json.loads(done.out)["data"]["queries"] == 20


def test_open_search_with_chosen_measures(firs: Firs, vectors: Path) -> None:
    done = firs("evaluate", vectors, "--measures", "P@10,mAP", "--relevance-threshold", "0.4",
                "--strategy", "none,rocchio(user=truthful,rounds=1)", "--json", "-")  # fmt: skip
    first, second = json.loads(done.out)["rows"]
    assert {"P@10", "mAP"} <= set(first)
    assert "R@1" not in first
    assert second["P@10"] > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--vectors", "none.npz"], "There is no file none.npz"),
        (["nowhere"], "There is no data set in nowhere"),
        (["a", "--vectors", "b.npz"], "Give PATH or --vectors, not both."),
        (
            ["--suite", "all"],
            "no suite called 'all'. Choose one of: calibration, expansion, fusion, paper.",
        ),
        (["--split", "2", "--strategy", "example(among=9)"], "1 to 1 nearest images, not of 9"),
        (["--suite", "paper", "--from", "r.json"], "Give --suite or --from, not both."),
        (["--data", "imagenet"], "There is no data set called 'imagenet'"),
        (["--split", "2", "--measures", "best"], "There is no measure called 'best'"),
        (["--split", "2", "--relevance-threshold", "7"], "is above 0 and up to 1, not 7.0"),
        (["--split", "2", "--strategy", "best"], "There is no strategy called 'best'"),
        (["--experiment", "none.toml"], "The experiment none.toml cannot be read"),
        (["--from", "none.json"], "none.json has no results"),
        (["--data", "generated", "--split", "5x9x2"], "no more queries than images"),
    ],
)
def test_invalid_input(firs: Firs, arguments: list[str], message: str) -> None:
    failed = firs("evaluate", *arguments)
    assert failed.code == 1
    assert failed.out == ""
    assert failed.err.startswith("error: ")
    assert message in failed.err
    assert failed.err.count("\n") == 1


def test_several_data_sets(firs: Firs, vectors: Path, tmp_path: Path) -> None:
    (tmp_path / "other.npz").write_bytes(vectors.read_bytes())
    failed = firs("evaluate", tmp_path)
    assert "has several data sets; name one of: " in failed.err
    assert "other.npz" in failed.err


def test_suite_calibration(firs: Firs, tmp_path: Path) -> None:
    data = save_vectors(tmp_path / "told.npz", small_dataset(captions=20))
    asked = ("evaluate", data, "--query-split", "report", "--suite", "calibration")
    done = firs(*asked)
    assert done.code == 0
    assert done.out.startswith("### Calibration: ")
    [row] = json.loads(firs(*asked, "--json", "-").out)["tables"][0]["rows"]
    assert row[0] == "hubness taken off, fitted"
    lost = firs(*asked, "--out-of-collection-queries", tmp_path / "absent.txt")
    assert lost.code == 1
    assert "cannot be read" in lost.err
    alone = firs("evaluate", data, "--out-of-collection-queries", data)
    assert "--out-of-collection-queries is for --suite calibration" in alone.err
