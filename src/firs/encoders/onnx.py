"""The backend ``onnx``: encoders in the layout in which they are published for photo servers.

::

    config.json                     embed_dim, text_cfg (OpenCLIP's model configuration)
    visual/model.onnx               image float32 (n, 3, height, width) → (n, dim)
    visual/preprocess_cfg.json      size, resize_mode, interpolation, mean, std
    textual/model.onnx              text int32 (n, context_length) → (n, dim); if the second size
                                    is variable, padding is left out
    textual/tokenizer.json          as the library ``tokenizers`` reads it
    textual/tokenizer_config.json   pad_token, padding_side

``model_fp16.onnx`` or ``model_int8.onnx`` may be next to either model. Published models often
accept one image at a time (n is 1), and are run so.
"""

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from firs.encoders.base import (
    FULL,
    PRECISIONS,
    DualEncoder,
    open_session,
    read_json,
    sha256,
    split_precision,
)
from firs.encoders.text import get_cleaner, warn_truncated
from firs.errors import EncoderError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

TOWERS = ("visual", "textual")
CONFIG = "config.json"
PREPROCESS = "visual/preprocess_cfg.json"
TOKENIZER = "textual/tokenizer.json"
TOKENIZER_CONFIG = "textual/tokenizer_config.json"
NO_WEIGHTS = (".json", ".txt", ".md", ".model", ".armnn", ".rknn", ".tflite")
"""Suffixes of other files next to a model: its tokenizer, and the model for other runtimes."""

_INTEGERS = {"tensor(int32)": np.int32, "tensor(int64)": np.int64}
_FLOATS = {"tensor(float)": np.float32, "tensor(float16)": np.float16}


def open_tokenizer(path: Path) -> "Tokenizer":
    """Open a ``tokenizer.json``.

    Raises:
        EncoderError: the file is missing or damaged.
    """
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing narrower
        raise EncoderError(f"{path} cannot be read; get it again ({error}).") from error


def model_file(tower: str, precision: str = FULL) -> str:
    """Return the path of a tower's model in the layout; ``tower`` is ``visual`` or ``textual``."""
    return f"{tower}/model.onnx" if precision == FULL else f"{tower}/model_{precision}.onnx"


def required_files(precision: str = FULL) -> tuple[str, ...]:
    """Return the files without which a model cannot be opened."""
    models = (model_file(tower, precision) for tower in TOWERS)
    return (CONFIG, PREPROCESS, TOKENIZER, TOKENIZER_CONFIG, *models)


def onnx_files(offered: Sequence[str], precision: str = FULL) -> list[str]:
    """Select the files of the layout in one precision; none if one is missing.

    Args:
        offered: names of files, relative to the folder or repository of the model.
        precision: ``fp32``, ``fp16`` or ``int8``.

    Returns:
        The required files, then external weights next to the models.
    """
    required = required_files(precision)
    if not set(required) <= set(offered):
        return []
    models = {model_file(tower, each) for tower in TOWERS for each in PRECISIONS}
    weights = [
        name
        for name in offered
        if name.partition("/")[0] in TOWERS
        and name.count("/") == 1
        and name not in models
        and not name.endswith(NO_WEIGHTS)
    ]
    return [*required, *weights]


def open_onnx(source: str, name: str) -> "OnnxEncoder":
    """Open a folder or a repository in the ONNX layout; ``source`` may end in ``@fp16``, ``@int8``.

    Raises:
        InputError: the source is neither a folder nor a name on a hub.
        EncoderError: it cannot be downloaded or opened.
    """
    place, precision = split_precision(source)
    from firs.encoders import hub

    folder = hub.locate(place, lambda offered: onnx_files(offered, precision), name, "onnx")
    return OnnxEncoder(folder, name, precision)


class OnnxEncoder(DualEncoder):
    """An encoder from a folder in the ONNX layout; each tower is opened when it is first used.

    Args:
        folder: the folder of the files.
        name: the name that opens this encoder.
        precision: ``fp32``, ``fp16`` or ``int8``; only fp32 exists for every model.

    Raises:
        EncoderError: a file is missing or damaged, or the towers are of different models.

    >>> encoder = OnnxEncoder(Path("ViT-B-32__openai"), "clip-vit-b32")  # doctest: +SKIP
    >>> encoder.encode_texts(["two dogs in the snow"]).shape  # doctest: +SKIP
    (1, 512)
    """

    def __init__(self, folder: Path, name: str, precision: str = FULL) -> None:
        self.folder = folder
        self.precision = precision
        self._check_files()
        from firs.encoders.preprocess import Preprocess

        super().__init__(name, Preprocess.from_openclip(read_json(folder / PREPROCESS)))
        self._config = read_json(folder / CONFIG)
        self._text_config: dict[str, Any] = self._config.get("text_cfg") or {}
        self._clean = get_cleaner(self._cleaning)

    @cached_property
    def dim(self) -> int:
        stated = self._config.get("embed_dim")
        return int(stated) if stated else _width(self._textual) or len(self._text_rows(["a"])[0])

    @cached_property
    def fingerprint(self) -> str:
        """A hex digest of every file that affects an embedding."""
        paths = (path for tower in TOWERS for path in (self.folder / tower).iterdir())
        weights = [path.relative_to(self.folder).as_posix() for path in paths if path.is_file()]
        offered = {*required_files(self.precision), *weights}
        digest = hashlib.sha256()
        for name in sorted(onnx_files(list(offered), self.precision)):
            digest.update(f"{name} {sha256(self.folder / name)}\n".encode())
        return digest.hexdigest()[:32]

    @property
    def context_length(self) -> int:
        """The number of tokens that the text tower reads."""
        return int(self._text_config.get("context_length", 77))

    def tokens(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Tokenize as int64 ``(len(texts), context_length)``; truncates with a warning."""
        return np.array([each.ids for each in self._tokenize(texts)], np.int64)

    def _tokenize(self, texts: Sequence[str]) -> "list[Encoding]":
        encodings = self._tokenizer.encode_batch([self._clean(text) for text in texts])
        pairs = zip(texts, encodings, strict=True)
        warn_truncated([text for text, each in pairs if each.overflowing], self.context_length)
        return encodings

    def _text_rows(self, texts: Sequence[str]) -> NDArray[Any]:
        encodings = self._tokenize(texts)
        ids = np.array([each.ids for each in encodings], np.int64)
        if isinstance(self._textual.get_inputs()[0].shape[-1], str):  # a variable length
            ids = ids[:, : max(sum(each.attention_mask) for each in encodings)]
        return _run(self._textual, ids, _INTEGERS, f"{self.name}: its text tower")

    def _pixel_rows(self, pixels: NDArray[np.float32]) -> NDArray[Any]:
        return _run(self._visual, pixels, _FLOATS, f"{self.name}: its image tower")

    @cached_property
    def _visual(self) -> "InferenceSession":
        return self._open_tower("visual")

    @cached_property
    def _textual(self) -> "InferenceSession":
        return self._open_tower("textual")

    def _open_tower(self, tower: str) -> "InferenceSession":
        session = open_session(self.folder / model_file(tower, self.precision))
        stated, found = self._config.get("embed_dim"), _width(session)
        if stated and found and found != stated:
            raise EncoderError(
                f"{self.name}: {tower}/model.onnx returns {found} dimensions, but config.json "
                f"states {stated}: the towers come from different models. Get all files again."
            )
        return session

    @property
    def _cleaning(self) -> str:
        """As in OpenCLIP: from the config, or else the default of its two tokenizers."""
        stated = (self._text_config.get("tokenizer_kwargs") or {}).get("clean")
        return stated or ("whitespace" if self._text_config.get("hf_tokenizer_name") else "lower")

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        tokenizer = open_tokenizer(self.folder / TOKENIZER)
        settings = read_json(self.folder / TOKENIZER_CONFIG)
        pad = _token(settings.get("pad_token"))
        pad_id = tokenizer.token_to_id(pad) if pad else None
        if pad is None or pad_id is None:
            raise EncoderError(
                f"{self.folder / TOKENIZER_CONFIG} names no pad_token of this tokenizer; get both "
                "files again, from the same model."
            )
        tokenizer.enable_truncation(self.context_length)
        tokenizer.enable_padding(
            direction=settings.get("padding_side", "right"),
            length=self.context_length,
            pad_id=pad_id,
            pad_token=pad,
        )
        return tokenizer

    def _check_files(self) -> None:
        if self.precision not in PRECISIONS:
            raise EncoderError(
                f"There is no precision {self.precision!r}; choose one of {', '.join(PRECISIONS)}."
            )
        required = required_files(self.precision)
        missing = [name for name in required if not (self.folder / name).is_file()]
        if missing:
            raise EncoderError(
                f"{self.folder} lacks {', '.join(missing)}; an encoder in the ONNX layout has "
                f"{', '.join(required_files())} (see docs/encoders.md)."
            )


def _run(
    session: "InferenceSession", rows: NDArray[Any], types: dict[str, Any], tower: str
) -> NDArray[Any]:
    inputs = session.get_inputs()
    expected = inputs[0]
    if len(inputs) != 1 or expected.type not in types:
        found = ", ".join(f"{each.name} {each.type}" for each in inputs)
        raise EncoderError(f"{tower} has the inputs {found}; the ONNX layout has one input there.")
    feed = rows.astype(types[expected.type], copy=False)
    batches = np.split(feed, len(feed)) if expected.shape[0] == 1 else [feed]
    try:
        return np.concatenate([session.run(None, {expected.name: batch})[0] for batch in batches])
    except Exception as error:  # the runtime's errors have no other common base
        raise EncoderError(f"{tower} fails; its files may not match: {error}") from error


def _width(session: "InferenceSession") -> int | None:
    """Return the number of dimensions of a tower's output, if the model states it."""
    width = session.get_outputs()[0].shape[-1]
    return width if isinstance(width, int) else None


def _token(pad: Any) -> str | None:
    return pad.get("content") if isinstance(pad, dict) else pad
