"""Names of encoders."""

from pathlib import Path

import pytest

from firs.encoders import canonical, open_encoder
from firs.encoders.base import split_precision
from firs.encoders.hub import transformers_files
from firs.encoders.onnx import onnx_files
from firs.errors import InputError
from tests.encoders.layout import write_layout


@pytest.mark.parametrize(
    "name", ["mini", "clip-vit-b32", "siglip2-base@fp16", "openclip:ViT-B-32/openai", "onnx:a/b"]
)
def test_names_stay_as_they_were_typed(name: str) -> None:
    assert canonical(name) == name


def test_a_folder_is_named_from_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "models" / "mine").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "models")
    assert canonical("onnx:mine") == f"onnx:{tmp_path}/models/mine"
    assert canonical("transformers:../models/mine") == f"transformers:{tmp_path}/models/mine"


@pytest.mark.parametrize("name", ["clip-vit-b23", "siglip2", "tensorflow:a/b", "mini@int8", ""])
def test_unknown_name_is_rejected_with_advice(name: str) -> None:
    with pytest.raises(InputError, match=r"no encoder called .*'firs encoders' lists"):
        open_encoder(name)


def test_a_slip_of_the_finger_is_understood() -> None:
    with pytest.raises(InputError, match="Did you mean clip-vit-b32"):
        canonical("clip-vitb32")


@pytest.mark.parametrize("source", ["/nowhere/at/all", "./nowhere", "~/nowhere", "word", "a/b/c"])
def test_source_must_be_a_folder_or_a_hub_name(source: str) -> None:
    with pytest.raises(InputError, match="neither a folder here nor a name on a hub"):
        open_encoder(f"onnx:{source}")


def test_precisions_are_taken_off_the_end() -> None:
    assert split_precision("/models/a@b@fp16") == ("/models/a@b", "fp16")
    assert split_precision("/models/a@b") == ("/models/a@b", "fp32")


def test_a_folder_in_precision_keeps_its_name_from_the_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_layout(tmp_path / "model")
    for tower in ("visual", "textual"):
        model = tmp_path / "model" / tower / "model.onnx"
        model.with_name("model_int8.onnx").write_bytes(model.read_bytes())
    monkeypatch.chdir(tmp_path)
    assert open_encoder("onnx:model@int8").name == f"onnx:{tmp_path}/model@int8"


def test_only_files_of_one_precision_are_required() -> None:
    offered = [
        "README.md",
        "config.json",
        "visual/model.onnx",
        "visual/model.onnx.data",
        "visual/model_fp16.onnx",
        "visual/model.armnn",
        "visual/fp16/model.armnn",
        "visual/preprocess_cfg.json",
        "textual/model.onnx",
        "textual/tokenizer.json",
        "textual/tokenizer_config.json",
        "textual/special_tokens_map.json",
    ]
    required = set(onnx_files(offered))
    assert "visual/model.onnx.data" in required
    assert not required & {"README.md", "visual/model_fp16.onnx", "visual/model.armnn"}
    assert onnx_files(offered, "fp16") == []


def test_one_form_of_weights_is_required() -> None:
    offered = ["config.json", "preprocessor_config.json", "pytorch_model.bin", "model.safetensors"]
    assert "pytorch_model.bin" not in transformers_files(offered)
    assert "model.safetensors" in transformers_files(offered)
    assert "pytorch_model.bin" in transformers_files(offered[:3])
    assert transformers_files(["config.json", "model.safetensors"]) == []
