"""Without PyTorch: messages about backends and exports that need it."""

import sys
from pathlib import Path

import pytest

from firs.encoders import open_encoder
from firs.encoders.export import export
from firs.encoders.onnx import OnnxEncoder
from firs.errors import InputError, MissingExtra
from tests.encoders.layout import write_layout


@pytest.mark.parametrize(
    ("name", "absent", "extra"),
    [
        ("transformers:google/siglip-base-patch16-224", "torch", "torch"),
        ("openclip:ViT-B-32/openai", "torch", "openclip"),
        ("eva02-l14", "torch", "openclip"),
    ],
)
def test_an_extra_that_is_not_installed_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, absent: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, absent, None)
    with pytest.raises(MissingExtra, match=rf"pip install 'qt-firs\[{extra}\]'"):
        open_encoder(name)


def test_only_models_of_pytorch_can_be_exported(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="mini is not a model of PyTorch"):
        export(open_encoder("mini"), tmp_path / "out")
    with pytest.raises(InputError, match="is not a model of PyTorch"):
        export(OnnxEncoder(write_layout(tmp_path / "model"), "mine"), tmp_path / "out")
    assert not (tmp_path / "out").exists()
