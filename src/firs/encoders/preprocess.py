"""A picture → the numbers an image tower reads, by the rules the tower was trained with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from firs.errors import EncoderError
from firs.imaging import to_rgb

CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)

LONGEST = 20
"""Times its shorter side that a picture may be long before its ends are left out."""

_INTERPOLATIONS = {each.name.lower(): each for each in Image.Resampling}
_MODES = ("shortest", "squash", "longest")


@dataclass(frozen=True)
class Preprocess:
    """How a picture is brought to size and its values to scale.

    Args:
        height: pixels the tower reads from top to bottom.
        width: pixels it reads from left to right.
        mode: ``shortest`` (the shorter side to ``edge``, then the middle), ``squash`` (both
            sides, proportions lost) or ``longest`` (the longer side, then a border).
        interpolation: as Pillow names them; ``bicubic`` for most models.
        mean: of each channel, in 0 to 1.
        std: of each channel.
        edge: what the shorter side becomes in mode ``shortest``; the tower's size by default.
        fill: grey of the border in mode ``longest``.

    Raises:
        EncoderError: the rules name something unknown, or ask to cut a picture not square.
    """

    height: int = 224
    width: int = 224
    mode: str = "shortest"
    interpolation: str = "bicubic"
    mean: tuple[float, ...] = CLIP_MEAN
    std: tuple[float, ...] = CLIP_STD
    edge: int | None = None
    fill: int = 0

    def __post_init__(self) -> None:
        if self.mode not in _MODES or self.interpolation not in _INTERPOLATIONS:
            raise EncoderError(
                f"The model asks for resize mode {self.mode!r} and interpolation "
                f"{self.interpolation!r}; known are {', '.join(_MODES)} and "
                f"{', '.join(_INTERPOLATIONS)}. Correct its preprocess_cfg.json."
            )
        if self.mode != "squash" and self.height != self.width:
            raise EncoderError(
                f"The model reads {self.width} by {self.height} pixels in resize mode "
                f"{self.mode!r}; only 'squash' is known for sides that differ."
            )

    def __call__(self, image: Image.Image) -> NDArray[np.float32]:
        """Return the picture as float32 ``(3, height, width)``; any size and mode will do."""
        pixels = np.asarray(self.resize(to_rgb(image)), np.float32)
        pixels *= self._scale
        pixels += self._shift
        return pixels.transpose(2, 0, 1)

    def resize(self, image: Image.Image) -> Image.Image:
        """Bring a picture to the size that the tower reads."""
        if self.mode == "squash":
            return image.resize((self.width, self.height), self._resampling)
        return self._cut(image) if self.mode == "shortest" else self._pad_to_square(image)

    def visible_box(self, width: int, height: int) -> tuple[float, float, float, float]:
        """The part of a picture that the tower reads: left, top, right, bottom, in shares of it.

        With a border it is larger than the picture: below 0, or above 1.
        """
        if self.mode == "squash":
            return 0.0, 0.0, 1.0, 1.0
        if self.mode == "shortest":
            scale = min(width, height) / (self.edge or self.width)
        else:
            scale = max(width / self.width, height / self.height)
        across, down = self.width * scale / width / 2, self.height * scale / height / 2
        return 0.5 - across, 0.5 - down, 0.5 + across, 0.5 + down

    @property
    def _resampling(self) -> Image.Resampling:
        return _INTERPOLATIONS[self.interpolation]

    @property
    def _scale(self) -> NDArray[np.float32]:
        return np.array([1 / (255 * std) for std in self.std], np.float32)

    @property
    def _shift(self) -> NDArray[np.float32]:
        return np.array([-m / s for m, s in zip(self.mean, self.std, strict=True)], np.float32)

    def _cut(self, image: Image.Image) -> Image.Image:
        """Resize, then keep the middle, rounded as by torchvision, with which CLIP was trained."""
        edge = self.edge or self.width
        image = _without_ends(image)
        short, long = sorted(image.size)
        longer = int(edge * long / short)
        width, height = (edge, longer) if image.width <= image.height else (longer, edge)
        resized = image.resize((width, height), self._resampling)
        left, top = round((width - self.width) / 2), round((height - self.height) / 2)
        return resized.crop((left, top, left + self.width, top + self.height))

    def _pad_to_square(self, image: Image.Image) -> Image.Image:
        ratio = max(image.width / self.width, image.height / self.height)
        width, height = round(image.width / ratio), round(image.height / ratio)
        whole = Image.new("RGB", (self.width, self.height), (self.fill,) * 3)
        resized = image.resize((max(width, 1), max(height, 1)), self._resampling)
        whole.paste(resized, ((self.width - width) // 2, (self.height - height) // 2))
        return whole

    @classmethod
    def from_openclip(cls, config: Mapping[str, Any]) -> "Preprocess":
        """Read OpenCLIP's ``preprocess_cfg``, which the ONNX layout keeps as a file.

        Raises:
            EncoderError: it lacks its size or names something unknown.
        """
        size = config.get("size")
        if not size:
            raise EncoderError("The model's preprocess_cfg.json lacks 'size'; get it again.")
        height, width = (size, size) if isinstance(size, int) else (size[0], size[-1])
        return cls(
            height=height,
            width=width,
            mode=config.get("resize_mode") or "shortest",
            interpolation=_interpolation(config.get("interpolation")),
            mean=tuple(config.get("mean") or CLIP_MEAN),
            std=tuple(config.get("std") or CLIP_STD),
            edge=config.get("shortest_edge"),
            fill=config.get("fill_color") or 0,
        )

    @classmethod
    def from_transformers(cls, config: Mapping[str, Any]) -> "Preprocess":
        """Read the ``preprocessor_config.json`` of a CLIP or SigLIP checkpoint.

        Raises:
            EncoderError: it lacks its size.
        """
        size, crop = config.get("size") or {}, config.get("crop_size") or {}
        edge = size if isinstance(size, int) else size.get("shortest_edge")
        cut = bool(edge) and config.get("do_center_crop", True)
        height, width = _sides(crop or {"shortest_edge": edge} if cut else size)
        return cls(
            height=height,
            width=width,
            mode="shortest" if cut else "squash",
            interpolation=Image.Resampling(config.get("resample", 3)).name.lower(),
            mean=tuple(config.get("image_mean") or CLIP_MEAN),
            std=tuple(config.get("image_std") or CLIP_STD),
            edge=edge if cut and edge != width else None,
        )

    def to_openclip(self) -> dict[str, Any]:
        """Write the rules as OpenCLIP does; ``from_openclip`` reads them back."""
        rules = {
            "size": [self.height, self.width],
            "mode": "RGB",
            "mean": list(self.mean),
            "std": list(self.std),
            "interpolation": self.interpolation,
            "resize_mode": self.mode,
            "fill_color": self.fill,
        }
        return rules if self.edge is None else {**rules, "shortest_edge": self.edge}


def _without_ends(image: Image.Image) -> Image.Image:
    """Of a very long strip only the middle is kept anyway; all of it resized could fill memory."""
    limit = LONGEST * min(image.size)
    if max(image.size) <= limit:
        return image
    width, height = min(image.width, limit), min(image.height, limit)
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.crop((left, top, left + width, top + height))


def _interpolation(interpolation: str | None) -> str:
    """``random`` is a matter of training; while a model is used it means bicubic."""
    return interpolation if interpolation and interpolation != "random" else "bicubic"


def _sides(size: int | Mapping[str, int]) -> tuple[int, int]:
    if isinstance(size, int):
        return size, size
    edge = size.get("shortest_edge", 0)
    height, width = size.get("height", edge), size.get("width", edge)
    if not height or not width:
        raise EncoderError("The model's preprocessor_config.json lacks 'size'; get it again.")
    return height, width
