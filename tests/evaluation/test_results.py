import json
from pathlib import Path

import pytest

from firs.errors import InputError
from firs.evaluation.results import FORMAT, read_results
from tests.evaluation.outcomes import small_outcome


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    results = small_outcome().results
    results.write(tmp_path / "results.json")
    assert read_results(tmp_path / "results.json") == results


def test_figures_stand_at_the_top_of_each_row() -> None:
    row = small_outcome().results.as_json()["rows"][0]
    assert row["strategy"] == "none"
    assert {"R@1", "R@5", "R@10", "median_rank", "mean_rank"} <= set(row)


def test_a_file_of_another_version(tmp_path: Path) -> None:
    document = {**small_outcome().results.as_json(), "format": FORMAT + 1}
    (tmp_path / "results.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match=r"by another version .* run the experiment again"):
        read_results(tmp_path / "results.json")


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"rows": []}', "\x00"])
def test_a_file_of_something_else(tmp_path: Path, text: str) -> None:
    (tmp_path / "results.json").write_text(text)
    with pytest.raises(InputError, match="has no results of firs evaluate"):
        read_results(tmp_path / "results.json")


@pytest.mark.parametrize("key", ["rows", "measures", "data"])
def test_a_damaged_file(tmp_path: Path, key: str) -> None:
    document = small_outcome().results.as_json()
    del document[key]
    (tmp_path / "results.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match="is damaged"):
        read_results(tmp_path / "results.json")
