"""``mini``: the built-in encoder, small enough to ship, with nothing to download.

A convolutional image tower (EfficientNet-Lite2) and a text transformer of three layers, made by
``training/`` (docs/mini.md has data, terms, figures and limits). After its last feature map, the
image tower is linear for given gates, so an image's embedding is the sum of its cells' vectors
(class activation mapping; Zhou et al., 2016, eq. 2).
"""

import hashlib
import json
import unicodedata
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
FILES = ("config.json", "image.onnx", "text.onnx", "tokenizer.json", "words.txt")
SHORT_WORD = 3
RARE_PIECES = 2.6
"""Letters per piece below which a word has no meaning, unless it was in the training texts."""


class Mini:
    """The built-in encoder.

    Raises:
        EncoderError: a file of the model is missing or damaged; reinstall the package.

    >>> mini = Mini()
    >>> mini.encode_texts(["a black cat on a wooden bench"]).shape
    (1, 512)
    """

    name = "mini"

    def __init__(self) -> None:
        try:
            self._config: dict[str, Any] = json.loads(self._read("config.json"))
        except ValueError as error:
            raise _damaged("config.json") from error

    @property
    def dim(self) -> int:
        return int(self._config["dim"])

    @property
    def image_size(self) -> int:
        return int(self._config["image_size"])

    @cached_property
    def fingerprint(self) -> str:
        """A hex digest of the model's configuration, which has a digest of every other file."""
        return _digest(self._read("config.json"))

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Encode texts as float32 ``(len(texts), 512)``, rows of length 1; truncates long texts."""
        return encode_batches(self._encode_text_batch, texts, BATCH, self.dim)

    def encode_images(self, images: "Sequence[Image]") -> Vectors:
        return encode_batches(partial(self._run_image, "vector"), images, BATCH, self.dim)

    def encode_patches(self, image: "Image") -> NDArray[np.float32]:
        """Encode one image as float32 cells ``(rows, cols, 512)``; their sum is its embedding."""
        cells: NDArray[np.float32] = self._run_image("cells", [image])[0]
        return cells

    def text_warnings(self, text: str) -> list[str]:
        """Return a sentence on words that the encoder does not know, and one if it is too long.

        >>> Mini().text_warnings("a xqzzt on a bench")[0]
        "mini does not know the word 'xqzzt'. For languages other than English, use siglip2-base."
        """
        unknown = [repr(word) for word in _split_words(text) if self._is_unknown(word)]
        warnings = []
        if unknown:
            named = "word" if len(unknown) == 1 else "words"
            warnings.append(
                f"mini does not know the {named} {', '.join(unknown)}. "
                "For languages other than English, use siglip2-base."
            )
        if cut := self._tokenizer.encode(text).overflowing:
            end = text[next(start for start, stop in cut[0].offsets if stop) :]
            warnings.append(
                f"The query is too long for mini: it was not read from {end[:30].strip()!r} on."
            )
        return warnings

    def _is_unknown(self, word: str) -> bool:
        if len(word) <= SHORT_WORD and word.isascii():
            return False
        if any(_is_foreign(letter) for letter in word):
            return True
        pieces = self._tokenizer.encode(word, add_special_tokens=False).tokens
        if len(pieces) == 1 and pieces[0] != "[UNK]":
            return False
        known = self._known_words
        lower = word.casefold()
        return len(word) / len(pieces) < RARE_PIECES and not known & {
            lower,
            lower.removesuffix("s"),
        }

    @cached_property
    def _known_words(self) -> frozenset[str]:
        return frozenset(self._read_checked("words.txt").decode().split())

    def _encode_text_batch(self, texts: Sequence[str]) -> Vectors:
        # One at a time: activations are quantised by the largest of a batch, so that a vector
        # would depend on the other texts.
        lines = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        tokens = [np.array([line], np.int64) for line in lines]
        rows = [self._text_tower.run(["vector"], {"tokens": each})[0] for each in tokens]
        return np.concatenate(rows).astype(np.float32, copy=False)

    def _run_image(self, output: str, images: "Sequence[Image]") -> NDArray[np.float32]:
        from PIL.Image import Resampling

        from firs.imaging import to_rgb

        size = (self.image_size, self.image_size)
        pixels = [np.asarray(to_rgb(each).resize(size, Resampling.BILINEAR)) for each in images]
        result = self._image_tower.run([output], {"pixels": np.stack(pixels)})[0]
        return np.asarray(result, np.float32)

    @cached_property
    def _image_tower(self) -> "InferenceSession":
        return open_session(self._read_checked("image.onnx"))

    @cached_property
    def _text_tower(self) -> "InferenceSession":
        # Not compared with its digest, which would take as long as half of its loading: every
        # search from a shell loads it.
        try:
            return open_session(self._read("text.onnx"), threads=1, optimized=True)
        except EncoderError as error:
            raise _damaged("text.onnx") from error

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_str(self._read_checked("tokenizer.json").decode())
        tokenizer.enable_truncation(int(self._config["max_tokens"]))
        return tokenizer

    def _read_checked(self, name: str) -> bytes:
        data = self._read(name)
        if _digest(data) != self._config["files"][name]:
            raise _damaged(name)
        return data

    @staticmethod
    def _read(name: str) -> bytes:
        try:
            return (FOLDER / name).read_bytes()
        except OSError as error:
            raise EncoderError(
                f"The built-in encoder lacks its file {name}; reinstall: "
                "pip install --force-reinstall qt-firs"
            ) from error


def _split_words(text: str) -> list[str]:
    """Return the words and pictorial symbols of a text, each once."""
    kept = (each if _is_part_of_word(each) else " " for each in text)
    return list(dict.fromkeys("".join(kept).split()))


def _is_part_of_word(character: str) -> bool:
    return character.isalpha() or (
        not character.isascii() and unicodedata.category(character) in {"Mn", "Mc", "So", "Sk"}
    )


def _is_foreign(letter: str) -> bool:
    """Whether a letter is not Latin; pieces of other scripts have no meaning for the text tower."""
    return letter.isalpha() and letter > "\u024f" and not "\u1e00" <= letter < "\u1f00"


def _damaged(name: str) -> EncoderError:
    return EncoderError(
        f"The built-in encoder's file {name} is damaged; reinstall: "
        "pip install --force-reinstall qt-firs"
    )


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
