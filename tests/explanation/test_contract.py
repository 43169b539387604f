"""What every explanation method guarantees."""

import numpy as np
import pytest
from PIL import Image

from firs.encoders.mini import Mini
from firs.errors import InputError
from firs.explanation import EXPLAINERS, Explainer, open_explainer
from firs.samples import Scene

METHODS = ("patches", "occlusion", "words")


@pytest.fixture(params=METHODS)
def explainer(request: pytest.FixtureRequest, mini: Mini) -> Explainer:
    return open_explainer(request.param, mini)


def test_it_bears_its_name(explainer: Explainer) -> None:
    assert isinstance(explainer, Explainer)
    assert explainer.name in EXPLAINERS


def test_one_explanation_a_picture_in_their_order(explainer: Explainer, scene: Scene) -> None:
    pictures = [scene.image.reduce(3), Image.new("RGBA", (31, 90), (9, 80, 60, 128))]
    explained = explainer.explain(pictures, "a white dog")
    assert [each.picture.size for each in explained] == [(160, 120), (31, 90)]
    for each in explained:
        assert (each.method, each.text) == (explainer.name, "a white dog")
        assert each.map is None or each.map.shape == each.picture.size[::-1]
        assert each.map is None or (each.map.dtype == np.float32 and each.map.min() >= 0)
        assert each.map is None or each.map.max() <= 1


def test_no_pictures_no_explanations(explainer: Explainer) -> None:
    assert explainer.explain([], "a dog") == []


def test_a_text_without_words_is_refused(explainer: Explainer, scene: Scene) -> None:
    with pytest.raises(InputError, match="There is no word in"):
        explainer.explain([scene.image], "?!")


def test_a_text_longer_than_the_encoder_reads(explainer: Explainer, scene: Scene) -> None:
    [explained] = explainer.explain([scene.image], "a white dog " * 30)
    assert all(np.isfinite(word.share) for word in explained.words)


def test_unknown_method_is_rejected(mini: Mini) -> None:
    with pytest.raises(InputError, match="There is no explanation method called 'magic'"):
        open_explainer("magic", mini)
