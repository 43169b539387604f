"""The backend ``transformers``: CLIP, SigLIP and SigLIP 2 checkpoints, run by PyTorch."""

from collections.abc import Sequence
from concurrent.futures import Executor
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from firs.encoders import hub
from firs.encoders.base import read_json
from firs.encoders.preprocess import Preprocess
from firs.encoders.torch_common import TorchEncoder, first_line, require_torch
from firs.errors import EncoderError, MissingExtra
from firs.imaging import to_rgb

SHORTENED = ("clip",)
"""Model types with causal text towers: tokens after the end mark have no effect."""

REQUIRED_BY = "Checkpoints of transformers"
PREPROCESSOR = "preprocessor_config.json"
FLEXIBLE = "siglip2"
"""The model type that reads images in their own proportions (NaFlex)."""

UNMASKED = ("siglip", "siglip2")
"""Model types that are trained with the padding visible; for others it must be masked."""


def open_transformers(source: str, name: str) -> "TransformersEncoder":
    """Open a checkpoint from a folder or a repository.

    Raises:
        InputError: the source is neither a folder nor a name on a hub.
        MissingExtra: PyTorch or transformers is not installed.
        EncoderError: it cannot be downloaded or opened.
    """
    require_transformers()  # before gigabytes are downloaded
    folder = hub.locate(source, hub.transformers_files, name, "transformers")
    return TransformersEncoder(folder, name)


class TransformersEncoder(TorchEncoder):
    """An encoder from a ``transformers`` checkpoint.

    Args:
        source: a folder with ``config.json``, weights, tokenizer and ``preprocessor_config.json``.
        name: the name that opens this encoder.

    Raises:
        MissingExtra: ``torch`` or ``transformers`` is not installed.
        EncoderError: the checkpoint does not have two towers, or cannot be opened.
    """

    def __init__(self, source: Path, name: str) -> None:
        require_transformers()
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
        self._set_model(model)

    @property
    def context_length(self) -> int:
        """The number of tokens that the text tower reads."""
        return int(self.text_config.max_position_embeddings)

    @cached_property
    def tokenizer(self) -> Any:
        """The checkpoint's own tokenizer."""
        return self._load_pretrained("AutoTokenizer")

    def ids(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Tokenize as :meth:`tokens` does, but without a warning."""
        ids: NDArray[np.int64] = self._tokenize(texts)["input_ids"]
        return ids

    def _tokenize(self, texts: Sequence[str]) -> dict[str, NDArray[np.int64]]:
        # SigLIP 2 was trained on lower case, which older releases of its tokenizer omit.
        lower = [text.lower() if self.kind in UNMASKED else text for text in texts]
        return dict(
            self.tokenizer(
                lower,
                padding="max_length",
                max_length=self.context_length,
                truncation=True,
                return_tensors="np",
                return_attention_mask=True,
            )
        )

    def _count_tokens(self, text: str) -> int:
        return len(self.tokenizer(text, verbose=False)["input_ids"])

    def _text_rows(self, texts: Sequence[str]) -> NDArray[Any]:
        self._warn_truncated(texts)
        inputs = self._tokenize(texts)
        if self.kind in SHORTENED:
            longest = int(inputs["attention_mask"].sum(axis=1).max())
            inputs = {key: rows[:, :longest] for key, rows in inputs.items()}
        if self.kind in UNMASKED:
            inputs.pop("attention_mask")
        inputs.pop("token_type_ids", None)
        return self._run(self.model.get_text_features, **inputs)

    def _pixel_rows(self, pixels: NDArray[np.float32]) -> NDArray[Any]:
        return self._run(self.model.get_image_features, pixel_values=pixels)

    def _image_rows(self, images: Sequence[Image.Image], pool: Executor) -> NDArray[Any]:
        if self.kind != FLEXIBLE:
            return super()._image_rows(images, pool)
        # The checkpoint's own processor splits images of any proportions into patches.
        inputs = self._processor(images=[to_rgb(image) for image in images], return_tensors="np")
        return self._run(self.model.get_image_features, **inputs)

    @cached_property
    def _processor(self) -> Any:
        return self._load_pretrained("AutoImageProcessor", use_fast=False)

    def _read_preprocess(self, config: Any) -> Preprocess:
        if self.kind == FLEXIBLE:
            side = int(config.vision_config.patch_size * config.vision_config.num_patches**0.5)
            return Preprocess(height=side, width=side, mode="squash")
        rules = read_json(self.source / PREPROCESSOR)
        return Preprocess.from_transformers(rules.get("image_processor", rules))

    def _load_pretrained(self, kind: str, **options: Any) -> Any:
        return load_pretrained(self.source, kind, "by transformers", **options)


def load_pretrained(folder: Path, kind: str, purpose: str, **options: Any) -> Any:
    """Load a part of a checkpoint by transformers.

    Args:
        folder: the folder of the checkpoint.
        kind: the class of transformers that loads the part, such as ``AutoModel``.
        purpose: for messages: it cannot be opened ``by transformers``.
        options: passed to ``from_pretrained``.

    Raises:
        EncoderError: it cannot be loaded.
    """
    import transformers

    try:
        return getattr(transformers, kind).from_pretrained(folder, local_files_only=True, **options)
    except Exception as error:  # hundreds of model classes fail in their own ways
        raise EncoderError(
            f"{folder} cannot be opened {purpose}; its files may be truncated or missing: get them "
            f"again. The reason: {first_line(error)}"
        ) from error


def require_transformers() -> None:
    """Check that PyTorch and transformers are installed.

    Raises:
        MissingExtra: one is not; the message names the install command.
    """
    require_torch(REQUIRED_BY, "torch")
    try:
        import transformers  # noqa: F401
    except ImportError as error:
        raise MissingExtra(REQUIRED_BY, "torch") from error
