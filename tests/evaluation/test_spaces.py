from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from firs.errors import InputError
from firs.evaluation.strategies.fused import embedding_searcher, score_rows
from firs.query import like, text
from firs.ranking import Ranking
from firs.search import search
from tests.evaluation.benches import small_bench

BENCH = small_bench()


def test_a_caption_finds_what_its_vector_finds() -> None:
    space = embedding_searcher(BENCH, BENCH.views[0])
    found = search(text(BENCH.dataset.captions[7]), space, 60)
    expected = np.argsort(-(BENCH.images @ BENCH.queries[7]), kind="stable")
    assert found.ids.tolist() == expected.tolist()
    assert found[0].path == Path(BENCH.dataset.image_ids[found[0].id])
    assert found.source.startswith("vectors: ")


def test_an_example_is_an_image_of_the_data_set() -> None:
    space = embedding_searcher(BENCH, BENCH.views[0])
    assert search(like(3), space, 1)[0].id == 3
    with pytest.raises(InputError, match="an image of the data set"):
        search(like(Image.new("RGB", (8, 8))), space, 1)


def test_rankings_as_scores_of_all_images() -> None:
    paths = [Path("a"), Path("b"), Path("c")]
    tied = Ranking([4, 0, 2], [1e-9, 5e-10, 5e-10], paths, "")
    rows = score_rows([tied, tied[:0]], 5)
    assert rows.tolist() == [[-1, -np.inf, -1, -np.inf, 0], [-np.inf] * 5]
    assert rows.dtype == np.float32
