"""The PyTorch backends: what they refuse, what they say, and what an export leaves behind."""

import json
import logging
import shutil
import sys
from pathlib import Path

import pytest
from PIL import Image

from firs.encoders import open_encoder
from firs.encoders.export import export
from firs.errors import EncoderError, InputError, MissingExtra

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.encoders import tiny

    return tiny.clip(tmp_path_factory.mktemp("clip"))


@pytest.fixture
def copy(clip: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(clip, tmp_path / "copy"))


def test_a_text_only_model_is_refused(tmp_path: Path) -> None:
    import transformers

    config = transformers.BertConfig(
        vocab_size=20,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
    )
    transformers.BertModel(config).save_pretrained(tmp_path / "bert")
    with pytest.raises(EncoderError, match="is a bert model; an encoder needs a text tower"):
        open_encoder(f"transformers:{tmp_path}/bert")


def test_truncated_weights_are_refused(copy: Path) -> None:
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])
    with pytest.raises(EncoderError, match="cannot be opened by transformers; its files may"):
        open_encoder(f"transformers:{copy}")


def test_a_folder_that_misses_its_rules_is_refused(copy: Path) -> None:
    for name in ("preprocessor_config.json", "processor_config.json"):
        (copy / name).unlink(missing_ok=True)
    with pytest.raises(EncoderError, match=r"preprocessor_config\.json cannot be read"):
        open_encoder(f"transformers:{copy}")


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="cannot be opened by transformers"):
        open_encoder(f"transformers:{tmp_path}")
    with pytest.raises(EncoderError, match="OpenCLIP cannot open"):
        open_encoder(f"openclip:{tmp_path}")


@pytest.mark.parametrize("source", ["ViT-B-32", "/nowhere", "ViT-B-32/"])
def test_an_incomplete_name_of_openclip_is_refused(source: str) -> None:
    with pytest.raises(InputError, match="openclip:MODEL/PRETRAINED"):
        open_encoder(f"openclip:{source}")


def test_an_unknown_model_of_openclip_is_refused() -> None:
    with pytest.raises(InputError, match="has no model 'ViT-B-33'"):
        open_encoder("openclip:ViT-B-33/openai")


def test_text_beyond_the_context_is_reported(clip: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        open_encoder(f"transformers:{clip}").encode_texts(["two dogs", "two dogs " * 40])
    assert "Only the first 20 tokens" in caplog.text
    assert "more)" not in caplog.text


def test_weights_that_are_not_finite_are_refused(copy: Path) -> None:
    import transformers

    model = transformers.CLIPModel.from_pretrained(copy)
    model.visual_projection.weight.data[:] = float("nan")
    model.save_pretrained(copy)
    with pytest.raises(EncoderError, match="not finite"):
        open_encoder(f"transformers:{copy}").encode_images([Image.new("RGB", (60, 60))])


def test_export_contains_the_layout_and_no_draft(clip: Path, tmp_path: Path) -> None:
    made = export(open_encoder(f"transformers:{clip}"), tmp_path / "out", ["int8", "fp16"])
    assert made.name == f"onnx:{tmp_path}/out"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert {path.name for path in (tmp_path / "out" / "visual").iterdir()} == {
        "model.onnx",
        "model_fp16.onnx",
        "model_int8.onnx",
        "preprocess_cfg.json",
    }
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    assert config["text_cfg"]["context_length"] == 20
    for precision in ("fp16", "int8"):
        assert open_encoder(f"{made.name}@{precision}").encode_texts(["a dog"]).shape == (1, 24)


def test_an_export_does_not_write_over_anything(clip: Path, tmp_path: Path) -> None:
    encoder = open_encoder(f"transformers:{clip}")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "photo.jpg").write_bytes(b"mine")
    with pytest.raises(InputError, match="is not an empty folder"):
        export(encoder, tmp_path / "full")
    assert (tmp_path / "full" / "photo.jpg").read_bytes() == b"mine"


def test_unsupported_models_are_not_exported(tmp_path: Path) -> None:
    from tests.encoders import tiny

    encoder = open_encoder(f"transformers:{tiny.naflex(tmp_path / 'naflex')}")
    with pytest.raises(EncoderError, match="reads images in their own proportions"):
        export(encoder, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_unknown_precision_is_refused_before_the_work(clip: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no precision 'int4'"):
        export(open_encoder(f"transformers:{clip}"), tmp_path / "out", ["int4"])


def test_an_export_without_onnx_names_the_extra(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = open_encoder(f"transformers:{clip}")
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(MissingExtra, match=r"pip install 'qt-firs\[export\]'"):
        export(encoder, tmp_path / "out")
