"""Image preprocessing by the rules that an image tower was trained with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from firs.errors import EncoderError

if TYPE_CHECKING:
    from PIL.Image import Image

CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)

LONGEST = 20
"""Images that are longer than this many times their shorter side are cropped first."""

INTERPOLATIONS = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "box": 4, "hamming": 5}
"""Names and numbers of Pillow's filters; transformers uses the same numbers."""

MODES = ("shortest", "squash", "longest")


@dataclass(frozen=True)
class Preprocess:
    """The rules by which an image is resized and normalized.

    Args:
        height: the height of the tower's input, in pixels.
        width: the width of the tower's input, in pixels.
        mode: ``shortest`` (resize the shorter side to ``edge``, then crop the centre), ``squash``
            (resize both sides, not keeping proportions) or ``longest`` (resize the longer side,
            then add a border).
        interpolation: a name in ``INTERPOLATIONS``; ``bicubic`` for most models.
        mean: the mean of each channel, in 0 to 1.
        std: the standard deviation of each channel.
        edge: the size of the shorter side in mode ``shortest``; by default that of the input.
        fill: the grey of the border in mode ``longest``, 0 to 255.

    Raises:
        EncoderError: the rules contain an unknown name, or a crop that is not square.
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
        if self.mode not in MODES or self.interpolation not in INTERPOLATIONS:
            raise EncoderError(
                f"The model needs the resize mode {self.mode!r} and the interpolation "
                f"{self.interpolation!r}; known are {', '.join(MODES)} and "
                f"{', '.join(INTERPOLATIONS)}. Correct its preprocess_cfg.json."
            )
        if self.mode != "squash" and self.height != self.width:
            raise EncoderError(
                f"The model reads {self.width} by {self.height} pixels in resize mode "
                f"{self.mode!r}; only 'squash' supports sides that differ."
            )

    def __call__(self, image: "Image") -> NDArray[np.float32]:
        """Return an image of any size and mode as float32 ``(3, height, width)``."""
        from firs.imaging import to_rgb

        pixels = np.asarray(self.resize(to_rgb(image)), np.float32)
        mean, std = np.array(self.mean), np.array(self.std)
        pixels *= (1 / (255 * std)).astype(np.float32)
        pixels += (-mean / std).astype(np.float32)
        return pixels.transpose(2, 0, 1)

    def resize(self, image: "Image") -> "Image":
        """Resize an image to the size of the tower's input."""
        if self.mode == "squash":
            return image.resize((self.width, self.height), INTERPOLATIONS[self.interpolation])
        return self._crop_centre(image) if self.mode == "shortest" else self._pad_to_square(image)

    def visible_box(self, width: int, height: int) -> tuple[float, float, float, float]:
        """Return the part of an image that the tower reads.

        Args:
            width: of the image, in pixels.
            height: of the image, in pixels.

        Returns:
            Left, top, right and bottom as shares of width and height. With a border the box is
            larger than the image: below 0, or above 1.
        """
        if self.mode == "squash":
            return 0.0, 0.0, 1.0, 1.0
        if self.mode == "shortest":
            scale = min(width, height) / (self.edge or self.width)
        else:
            scale = max(width / self.width, height / self.height)
        across, down = self.width * scale / width / 2, self.height * scale / height / 2
        return 0.5 - across, 0.5 - down, 0.5 + across, 0.5 + down

    def _crop_centre(self, image: "Image") -> "Image":
        """Resize, then crop the centre, rounded as by torchvision, with which CLIP was trained."""
        edge = self.edge or self.width
        image = _crop_strip(image)
        short, long = sorted(image.size)
        longer = int(edge * long / short)
        width, height = (edge, longer) if image.width <= image.height else (longer, edge)
        resized = image.resize((width, height), INTERPOLATIONS[self.interpolation])
        left, top = round((width - self.width) / 2), round((height - self.height) / 2)
        return resized.crop((left, top, left + self.width, top + self.height))

    def _pad_to_square(self, image: "Image") -> "Image":
        from PIL import Image

        ratio = max(image.width / self.width, image.height / self.height)
        width, height = round(image.width / ratio), round(image.height / ratio)
        size = (max(width, 1), max(height, 1))
        square = Image.new("RGB", (self.width, self.height), (self.fill,) * 3)
        resized = image.resize(size, INTERPOLATIONS[self.interpolation])
        square.paste(resized, ((self.width - width) // 2, (self.height - height) // 2))
        return square

    @classmethod
    def from_openclip(cls, config: Mapping[str, Any]) -> "Preprocess":
        """Read OpenCLIP's ``preprocess_cfg``, which is a file of the ONNX layout.

        Raises:
            EncoderError: the size is missing, or it contains an unknown name.
        """
        size = config.get("size")
        if not size:
            raise EncoderError("The model's preprocess_cfg.json lacks 'size'; get it again.")
        height, width = (size, size) if isinstance(size, int) else (size[0], size[-1])
        interpolation = config.get("interpolation") or "bicubic"
        if interpolation == "random":  # in training only
            interpolation = "bicubic"
        return cls(
            height=height,
            width=width,
            mode=config.get("resize_mode") or "shortest",
            interpolation=interpolation,
            mean=tuple(config.get("mean") or CLIP_MEAN),
            std=tuple(config.get("std") or CLIP_STD),
            edge=config.get("shortest_edge"),
            fill=config.get("fill_color") or 0,
        )

    @classmethod
    def from_transformers(cls, config: Mapping[str, Any]) -> "Preprocess":
        """Read the ``preprocessor_config.json`` of a CLIP or SigLIP checkpoint.

        Raises:
            EncoderError: the size is missing.
        """
        size, crop = config.get("size") or {}, config.get("crop_size") or {}
        edge = size if isinstance(size, int) else size.get("shortest_edge")
        is_cropped = bool(edge) and config.get("do_center_crop", True)
        height, width = _sides(crop or {"shortest_edge": edge} if is_cropped else size)
        names = {number: name for name, number in INTERPOLATIONS.items()}
        resample = config.get("resample", 3)
        return cls(
            height=height,
            width=width,
            mode="shortest" if is_cropped else "squash",
            interpolation=names.get(resample, str(resample)),
            mean=tuple(config.get("image_mean") or CLIP_MEAN),
            std=tuple(config.get("image_std") or CLIP_STD),
            edge=edge if is_cropped and edge != width else None,
        )

    def to_openclip(self) -> dict[str, Any]:
        """Return the rules as OpenCLIP writes them; ``from_openclip`` reads them back."""
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


def _crop_strip(image: "Image") -> "Image":
    """Crop the ends of a very long image, which would be cropped later; resized they are huge."""
    limit = LONGEST * min(image.size)
    if max(image.size) <= limit:
        return image
    width, height = min(image.width, limit), min(image.height, limit)
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.crop((left, top, left + width, top + height))


def _sides(size: int | Mapping[str, int]) -> tuple[int, int]:
    if isinstance(size, int):
        return size, size
    edge = size.get("shortest_edge", 0)
    height, width = size.get("height", edge), size.get("width", edge)
    if not height or not width:
        raise EncoderError("The model's preprocessor_config.json lacks 'size'; get it again.")
    return height, width
