"""``clipseg``: each phrase of the text, and where it is in the picture.

Lüddecke and Ecker, "Image segmentation using text and image prompts", CVPR 2022: a small decoder
on CLIP's image tower gives the probability of each pixel that it belongs to a phrase. It shows what
is in the picture, not what the score depends on, as the other methods do.

The model runs on PyTorch (a checkpoint of ``transformers``), or on ONNX Runtime from a folder that
``tools/export_clipseg.py`` has written:

::

    clipseg.onnx               pixel_values float32 (n, 3, height, width), input_ids and
                               attention_mask int64 (n, tokens) → logits (n, height, width)
    tokenizer.json             as the library ``tokenizers`` reads it, with its padding
    preprocessor_config.json   size, image_mean, image_std
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from firs.encoders import Encoder, hub
from firs.encoders.base import read_json
from firs.encoders.preprocess import Preprocess
from firs.errors import EncoderError
from firs.explanation.base import EncodedWords, Explanation, Part
from firs.explanation.heatmaps import Map, prepare_picture
from firs.explanation.words import phrases

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

DEFAULT_SOURCE = "CIDAS/clipseg-rd64-refined"
"""The repository of the weights on a hub (Apache-2.0)."""

MODEL = "clipseg.onnx"
TOKENIZER = "tokenizer.json"
PREPROCESSOR = "preprocessor_config.json"

BATCH = 8
"""Pairs of a picture and a phrase per batch."""


class Segmenter(Protocol):
    """A runtime of the model."""

    @property
    def preprocess(self) -> Callable[[Image.Image], NDArray[np.float32]]:
        """A function: a picture → float32 ``(3, height, width)``."""

    def logits(self, pixels: NDArray[np.float32], texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the masks float32 ``(n, height, width)`` of ``n`` pictures and ``n`` phrases.

        Raises:
            EncoderError: the model fails.
        """


class ClipSeg:
    """A mask for each phrase.

    Args:
        segmenter: the runtime of the model.
        encoder: the encoder of the score that is displayed next to the masks.
    """

    name = "clipseg"

    def __init__(self, segmenter: Segmenter, encoder: Encoder) -> None:
        self._segmenter = segmenter
        self._encoder = encoder

    def explain(self, pictures: Sequence[Image.Image], text: str) -> list[Explanation]:
        """Find the phrases of a text in each picture.

        Raises:
            InputError: there is no word in the text.
            EncoderError: the model's output is not valid.
        """
        words, parts = EncodedWords(self._encoder, text), phrases(text)
        embeddings = self._encoder.encode_images(pictures)
        pixels = [self._segmenter.preprocess(picture) for picture in pictures]
        masks = self._segment([(each, phrase) for each in pixels for phrase in parts])
        explanations = []
        for number, (picture, embedding) in enumerate(zip(pictures, embeddings, strict=True)):
            upright = prepare_picture(picture)
            found = masks[number * len(parts) : (number + 1) * len(parts)]
            maps = [_resize(mask, upright.size) for mask in found]
            explanations.append(
                Explanation(
                    self.name,
                    text,
                    upright,
                    map=np.max(maps, axis=0),
                    score=words.score(embedding),
                    words=words.shares(embedding),
                    parts=tuple(map(Part, parts, maps)),
                )
            )
        return explanations

    def _segment(self, pairs: Sequence[tuple[NDArray[np.float32], str]]) -> list[Map]:
        masks: list[Map] = []
        for start in range(0, len(pairs), BATCH):
            pixels, texts = zip(*pairs[start : start + BATCH], strict=True)
            logits = self._segmenter.logits(np.stack(pixels), texts)
            # Some releases drop the first axis if there is only one pair.
            logits = logits.reshape(len(texts), *logits.shape[-2:])
            if not np.isfinite(logits).all():
                raise EncoderError("The masks of CLIPSeg are not finite; get its files again.")
            masks.extend(np.asarray(1 / (1 + np.exp(-logits)), dtype=np.float32))
        return masks


def _resize(mask: Map, size: tuple[int, int]) -> Map:
    resized = Image.fromarray(mask).resize(size, Image.Resampling.BILINEAR)
    return np.clip(np.asarray(resized, np.float32), 0, 1)


def open_clipseg(encoder: Encoder, source: str = DEFAULT_SOURCE) -> ClipSeg:
    """Open the model from an exported folder, the folder of a checkpoint, or a name on a hub.

    Raises:
        InputError: the source is neither a folder here nor a name on a hub.
        MissingExtra: a checkpoint needs PyTorch, which is not installed.
        EncoderError: it cannot be downloaded or opened.
    """
    folder = Path(source).expanduser()
    if (folder / MODEL).is_file():
        return ClipSeg(OnnxSegmenter(folder), encoder)
    from firs.encoders.transformers import require_transformers

    require_transformers()  # before it is downloaded
    folder = hub.locate(source, hub.transformers_files, "clipseg", "clipseg")
    return ClipSeg(TorchSegmenter(folder), encoder)


def read_preprocess(config: Mapping[str, Any]) -> Preprocess:
    """Read the size, mean and deviation of a picture from ``preprocessor_config.json``.

    Raises:
        EncoderError: one of them is missing.
    """
    size = config.get("size")
    sides = {"height": size, "width": size} if isinstance(size, int) else size or {}
    try:
        return Preprocess(
            height=sides["height"],
            width=sides["width"],
            mode="squash",
            interpolation="bilinear",
            mean=tuple(config["image_mean"]),
            std=tuple(config["image_std"]),
        )
    except KeyError as error:
        raise EncoderError(f"The preprocessor_config.json of CLIPSeg lacks {error}.") from error


class OnnxSegmenter:
    """The exported model on ONNX Runtime.

    Args:
        folder: the folder of its three files.

    Raises:
        EncoderError: one of them is missing or damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.preprocess = read_preprocess(read_json(folder / PREPROCESSOR))

    def logits(self, pixels: NDArray[np.float32], texts: Sequence[str]) -> NDArray[np.float32]:
        encodings = self._tokenizer.encode_batch(list(texts))
        available = {
            "pixel_values": pixels,
            "input_ids": np.array([each.ids for each in encodings], np.int64),
            "attention_mask": np.array([each.attention_mask for each in encodings], np.int64),
        }
        feed = {each.name: available[each.name] for each in self._model.get_inputs()}
        try:
            return np.asarray(self._model.run(["logits"], feed)[0], np.float32)
        except Exception as error:  # the runtime's errors have no other common base
            raise EncoderError(f"{self.folder / MODEL} fails; export it again: {error}") from error

    @cached_property
    def _model(self) -> "InferenceSession":
        from firs.encoders.base import open_session

        return open_session(self.folder / MODEL)

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from firs.encoders.onnx import open_tokenizer

        return open_tokenizer(self.folder / TOKENIZER)


class TorchSegmenter:
    """The model on PyTorch, from a checkpoint of ``transformers``.

    Args:
        folder: ``config.json``, weights, tokenizer and ``preprocessor_config.json``.

    Raises:
        EncoderError: it is not a checkpoint of CLIPSeg.
    """

    def __init__(self, folder: Path) -> None:
        from firs.encoders.torch_common import move_to_device

        self.folder = folder
        model = self._load_pretrained("CLIPSegForImageSegmentation")
        self.context_length = int(model.config.text_config.max_position_embeddings)
        config = read_json(folder / PREPROCESSOR)
        self.preprocess = read_preprocess(config.get("image_processor", config))
        self.model: Any = move_to_device(model)

    @cached_property
    def tokenizer(self) -> Any:
        """The checkpoint's own tokenizer."""
        return self._load_pretrained("AutoTokenizer")

    def tokens(self, texts: Sequence[str]) -> dict[str, NDArray[np.int64]]:
        """Return ``input_ids`` and ``attention_mask``, int64 ``(n, context_length)``."""
        tokens = self.tokenizer(
            list(texts),
            padding="max_length",
            max_length=self.context_length,
            truncation=True,
            return_tensors="np",
        )
        return {name: tokens[name] for name in ("input_ids", "attention_mask")}

    def logits(self, pixels: NDArray[np.float32], texts: Sequence[str]) -> NDArray[np.float32]:
        import torch

        from firs.encoders.torch_common import to_numpy, to_tensor

        inputs: dict[str, NDArray[Any]] = {"pixel_values": pixels, **self.tokens(texts)}
        with torch.inference_mode():
            tensors = {name: to_tensor(self.model, rows) for name, rows in inputs.items()}
            return to_numpy(self.model(**tensors).logits)

    def _load_pretrained(self, kind: str) -> Any:
        from firs.encoders.transformers import load_pretrained

        return load_pretrained(self.folder, kind, "as CLIPSeg")
