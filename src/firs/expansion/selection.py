"""Selection of the texts that become entries: few per image, and no two alike."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from firs.encoders import Vectors

TRIED = 4
"""How many times more texts to consider, so that enough different ones remain."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text of an image, with its source and the number under which it is stored."""

    image: int
    text: str
    source: str


def select_candidates(
    texts: Iterable[Text], existing: Mapping[int, Sequence[str]], most: int
) -> list[Text]:
    """Return the new texts of each image, no more than can be needed.

    Args:
        texts: texts in order of preference.
        existing: texts that images already have as entries, by image id.
        most: maximum number of entries per image.
    """
    known = {image: {_plain(text) for text in texts} for image, texts in existing.items()}
    room = {image: most - len(texts) for image, texts in existing.items()}
    chosen: list[Text] = []
    tried: dict[int, int] = defaultdict(int)
    for each in texts:
        seen = known.setdefault(each.image, set())
        limit = TRIED * max(0, room.get(each.image, most))
        if _plain(each.text) and _plain(each.text) not in seen and tried[each.image] < limit:
            seen.add(_plain(each.text))
            tried[each.image] += 1
            chosen.append(each)
    return chosen


def matches_image(texts: Vectors, images: Vectors, centre: Vectors) -> np.ndarray:
    """Return which texts are nearer to their own image than to the mean image: bool ``(m,)``.

    Args:
        texts: float32 ``(m, dim)``.
        images: float32 ``(m, dim)``, the image of each text.
        centre: float32 ``(dim,)``, the mean of all images.
    """
    fits: np.ndarray = np.einsum("ij,ij->i", texts, images) > texts @ centre
    return fits


def drop_duplicates(
    texts: Sequence[Text],
    vectors: Vectors,
    existing: Mapping[int, Vectors],
    most: int,
    cosine: float,
) -> list[int]:
    """Return the positions of the texts to add: at most ``most`` per image, each unlike the others.

    Args:
        texts: texts in order of preference.
        vectors: float32 ``(m, dim)``, their embeddings.
        existing: float32 ``(h, dim)``: existing entries, by image id.
        most: maximum number of entries per image.
        cosine: minimum cosine of two texts that count as duplicates.
    """
    return sorted(
        at
        for image, places in _by_image(texts)
        for at in _drop_from_image(places, vectors, existing.get(image, vectors[:0]), most, cosine)
    )


def _drop_from_image(
    places: Sequence[int], vectors: Vectors, existing: Vectors, most: int, cosine: float
) -> Iterator[int]:
    kept = existing
    for at in places:
        if len(kept) >= most:
            return
        if not np.any(kept @ vectors[at] >= cosine):
            kept = np.concatenate([kept, vectors[at : at + 1]])
            yield at


def _by_image(texts: Sequence[Text]) -> Iterable[tuple[int, list[int]]]:
    places: dict[int, list[int]] = defaultdict(list)
    for at, each in enumerate(texts):
        places[each.image].append(at)
    return places.items()


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold().rstrip(".")
