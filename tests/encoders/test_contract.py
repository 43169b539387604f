"""What every encoder promises, on every backend."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from firs.encoders import Encoder, open_encoder
from tests.encoders.layout import write_layout


def _onnx(folder: Path, seed: int) -> str:
    return f"onnx:{write_layout(folder, seed=seed)}"


def _published(folder: Path, seed: int) -> str:
    return f"onnx:{write_layout(folder, batch=1, seed=seed)}"


def _tiny(kind: str, backend: str) -> Callable[[Path, int], str]:
    def make(folder: Path, seed: int) -> str:
        from tests.encoders import tiny

        return f"{backend}:{getattr(tiny, kind)(folder, seed)}"

    return make


BACKENDS: dict[str, Callable[[Path, int], str]] = {
    "mini": lambda folder, seed: "mini",
    "onnx": _onnx,
    "onnx, one at a time": _published,
    "transformers, CLIP": _tiny("clip", "transformers"),
    "transformers, SigLIP": _tiny("siglip", "transformers"),
    "transformers, SigLIP 2": _tiny("siglip2", "transformers"),
    "transformers, SigLIP 2 NaFlex": _tiny("naflex", "transformers"),
    "openclip": _tiny("openclip", "openclip"),
}
TORCH = [name for name in BACKENDS if name.startswith(("transformers", "openclip"))]


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=[pytest.mark.torch] * (name in TORCH)) for name in BACKENDS],
)
def backend(request: pytest.FixtureRequest) -> Callable[[Path, int], str]:
    return BACKENDS[request.param]


@pytest.fixture(scope="module")
def encoder(
    backend: Callable[[Path, int], str], tmp_path_factory: pytest.TempPathFactory
) -> Encoder:
    return open_encoder(backend(tmp_path_factory.mktemp("model"), 0))


def pictures(count: int = 11) -> list[Image.Image]:
    random = np.random.default_rng(3)
    sizes = random.integers(1, 90, (count, 2))
    return [
        Image.fromarray(random.integers(0, 256, (height, width, 3), dtype=np.uint8))
        for width, height in sizes
    ]


TEXTS = ("a black dog", "Two children, a ball!", "", "snow " * 100, "Ein Äpfelchen 😀")


def test_keeps_the_protocol(encoder: Encoder) -> None:
    assert isinstance(encoder, Encoder)
    assert encoder.dim > 0
    assert encoder.image_size > 0
    assert len(encoder.fingerprint) == 32
    assert encoder.name


def test_texts_and_pictures_become_unit_vectors_of_one_space(encoder: Encoder) -> None:
    for vectors, count in (
        (encoder.encode_texts(TEXTS), len(TEXTS)),
        (encoder.encode_images(pictures()), 11),
    ):
        assert vectors.shape == (count, encoder.dim)
        assert vectors.dtype == np.float32
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(count), abs=1e-5)


def test_nothing_gives_no_rows(encoder: Encoder) -> None:
    assert encoder.encode_texts([]).shape == (0, encoder.dim)
    assert encoder.encode_images([]).shape == (0, encoder.dim)


def test_vectors_do_not_depend_on_their_batch(encoder: Encoder) -> None:
    texts = np.concatenate([encoder.encode_texts([text]) for text in TEXTS])
    images = np.concatenate([encoder.encode_images([image]) for image in pictures()])
    assert encoder.encode_texts(TEXTS) == pytest.approx(texts, abs=1e-5)
    assert encoder.encode_images(pictures()) == pytest.approx(images, abs=1e-5)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_pictures_of_every_mode_are_read(encoder: Encoder, mode: str) -> None:
    plain = Image.new("L", (40, 30), 200)
    picture = Image.new("I;16", (40, 30), 51200) if mode == "I;16" else plain.convert(mode)
    assert np.isfinite(encoder.encode_images([picture])).all()


def test_grey_image_equals_its_rgb_version(encoder: Encoder) -> None:
    grey = pictures(1)[0].resize((64, 48)).convert("L")
    one, other = encoder.encode_images([grey, grey.convert("RGB")])
    assert one == pytest.approx(other, abs=1e-5)


def test_the_fingerprint_is_of_the_weights(
    backend: Callable[[Path, int], str], encoder: Encoder, tmp_path: Path
) -> None:
    assert open_encoder(backend(tmp_path / "same", 0)).fingerprint == encoder.fingerprint
    if encoder.name != "mini":
        assert open_encoder(backend(tmp_path / "other", 1)).fingerprint != encoder.fingerprint
