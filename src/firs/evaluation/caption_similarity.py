"""How similar two images are according to their captions.

TF-IDF over the words of all captions of an image (Salton and Buckley, Information Processing &
Management 24, 1988), without stop words, cosine between images.
"""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from firs.errors import InputError
from firs.evaluation.dataset import Dataset
from firs.evaluation.ranks import Places, Relevant

_SAYS_NOTHING = re.compile(
    "a|an|and|are|as|at|be|being|by|for|from|has|have|he|her|his|in|into|is|it|its|of|off|on|or|out|"
    "over|she|that|the|their|them|there|they|this|three|to|two|up|while|who|with"
)


class Content:
    """The terms in the captions of every image of a data set."""

    def __init__(self, dataset: Dataset) -> None:
        self._told = [
            Counter(word for caption in captions for word in _words(caption))
            for captions in dataset.captions_by_image
        ]
        self._weights = _weights(self._told)
        self._found_in = self._postings()

    def likeness(self, place: int) -> NDArray[np.float32]:
        """Cosine of one image with every image, float32 ``(images,)`` from 0 to 1."""
        total = np.zeros(len(self._told), dtype=np.float32)
        for word, weight in self._units(place).items():
            places, weights = self._found_in[word]
            total[places] += np.float32(weight) * weights
        return total

    def relevant(self, owners: Places, threshold: float) -> Relevant:
        """For each query its own image, and all that are at least ``threshold`` like it.

        Args:
            owners: int64 ``(queries,)``, the image that each query was written of.
            threshold: above 0, up to 1.

        Raises:
            InputError: the threshold is out of that range.
        """
        if not 0 < threshold <= 1:
            raise InputError(f"Images are alike from above 0 to 1, not {threshold}.")
        lists: dict[int, Places] = {}
        for owner in np.unique(owners):
            like = self.likeness(int(owner)) >= threshold
            like[owner] = True
            lists[int(owner)] = np.flatnonzero(like)
        return Relevant.lists([lists[int(owner)] for owner in owners])

    def _units(self, place: int) -> dict[str, float]:
        weights = {word: n * self._weights[word] for word, n in self._told[place].items()}
        length = sum(weight**2 for weight in weights.values()) ** 0.5
        return {word: weight / length for word, weight in weights.items() if length}

    def _postings(self) -> dict[str, tuple[Places, NDArray[np.float32]]]:
        found: dict[str, list[tuple[int, float]]] = {word: [] for word in self._weights}
        for place in range(len(self._told)):
            for word, weight in self._units(place).items():
                found[word].append((place, weight))
        return {
            word: (np.array([p for p, _ in pairs]), np.array([w for _, w in pairs], np.float32))
            for word, pairs in found.items()
        }


def _words(caption: str) -> list[str]:
    words = re.findall(r"[^\W\d_]+", caption.lower())
    return [word for word in words if not _SAYS_NOTHING.fullmatch(word)]


def _weights(told: Sequence[Counter[str]]) -> dict[str, float]:
    """Inverse document frequency of every word."""
    spread = Counter(word for words in told for word in words)
    return {word: float(np.log((1 + len(told)) / n)) for word, n in spread.items()}
