"""CLIPSeg on ONNX Runtime, from a folder that ``export_clipseg`` wrote; it needs no PyTorch.

::

    clipseg.onnx               pixel_values float32 (n, 3, height, width), input_ids and
                               attention_mask int64 (n, tokens) → logits (n, height, width)
    tokenizer.json             as the library ``tokenizers`` reads it, with its padding
    preprocessor_config.json   size, image_mean, image_std
"""

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from firs.encoders.onnx_session import open_session
from firs.encoders.preprocess import Preprocess
from firs.errors import EncoderError
from firs.explanation.clipseg import rules_of

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

MODEL = "clipseg.onnx"
TOKENIZER = "tokenizer.json"
PREPROCESSOR = "preprocessor_config.json"


class OnnxSegmenter:
    """The exported model.

    Args:
        folder: the folder of its three files.

    Raises:
        EncoderError: one is absent or damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            rules = json.loads((folder / PREPROCESSOR).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise EncoderError(f"{folder / PREPROCESSOR} cannot be read ({error}).") from error
        self._preprocess = Preprocess(**rules_of(rules))

    def preprocess(self, picture: Image.Image) -> NDArray[np.float32]:
        """A picture → float32 ``(3, height, width)``."""
        return self._preprocess(picture)

    def logits(self, pixels: NDArray[np.float32], texts: Sequence[str]) -> NDArray[np.float32]:
        """Pictures ``(n, 3, height, width)`` and ``n`` phrases → float32 ``(n, height, width)``.

        Raises:
            EncoderError: the model fails.
        """
        found = self._tokenizer.encode_batch(list(texts))
        given = {
            "pixel_values": pixels,
            "input_ids": np.array([each.ids for each in found], np.int64),
            "attention_mask": np.array([each.attention_mask for each in found], np.int64),
        }
        asked = {each.name for each in self._model.get_inputs()}
        feed = {name: rows for name, rows in given.items() if name in asked}
        try:
            return np.asarray(self._model.run(["logits"], feed)[0], np.float32)
        except Exception as error:  # the runtime's errors share no base but this one
            raise EncoderError(f"{self.folder / MODEL} fails; export it again: {error}") from error

    @cached_property
    def _model(self) -> "InferenceSession":
        return open_session(self.folder / MODEL)

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        try:
            return Tokenizer.from_file(str(self.folder / TOKENIZER))
        except Exception as error:  # the library raises nothing narrower
            raise EncoderError(f"{self.folder / TOKENIZER} cannot be read ({error}).") from error
