import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import firs
from firs.errors import ImageError, InputError
from firs.explanation import check_faithfulness
from firs.explanation.api import explain, load_picture
from firs.samples import Scene
from tests.fakes import FakeEncoder


def test_a_file_its_bytes_and_a_picture_are_explained_alike(scene: Scene, tmp_path: Path) -> None:
    scene.image.save(tmp_path / "dog.png")
    sources: list[Path | str | bytes] = [
        tmp_path / "dog.png",
        str(tmp_path / "dog.png"),
        (tmp_path / "dog.png").read_bytes(),
    ]
    explained = [firs.explain(source, "a white dog") for source in [*sources, scene.image]]
    assert len({each.score for each in explained}) == 1
    assert all(each.method == "patches" for each in explained)
    assert explained[0].overlay().size == explained[0].outline().size == scene.image.size


def test_every_encoder_has_a_default_method(scene: Scene) -> None:
    assert explain(scene.image, "red", encoder=FakeEncoder()).method == "occlusion"


def test_a_picture_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"gone\.jpg cannot be explained: no such file"):
        explain(tmp_path / "gone.jpg", "a dog")


def test_a_picture_that_is_too_large_is_refused_before_it_is_decoded() -> None:
    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    with pytest.raises(ImageError, match="The picture cannot be explained: decompression bomb"):
        load_picture(bomb.getvalue())


def test_one_pixel(scene: Scene) -> None:
    explained = explain(Image.new("RGB", (1, 1), "red"), "red", encoder=FakeEncoder())
    assert explained.map is not None
    assert explained.map.shape == (1, 1)


def test_explanation_without_a_map_cannot_be_checked(scene: Scene) -> None:
    explained = explain(scene.image, "a dog", method="words")
    assert np.array_equal(np.asarray(explained.overlay()), np.asarray(scene.image))
    with pytest.raises(InputError, match=r"'words' has no map.*explain by 'occlusion'"):
        check_faithfulness(explained, FakeEncoder())
