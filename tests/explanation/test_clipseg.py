"""CLIPSeg's backend, on tiny random weights: masks, batches, and the same without PyTorch."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from firs.errors import EncoderError, InputError, MissingExtra
from firs.explanation import open_explainer
from firs.explanation.clipseg import BATCH, ClipSeg, read_preprocess
from tests.fakes import FakeEncoder

torch_only = pytest.mark.torch


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.encoders import tiny

    return tiny.clipseg(tmp_path_factory.mktemp("clipseg"))


@pytest.fixture(scope="module")
def exported(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tools.export_clipseg import export_clipseg

    folder = tmp_path_factory.mktemp("exported") / "clipseg"
    export_clipseg(checkpoint, folder)
    return folder


def striped(width: int, height: int) -> Image.Image:
    pixels = np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


class Bright:
    """A fake model: bright pixels belong to the phrase."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def preprocess(self, picture: Image.Image) -> NDArray[np.float32]:
        small = picture.convert("RGB").resize((24, 24))
        return np.asarray(small, np.float32).transpose(2, 0, 1)

    def logits(self, pixels: NDArray[np.float32], texts: Sequence[str]) -> NDArray[np.float32]:
        self.batches.append(len(texts))
        sign = np.array([-1 if text == "night" else 1 for text in texts], np.float32)
        brightness = (pixels.mean(axis=1) - 128) / 8
        return np.asarray(brightness * sign[:, None, None], np.float32)


def test_every_phrase_has_its_mask_where_it_is_seen() -> None:
    picture = Image.new("RGB", (200, 100), "black")
    picture.paste("white", (0, 0, 50, 100))
    [explained] = ClipSeg(Bright(), FakeEncoder()).explain([picture], "day and night")
    assert [part.phrase for part in explained.parts] == ["day", "night"]
    day, night = (part.map for part in explained.parts)
    assert day.shape == night.shape == (100, 200)
    assert day[50, 20] > 0.99
    assert day[50, 150] < 0.01
    assert night[50, 150] > 0.99
    assert explained.map is not None
    np.testing.assert_array_equal(explained.map, np.maximum(day, night))
    assert [word.word for word in explained.words] == ["day", "and", "night"]


def test_pairs_go_in_batches() -> None:
    segmenter = Bright()
    pictures = [striped(10 + at, 10) for at in range(5)]
    explained = ClipSeg(segmenter, FakeEncoder()).explain(pictures, "day and night")
    assert segmenter.batches == [BATCH, 2]
    assert [each.picture.size for each in explained] == [picture.size for picture in pictures]


def test_masks_that_are_not_finite_are_refused() -> None:
    class Broken(Bright):
        def logits(self, pixels: NDArray[np.float32], texts: Sequence[str]) -> NDArray[np.float32]:
            return np.full((len(texts), 4, 4), np.nan, np.float32)

    with pytest.raises(EncoderError, match="not finite; get its files again"):
        ClipSeg(Broken(), FakeEncoder()).explain([striped(9, 9)], "day")


def test_read_preprocess_old_and_new_files() -> None:
    scale = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    old, new = ({"size": size, **scale} for size in (352, {"height": 352, "width": 352}))
    assert read_preprocess(old) == read_preprocess(new)
    with pytest.raises(EncoderError, match="lacks 'image_mean'"):
        read_preprocess({"size": 352})


def test_without_pytorch_the_install_command_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtra, match=r"pip install 'qt-firs\[torch\]'"):
        open_explainer("clipseg", FakeEncoder())


def test_only_clipseg_has_files() -> None:
    with pytest.raises(InputError, match="Only clipseg has a folder of files"):
        open_explainer("words:/tmp", FakeEncoder())


@torch_only
@pytest.mark.parametrize("size", [(48, 48), (90, 30), (30, 90), (1, 1)])
def test_the_model_gives_masks_of_the_picture_s_shape(
    checkpoint: Path, size: tuple[int, int]
) -> None:
    explainer = open_explainer(f"clipseg:{checkpoint}", FakeEncoder())
    [explained] = explainer.explain([striped(*size)], "a black dog; the snow")
    assert [part.phrase for part in explained.parts] == ["a black dog", "the snow"]
    assert all(part.map.shape == size[::-1] for part in explained.parts)
    assert all(0 <= part.map.min() <= part.map.max() <= 1 for part in explained.parts)
    assert not np.array_equal(explained.parts[0].map, explained.parts[1].map) or size == (1, 1)


@torch_only
def test_a_picture_turned_by_its_camera(checkpoint: Path) -> None:
    picture = striped(96, 48)
    turned = picture.transpose(Image.Transpose.ROTATE_90)
    turned.getexif()[0x0112] = 6
    explainer = open_explainer(f"clipseg:{checkpoint}", FakeEncoder())
    straight, upright = explainer.explain([picture, turned], "two dogs")
    assert straight.map is not None
    assert upright.map is not None
    np.testing.assert_allclose(upright.map, straight.map, atol=1e-4)


@torch_only
def test_a_batch_changes_nothing(checkpoint: Path) -> None:
    explainer = open_explainer(f"clipseg:{checkpoint}", FakeEncoder())
    pictures = [striped(40 + at, 40) for at in range(6)]
    together = explainer.explain(pictures, "a dog; snow")
    for picture, explained in zip(pictures, together, strict=True):
        [alone] = explainer.explain([picture], "a dog; snow")
        assert alone.map is not None
        assert explained.map is not None
        np.testing.assert_allclose(explained.map, alone.map, atol=1e-4)


@torch_only
def test_the_export_gives_the_same_masks(checkpoint: Path, exported: Path) -> None:
    pictures, text = [striped(60, 48), striped(20, 70)], "a black dog; the snow; a ball"
    backends = [
        open_explainer(f"clipseg:{folder}", FakeEncoder()).explain(pictures, text)
        for folder in (checkpoint, exported)
    ]
    for one, other in zip(*backends, strict=True):
        for part, same in zip(one.parts, other.parts, strict=True):
            np.testing.assert_allclose(part.map, same.map, atol=1e-3)


@torch_only
def test_the_export_needs_no_pytorch(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("torch", "transformers"):
        monkeypatch.setitem(sys.modules, name, None)
    explainer = open_explainer(f"clipseg:{exported}", FakeEncoder())
    [explained] = explainer.explain([striped(48, 48)], "a dog " * 60)
    assert explained.map is not None


@torch_only
def test_files_that_are_damaged(checkpoint: Path, exported: Path, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(checkpoint, tmp_path / "checkpoint"))
    (broken / "model.safetensors").write_bytes(b"short")
    with pytest.raises(
        EncoderError, match="cannot be opened as CLIPSeg; its files may be truncated"
    ):
        open_explainer(f"clipseg:{broken}", FakeEncoder())
    cut = Path(shutil.copytree(exported, tmp_path / "exported"))
    (cut / "clipseg.onnx").write_bytes((cut / "clipseg.onnx").read_bytes()[:900])
    with pytest.raises(EncoderError, match="cannot be run; it may be truncated"):
        open_explainer(f"clipseg:{cut}", FakeEncoder()).explain([striped(9, 9)], "a dog")
    (cut / "preprocessor_config.json").unlink()
    with pytest.raises(EncoderError, match=r"preprocessor_config\.json cannot be read"):
        open_explainer(f"clipseg:{cut}", FakeEncoder())


@torch_only
def test_an_export_does_not_write_over_anything(checkpoint: Path, tmp_path: Path) -> None:
    from tools.export_clipseg import export_clipseg

    (tmp_path / "mine.jpg").write_bytes(b"mine")
    with pytest.raises(InputError, match="is not an empty folder"):
        export_clipseg(checkpoint, tmp_path)


@torch_only
def test_a_source_that_is_nowhere() -> None:
    with pytest.raises(InputError, match="neither a folder here nor a name on a hub"):
        open_explainer("clipseg:/nowhere", FakeEncoder())
