"""The PyTorch backend: any CLIP, SigLIP or SigLIP 2 checkpoint that ``transformers`` opens."""

import json
from collections.abc import Sequence
from concurrent.futures import Executor
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from firs.encoders import torch_common as _torch
from firs.encoders.preprocess import Preprocess
from firs.encoders.text import may_be_cut
from firs.errors import EncoderError, MissingExtra
from firs.imaging import to_rgb

SHORTENED = ("clip",)
"""Read from left to right, up to the end mark; what stands behind it only costs time."""

WHAT = "Checkpoints of transformers"
PREPROCESSOR = "preprocessor_config.json"
FLEXIBLE = "siglip2"
"""The model type that reads pictures in their own proportions (NaFlex); only it is called so."""

UNMASKED = ("siglip", "siglip2")
"""Trained to read the padding too; the others must not see it."""


class TransformersEncoder(_torch.TorchEncoder):
    """A dual encoder from a ``transformers`` checkpoint.

    Args:
        source: a folder with ``config.json``, weights, tokenizer and ``preprocessor_config.json``.
        name: what a person types to get this encoder.

    Raises:
        MissingExtra: ``torch`` or ``transformers`` is not installed.
        EncoderError: the checkpoint is no dual encoder, or cannot be opened.
    """

    def __init__(self, source: Path, name: str) -> None:
        need_transformers()
        self.source = source
        model = self._load_pretrained("AutoModel")
        if not hasattr(model, "get_image_features") or not hasattr(model, "get_text_features"):
            raise EncoderError(
                f"{source} is a {model.config.model_type} model; an encoder needs a text tower "
                "and an image tower, as CLIP, SigLIP and SigLIP 2 have."
            )
        self.kind: str = model.config.model_type
        super().__init__(name, self._read_preprocess(model.config))
        self.text_config: Any = model.config.text_config
        self._settle(model)

    @property
    def context_length(self) -> int:
        """Tokens that the text tower reads."""
        return int(self.text_config.max_position_embeddings)

    @cached_property
    def tokenizer(self) -> Any:
        """The checkpoint's own tokenizer."""
        return self._load_pretrained("AutoTokenizer")

    def ids(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Return the same without a word about texts that are cut."""
        found: NDArray[np.int64] = self._tokenize(texts)["input_ids"]
        return found

    def _tokenize(self, texts: Sequence[str]) -> dict[str, NDArray[np.int64]]:
        # SigLIP 2 was trained on lower case; older releases of its tokenizer forget it.
        ready = [text.lower() if self.kind in UNMASKED else text for text in texts]
        return dict(
            self.tokenizer(
                ready,
                padding="max_length",
                max_length=self.context_length,
                truncation=True,
                return_tensors="np",
                return_attention_mask=True,
            )
        )

    def _is_cut(self, text: str) -> bool:
        limit = self.context_length
        if not may_be_cut(text, limit):
            return False
        return len(self.tokenizer(text, verbose=False)["input_ids"]) > limit

    def _text_rows(self, texts: Sequence[str]) -> NDArray[Any]:
        import torch

        self._tell_cut(texts)
        inputs = self._tokenize(texts)
        if self.kind in SHORTENED:
            longest = int(inputs["attention_mask"].sum(axis=1).max())
            inputs = {key: rows[:, :longest] for key, rows in inputs.items()}
        if self.kind in UNMASKED:
            inputs.pop("attention_mask")
        inputs.pop("token_type_ids", None)
        with torch.inference_mode():
            tensors = {key: _torch.like(self.model, value) for key, value in inputs.items()}
            return _torch.to_numpy(features(self.model.get_text_features(**tensors)))

    def _pixel_rows(self, pixels: NDArray[np.float32]) -> NDArray[Any]:
        import torch

        with torch.inference_mode():
            tensor = _torch.like(self.model, pixels)
            return _torch.to_numpy(features(self.model.get_image_features(pixel_values=tensor)))

    def _image_rows(self, images: Sequence[Image.Image], pool: Executor) -> NDArray[Any]:
        if self.kind == FLEXIBLE:
            return self._patch_rows(images)
        return super()._image_rows(images, pool)

    def _patch_rows(self, images: Sequence[Image.Image]) -> NDArray[Any]:
        """Pictures in their own proportions; the checkpoint's processor cuts them into patches."""
        import torch

        inputs = self._processor(images=[to_rgb(image) for image in images], return_tensors="np")
        with torch.inference_mode():
            tensors = {key: _torch.like(self.model, value) for key, value in inputs.items()}
            return _torch.to_numpy(features(self.model.get_image_features(**tensors)))

    @cached_property
    def _processor(self) -> Any:
        return self._load_pretrained("AutoImageProcessor", use_fast=False)

    def _read_preprocess(self, config: Any) -> Preprocess:
        if self.kind == FLEXIBLE:
            side = int(config.vision_config.patch_size * config.vision_config.num_patches**0.5)
            return Preprocess(height=side, width=side, mode="squash")
        try:
            rules = json.loads((self.source / PREPROCESSOR).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise EncoderError(
                f"{self.source / PREPROCESSOR} cannot be read; get it again ({error})."
            ) from error
        return Preprocess.from_transformers(rules.get("image_processor", rules))

    def _load_pretrained(self, kind: str, **options: Any) -> Any:
        import transformers

        try:
            opener = getattr(transformers, kind)
            return opener.from_pretrained(self.source, local_files_only=True, **options)
        except Exception as error:  # hundreds of model classes fail in their own ways
            raise EncoderError(
                f"{self.source} cannot be opened by transformers; its files may be truncated or "
                f"missing: get them again. The reason given: {_first_line(error)}"
            ) from error


def need_transformers() -> None:
    """See that PyTorch and transformers are there.

    Raises:
        MissingExtra: one is not; the message names the install line.
    """
    _torch.need_torch(WHAT, "torch")
    try:
        import transformers  # noqa: F401
    except ImportError as error:
        raise MissingExtra(WHAT, "torch") from error


def features(found: Any) -> Any:
    """Return the projected vectors, which release 5 of transformers wraps and 4 does not."""
    return getattr(found, "pooler_output", found)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
