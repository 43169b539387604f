import numpy as np
import pytest

from firs.errors import InputError
from firs.query import like, text
from firs.search.base import Balance
from firs.search.matrix import ModalityMeans, directions_from
from firs.search.strategies import EarlyFusion
from tests.fakes import FakeEncoder
from tests.search.spaces import COLOURS, coloured, id_of, square


def test_the_formula() -> None:
    encoder = FakeEncoder()
    images = encoder.encode_images([square(each) for each in COLOURS])
    centres = ModalityMeans(encoder.encode_texts(["white"])[0], images.mean(axis=0))
    space = coloured(encoder=encoder, centres=centres)
    query = text("red") + 2 * like(id_of("blue")) - text("green")

    red, green = (
        directions_from(centres.text_mean, each) for each in encoder.encode_texts(["red", "green"])
    )
    blue = directions_from(centres.image_mean, images[COLOURS.index("blue")])
    terms = [(1.0, red), (2 * 0.3, blue), (-0.2, green)]
    expected = sum(weight * each / np.std(images @ each) for weight, each in terms)
    scores = images @ (expected / np.linalg.norm(expected))

    found = EarlyFusion(Balance(example=0.3, against=0.2)).search(query, space, 9)
    assert found.ids.tolist() == [10 * (at + 1) for at in np.argsort(-scores)]
    np.testing.assert_allclose(found.scores, -np.sort(-scores), atol=1e-5)


def test_what_all_pictures_share_does_not_drown_the_words() -> None:
    class Leaning(FakeEncoder):
        """Adds to every picture the same large vector, which no text has."""

        def encode_images(self, images):  # type: ignore[no-untyped-def]
            moved = super().encode_images(images)
            moved[:, -1] += 3
            return moved / np.linalg.norm(moved, axis=1, keepdims=True)

    query = text("blue") + like(square("red"))
    space = coloured(encoder=Leaning())
    assert EarlyFusion(Balance(example=0.3)).search(query, space, 1)[0].path.stem == "blue"


def test_its_parts_rank_what_was_found() -> None:
    found = EarlyFusion().search(text("red") + like(id_of("blue")), coloured(), 4)
    assert [sorted(part.ranking.ids) for part in found.parts] == [sorted(found.ids)] * 2
    assert [part.weight for part in found.parts] == [1, 0.5]


def test_terms_that_cancel_out() -> None:
    with pytest.raises(InputError, match="cancel out"):
        EarlyFusion(Balance(against=1)).search(text("red") - text("red"), coloured(), 4)
