from pathlib import Path

import numpy as np
import pytest

from firs.calibration import hubness
from firs.calibration.calibration import KnownTexts
from firs.calibration.hubness import Hubness, biases
from firs.errors import InputError
from firs.evaluation.datasets.vectors import vectors
from tests.feedback.marked import units


def test_a_hub_is_one() -> None:
    images, bank = units(50), units(200, seed=1)
    images[7] = bank.mean(axis=0) / np.linalg.norm(bank.mean(axis=0))
    found = biases(images, bank)
    assert found.dtype == np.float32
    assert found.argmax() == 7


def test_the_formula() -> None:
    images, bank = units(6), units(9, seed=1)
    near = np.sort(images @ bank.T, axis=1)[:, -4:].mean(axis=1)
    np.testing.assert_allclose(biases(images, bank, k=4, weight=0.75), 0.75 * near, atol=1e-6)


def test_an_image_is_no_hub_to_its_own_captions() -> None:
    images, bank = units(6), units(9, seed=1)
    owners = np.array([2, 2, 2, -1, -1, -1, -1, -1, -1])
    bank[:3] = images[2]
    own = biases(images, bank, owners, k=3)
    assert biases(images, bank, k=3).argmax() == 2
    others = np.sort(images[2] @ bank[3:].T)[-3:].mean()
    rest = np.sort(images[0] @ bank.T)[-3:].mean()
    assert own[2] - own[0] == pytest.approx(0.5 * (others - rest), abs=1e-6)


def test_images_in_parts_are_the_same_as_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    images, bank = units(50), units(30, seed=1)
    owners = np.arange(30) + 10
    whole = biases(images, bank, owners, k=5)
    monkeypatch.setattr(hubness, "_ROWS", 7)
    np.testing.assert_allclose(biases(images, bank, owners, k=5), whole, atol=1e-6)


def test_where_every_text_is_the_images_own_there_is_no_bias() -> None:
    images, bank = units(1), units(3, seed=1)
    assert biases(images, bank, np.zeros(3, dtype=np.int64)).tolist() == [0]


def test_no_images() -> None:
    assert biases(np.empty((0, 16), np.float32), units(3)).tolist() == []


@pytest.mark.parametrize(("texts", "k"), [(0, 5), (5, 0)])
def test_an_empty_bank(texts: int, k: int) -> None:
    with pytest.raises(InputError, match="1 text or more and k is 1 or more"):
        biases(units(5), units(9)[:texts], k=k)


def test_it_is_taken_off_the_scores_which_stay_what_they_were_on_the_whole() -> None:
    scores, off = np.array([0.3, 0.2], np.float32), np.array([0.35, 0.05], np.float32)
    assert Hubness(off).of(scores) == pytest.approx([0.15, 0.35])
    assert Hubness(off).of(np.stack([scores, scores])).shape == (2, 2)


def test_on_real_vectors_captions_of_other_images_find_more(shared_data: Path) -> None:
    real = vectors(shared_data / "clip_vitb32" / "flickr8k.npz")
    assert real.image_vectors is not None
    assert real.caption_vectors is not None
    bank = real.owners % 2 == 0
    found = biases(real.image_vectors, real.caption_vectors[bank], real.owners[bank])
    asked, owners = real.caption_vectors[~bank], real.owners[~bank]
    scores = asked @ real.image_vectors.T
    before = (scores.argmax(axis=1) == owners).mean()
    after = ((scores - found).argmax(axis=1) == owners).mean()
    assert after >= before + 0.03


def test_how_familiar_a_text_is() -> None:
    query, known = units(1)[0], KnownTexts(units(200, seed=1))
    off = np.zeros(3, np.float32)
    assert Hubness(off).familiar(query) is None
    assert Hubness(off, texts=known).familiar(query) == known.near(query[np.newaxis])[0]
