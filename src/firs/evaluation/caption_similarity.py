"""How similar two images are according to their captions.

TF-IDF over the words of all captions of an image (Salton and Buckley, Information Processing &
Management 24, 1988), without stop words, cosine between images.
"""

import re
from collections import Counter
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from firs.errors import InputError
from firs.evaluation.datasets import Dataset
from firs.evaluation.measures import Indices, Relevant

_STOP_WORDS = re.compile(
    "a|an|and|are|as|at|be|being|by|for|from|has|have|he|her|his|in|into|is|it|its|of|off|on|or|out|"
    "over|she|that|the|their|them|there|they|this|three|to|two|up|while|who|with"
)


class CaptionSimilarity:
    """The weighted words in the captions of every image of a data set."""

    def __init__(self, dataset: Dataset) -> None:
        counts = [
            Counter(word for caption in captions for word in _words(caption))
            for captions in dataset.captions_by_image
        ]
        frequency = Counter(word for words in counts for word in words)
        idf = {word: float(np.log((1 + len(counts)) / n)) for word, n in frequency.items()}
        self._words = [_unit_weights(words, idf) for words in counts]

    def similarities(self, image: int) -> NDArray[np.float32]:
        """Return the cosine of one image with every image, float32 ``(images,)`` from 0 to 1."""
        total = np.zeros(len(self._words), dtype=np.float32)
        for word, weight in self._words[image].items():
            images, weights = self._postings[word]
            total[images] += np.float32(weight) * weights
        return total

    def relevant(self, owners: Indices, threshold: float) -> Relevant:
        """Return for each query its own image, and all that are similar to it.

        Args:
            owners: int64 ``(queries,)``, the image that each query was written of.
            threshold: the least similarity, above 0, up to 1.

        Raises:
            InputError: the threshold is out of that range.
        """
        if not 0 < threshold <= 1:
            raise InputError(f"A similarity threshold is above 0 and up to 1, not {threshold}.")
        lists: dict[int, Indices] = {}
        for owner in np.unique(owners).tolist():
            is_similar = self.similarities(owner) >= threshold
            is_similar[owner] = True
            lists[owner] = np.flatnonzero(is_similar)
        return Relevant.lists([lists[owner] for owner in owners.tolist()])

    @cached_property
    def _postings(self) -> dict[str, tuple[Indices, NDArray[np.float32]]]:
        """Each word's images, and its weight in each."""
        found: dict[str, list[tuple[int, float]]] = {}
        for image, words in enumerate(self._words):
            for word, weight in words.items():
                found.setdefault(word, []).append((image, weight))
        return {
            word: (np.array([i for i, _ in pairs]), np.array([w for _, w in pairs], np.float32))
            for word, pairs in found.items()
        }


def _words(caption: str) -> list[str]:
    words = re.findall(r"[^\W\d_]+", caption.lower())
    return [word for word in words if not _STOP_WORDS.fullmatch(word)]


def _unit_weights(counts: Counter[str], idf: dict[str, float]) -> dict[str, float]:
    weights = {word: n * idf[word] for word, n in counts.items()}
    length = sum(weight**2 for weight in weights.values()) ** 0.5
    return {word: weight / length for word, weight in weights.items() if length}
