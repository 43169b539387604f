"""``clipseg``: each phrase of the text, and where it is seen.

Lüddecke and Ecker, "Image segmentation using text and image prompts", CVPR 2022: a small decoder
on CLIP's image tower, told a phrase, gives each pixel the probability that it belongs to it. It
tells what is in the picture, not what the ranking's score rests on; for that there are the others.

The model runs on PyTorch (``transformers``) or, exported, on ONNX Runtime.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from firs.encoders import Encoder, hub
from firs.encoders.backends import is_hub_name
from firs.encoders.repo_files import transformers_files
from firs.errors import EncoderError, InputError
from firs.explanation.base import Explanation, Part
from firs.explanation.heatmaps import Map, prepare_picture
from firs.explanation.words import EncodedWords, phrases

USUAL = "CIDAS/clipseg-rd64-refined"
"""Where a hub has the weights (Apache-2.0)."""

BATCH = 8
"""Pairs of a picture and a phrase at a time."""


class Segmenter(Protocol):
    """What runs the model."""

    def preprocess(self, picture: Image.Image) -> NDArray[np.float32]:
        """A picture → float32 ``(3, height, width)``."""

    def logits(self, pixels: NDArray[np.float32], texts: Sequence[str]) -> NDArray[np.float32]:
        """Pictures ``(n, 3, height, width)`` and ``n`` phrases → float32 ``(n, height, width)``."""


class ClipSeg:
    """A mask for each phrase.

    Args:
        segmenter: runs the model.
        encoder: the encoder of the score that is shown next to the masks.
    """

    name = "clipseg"

    def __init__(self, segmenter: Segmenter, encoder: Encoder) -> None:
        self._segmenter = segmenter
        self._encoder = encoder

    def explain(self, pictures: Sequence[Image.Image], text: str) -> list[Explanation]:
        """Find the phrases of a text in each of some pictures; semicolons choose them.

        Raises:
            InputError: there is no word in the text.
            EncoderError: the model gives what cannot be masks.
        """
        told, found = EncodedWords(self._encoder, text), phrases(text)
        vectors = self._encoder.encode_images(pictures)
        masks = self._masks(pictures, found)
        return [
            self._explanation(picture, vector, told, text, dict(zip(found, rows, strict=True)))
            for picture, vector, rows in zip(pictures, vectors, masks, strict=True)
        ]

    def _masks(self, pictures: Sequence[Image.Image], found: Sequence[str]) -> list[list[Map]]:
        ready = [self._segmenter.preprocess(picture) for picture in pictures]
        pairs = [(pixels, phrase) for pixels in ready for phrase in found]
        masks: list[Map] = []
        for at in range(0, len(pairs), BATCH):
            pixels, texts = zip(*pairs[at : at + BATCH], strict=True)
            masks.extend(_probable(self._segmenter.logits(np.stack(pixels), texts), len(texts)))
        wide = len(found)
        return [masks[at : at + wide] for at in range(0, len(masks), wide)]

    def _explanation(
        self,
        picture: Image.Image,
        vector: NDArray[np.float32],
        told: EncodedWords,
        text: str,
        masks: dict[str, Map],
    ) -> Explanation:
        upright = prepare_picture(picture)
        parts = tuple(Part(phrase, _resize(mask, upright)) for phrase, mask in masks.items())
        return Explanation(
            self.name,
            text,
            upright,
            map=np.max([part.map for part in parts], axis=0),
            score=told.score(vector),
            words=told.shares(vector),
            parts=parts,
        )


def open_clipseg(encoder: Encoder, source: str = USUAL) -> ClipSeg:
    """Open the model: a folder that ``export_clipseg`` wrote, a checkpoint's, or a name on a hub.

    Raises:
        InputError: the source is neither a folder here nor a name on a hub.
        MissingExtra: a checkpoint needs PyTorch, which is not installed.
        EncoderError: it cannot be downloaded or opened.
    """
    from firs.explanation.clipseg_onnx import MODEL, OnnxSegmenter

    folder = Path(source).expanduser()
    if (folder / MODEL).is_file():
        return ClipSeg(OnnxSegmenter(folder), encoder)
    from firs.encoders.transformers import need_transformers
    from firs.explanation.clipseg_torch import TorchSegmenter

    need_transformers()  # before it is downloaded
    if not folder.is_dir():
        if not is_hub_name(source):
            raise InputError(f"{source} is neither a folder here nor a name on a hub.")
        folder = hub.fetch(source, transformers_files, "clipseg", "clipseg")
    return ClipSeg(TorchSegmenter(folder), encoder)


def rules_of(config: dict[str, Any]) -> dict[str, Any]:
    """Read the size, mean and deviation of a picture from ``preprocessor_config.json``.

    Raises:
        EncoderError: it lacks one.
    """
    size = config.get("size")
    sides = {"height": size, "width": size} if isinstance(size, int) else size or {}
    try:
        return {
            "height": sides["height"],
            "width": sides["width"],
            "mode": "squash",
            "interpolation": "bilinear",
            "mean": tuple(config["image_mean"]),
            "std": tuple(config["image_std"]),
        }
    except KeyError as error:
        raise EncoderError(f"The preprocessor_config.json of CLIPSeg lacks {error}.") from error


def _probable(logits: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    rows = logits.reshape(count, *logits.shape[-2:])  # of one pair some releases drop the first
    if not np.isfinite(rows).all():
        raise EncoderError("CLIPSeg gives masks that are not finite; get its files again.")
    return np.asarray(1 / (1 + np.exp(-rows)), dtype=np.float32)


def _resize(mask: Map, picture: Image.Image) -> Map:
    drawn = Image.fromarray(mask).resize(picture.size, Image.Resampling.BILINEAR)
    return np.clip(np.asarray(drawn, np.float32), 0, 1)
