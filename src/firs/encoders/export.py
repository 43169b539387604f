"""Export encoders of the PyTorch backends to the ONNX layout, which needs no PyTorch to be used."""

import json
import shutil
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from PIL import Image
from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    models,
    normalizers,
    pre_tokenizers,
    processors,
)

from firs.encoders.base import FULL, PRECISIONS, Encoder
from firs.encoders.onnx import CONFIG, PREPROCESS, TOWERS, OnnxEncoder, model_file
from firs.encoders.openclip import OpenClipEncoder
from firs.encoders.text import PROBE
from firs.encoders.torch_common import features, first_line, move_to_device
from firs.encoders.transformers import FLEXIBLE, SHORTENED, UNMASKED, TransformersEncoder
from firs.errors import EncoderError, InputError, MissingExtra

if TYPE_CHECKING:
    import torch

Exportable: TypeAlias = TransformersEncoder | OpenClipEncoder

OPSET = 18
LARGE = 1_800_000_000
"""Bytes of weights from which on they are stored in a file of their own: protocol buffers are
limited to 2 GiB."""

TOLERANCE = {"fp32": 1e-4, "fp16": 1e-2, "int8": 0.2}
"""The largest cosine distance between embeddings of the model and its export, by precision."""

PUNCTUATION = Regex(r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]""")
WORD = Regex(r"""'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+""")
"""The words of CLIP's tokenizer (Radford et al., 2021)."""


def export(encoder: Encoder, folder: Path, precisions: Sequence[str] = (FULL,)) -> OnnxEncoder:
    """Write an encoder to ``folder`` in the ONNX layout, and compare its embeddings.

    Args:
        encoder: a model of the backend ``transformers`` or ``openclip``.
        folder: the target, an empty or a new folder.
        precisions: precisions to write; ``fp32`` is always written.

    Returns:
        The exported encoder, opened.

    Raises:
        InputError: the folder is not empty, or the encoder has another backend.
        MissingExtra: ``onnx`` is not installed.
        EncoderError: the model cannot be exported, or its export returns other embeddings.
    """
    if not isinstance(encoder, Exportable):
        raise InputError(
            f"{encoder.name} is not a model of PyTorch; export one of transformers: or openclip:."
        )
    for precision in precisions:
        if precision not in PRECISIONS:
            known = ", ".join(PRECISIONS)
            raise InputError(f"There is no precision {precision!r}; choose one of {known}.")
    check_export(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent, prefix=".export-") as place:
        draft = Path(place) / "model"
        _write(encoder, draft)
        for precision in sorted(set(precisions) - {FULL}):
            _convert(draft, precision)
        for precision in dict.fromkeys([FULL, *precisions]):
            _compare(encoder, OnnxEncoder(draft, encoder.name, precision))
        shutil.copytree(draft, folder, dirs_exist_ok=True)
    return OnnxEncoder(folder, f"onnx:{folder.resolve()}")


def check_export(folder: Path) -> None:
    """Check that a folder is empty or new, and that the extra ``export`` is installed.

    Raises:
        InputError: there is something in the folder.
        MissingExtra: the extra is not installed.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is not an empty folder; name one that is, or a new one.")
    try:
        import onnx  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise MissingExtra("Exports to ONNX", "export") from error


def _write(encoder: Exportable, folder: Path) -> None:
    if isinstance(encoder, TransformersEncoder) and encoder.kind == FLEXIBLE:
        raise EncoderError(
            f"{encoder.name} reads images in their own proportions, which the ONNX layout does not "
            "support; export a SigLIP 2 of fixed size, such as siglip2-base-patch16-224."
        )
    for tower in TOWERS:
        (folder / tower).mkdir(parents=True)
    clean = save_tokenizer(encoder, folder / "textual")
    config = {
        "embed_dim": encoder.dim,
        "vision_cfg": {"image_size": [encoder.preprocess.height, encoder.preprocess.width]},
        "text_cfg": {
            "context_length": encoder.context_length,
            "tokenizer_kwargs": {"clean": clean},
        },
    }
    for name, content in ((CONFIG, config), (PREPROCESS, encoder.preprocess.to_openclip())):
        (folder / name).write_text(json.dumps(content, indent=2), "utf-8")
    _save_towers(encoder, folder)


def _save_towers(encoder: Exportable, folder: Path) -> None:
    import torch

    rules = encoder.preprocess
    images = torch.zeros(2, 3, rules.height, rules.width)
    texts = torch.from_numpy(encoder.ids(PROBE[:2]).astype(np.int32))
    batch = torch.export.Dim("batch", min=1, max=4096)
    tokens = {0: batch}
    if isinstance(encoder, TransformersEncoder) and encoder.kind in SHORTENED:
        tokens[1] = torch.export.Dim("tokens", min=2, max=encoder.context_length)
    model = encoder.model.float().cpu()
    try:
        for tower, inputs, sizes in (
            ("visual", {"image": images}, {0: batch}),
            ("textual", {"text": texts}, tokens),
        ):
            module = _tower_module(encoder, tower)
            save_onnx(module, folder / model_file(tower), inputs, "vector", [sizes])
    finally:
        encoder.model = move_to_device(model)


def save_onnx(
    module: "torch.nn.Module",
    path: Path,
    inputs: Mapping[str, Any],
    output: str,
    sizes: Sequence[Mapping[int, Any]],
) -> None:
    """Write a module of PyTorch as an ONNX file.

    Args:
        module: the module; it is called with the inputs in their order.
        path: the file.
        inputs: the name of each input, and an example of it as a tensor.
        output: the name of the output.
        sizes: for each input, its dimensions of variable size (``torch.export.Dim``).

    Raises:
        EncoderError: the module cannot be exported.
    """
    import torch

    weights = sum(each.numel() * each.element_size() for each in module.parameters())
    is_fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)  # its fused attention has no ONNX form
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of tracing; the export is compared afterwards
            torch.onnx.export(
                module,
                tuple(inputs.values()),
                str(path),
                input_names=list(inputs),
                output_names=[output],
                opset_version=OPSET,
                dynamo=True,
                dynamic_shapes=tuple(sizes),
                external_data=weights > LARGE,
                verbose=False,
            )
    except Exception as error:  # the exporter fails in as many ways as models are built
        tower = f"{path.parent.name}/{path.name}"
        raise EncoderError(f"{tower} cannot be exported: {first_line(error)}") from error
    finally:
        torch.backends.mha.set_fastpath_enabled(is_fast)


def _tower_module(encoder: Exportable, tower: str) -> "torch.nn.Module":
    """Return one tower as a module with one input."""
    import torch

    class Tower(torch.nn.Module):  # type: ignore[misc]  # PyTorch may not be installed
        def __init__(self) -> None:
            super().__init__()
            self.model = encoder.model

        def forward(self, rows: "torch.Tensor") -> "torch.Tensor":
            if isinstance(encoder, OpenClipEncoder):
                run = self.model.encode_image if tower == "visual" else self.model.encode_text
                output: torch.Tensor = run(rows)
                return output
            if tower == "visual":
                return features(self.model.get_image_features(pixel_values=rows))
            return features(self.model.get_text_features(input_ids=rows.long()))

    return Tower().eval()


def _convert(folder: Path, precision: str) -> None:
    for tower in TOWERS:
        full, target = folder / model_file(tower), folder / model_file(tower, precision)
        if precision == "int8":
            from onnxruntime.quantization import QuantType, quantize_dynamic

            quantize_dynamic(full, target, weight_type=QuantType.QInt8)
        else:
            import onnx
            from onnxruntime.transformers.float16 import convert_float_to_float16

            onnx.save(convert_float_to_float16(onnx.load(full), keep_io_types=True), target)


def _compare(original: Encoder, exported: OnnxEncoder) -> None:
    ramp = np.linspace(0, 255, 97 * 61 * 3).reshape(61, 97, 3).astype(np.uint8)
    images = [Image.fromarray(ramp), Image.fromarray(ramp[::-1, :40].copy())]
    pairs = (
        (original.encode_images(images), exported.encode_images(images)),
        (original.encode_texts(PROBE), exported.encode_texts(PROBE)),
    )
    distance = max(float((1 - (one * other).sum(axis=1)).max()) for one, other in pairs)
    if distance > TOLERANCE[exported.precision]:
        raise EncoderError(
            f"The export of {original.name} in {exported.precision} returns other embeddings than "
            f"the model itself (cosine distance {distance:.2g}); it was discarded."
        )


def save_tokenizer(encoder: Exportable, folder: Path) -> str:
    """Write ``tokenizer.json``, with the same tokens as the encoder's, and its config.

    Returns:
        The name of the cleaning that texts need before the tokenizer.

    Raises:
        EncoderError: the tokenizer cannot be written in this form.
    """
    tokenizer = encoder.tokenizer
    if isinstance(encoder, TransformersEncoder):
        fast = to_fast_tokenizer(tokenizer, lower=encoder.kind in UNMASKED)
        _save_tokenizer(fast, tokenizer.pad_token, tokenizer.padding_side, folder)
        return "none"
    if hasattr(tokenizer, "bpe_ranks"):
        _save_tokenizer(_from_openai(tokenizer), tokenizer.decoder[0], "right", folder)
    elif tokenizer.strip_sep_token or tokenizer.tokenizer_mode:
        raise EncoderError(
            f"{encoder.name} changes its tokens in a way that the ONNX layout does not support; "
            "use it without an export."
        )
    else:
        inner = tokenizer.tokenizer
        fast = to_fast_tokenizer(inner, lower=False)
        _save_tokenizer(fast, inner.pad_token, inner.padding_side, folder)
    return str(tokenizer.clean_fn.__name__).removeprefix("_clean_")


def to_fast_tokenizer(tokenizer: Any, lower: bool) -> Tokenizer:
    """Convert a tokenizer of transformers; ``lower`` adds a conversion to lower case."""
    if hasattr(tokenizer, "sp_model"):
        return _from_sentencepiece(tokenizer)
    copied = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    copied.no_padding()
    copied.no_truncation()
    if lower:
        own = [copied.normalizer] if copied.normalizer is not None else []
        copied.normalizer = normalizers.Sequence([normalizers.Lowercase(), *own])
    return copied


def _from_sentencepiece(tokenizer: Any) -> Tokenizer:
    """Convert SigLIP's tokenizer: canonical text, a unigram model, the end mark."""
    from sentencepiece import sentencepiece_model_pb2

    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString(Path(tokenizer.vocab_file).read_bytes())
    pieces = [(piece.piece, piece.score) for piece in model.pieces]
    fast = Tokenizer(models.Unigram(pieces, model.trainer_spec.unk_id))
    charsmap = model.normalizer_spec.precompiled_charsmap
    fast.normalizer = normalizers.Sequence(
        [
            *([normalizers.Lowercase()] if tokenizer.do_lower_case else []),
            normalizers.Replace(PUNCTUATION, ""),
            *([normalizers.Precompiled(charsmap)] if charsmap else []),
            normalizers.Replace(Regex(r"\s+"), " "),
            normalizers.Strip(),
        ]
    )
    fast.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    end = tokenizer.eos_token
    fast.post_processor = processors.TemplateProcessing(
        single=f"$A {end}", special_tokens=[(end, tokenizer.eos_token_id)]
    )
    return fast


def _from_openai(tokenizer: Any) -> Tokenizer:
    """Convert CLIP's byte-pair encoding from OpenCLIP."""
    start, end = (tokenizer.decoder[each] for each in tokenizer.all_special_ids[:2])
    merges = sorted(tokenizer.bpe_ranks, key=tokenizer.bpe_ranks.__getitem__)
    model = models.BPE(
        vocab=tokenizer.encoder, merges=merges, end_of_word_suffix="</w>", unk_token=end
    )
    fast = Tokenizer(model)
    fast.add_special_tokens([AddedToken(each, normalized=False) for each in (start, end)])
    fast.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(WORD, behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    fast.post_processor = processors.RobertaProcessing(
        (end, tokenizer.eot_token_id),
        (start, tokenizer.sot_token_id),
        trim_offsets=False,
        add_prefix_space=False,
    )
    return fast


def _save_tokenizer(fast: Tokenizer, pad: str, side: str, folder: Path) -> None:
    fast.save(str(folder / "tokenizer.json"))
    settings = {"pad_token": pad, "padding_side": side}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2), "utf-8")
