"""The ONNX backend: dual encoders in the layout in which they are published for photo servers.

::

    config.json                     embed_dim, text_cfg (OpenCLIP's model configuration)
    visual/model.onnx               image float32 (n, 3, height, width) → (n, dim)
    visual/preprocess_cfg.json      size, resize_mode, interpolation, mean, std
    textual/model.onnx              text int32 (n, context_length) → (n, dim); where the second
                                    size is left open, padding is left out
    textual/tokenizer.json          as the library ``tokenizers`` reads it
    textual/tokenizer_config.json   pad_token, padding_side

``model_fp16.onnx`` or ``model_int8.onnx`` may lie next to either model. Published models often
take one picture at a time (n is 1); they are run that way.
"""

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from firs.encoders.base import FULL, PRECISIONS, DualEncoder, sha256
from firs.encoders.onnx_session import open_session
from firs.encoders.preprocess import Preprocess
from firs.encoders.text import cleaner, tell_cut
from firs.errors import EncoderError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

CONFIG = "config.json"
PREPROCESS = "visual/preprocess_cfg.json"
TOKENIZER = "textual/tokenizer.json"
TOKENIZER_CONFIG = "textual/tokenizer_config.json"
NO_WEIGHTS = (".json", ".txt", ".md", ".model", ".armnn", ".rknn", ".tflite")
"""What else may lie beside a model: its tokenizer, and the same model for other runtimes."""

_INTEGERS = {"tensor(int32)": np.int32, "tensor(int64)": np.int64}
_FLOATS = {"tensor(float)": np.float32, "tensor(float16)": np.float16}


def model_file(tower: str, precision: str = FULL) -> str:
    """Return the path of a tower's model in the layout; ``tower`` is ``visual`` or ``textual``."""
    return f"{tower}/model.onnx" if precision == FULL else f"{tower}/model_{precision}.onnx"


def required_files(precision: str = FULL) -> tuple[str, ...]:
    """Return the files without which a model cannot be opened."""
    models = (model_file("visual", precision), model_file("textual", precision))
    return (CONFIG, PREPROCESS, TOKENIZER, TOKENIZER_CONFIG, *models)


class OnnxEncoder(DualEncoder):
    """A dual encoder from a folder in the ONNX layout; each tower is opened when first used.

    Args:
        folder: the folder of the files.
        name: what a person types to get this encoder.
        precision: ``fp32``, ``fp16`` or ``int8``; only fp32 is there for every model.

    Raises:
        EncoderError: a file is missing or damaged, or the towers are of different models.

    >>> encoder = OnnxEncoder(Path("ViT-B-32__openai"), "clip-vit-b32")  # doctest: +SKIP
    >>> encoder.encode_texts(["two dogs in the snow"]).shape  # doctest: +SKIP
    (1, 512)
    """

    def __init__(self, folder: Path, name: str, precision: str = FULL) -> None:
        self.folder = folder
        self.precision = precision
        self._refuse_missing()
        super().__init__(name, Preprocess.from_openclip(self._json(PREPROCESS)))
        self._config = self._json(CONFIG)
        self._text_config: dict[str, Any] = self._config.get("text_cfg") or {}
        self._clean = cleaner(self._cleaning)

    @cached_property
    def dim(self) -> int:
        """Length of every vector."""
        stated = self._config.get("embed_dim")
        return int(stated) if stated else _width(self._textual) or len(self._text_rows(["a"])[0])

    @cached_property
    def fingerprint(self) -> str:
        """Hex digest over every file that bears on a vector."""
        digest = hashlib.sha256()
        for name in sorted({*required_files(self.precision), *self._weights_beside()}):
            digest.update(f"{name} {sha256(self.folder / name)}\n".encode())
        return digest.hexdigest()[:32]

    @property
    def context_length(self) -> int:
        """Tokens that the text tower reads."""
        return int(self._text_config.get("context_length", 77))

    def tokens(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Texts → int64 ``(len(texts), context_length)``; longer texts are cut, with a warning."""
        found = self._tokenize(texts)
        return np.array([each.ids for each in found], np.int64)

    def _tokenize(self, texts: Sequence[str]) -> "list[Encoding]":
        found = self._tokenizer.encode_batch([self._clean(text) for text in texts])
        cut = [text for text, each in zip(texts, found, strict=True) if each.overflowing]
        tell_cut(cut, self.context_length)
        return found

    def _text_rows(self, texts: Sequence[str]) -> NDArray[Any]:
        found = self._tokenize(texts)
        ids = np.array([each.ids for each in found], np.int64)
        if isinstance(self._textual.get_inputs()[0].shape[-1], str):  # any length will do
            ids = ids[:, : max(sum(each.attention_mask) for each in found)]
        return _run(self._textual, ids, _INTEGERS, f"{self.name}: its text tower")

    def _pixel_rows(self, pixels: NDArray[np.float32]) -> NDArray[Any]:
        return _run(self._visual, pixels, _FLOATS, f"{self.name}: its image tower")

    @cached_property
    def _visual(self) -> "InferenceSession":
        return self._tower("visual")

    @cached_property
    def _textual(self) -> "InferenceSession":
        return self._tower("textual")

    def _tower(self, which: str) -> "InferenceSession":
        session = open_session(self.folder / model_file(which, self.precision))
        stated, found = self._config.get("embed_dim"), _width(session)
        if stated and found and found != stated:
            raise EncoderError(
                f"{self.name}: {which}/model.onnx gives vectors of {found}, but config.json says "
                f"{stated}: the towers come from different models. Get all files again."
            )
        return session

    @property
    def _cleaning(self) -> str:
        """As OpenCLIP: what the configuration says, else what its two tokenizers do by default."""
        stated = (self._text_config.get("tokenizer_kwargs") or {}).get("clean")
        return stated or ("whitespace" if self._text_config.get("hf_tokenizer_name") else "lower")

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_file(str(self.folder / TOKENIZER))
        except Exception as error:  # the library raises nothing narrower
            raise EncoderError(
                f"{self.folder / TOKENIZER} cannot be read; get it again ({error})."
            ) from error
        settings = self._json(TOKENIZER_CONFIG)
        pad = _token(settings.get("pad_token"))
        pad_id = tokenizer.token_to_id(pad) if pad else None
        if pad is None or pad_id is None:
            raise EncoderError(
                f"{self.folder / TOKENIZER_CONFIG} names no pad_token that the tokenizer knows; "
                "get both files again, from the same model."
            )
        tokenizer.enable_truncation(self.context_length)
        tokenizer.enable_padding(
            direction=settings.get("padding_side", "right"),
            length=self.context_length,
            pad_id=pad_id,
            pad_token=pad,
        )
        return tokenizer

    def _json(self, name: str) -> dict[str, Any]:
        try:
            content = json.loads((self.folder / name).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise EncoderError(
                f"{self.folder / name} cannot be read; get it again ({error})."
            ) from error
        if not isinstance(content, dict):
            raise EncoderError(f"{self.folder / name} holds no JSON object; get it again.")
        return content

    def _weights_beside(self) -> list[str]:
        """Large models keep their weights in files next to ``model.onnx``."""
        known = {model_file(tower, each) for tower in ("visual", "textual") for each in PRECISIONS}
        found = (
            path.relative_to(self.folder).as_posix()
            for tower in ("visual", "textual")
            for path in (self.folder / tower).iterdir()
            if path.is_file() and path.suffix not in NO_WEIGHTS
        )
        return [name for name in found if name not in known]

    def _refuse_missing(self) -> None:
        if self.precision not in PRECISIONS:
            raise EncoderError(
                f"There is no precision {self.precision!r}; choose one of {', '.join(PRECISIONS)}."
            )
        missing = [
            name for name in required_files(self.precision) if not (self.folder / name).is_file()
        ]
        if missing:
            raise EncoderError(
                f"{self.folder} lacks {', '.join(missing)}; a dual encoder in the ONNX layout has "
                f"{', '.join(required_files())} (see docs/encoders.md)."
            )


def _run(
    session: "InferenceSession", rows: NDArray[Any], kinds: dict[str, Any], what: str
) -> NDArray[Any]:
    wanted = session.get_inputs()[0]
    if len(session.get_inputs()) != 1 or wanted.type not in kinds:
        asked = ", ".join(f"{each.name} {each.type}" for each in session.get_inputs())
        raise EncoderError(f"{what} asks for {asked}; the ONNX layout has one input there.")
    feed = rows.astype(kinds[wanted.type], copy=False)
    one_at_a_time = wanted.shape[0] == 1
    parts = [feed[at : at + 1] for at in range(len(feed))] if one_at_a_time else [feed]
    try:
        return np.concatenate([session.run(None, {wanted.name: part})[0] for part in parts])
    except Exception as error:  # the runtime's errors share no base but this one
        raise EncoderError(f"{what} fails; its files may not belong together: {error}") from error


def _width(session: "InferenceSession") -> int | None:
    """Return the length of a tower's vectors, where the model states it."""
    width = session.get_outputs()[0].shape[-1]
    return width if isinstance(width, int) else None


def _token(pad: Any) -> str | None:
    return pad.get("content") if isinstance(pad, dict) else pad
