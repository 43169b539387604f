from pathlib import Path

import numpy as np
import pytest

from firs.errors import InputError
from firs.index import open_index_type
from firs.index.exact import ExactFloat32Index, ExactIndex
from tests.index.test_contract import unit


@pytest.mark.parametrize(("kind", "tolerance"), [(ExactIndex, 5e-4), (ExactFloat32Index, 1e-6)])
def test_scores_are_the_cosines(kind: type[ExactIndex], tolerance: float) -> None:
    vectors, queries = unit(500, 1, dim=256), unit(40, 2, dim=256)
    ids, scores = kind.build(np.arange(500), vectors).search(queries, 500)
    cosines = queries.astype(np.float64) @ vectors.astype(np.float64).T
    np.testing.assert_allclose(scores, np.take_along_axis(cosines, ids, axis=1), atol=tolerance)


def test_half_precision_takes_half_the_room(tmp_path: Path) -> None:
    def size(kind: type[ExactIndex]) -> int:
        path = tmp_path / kind.__name__
        with path.open("wb") as file:
            kind.build(np.arange(1000), unit(1000, 3, dim=128)).save(file)
        return path.stat().st_size

    vectors = 1000 * 128
    assert size(ExactIndex) == pytest.approx(2 * vectors + 8000, abs=500)
    assert size(ExactFloat32Index) == pytest.approx(4 * vectors + 8000, abs=500)


def test_finds_what_float64_finds_on_real_vectors(shared_data: Path) -> None:
    with np.load(shared_data / "clip_vitb32" / "flickr8k.npz") as data:
        images, captions = data["image_vectors"], data["caption_vectors"]
    cosines = captions.astype(np.float64) @ images.astype(np.float64).T
    best = np.argsort(-cosines, axis=1)[:, :10]
    found, _ = ExactIndex.build(np.arange(len(images)), images).search(captions, 10)
    overlap = [len(set(a) & set(b)) / 10 for a, b in zip(best, found, strict=True)]
    assert np.mean(overlap) > 0.995


def test_the_type_of_stored_numbers_is_a_parameter() -> None:
    assert open_index_type("exact(dtype=float32)") is ExactFloat32Index
    assert open_index_type("exact(dtype=float16)") is open_index_type("exact") is ExactIndex
    with pytest.raises(InputError, match="float16 or float32, not 'int8'"):
        open_index_type("exact(dtype=int8)")
