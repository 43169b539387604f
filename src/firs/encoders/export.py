"""Any encoder of PyTorch → a folder in the ONNX layout, which needs no PyTorch to be used."""

import json
import shutil
import warnings
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from firs.encoders import torch_common as _torch
from firs.encoders.base import FULL, PRECISIONS
from firs.encoders.export_tokenizer import save_tokenizer
from firs.encoders.onnx import CONFIG, PREPROCESS, OnnxEncoder, model_file
from firs.encoders.openclip import OpenClipEncoder
from firs.encoders.text import PROBE
from firs.encoders.transformers import FLEXIBLE, SHORTENED, TransformersEncoder, features
from firs.errors import EncoderError, InputError, MissingExtra

if TYPE_CHECKING:
    import torch

    from firs.encoders.base import Encoder

WHAT = "Exports to ONNX"
OPSET = 18
LARGE = 1_800_000_000
AGREE = {"fp32": 1e-4, "fp16": 1e-2, "int8": 0.2}
"""How far from the original, in cosine, an exported encoder may be in each precision."""


def export(encoder: "Encoder", folder: Path, precisions: Sequence[str] = (FULL,)) -> OnnxEncoder:
    """Write an encoder to ``folder`` in the ONNX layout, and see that it gives the same vectors.

    Args:
        encoder: a model of the backend ``transformers`` or ``openclip``.
        folder: where it goes; it must not hold anything yet.
        precisions: ``fp16`` and ``int8`` are written next to ``fp32`` where they are named.

    Returns:
        The exported encoder, opened.

    Raises:
        InputError: the folder is not empty, or the encoder is of no such backend.
        MissingExtra: ``onnx`` is not installed.
        EncoderError: the model cannot be exported, or its export gives other vectors.
    """
    if not isinstance(encoder, TransformersEncoder | OpenClipEncoder):
        raise InputError(
            f"{encoder.name} is not a model of PyTorch; export one of transformers: or openclip:."
        )
    _refuse(folder, precisions)
    _need_onnx()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent, prefix=".export-") as place:
        draft = Path(place) / "model"
        _write(encoder, draft)
        for precision in sorted(set(precisions) - {FULL}):
            _make_coarser(draft, precision)
        for precision in dict.fromkeys([FULL, *precisions]):
            _compare(encoder, OnnxEncoder(draft, encoder.name, precision))
        shutil.copytree(draft, folder, dirs_exist_ok=True)
    return OnnxEncoder(folder, f"onnx:{folder.resolve()}")


def _write(encoder: TransformersEncoder | OpenClipEncoder, folder: Path) -> None:
    if isinstance(encoder, TransformersEncoder) and encoder.kind == FLEXIBLE:
        raise EncoderError(
            f"{encoder.name} reads pictures in their own proportions, which the ONNX layout "
            "cannot hold; export a SigLIP 2 of fixed size, such as siglip2-base-patch16-224."
        )
    for tower in ("visual", "textual"):
        (folder / tower).mkdir(parents=True)
    clean = save_tokenizer(encoder, folder / "textual")
    text = {
        "context_length": encoder.context_length,
        "tokenizer_kwargs": {"clean": clean},
    }
    size = [encoder.preprocess.height, encoder.preprocess.width]
    config = {
        "embed_dim": encoder.dim,
        "vision_cfg": {"image_size": size},
        "text_cfg": text,
    }
    _save(folder / CONFIG, config)
    _save(folder / PREPROCESS, encoder.preprocess.to_openclip())
    _save_towers(encoder, folder)


def _save_towers(encoder: TransformersEncoder | OpenClipEncoder, folder: Path) -> None:
    import torch

    texts = torch.from_numpy(encoder.ids(PROBE[:2]).astype(np.int32))
    images = torch.zeros(2, 3, encoder.preprocess.height, encoder.preprocess.width)
    model = encoder.model.float().cpu()
    try:
        _save_tower(_tower(encoder, "image"), images, "image", folder / model_file("visual"))
        tokens = encoder.context_length if _may_be_short(encoder) else None
        _save_tower(_tower(encoder, "text"), texts, "text", folder / model_file("textual"), tokens)
    finally:
        encoder.model = _torch.move_to_device(model)


def _may_be_short(encoder: TransformersEncoder | OpenClipEncoder) -> bool:
    return isinstance(encoder, TransformersEncoder) and encoder.kind in SHORTENED


def _save_tower(
    tower: "torch.nn.Module", example: Any, name: str, path: Path, longest: int | None = None
) -> None:
    import torch

    open_sizes = {0: torch.export.Dim("batch", min=1, max=4096)}
    if longest is not None:
        open_sizes[1] = torch.export.Dim("tokens", min=2, max=longest)

    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)  # its fused attention has no ONNX form
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of tracing; the comparison afterwards is the judge
            torch.onnx.export(
                tower,
                (example,),
                str(path),
                input_names=[name],
                output_names=["vector"],
                opset_version=OPSET,
                dynamo=True,
                dynamic_shapes=(open_sizes,),
                external_data=_is_large(tower),
                verbose=False,
            )
    except Exception as error:  # the exporter fails in as many ways as models are built
        raise EncoderError(f"The {name} tower cannot be exported: {_short(error)}") from error
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)


def _tower(encoder: TransformersEncoder | OpenClipEncoder, which: str) -> "torch.nn.Module":
    import torch

    class Tower(torch.nn.Module):  # type: ignore[misc]  # PyTorch is unknown where it is absent
        """One tower as a model of its own, for the exporter."""

        def __init__(self) -> None:
            super().__init__()
            self.model = encoder.model

        def forward(self, rows: "torch.Tensor") -> "torch.Tensor":
            if isinstance(encoder, OpenClipEncoder):
                run = self.model.encode_image if which == "image" else self.model.encode_text
                found: torch.Tensor = run(rows)
                return found
            if which == "image":
                return features(self.model.get_image_features(pixel_values=rows))
            return features(self.model.get_text_features(input_ids=rows.long()))

    return Tower().eval()


def _is_large(tower: "torch.nn.Module") -> bool:
    """Store weights in a separate file if they exceed 2 GiB, the limit of protocol buffers."""
    size: int = sum(each.numel() * each.element_size() for each in tower.parameters())
    return size > LARGE


def _make_coarser(folder: Path, precision: str) -> None:
    for tower in ("visual", "textual"):
        full, coarse = folder / model_file(tower), folder / model_file(tower, precision)
        if precision == "int8":
            from onnxruntime.quantization import QuantType, quantize_dynamic

            quantize_dynamic(full, coarse, weight_type=QuantType.QInt8)
        else:
            import onnx
            from onnxruntime.transformers.float16 import convert_float_to_float16

            model = convert_float_to_float16(onnx.load(full), keep_io_types=True)
            onnx.save(model, coarse)


def _compare(original: "Encoder", exported: OnnxEncoder) -> None:
    ramp = np.linspace(0, 255, 97 * 61 * 3).reshape(61, 97, 3).astype(np.uint8)
    pictures = [Image.fromarray(ramp), Image.fromarray(ramp[::-1, :40].copy())]
    pairs = (
        (original.encode_images(pictures), exported.encode_images(pictures)),
        (original.encode_texts(PROBE), exported.encode_texts(PROBE)),
    )
    apart = max(float((1 - (one * other).sum(axis=1)).max()) for one, other in pairs)
    if apart > AGREE[exported.precision]:
        raise EncoderError(
            f"The export of {original.name} in {exported.precision} gives other vectors than the "
            f"model itself ({apart:.2g} apart in cosine); nothing was kept."
        )


def _refuse(folder: Path, precisions: Sequence[str]) -> None:
    for precision in precisions:
        if precision not in PRECISIONS:
            known = ", ".join(PRECISIONS)
            raise InputError(f"There is no precision {precision!r}; choose one of {known}.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is not an empty folder; name one that is, or a new one.")


def _need_onnx() -> None:
    try:
        import onnx  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise MissingExtra(WHAT, "export") from error


def _save(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2), "utf-8")


def _short(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
