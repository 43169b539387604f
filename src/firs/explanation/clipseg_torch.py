"""CLIPSeg on PyTorch, from a checkpoint of ``transformers``."""

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from firs.encoders import torch_common as on_torch
from firs.encoders.preprocess import Preprocess
from firs.encoders.transformers import PREPROCESSOR
from firs.errors import EncoderError
from firs.explanation.clipseg import rules_of


class TorchSegmenter:
    """The model as the paper has it.

    Args:
        folder: ``config.json``, weights, tokenizer and ``preprocessor_config.json``.

    Raises:
        EncoderError: it is no checkpoint of CLIPSeg.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        model = self._load_pretrained("CLIPSegForImageSegmentation")
        self.context_length = int(model.config.text_config.max_position_embeddings)
        try:
            config = json.loads((folder / PREPROCESSOR).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise EncoderError(f"{folder / PREPROCESSOR} cannot be read ({error}).") from error
        self.rules: dict[str, Any] = rules_of(config.get("image_processor", config))
        self._preprocess = Preprocess(**self.rules)
        self.model: Any = on_torch.move_to_device(model)

    @cached_property
    def tokenizer(self) -> Any:
        """The checkpoint's own tokenizer."""
        return self._load_pretrained("AutoTokenizer")

    def preprocess(self, picture: Image.Image) -> NDArray[np.float32]:
        """A picture → float32 ``(3, height, width)``."""
        return self._preprocess(picture)

    def tokens(self, texts: Sequence[str]) -> dict[str, NDArray[np.int64]]:
        """Phrases → ``input_ids`` and ``attention_mask``, int64 ``(n, context_length)``."""
        found = self.tokenizer(
            list(texts),
            padding="max_length",
            max_length=self.context_length,
            truncation=True,
            return_tensors="np",
        )
        return {name: found[name] for name in ("input_ids", "attention_mask")}

    def logits(self, pixels: NDArray[np.float32], texts: Sequence[str]) -> NDArray[np.float32]:
        """Pictures ``(n, 3, height, width)`` and ``n`` phrases → float32 ``(n, height, width)``."""
        import torch

        given: dict[str, NDArray[Any]] = {"pixel_values": pixels, **self.tokens(texts)}
        with torch.inference_mode():
            tensors = {name: on_torch.like(self.model, rows) for name, rows in given.items()}
            return on_torch.to_numpy(self.model(**tensors).logits)

    def _load_pretrained(self, kind: str) -> Any:
        import transformers

        try:
            return getattr(transformers, kind).from_pretrained(self.folder, local_files_only=True)
        except Exception as error:  # a damaged checkpoint fails in its own ways
            lines = str(error).strip().splitlines() or [type(error).__name__]
            raise EncoderError(
                f"{self.folder} cannot be opened as CLIPSeg; get its files again. The reason "
                f"given: {lines[0]}"
            ) from error
