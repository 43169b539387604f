from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from firs.encoders import ENCODERS
from firs.errors import InputError
from firs.evaluation.experiment import Data, Experiment, Queries, parse_experiment
from firs.evaluation.measures import STANDARD
from firs.evaluation.runner import open_evaluation_set, run
from firs.evaluation.strategies import parse_strategies
from firs.evaluation.tables import data_summary
from tests.evaluation.evaluation_sets import save_vectors, small_dataset
from tests.evaluation.outcomes import ignore_progress, small_outcome


def test_a_row_for_each_strategy_with_all_figures() -> None:
    rows = small_outcome().results.rows
    assert [row.strategy for row in rows] == ["none", "pseudo(rounds=2)", "bits-mean"]
    for row in rows:
        assert tuple(row.figures) == tuple(row.intervals) == STANDARD
        assert row.rounds[-1] == row.figures
        assert row.agreement == 1
        low, high = row.intervals["R@10"]
        assert low <= row.figures["R@10"] <= high
    assert [len(row.rounds) for row in rows] == [1, 3, 1]


def test_the_first_strategy_is_the_baseline() -> None:
    first, second, third = small_outcome().results.rows
    assert first.compared is None
    for row in (second, third):
        assert row.compared is not None
        assert row.compared.baseline == "none"
        assert row.compared.won + row.compared.lost + row.compared.tied == 180
        assert set(row.compared.p) == {"R@1", "R@5", "R@10", "mean_rank"}
        assert all(row.compared.p_holm[name] >= p for name, p in row.compared.p.items())


def test_the_best_images_agree_with_the_figures() -> None:
    outcome = small_outcome()
    outcomes, targets = outcome.by_strategy["none"], outcome.dataset.owners[outcome.query_captions]
    assert outcomes.images.shape == outcomes.scores.shape == (180, 10)
    hits = np.any(outcomes.images == targets[:, np.newaxis], axis=1)
    assert 100 * np.mean(hits) == pytest.approx(outcome.results.rows[0].figures["R@10"])


def test_results_contain_what_repeats_the_experiment() -> None:
    results = small_outcome().results
    assert results.data["queries"] == 180
    assert results.data["fingerprint"] == small_dataset().fingerprint
    assert {"firs", "python", "numpy", "faiss-cpu"} <= set(results.versions)
    assert results.experiment["seed"] == 0
    assert results.made.endswith("+00:00")


def test_vectors_of_a_file(tmp_path: Path) -> None:
    save_vectors(tmp_path / "set.npz", small_dataset())
    plan = Experiment(
        "file",
        Data("vectors", tmp_path / "set.npz"),
        parse_strategies("none,entries"),
        encoder="random",
        queries=Queries(indexed_captions=1),
    )
    results = run(plan, progress=ignore_progress).results
    assert results.encoder["name"] == "random"
    assert results.data["joined"] == 60
    assert results.rows[0].figures == small_none_of_two_captions()


def small_none_of_two_captions() -> dict[str, float]:
    from firs.evaluation.measures import ranks_in, summarise
    from tests.evaluation.evaluation_sets import small_evaluation_set

    evaluation_set = small_evaluation_set(indexed_captions=1)
    return summarise(
        ranks_in(evaluation_set.queries @ evaluation_set.images.T, evaluation_set.relevant)
    )


@pytest.fixture
def squares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(ENCODERS._members, "fake", "tests.fakes:FakeEncoder")
    monkeypatch.setenv("FIRS_CACHE", str(tmp_path / "cache"))
    home = tmp_path / "squares"
    home.mkdir()
    rows = ["image\tcaption"]
    for colour in ("red", "green", "blue", "white", "black", "yellow"):
        Image.new("RGB", (40, 40), colour).save(home / f"{colour}.png")
        rows += [f"{colour}.png\t{colour}", f"{colour}.png\ta {colour} square"]
    (home / "captions.tsv").write_text("\n".join(rows))
    return home


def test_pictures_are_searched_as_a_person_searches_them(squares: Path) -> None:
    plan = Experiment("squares", Data("folder", squares), parse_strategies("none"), encoder="fake")
    results = run(plan, progress=ignore_progress).results
    assert results.data["agreement"] == 1, "Collection.search puts the same images first"
    assert results.rows[0].figures["R@1"] == 100
    assert results.encoder["fingerprint"] == "fa4e"


def test_a_user_may_see_by_another_encoder(squares: Path) -> None:
    plan = Experiment(
        "squares",
        Data("folder", squares),
        parse_strategies("none,rocchio(shown=2)"),
        encoder="fake",
        oracle_encoder="fake",
    )
    assert run(plan, progress=ignore_progress).results.experiment["oracle_encoder"] == "fake"


def test_several_encoders_of_pictures(squares: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENCODERS._members, "other", "tests.fakes:other")
    calls = parse_strategies("none,encoders(only=2),encoders")
    plan = Experiment("squares", Data("folder", squares), calls, encoder="fake+other")
    results = run(plan, progress=ignore_progress).results
    assert [each["name"] for each in (results.encoder, *results.encoder["others"])] == [
        "fake",
        "other",
    ]
    assert [row.figures["R@1"] for row in results.rows] == [100, 100, 100]
    assert "fake (64 dimensions) + other (64 dimensions)" in data_summary(results)


def test_vectors_and_an_encoder_of_the_pictures_are_combined(
    squares: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    colours = [path.stem for path in sorted(squares.glob("*.png"))] + ["gone"]
    oracle_encoder = np.eye(7, dtype=np.float32)
    np.savez(
        tmp_path / "set.npz",
        image_ids=np.array([f"{colour}.png" for colour in colours]),
        image_vectors=oracle_encoder,
        captions=np.array(colours),
        caption_image_ids=np.array([f"{colour}.png" for colour in colours]),
        caption_vectors=oracle_encoder,
    )
    data = Data("vectors", tmp_path / "set.npz", pictures=squares)
    calls = parse_strategies("none,encoders(only=2),encoders")
    results = run(
        Experiment("both", data, calls, encoder="clip+fake"), progress=ignore_progress
    ).results
    assert results.encoder["name"] == "clip"
    assert (results.data["images"], results.data["queries"]) == (6, 6)
    assert "without 1 images that have no picture" in results.data["name"]
    assert [row.figures["R@1"] for row in results.rows] == [100, 100, 100]
    with pytest.raises(InputError, match="no pictures to encode; name their folder: --pictures"):
        run(
            Experiment("none", Data("vectors", data.path), calls, encoder="clip+fake"),
            progress=ignore_progress,
        )


def test_vectors_have_no_oracle_encoder(tmp_path: Path) -> None:
    path = save_vectors(tmp_path / "set.npz", small_dataset())
    plan = Experiment("eye", Data("vectors", path), parse_strategies("none"), oracle_encoder="fake")
    with pytest.raises(InputError, match="another encoder cannot see its pictures"):
        run(plan, progress=ignore_progress)


def plan_with_oracle(folder: Path, ids: list[str], embeddings: np.ndarray) -> Experiment:
    path = save_vectors(folder / "set.npz", small_dataset())
    np.savez(folder / "oracle.npz", image_ids=np.array(ids), image_vectors=embeddings)
    return Experiment(
        "oracle",
        Data("vectors", path),
        parse_strategies("bayes(shown=5,rounds=2)"),
        oracle_embeddings=folder / "oracle.npz",
    )


def test_simulated_users_compare_images_by_given_embeddings(tmp_path: Path) -> None:
    ids = [*reversed(small_dataset().image_ids), "further.jpg"]
    plan = plan_with_oracle(tmp_path, ids, np.eye(len(ids), dtype=np.float32))
    with open_evaluation_set(plan, ignore_progress) as evaluation_set:
        oracle = evaluation_set.oracle_embeddings
    assert oracle is not None
    np.testing.assert_array_equal(oracle, np.eye(len(ids))[-2::-1])


@pytest.mark.parametrize(
    ("count", "rows", "message"),
    [
        (59, 59, r"has no embedding of 59.jpg \(1 of 60 images are missing\)"),
        (60, 59, r"image_vectors should be float \(60, dim\), not float32 \(59, 4\)"),
    ],
)
def test_embeddings_that_do_not_fit_the_data(
    tmp_path: Path, count: int, rows: int, message: str
) -> None:
    ids = list(small_dataset().image_ids[:count])
    plan = plan_with_oracle(tmp_path, ids, np.ones((rows, 4), dtype=np.float32))
    with pytest.raises(InputError, match=message):
        run(plan, progress=ignore_progress)


def test_users_see_by_an_encoder_or_by_embeddings() -> None:
    with pytest.raises(InputError, match="leave --oracle-encoder or --oracle-embeddings out"):
        Experiment(
            "both",
            Data("samples"),
            parse_strategies("none"),
            oracle_encoder="mini",
            oracle_embeddings=Path("oracle.npz"),
        )


def test_only_captions_of_targets_are_queries(tmp_path: Path) -> None:
    path = save_vectors(tmp_path / "set.npz", small_dataset())
    (tmp_path / "targets.txt").write_text("7.jpg\n3.jpg\n")
    content = {
        "name": "targets",
        "data": {"name": "vectors", "path": path.name},
        "queries": {"targets": "targets.txt"},
        "strategies": [{"use": "none"}],
    }
    plan = parse_experiment(content, tmp_path)
    assert parse_experiment(plan.as_json(), Path("elsewhere")) == plan
    with open_evaluation_set(plan, ignore_progress) as evaluation_set:
        assert evaluation_set.groups.tolist() == [3, 3, 3, 7, 7, 7]
        assert len(evaluation_set.images) == 60
    (tmp_path / "targets.txt").write_text("7.jpg\n3.png\n")
    with pytest.raises(InputError, match=r"1 of 2 targets are not images of .*first '3.png'"):
        run(plan, progress=ignore_progress)


def test_open_search_has_several_answers(tmp_path: Path) -> None:
    path = save_vectors(tmp_path / "set.npz", small_dataset())
    plan = Experiment(
        "open",
        Data("vectors", path),
        parse_strategies("none"),
        queries=Queries(relevance_threshold=0.4),
        measures=("R@1", "P@10", "mAP", "MRR"),
    )
    outcome = run(plan, progress=ignore_progress)
    figures = outcome.results.rows[0].figures
    assert outcome.results.data["relevant"] == len(outcome.relevant.image) > 180
    assert tuple(figures) == ("R@1", "P@10", "mAP", "MRR")
    assert figures["mAP"] != figures["MRR"]


def test_a_strategy_that_does_not_fit_is_reported(squares: Path) -> None:
    plan = Experiment(
        "squares", Data("folder", squares), parse_strategies("none,pseudo(p=9)"), encoder="fake"
    )
    with pytest.raises(InputError, match="P must be from 1 to 3, not 9"):
        run(plan, progress=ignore_progress)
