"""``mini``: the built-in encoder, small enough to ship, with nothing to download.

A convolutional image tower and a one-layer text transformer, trained from scratch by
``training/`` (see its model card for data, terms, figures and limits). The image tower is
linear after its last feature map, so an image's embedding is the sum of its cells' vectors
(class activation mapping; Zhou et al., 2016, eq. 2).
"""

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from firs.encoders.base import Vectors, encode_batches, open_session
from firs.errors import EncoderError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from PIL.Image import Image
    from tokenizers import Tokenizer

FOLDER = Path(__file__).parent / "mini_model"
BATCH = 16
FILES = ("config.json", "image.onnx", "text.onnx", "tokenizer.json")


class Mini:
    """The built-in encoder.

    Raises:
        EncoderError: a file of the model is missing or damaged; reinstall the package.

    >>> mini = Mini()
    >>> mini.encode_texts(["a black cat on a wooden bench"]).shape
    (1, 256)
    """

    name = "mini"

    def __init__(self) -> None:
        self._config: dict[str, Any] = json.loads(self._read("config.json"))

    @property
    def dim(self) -> int:
        return int(self._config["dim"])

    @property
    def image_size(self) -> int:
        return int(self._config["image_size"])

    @cached_property
    def fingerprint(self) -> str:
        """A hex digest of every file of the model."""
        digest = hashlib.blake2b(digest_size=16)
        for name in FILES:
            digest.update(self._read(name))
        return digest.hexdigest()

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Encode texts as float32 ``(len(texts), 256)``, rows of length 1; truncates long texts."""
        return encode_batches(self._encode_text_batch, texts, BATCH, self.dim)

    def encode_images(self, images: "Sequence[Image]") -> Vectors:
        return encode_batches(partial(self._run_image, "vector"), images, BATCH, self.dim)

    def encode_patches(self, image: "Image") -> NDArray[np.float32]:
        """Encode one image as float32 cells ``(rows, cols, 256)``; their sum is its embedding."""
        cells: NDArray[np.float32] = self._run_image("cells", [image])[0]
        return cells

    def _encode_text_batch(self, texts: Sequence[str]) -> Vectors:
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        tokens = np.zeros((len(ids), max(1, *map(len, ids))), np.int64)
        for row, line in zip(tokens, ids, strict=True):
            row[: len(line)] = line
        return np.asarray(self._text_tower.run(["vector"], {"tokens": tokens})[0], np.float32)

    def _run_image(self, output: str, images: "Sequence[Image]") -> NDArray[np.float32]:
        from PIL.Image import Resampling

        from firs.imaging import to_rgb

        size = (self.image_size, self.image_size)
        pixels = [np.asarray(to_rgb(each).resize(size, Resampling.BILINEAR)) for each in images]
        result = self._image_tower.run([output], {"pixels": np.stack(pixels)})[0]
        return np.asarray(result, np.float32)

    @cached_property
    def _image_tower(self) -> "InferenceSession":
        return open_session(self._read("image.onnx"))

    @cached_property
    def _text_tower(self) -> "InferenceSession":
        return open_session(self._read("text.onnx"), threads=1)

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_str(self._read("tokenizer.json").decode())
        tokenizer.enable_truncation(int(self._config["max_tokens"]))
        return tokenizer

    @staticmethod
    def _read(name: str) -> bytes:
        try:
            return (FOLDER / name).read_bytes()
        except OSError as error:
            raise EncoderError(
                f"The built-in encoder lacks its file {name}; reinstall: "
                "pip install --force-reinstall qt-firs"
            ) from error
