import numpy as np
import pytest
from PIL import Image

from firs.explanation.occlusion import Occlusion
from tests.fakes import FakeEncoder


@pytest.fixture
def half_red() -> Image.Image:
    picture = Image.new("RGB", (64, 64), "teal")
    picture.paste("red", (0, 0, 20, 20))
    return picture


def test_area_that_determines_the_score_is_marked(half_red: Image.Image) -> None:
    [explained] = Occlusion(FakeEncoder()).explain([half_red], "red")
    assert explained.map is not None
    row, col = np.unravel_index(explained.map.argmax(), explained.map.shape)
    assert max(row, col) < 32
    assert explained.cells is None
    assert [word.word for word in explained.words] == ["red"]


def test_the_score_is_that_of_the_picture(half_red: Image.Image) -> None:
    encoder = FakeEncoder()
    [explained] = Occlusion(encoder).explain([half_red], "red")
    score = encoder.encode_images([half_red])[0] @ encoder.encode_texts(["red"])[0]
    assert explained.score == pytest.approx(score, abs=1e-6)


def test_every_encoder_will_do_and_every_picture() -> None:
    explained = Occlusion(FakeEncoder()).explain(
        [Image.new("L", (1, 1)), Image.new("L", (90, 2))], "sky"
    )
    assert [each.map is not None and each.map.shape for each in explained] == [(1, 1), (2, 90)]
