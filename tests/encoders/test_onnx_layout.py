"""The ONNX layout: its files, its use, and messages about damaged files."""

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from firs.encoders import open_encoder
from firs.encoders.onnx import OnnxEncoder, required_files
from firs.errors import EncoderError, InputError
from tests.encoders.layout import CAPTIONS, CONTEXT, DIM, SIZE, write_layout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_layout(tmp_path / "model")


def pictures(count: int = 5) -> list[Image.Image]:
    random = np.random.default_rng(1)
    return [
        Image.fromarray(random.integers(0, 256, (20 + at, 30 - at, 3), dtype=np.uint8))
        for at in range(count)
    ]


def rewrite(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_folder_is_opened_by_its_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    encoder = open_encoder("onnx:model")
    assert encoder.name == f"onnx:{folder}"
    assert (encoder.dim, encoder.image_size) == (DIM, SIZE)
    assert encoder.encode_texts(CAPTIONS).shape == (3, DIM)
    assert encoder.encode_images(pictures()).shape == (5, DIM)


def test_a_published_model_of_one_picture_at_a_time_gives_the_same(tmp_path: Path) -> None:
    many = OnnxEncoder(write_layout(tmp_path / "many"), "many")
    single = OnnxEncoder(write_layout(tmp_path / "single", batch=1), "single")
    assert single.encode_images(pictures()) == pytest.approx(many.encode_images(pictures()))
    assert single.encode_texts(CAPTIONS) == pytest.approx(many.encode_texts(CAPTIONS))


def test_vectors_do_not_depend_on_their_batch(folder: Path) -> None:
    encoder = OnnxEncoder(folder, "any")
    alone = np.concatenate([encoder.encode_texts([text]) for text in CAPTIONS])
    assert encoder.encode_texts(CAPTIONS) == pytest.approx(alone, abs=1e-6)
    images = pictures(11)
    alone = np.concatenate([encoder.encode_images([image]) for image in images])
    assert encoder.encode_images(images) == pytest.approx(alone, abs=1e-6)


def test_texts_are_padded_and_end_where_they_are_cut(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    encoder = OnnxEncoder(folder, "any")
    with caplog.at_level(logging.WARNING):
        short, long = encoder.tokens(["a dog", " ".join(CAPTIONS)])
    assert len(short) == len(long) == CONTEXT
    assert short.tolist()[-1] == 0
    assert long.tolist()[-1] == 1
    assert "first 10 tokens" in caplog.text


def test_padding_goes_to_the_side_that_the_model_names(folder: Path) -> None:
    rewrite(folder / "textual" / "tokenizer_config.json", padding_side="left")
    assert OnnxEncoder(folder, "any").tokens(["a dog"])[0, 0] == 0


@pytest.mark.parametrize(
    ("clean", "one", "other"),
    [("lower", "A  Black DOG", "a black dog"), ("canonicalize", "A (black) dog!", "a black dog")],
)
def test_texts_are_cleaned_by_the_models_config(
    tmp_path: Path, clean: str, one: str, other: str
) -> None:
    encoder = OnnxEncoder(write_layout(tmp_path / "model", clean=clean), "any")
    assert encoder.tokens([one]).tolist() == encoder.tokens([other]).tolist()


def test_models_without_a_word_on_cleaning_are_read_as_by_openclip(folder: Path) -> None:
    text: dict[str, Any] = {"context_length": CONTEXT}
    rewrite(folder / "config.json", text_cfg=text)
    assert OnnxEncoder(folder, "any").tokens(["A dog"])[0, 0] != 2  # lower: CLIP's own tokenizer
    rewrite(folder / "config.json", text_cfg=text | {"hf_tokenizer_name": "some/other"})
    assert OnnxEncoder(folder, "any").tokens(["A dog"])[0, 0] == 2  # unknown word: as it was typed


def test_the_fingerprint_is_of_weights_and_preprocessing(folder: Path, tmp_path: Path) -> None:
    first = OnnxEncoder(folder, "any").fingerprint
    copy = OnnxEncoder(write_layout(tmp_path / "copy"), "other").fingerprint
    assert first == copy
    assert OnnxEncoder(write_layout(tmp_path / "more", seed=1), "any").fingerprint != first
    rewrite(folder / "visual" / "preprocess_cfg.json", interpolation="bicubic")
    assert OnnxEncoder(folder, "any").fingerprint != first


def test_external_weights_change_the_fingerprint(folder: Path) -> None:
    first = OnnxEncoder(folder, "any").fingerprint
    (folder / "visual" / "model.armnn").write_bytes(b"for another runtime")
    assert OnnxEncoder(folder, "any").fingerprint == first
    (folder / "visual" / "model.onnx.data").write_bytes(b"weights")
    assert OnnxEncoder(folder, "any").fingerprint != first


def test_lower_precision_is_opened_on_request(folder: Path) -> None:
    for tower in ("visual", "textual"):
        model = (folder / tower / "model.onnx").read_bytes()
        (folder / tower / "model_int8.onnx").write_bytes(model)
    coarse = open_encoder(f"onnx:{folder}@int8")
    assert coarse.fingerprint != open_encoder(f"onnx:{folder}").fingerprint
    with pytest.raises(EncoderError, match=r"lacks visual/model_fp16\.onnx"):
        open_encoder(f"onnx:{folder}@fp16")


@pytest.mark.parametrize("name", required_files())
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(EncoderError, match=f"lacks {name};"):
        OnnxEncoder(folder, "any")


@pytest.mark.parametrize("tower", ["visual", "textual"])
def test_a_truncated_tower_is_named(folder: Path, tower: str) -> None:
    model = folder / tower / "model.onnx"
    model.write_bytes(model.read_bytes()[:300])
    encoder = OnnxEncoder(folder, "any")
    with pytest.raises(EncoderError, match=f"{tower}/model.onnx cannot be run; it may be trunc"):
        encoder.encode_images(pictures()) if tower == "visual" else encoder.encode_texts(["a"])


@pytest.mark.parametrize("name", ["config.json", "visual/preprocess_cfg.json"])
def test_damaged_settings_are_named(folder: Path, name: str) -> None:
    (folder / name).write_text('{"size": 1')
    with pytest.raises(EncoderError, match=f"{name} cannot be read"):
        OnnxEncoder(folder, "any")
    (folder / name).write_text("[1]")
    with pytest.raises(EncoderError, match=f"{name} contains no JSON object"):
        OnnxEncoder(folder, "any")


def test_a_damaged_tokenizer_is_named(folder: Path) -> None:
    rewrite(folder / "textual" / "tokenizer_config.json", pad_token="<nowhere>")
    with pytest.raises(EncoderError, match="names no pad_token of this tokenizer"):
        OnnxEncoder(folder, "any").encode_texts(["a"])
    (folder / "textual" / "tokenizer.json").write_text("{}")
    with pytest.raises(EncoderError, match=r"tokenizer\.json cannot be read"):
        OnnxEncoder(folder, "any").encode_texts(["a"])


def test_towers_of_different_models_are_refused(tmp_path: Path) -> None:
    encoder = OnnxEncoder(write_layout(tmp_path / "model", image_dim=DIM + 4), "any")
    with pytest.raises(EncoderError, match=r"returns 16 dimensions, but config\.json states 12"):
        encoder.encode_images(pictures())
    assert encoder.encode_texts(["a"]).shape == (1, DIM)


def test_towers_that_differ_without_a_stated_length_are_refused_too(tmp_path: Path) -> None:
    folder = write_layout(tmp_path / "model", image_dim=DIM + 4)
    rewrite(folder / "config.json", embed_dim=None)
    encoder = OnnxEncoder(folder, "any")
    assert encoder.dim == DIM
    with pytest.raises(EncoderError, match="come from different models"):
        encoder.encode_images(pictures())


def test_a_tower_of_another_kind_is_refused(folder: Path) -> None:
    text, image = folder / "textual" / "model.onnx", folder / "visual" / "model.onnx"
    text.write_bytes(image.read_bytes())
    with pytest.raises(EncoderError, match=r"text tower has the inputs image tensor\(float\)"):
        OnnxEncoder(folder, "any").encode_texts(["a"])


def test_pictures_of_the_wrong_size_are_refused(folder: Path) -> None:
    rewrite(folder / "visual" / "preprocess_cfg.json", size=SIZE + 1)
    with pytest.raises(EncoderError, match="image tower fails; its files may not match"):
        OnnxEncoder(folder, "any").encode_images(pictures())


def test_vectors_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    encoder = OnnxEncoder(write_layout(tmp_path / "model", scale=float("nan")), "any")
    with pytest.raises(EncoderError, match="not finite"):
        encoder.encode_images(pictures())


def test_an_unknown_precision_is_refused(folder: Path) -> None:
    with pytest.raises(EncoderError, match="no precision 'int3'; choose one of fp32, fp16, int8"):
        OnnxEncoder(folder, "any", "int3")
    with pytest.raises(InputError):
        open_encoder(f"onnx:{folder}@int3")
