import os
from pathlib import Path

import numpy as np
import pytest

from firs.refinement import captioners as module
from firs.refinement.captioners import text_vectors
from tests.fakes import FakeEncoder, other


class Counting(FakeEncoder):
    asked = 0

    def encode_texts(self, texts: object) -> np.ndarray:
        self.asked += 1
        return super().encode_texts(texts)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FIRS_CACHE", str(tmp_path))
    module._cached_banks.clear()
    return tmp_path


def test_the_same_texts_are_encoded_once(cache: Path) -> None:
    encoder = Counting()
    first = text_vectors(encoder, ["red", "blue"])
    np.testing.assert_array_equal(first, FakeEncoder().encode_texts(["red", "blue"]))
    module._cached_banks.clear()  # as another process
    np.testing.assert_array_equal(text_vectors(encoder, ["red", "blue"]), first)
    assert encoder.asked == 1


def test_other_texts_and_weights_are_kept_apart() -> None:
    encoder = Counting()
    text_vectors(encoder, ["red"])
    text_vectors(encoder, ["blue"])
    assert encoder.asked == 2
    text_vectors(other(), ["red"])
    assert len(module._cached_banks) == 3


def test_a_damaged_file_is_made_anew(cache: Path) -> None:
    encoder = Counting()
    first = text_vectors(encoder, ["red"])
    module._cached_banks.clear()
    [file] = cache.rglob("*.npy")
    file.write_bytes(b"damaged")
    np.testing.assert_array_equal(text_vectors(encoder, ["red"]), first)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_cache_that_cannot_be_written_is_done_without(cache: Path) -> None:
    cache.chmod(0o500)
    assert text_vectors(FakeEncoder(), ["red"]).shape == (1, FakeEncoder().dim)
