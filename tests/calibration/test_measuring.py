import numpy as np
import pytest

from firs.calibration import fitting as measuring
from firs.calibration.fitting import measure_hubness, places_of, update_hubness
from firs.calibration.hubness import biases
from firs.errors import InputError
from firs.search import EmbeddingMatrix
from tests.feedback.marked import units

NOBODY = np.full(150, -1)


def table() -> EmbeddingMatrix:
    return EmbeddingMatrix(np.arange(1, 301), units(300))


def near(owners: np.ndarray, seed: int = 1) -> np.ndarray:
    """Texts that lie near their images."""
    texts = units(300)[owners] + 0.3 * units(len(owners), seed=seed)
    rows: np.ndarray = texts / np.linalg.norm(texts, axis=1, keepdims=True)
    return rows


def test_texts_of_no_image_are_all_the_bank() -> None:
    texts = units(150, seed=1)
    found = measure_hubness(table(), "mini", texts, NOBODY)
    assert found.bank.tolist() == list(range(150))
    assert found.meaning is None
    np.testing.assert_array_equal(found.biases, biases(units(300), texts))


def test_captions_that_are_fitted_on_are_not_in_the_bank() -> None:
    owners = np.arange(800) % 300
    found = measure_hubness(table(), "mini", near(owners), owners)
    kept = np.setdiff1d(np.arange(800), found.bank)
    assert 200 <= len(kept) <= 202
    assert not np.isin(owners[kept], owners[found.bank]).any()
    assert found.meaning is not None
    assert found.meaning.nearest == 0.22
    again = measure_hubness(table(), "mini", near(owners), owners)
    assert again.bank.tolist() == found.bank.tolist()


def test_few_captions_are_all_for_the_bank() -> None:
    owners = np.arange(200)
    found = measure_hubness(table(), "unknown", near(owners), owners)
    assert (len(found.bank), found.meaning) == (200, None)


def test_captions_that_are_mostly_of_one_image_are_all_for_the_bank() -> None:
    owners = np.zeros(800, dtype=np.int64)
    found = measure_hubness(table(), "unknown", near(owners), owners)
    assert (len(found.bank), found.meaning) == (800, None)


def test_too_few_texts_and_captions_of_another_language() -> None:
    with pytest.raises(InputError, match="100 texts or more, and here are 99"):
        measure_hubness(table(), "mini", units(99), NOBODY[:99])
    owners = np.arange(200)
    strange = near(owners[::-1].copy())
    with pytest.raises(InputError, match="another language"):
        measure_hubness(table(), "mini", strange, owners)


def test_only_what_changed_is_measured_again(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, texts = units(300), units(150, seed=1)
    owners = np.arange(150) * 2
    before = EmbeddingMatrix(np.arange(1, 301), rows)
    known = (before, update_hubness(before, texts, owners))
    np.testing.assert_array_equal(known[1], biases(rows, texts, owners))
    ids = np.concatenate([before.ids[5:], [400]])
    changed = np.concatenate([rows[5:], units(1, seed=7)])
    changed[10] = units(1, seed=8)[0]
    after = EmbeddingMatrix(ids, changed)
    there = places_of(before.ids[owners], after)
    expected = biases(changed, texts, there)
    measured_rows: list[int] = []

    def counted(images: np.ndarray, *rest: np.ndarray) -> np.ndarray:
        measured_rows.append(len(images))
        return biases(images, *rest)

    monkeypatch.setattr(measuring, "biases", counted)
    np.testing.assert_allclose(update_hubness(after, texts, there, known), expected, atol=1e-6)
    assert measured_rows == [2]


def test_where_images_stand() -> None:
    ids = np.array([300, 7, 0, 999])
    assert places_of(ids, table()).tolist() == [299, 6, -1, -1]
