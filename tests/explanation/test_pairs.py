import numpy as np
import pytest
from PIL import Image

from firs.encoders.mini import Mini
from firs.errors import InputError
from firs.explanation.pairs import explain_pair, render_pair
from firs.samples import Scene, load_scenes
from tests.fakes import FakeEncoder


def test_cells_of_both_add_up_to_the_score(mini: Mini) -> None:
    one, other = (scene.image for scene in load_scenes(2))
    pair = explain_pair(mini, one, other)
    first, second = mini.encode_images([one, other])
    for side in (pair.first, pair.second):
        assert side.cells.sum() == pytest.approx(float(first @ second), abs=1e-4)
        assert side.map.shape == side.picture.size[::-1]
    assert pair.score == pytest.approx(float(first @ second), abs=1e-4)


def test_a_picture_corresponds_to_itself(mini: Mini, scene: Scene) -> None:
    pair = explain_pair(mini, scene.image, scene.image)
    assert pair.alike
    assert all(alike.first == alike.second for alike in pair.alike)
    likeness = [alike.likeness for alike in pair.alike]
    assert likeness == sorted(likeness, reverse=True)


def test_mirrored_cells_correspond(mini: Mini) -> None:
    [scene] = load_scenes(1, first=7)
    mirrored = scene.image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    pair = explain_pair(mini, scene.image, mirrored)
    best = pair.alike[0]
    assert best.first[0] == pytest.approx(1 - best.second[0], abs=0.15)
    assert best.first[1] == pytest.approx(best.second[1], abs=0.15)


def test_a_pair_is_drawn_side_by_side(mini: Mini, scene: Scene) -> None:
    drawn = render_pair(explain_pair(mini, Image.new("RGB", (1, 9)), scene.image))
    assert drawn.height == 480
    assert np.asarray(drawn).std() > 0


def test_encoder_without_cells_is_rejected() -> None:
    picture = Image.new("RGB", (9, 9))
    with pytest.raises(InputError, match=r"fake shows no cells of a picture.*'mini' does"):
        explain_pair(FakeEncoder(), picture, picture)
