import json
from pathlib import Path

import numpy as np
import pytest

from firs.errors import InputError
from firs.evaluation.experiment import Data, Experiment, Queries, read_experiment
from firs.evaluation.strategies import StrategyCall
from tests.evaluation.evaluation_sets import small_dataset

WRITTEN = """
name = "bits"
encoder = "mini"
seed = 3
measures = ["R@1", "mean_rank"]

[data]
name = "flickr8k"
path = "data/flickr8k"
split = "dev"

[queries]
count = 10

[[strategies]]
use = "none"

[[strategies]]
use = "pseudo"
p = 5
over = "bits-mean"
"""


def written(folder: Path, text: str = WRITTEN) -> Path:
    (folder / "bits.toml").write_text(text)
    return folder / "bits.toml"


def test_an_experiment_is_read_from_toml(tmp_path: Path) -> None:
    assert read_experiment(written(tmp_path)) == Experiment(
        name="bits",
        encoder="mini",
        seed=3,
        measures=("R@1", "mean_rank"),
        data=Data("flickr8k", tmp_path / "data" / "flickr8k", "dev"),
        queries=Queries(count=10),
        strategies=(
            StrategyCall("none"),
            StrategyCall("pseudo", {"p": 5, "over": "bits-mean"}),
        ),
    )


def test_results_contain_their_experiment(tmp_path: Path) -> None:
    experiment = read_experiment(written(tmp_path))
    document = {"format": 1, "experiment": experiment.as_json(), "rows": []}
    (tmp_path / "results.json").write_text(json.dumps(document))
    again = read_experiment(tmp_path / "results.json")
    assert again == experiment


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('name = "bits"', "", "not understood .*'name'"),
        ("[data]", "[date]", "not understood"),
        ('use = "none"', 'name = "none"', "not understood .*'use'"),
        ("seed = 3", "sed = 3", "not understood .*'sed'"),
        ("seed = 3", "seed = ", "cannot be read"),
        ('"R@1"', '"R@one"', "no measure called 'R@one'"),
        ('use = "pseudo"\np = 5\nover = "bits-mean"', 'use = "none"', "different strategies"),
    ],
)
def test_mistakes(tmp_path: Path, before: str, after: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_experiment(written(tmp_path, WRITTEN.replace(before, after)))


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_experiment(tmp_path / "none.toml")


def test_an_experiment_without_strategies() -> None:
    with pytest.raises(InputError, match="not: none at all"):
        Experiment("nothing", Data("samples"), ())


def test_indexed_captions_are_not_queries() -> None:
    dataset = small_dataset()
    queries, joined = Queries(count=20, indexed_captions=2).draw(dataset, seed=1)
    assert len(queries) == 20
    assert len(joined) == 120
    assert not np.intersect1d(queries, joined).size
    everything, nothing = Queries().draw(dataset, seed=1)
    assert (len(everything), len(nothing)) == (180, 0)


def test_pictures_may_be_in_another_folder(tmp_path: Path) -> None:
    (tmp_path / "captions.txt").write_text("1.jpg\tA dog\n")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "1.jpg").touch()
    data = Data("flickr8k", tmp_path, "all", tmp_path / "elsewhere")
    assert data.load().files == (tmp_path / "elsewhere" / "1.jpg",)


def test_images_that_are_alike_may_count_as_relevant() -> None:
    dataset = small_dataset()
    queries = np.array([0, 30])
    alone = Queries().relevant(dataset, queries)
    more = Queries(relevance_threshold=0.4).relevant(dataset, queries)
    assert alone.image.tolist() == [0, 10]
    assert len(more.image) > 2
    assert 0 in more.of(np.array([0])).image
    with pytest.raises(InputError, match="similarity threshold is above 0 and up to 1"):
        Queries(relevance_threshold=3).relevant(dataset, queries)


@pytest.mark.parametrize("initial_rank", ["11", "0-5", "9-3", "a-b", "-"])
def test_ranks_at_which_no_query_begins(initial_rank: str) -> None:
    with pytest.raises(InputError, match="Initial ranks are given as in 11-50"):
        Queries(initial_rank=initial_rank)


def test_ranks_at_which_queries_begin() -> None:
    assert Queries(initial_rank="11-50").initial_rank_range() == (11, 50)
    assert Queries().initial_rank_range() is None


def test_experiments_with_the_old_names_can_still_be_read(tmp_path: Path) -> None:
    file = tmp_path / "old.toml"
    file.write_text(
        'name = "old"\neye = "fake"\n[data]\nname = "samples"\n[queries]\njoining = 2\n'
        'half = "tune"\nbegan = "11-50"\nalike = 0.3\nof_source = { coco = 3 }\n'
        '[[strategies]]\nuse = "none"\n'
    )
    found = read_experiment(file)
    assert found.oracle_encoder == "fake"
    assert found.queries == Queries(
        indexed_captions=2,
        query_split="tune",
        initial_rank="11-50",
        relevance_threshold=0.3,
        per_source={"coco": 3},
    )
