"""Generated vectors in clusters, with the spread of real ones of CLIP ViT-B/32.

Measured on 1,077 photos and 500 captions of Flickr8k, and written here as numbers: the mean image
has length 0.72, and the variance around it falls along its principal axes as ``exp(-i / 150) / (i +
3)``; the mean text has length 0.71 with a cosine of 0.33 to the mean image; a caption has a cosine
of 0.33 to its photo, where another photo has 0.17 on average, ± 0.04. Photos come in clusters of 50
on average, some far larger, that share 0.6 of their variance.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]

AT_ONCE = 50_000
_BEYOND = 1_000_000
_MEAN_IMAGE, _MEAN_TEXT, _BETWEEN_MEANS = 0.72, 0.71, 0.33
_SHARED, _PER_CLUSTER = 0.6, 50
_SIGNAL, _TEXT_SPREAD, _FLATTER = 0.33, 0.66, 0.35


@dataclass(frozen=True, slots=True)
class Clustered:
    """Vectors of images and of texts about them; the same seed, the same vectors.

    Args:
        count: how many images.
        dim: length of a vector.
        seed: of all random numbers.
    """

    count: int
    dim: int
    seed: int = 0

    def images(self) -> Iterator[Rows]:
        """Yield the images in parts of ``AT_ONCE`` rows, float32 of length 1."""
        clusters = self._clusters()
        for part, start in enumerate(range(0, self.count, AT_ONCE)):
            yield self._part(part, min(AT_ONCE, self.count - start), clusters)

    def texts(self, count: int) -> Rows:
        """Return texts about the first images: float32 ``(count, dim)`` of length 1."""
        images = self._part(0, min(AT_ONCE, self.count), self._clusters())[:count]
        noise = self._random(3).standard_normal((count, self.dim)) * self._spread() ** _FLATTER
        noise *= _TEXT_SPREAD / np.linalg.norm(noise, axis=1, keepdims=True).mean()
        image_mean, text_mean = self._means()
        return _unit(text_mean + _SIGNAL * (images - image_mean) + noise @ self._axes())

    def others(self, count: int) -> Rows:
        """Return images of the same clusters outside the collection: float32 ``(count, dim)``."""
        return self._part(_BEYOND, count, self._clusters())

    def _part(self, part: int, count: int, clusters: Rows) -> Rows:
        random = self._random(1, part)
        # squares make a few clusters far larger than the others
        chosen = (random.random(count) ** 2 * len(clusters)).astype(np.int64)
        own = random.standard_normal((count, self.dim), dtype=np.float32)
        own *= np.sqrt(1 - _SHARED) * self._spread()
        return _unit(self._means()[0] + (clusters[chosen] + own) @ self._axes())

    def _clusters(self) -> Rows:
        count = max(1, self.count // _PER_CLUSTER)
        centres = self._random(2).standard_normal((count, self.dim), dtype=np.float32)
        shared: Rows = centres * (np.float32(np.sqrt(_SHARED)) * self._spread())
        return shared

    def _spread(self) -> Rows:
        """Return standard deviations along the principal axes."""
        axis = np.arange(1, self.dim + 1)
        variance = np.exp(-axis / 150) / (axis + 3)
        variance *= (1 - _MEAN_IMAGE**2) / variance.sum()
        return np.sqrt(variance).astype(np.float32)

    def _axes(self) -> Rows:
        return np.linalg.qr(self._random(0).standard_normal((self.dim, self.dim)))[0].astype(
            np.float32
        )

    def _means(self) -> tuple[Rows, Rows]:
        image, other = np.linalg.qr(self._random(4).standard_normal((self.dim, 2)))[0].T
        text = _BETWEEN_MEANS * image + np.sqrt(1 - _BETWEEN_MEANS**2) * other
        return (_MEAN_IMAGE * image).astype(np.float32), (_MEAN_TEXT * text).astype(np.float32)

    def _random(self, *what: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, *what])


def _unit(rows: NDArray[np.floating]) -> Rows:
    unit: Rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit
