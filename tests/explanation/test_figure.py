import numpy as np
import pytest
from PIL import Image

from firs.encoders.mini import Mini
from firs.explanation import Explanation, Part, WordShare, check_faithfulness
from firs.explanation.api import explain
from firs.explanation.figure import comparison_figure, words_in_lines
from firs.samples import Scene


def test_both_pictures_stand_side_by_side(mini: Mini, scene: Scene) -> None:
    explained = explain(scene.image, "a white dog", encoder=mini)
    drawn = comparison_figure(explained, check_faithfulness(explained, mini))
    assert drawn.width > 2 * scene.image.width
    assert drawn.height > scene.image.height + 60
    plain = np.asarray(drawn)[14:374, 14:494]
    np.testing.assert_array_equal(plain, np.asarray(scene.image))


def test_without_a_map_the_picture_is_drawn_once(mini: Mini, scene: Scene) -> None:
    explained = explain(scene.image, "a white dog", encoder=mini, method="words")
    assert comparison_figure(explained).width < 2 * scene.image.width


def test_every_phrase_has_its_own_picture(scene: Scene) -> None:
    map_ = np.zeros((scene.image.height, scene.image.width), np.float32)
    parts = tuple(Part(phrase, map_) for phrase in ("a dog", "a house", "the sky", "a tree"))
    explained = Explanation("clipseg", "a dog", scene.image, map_, parts=parts)
    assert comparison_figure(explained).width == pytest.approx(4 * scene.image.width, abs=60)


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1)])
def test_small_and_long_pictures(size: tuple[int, int]) -> None:
    drawn = comparison_figure(Explanation("words", "sea", Image.new("RGB", size)))
    assert min(drawn.size) > 50


def test_words_take_as_many_lines_as_they_need() -> None:
    words = (WordShare("red", 0, 0.12), WordShare("dog", 4, -0.01))
    explained = Explanation("words", "red dog", Image.new("RGB", (1, 1)), words=words)
    assert words_in_lines(explained, 500) == ["red +0.120   dog -0.010"]
    assert words_in_lines(explained, 100) == ["red +0.120", "dog -0.010"]
    many = Explanation("words", "", explained.picture, words=words * 100)
    assert len(words_in_lines(many, 100)) < 20
