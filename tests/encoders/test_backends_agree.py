"""The same weights give the same vectors on every backend, and those of the plain pipelines."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from firs.encoders import Encoder, Vectors, open_encoder

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

SIZES = [(48, 48), (49, 48), (48, 51), (97, 61), (31, 200), (200, 31), (1, 1), (7, 3), (500, 375)]
TEXTS = [
    "a black dog is running through the snow",
    "Two children, a ball & a house!",
    "the girl's brother rides",
    "  many   spaces\n and lines ",
    "a man in a red shirt climbs a rock face " * 5,
    "ÄPFEL, naïve café 3.14 #tag",
    "x",
]


def pictures() -> list[Image.Image]:
    random = np.random.default_rng(5)
    colour = [Image.fromarray(_smooth(random, *size)) for size in SIZES]
    return [*colour, colour[3].convert("L")]


def _smooth(random: np.random.Generator, width: int, height: int) -> Any:
    coarse = random.integers(0, 256, (5, 5, 3), dtype=np.uint8)
    picture = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    noise = random.integers(-20, 20, (height, width, 3))
    return np.clip(np.asarray(picture) + noise, 0, 255).astype(np.uint8)


def apart(one: Vectors, other: Vectors) -> float:
    return float((1 - (one * other).sum(axis=1)).max())


def agree(one: Encoder, other: Encoder, texts: list[str] = TEXTS) -> None:
    assert apart(one.encode_images(pictures()), other.encode_images(pictures())) < 1e-4
    assert apart(one.encode_texts(texts), other.encode_texts(texts)) < 1e-4
    assert apart(one.encode_images(pictures()[:1]), other.encode_images(pictures()[4:5])) > 1e-3


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Tiny checkpoints by kind, each made once."""
    from tests.encoders import same_weights, tiny

    root = tmp_path_factory.mktemp("checkpoints")

    def make(kind: str) -> Path:
        folder = root / kind
        if folder.exists():
            return folder
        if kind.endswith("_in_openclip"):
            source = make(kind.removesuffix("_in_openclip"))
            return Path(getattr(same_weights, kind)(source, folder))
        return Path(getattr(tiny, kind)(folder))

    return make


@pytest.fixture(scope="module")
def exported(
    made: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Encoder]:
    """The ONNX form of a checkpoint, written by the export that is shipped."""
    from firs.encoders.export import export

    root = tmp_path_factory.mktemp("onnx")

    def make(kind: str) -> Encoder:
        if not (root / kind).exists():
            export(opened(made(kind)), root / kind)
        return open_encoder(f"onnx:{root / kind}")

    return make


def opened(folder: Path) -> Encoder:
    openclip = (folder / "open_clip_config.json").exists()
    return open_encoder(f"{'openclip' if openclip else 'transformers'}:{folder}")


@pytest.mark.parametrize("kind", ["clip", "siglip", "siglip2", "openclip"])
def test_onnx_matches_the_model(
    made: Callable[[str], Path], exported: Callable[[str], Encoder], kind: str
) -> None:
    agree(opened(made(kind)), exported(kind))


@pytest.mark.parametrize("kind", ["clip", "siglip"])
def test_all_three_backends_agree_on_the_same_weights(
    made: Callable[[str], Path], exported: Callable[[str], Encoder], kind: str
) -> None:
    ours, theirs = opened(made(kind)), opened(made(f"{kind}_in_openclip"))
    agree(ours, theirs)
    agree(exported(kind), theirs)
    agree(exported(f"{kind}_in_openclip"), ours)


@pytest.mark.parametrize("kind", ["clip", "siglip"])
def test_all_three_backends_agree_on_real_photos_and_captions(
    shared_data: Path, made: Callable[[str], Path], exported: Callable[[str], Encoder], kind: str
) -> None:
    photos = sorted((shared_data / "flickr8k" / "images").glob("*.jpg"))[:12]
    images = [Image.open(photo).resize((301, 199)) for photo in photos]
    with (shared_data / "flickr8k" / "captions.tsv").open(newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        captions = [row["caption"] for row, _ in zip(rows, range(40), strict=False)]
    backends = [opened(made(kind)), opened(made(f"{kind}_in_openclip")), exported(kind)]
    for backend in backends[1:]:
        assert apart(backend.encode_images(images), backends[0].encode_images(images)) < 1e-4
        assert apart(backend.encode_texts(captions), backends[0].encode_texts(captions)) < 1e-4


@pytest.mark.parametrize("kind", ["clip", "siglip", "siglip2", "naflex"])
def test_the_plain_pipeline_of_transformers_gives_the_same(
    made: Callable[[str], Path], kind: str
) -> None:
    import transformers

    from firs.encoders.torch_common import features

    folder = made(kind)
    processor = transformers.AutoImageProcessor.from_pretrained(folder, backend="pil")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModel.from_pretrained(folder).eval()
    images = [each.convert("RGB") for each in pictures()]
    if kind == "clip":  # it rounds the middle otherwise where 3 columns or rows are over
        images = [each for each in images if each.size != (48, 51)]
    length = model.config.text_config.max_position_embeddings
    texts = tokenizer(
        TEXTS, padding="max_length", max_length=length, truncation=True, return_tensors="pt"
    )
    with torch.inference_mode():
        pixels = processor(images=images, return_tensors="pt")
        seen = features(model.get_image_features(**pixels)).numpy()
        read = features(model.get_text_features(input_ids=texts["input_ids"])).numpy()
    ours = opened(folder)
    assert apart(ours.encode_images(images), _unit(seen)) < 1e-4
    assert apart(ours.encode_texts(TEXTS), _unit(read)) < 1e-4


@pytest.mark.parametrize("kind", ["openclip", "clip_in_openclip", "siglip_in_openclip"])
def test_the_plain_pipeline_of_openclip_gives_the_same(
    made: Callable[[str], Path], kind: str
) -> None:
    import open_clip

    name = f"local-dir:{made(kind)}"
    model, _, transform = open_clip.create_model_and_transforms(name)
    model.eval()
    tokenizer = open_clip.get_tokenizer(name)
    with torch.inference_mode():
        seen = model.encode_image(torch.stack([transform(each) for each in pictures()])).numpy()
        read = model.encode_text(tokenizer(TEXTS)).numpy()
    ours = opened(made(kind))
    assert apart(ours.encode_images(pictures()), _unit(seen)) < 1e-4
    assert apart(ours.encode_texts(TEXTS), _unit(read)) < 1e-4


def _unit(rows: Any) -> Vectors:
    unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


@pytest.mark.parametrize("kind", ["clip", "siglip", "siglip2", "openclip", "siglip_in_openclip"])
def test_every_text_is_read_as_by_the_models_own_tokenizer(
    made: Callable[[str], Path], exported: Callable[[str], Encoder], kind: str
) -> None:
    from firs.encoders.onnx import OnnxEncoder
    from firs.encoders.openclip import OpenClipEncoder
    from firs.encoders.transformers import TransformersEncoder

    texts = [*TEXTS, "", "…", "<|endoftext|>", "don't (stop) — it's 100%", "😀 smile", "A_B__C"]
    source, onnx = opened(made(kind)), exported(kind)
    assert isinstance(source, TransformersEncoder | OpenClipEncoder)
    assert isinstance(onnx, OnnxEncoder)
    different = [
        text
        for text, one, other in zip(texts, source.tokens(texts), onnx.tokens(texts), strict=True)
        if one.tolist() != other.tolist()
    ]
    assert not different
