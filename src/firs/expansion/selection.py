"""Selection of the texts that become entries: few per image, and no two alike."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from firs.encoders import Vectors

MOST = 5
"""Texts that an image has as entries at most."""
NEAR = 0.95
"""Minimum cosine of two texts of one image that count as the same."""
TRIED = 4
"""How many times more texts to consider, so that enough different ones remain."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text of an image, with its source and the number under which it is stored."""

    image: int
    text: str
    source: str


def worth_encoding(
    told: Iterable[Text], held: Mapping[int, Sequence[str]], most: int
) -> list[Text]:
    """Return the new texts of each image, no more than can be needed.

    Args:
        told: texts in order of preference.
        held: texts that images already have as entries, by image id.
        most: maximum number of entries per image.
    """
    known = {image: {_plain(text) for text in texts} for image, texts in held.items()}
    room = {image: most - len(texts) for image, texts in held.items()}
    chosen: list[Text] = []
    tried: dict[int, int] = defaultdict(int)
    for each in told:
        seen = known.setdefault(each.image, set())
        limit = TRIED * max(0, room.get(each.image, most))
        if _plain(each.text) and _plain(each.text) not in seen and tried[each.image] < limit:
            seen.add(_plain(each.text))
            tried[each.image] += 1
            chosen.append(each)
    return chosen


def fitting(texts: Vectors, images: Vectors, centre: Vectors) -> np.ndarray:
    """Return which texts are nearer to their own image than to the mean image: bool ``(m,)``.

    Args:
        texts: float32 ``(m, dim)``.
        images: float32 ``(m, dim)``, the image of each text.
        centre: float32 ``(dim,)``, the mean of all images.
    """
    fits: np.ndarray = np.einsum("ij,ij->i", texts, images) > texts @ centre
    return fits


def unlike(
    texts: Sequence[Text], vectors: Vectors, held: Mapping[int, Vectors], most: int, near: float
) -> list[int]:
    """Return the positions of the texts to add: at most ``most`` per image, each unlike the others.

    Args:
        texts: texts in order of preference.
        vectors: float32 ``(m, dim)``, their embeddings.
        held: float32 ``(h, dim)``: existing entries, by image id.
        most: maximum number of entries per image.
        near: minimum cosine of two texts that count as alike.
    """
    return sorted(
        at
        for image, places in _by_image(texts)
        for at in _unlike_of_one(places, vectors, held.get(image, vectors[:0]), most, near)
    )


def _unlike_of_one(
    places: Sequence[int], vectors: Vectors, held: Vectors, most: int, near: float
) -> Iterator[int]:
    kept = held
    for at in places:
        if len(kept) >= most:
            return
        if not np.any(kept @ vectors[at] >= near):
            kept = np.concatenate([kept, vectors[at : at + 1]])
            yield at


def _by_image(texts: Sequence[Text]) -> Iterable[tuple[int, list[int]]]:
    places: dict[int, list[int]] = defaultdict(list)
    for at, each in enumerate(texts):
        places[each.image].append(at)
    return places.items()


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold().rstrip(".")
