import numpy as np
import pytest
from PIL import Image

from firs.encoders.mini import Mini
from firs.errors import InputError
from firs.explanation import open_explainer
from firs.explanation.patches import Patches
from firs.samples import Scene, load_scenes
from tests.fakes import FakeEncoder
from tools.pointing import nameable_things, pointing_accuracy


@pytest.mark.parametrize("number", range(1, 7))
def test_cells_add_up_to_the_score(mini: Mini, number: int) -> None:
    [scene] = load_scenes(1, first=number)
    [explained] = Patches(mini).explain([scene.image], scene.captions[0])
    vectors = mini.encode_images([scene.image]) @ mini.encode_texts([scene.captions[0]]).T
    assert explained.cells is not None
    assert explained.score is not None
    assert explained.cells.sum() == pytest.approx(vectors.item(), abs=1e-4)
    assert explained.score == pytest.approx(vectors.item(), abs=1e-4)


def test_words_come_with_the_map(mini: Mini, scene: Scene) -> None:
    [explained] = Patches(mini).explain([scene.image], "a white dog on a street")
    assert [word.word for word in explained.words] == ["a", "white", "dog", "on", "a", "street"]
    assert sum(word.share for word in explained.words if word.word in ("white", "dog")) > 0.1


def test_peaks_are_on_the_named_object(mini: Mini) -> None:
    named = list(nameable_things(load_scenes(10, first=101)))
    maps = [Patches(mini).explain([each.picture], each.phrase)[0].map for each in named]
    assert pointing_accuracy([map_ for map_ in maps if map_ is not None], named).hits > 60


def test_the_map_fits_a_photo_that_was_turned(mini: Mini, scene: Scene) -> None:
    turned = scene.image.transpose(Image.Transpose.ROTATE_90)
    turned.getexif()[0x0112] = 6  # a quarter to the right, to be upright
    [straight], [upright] = (
        Patches(mini).explain([picture], scene.captions[0]) for picture in (scene.image, turned)
    )
    assert straight.map is not None
    assert upright.map is not None
    np.testing.assert_allclose(upright.map, straight.map, atol=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (2000, 3), (3, 2000)])
def test_pictures_of_any_shape(mini: Mini, size: tuple[int, int]) -> None:
    [explained] = Patches(mini).explain([Image.new("RGB", size, "teal")], "the sea")
    assert explained.map is not None
    assert explained.map.shape == explained.picture.size[::-1]


def test_encoder_without_cells_is_rejected_with_advice() -> None:
    with pytest.raises(
        InputError, match=r"fake shows no cells of a picture.*'occlusion' or 'words'"
    ):
        open_explainer("patches", FakeEncoder())
