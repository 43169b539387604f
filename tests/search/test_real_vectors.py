"""On real CLIP vectors an example that is a neighbour of what is sought helps at every cut."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
from numpy.typing import NDArray

from firs.encoders import Vectors
from firs.index.exact import ExactFloat32Index
from firs.query import Query, like, text
from firs.search import EmbeddingMatrix, EmbeddingSearcher, InMemoryImages, search
from firs.search.matrix import ModalityMeans
from tests.fakes import FakeEncoder

CUTS = (1, 5, 10)

Trial: TypeAlias = tuple[EmbeddingSearcher, NDArray[np.int64], NDArray[np.int64]]
"""What is searched, each caption's image, and a picture near to that image."""


class Known(FakeEncoder):
    """Texts whose vectors are known; their places are the texts."""

    def __init__(self, vectors: Vectors) -> None:
        super().__init__("clip")
        self.vectors = vectors

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        return self.vectors[[int(each) for each in texts]]


def load_trial(shared_data: Path) -> Trial:
    folder = shared_data / "clip_vitb32"
    with np.load(folder / "flickr8k.npz") as data, np.load(folder / "class_names.npz") as names:
        images, captions = data["image_vectors"], data["caption_vectors"]
        ids = data["image_ids"].tolist()
        sought = np.array([ids.index(each) for each in data["caption_image_ids"].tolist()])
        bank = names["lvis_vectors"].astype(np.float32)
    places = np.arange(len(images))
    table = EmbeddingMatrix(places, images, ModalityMeans(bank.mean(axis=0), images.mean(axis=0)))
    paths = [Path(str(at)) for at in places]
    behind = InMemoryImages(table, lambda ids: [paths[at] for at in ids])
    encoder, index = Known(captions), ExactFloat32Index.build(places, images)
    nearest = np.argsort(-(images @ images.T), axis=1)[sought, 1:6]
    examples = nearest[np.arange(len(sought)), np.random.default_rng(0).integers(0, 5, len(sought))]
    return EmbeddingSearcher("clip", lambda: encoder, index, behind), sought, examples


Recalls = Callable[[str | None], list[float]]


@pytest.fixture(scope="module")
def recalls(shared_data: Path) -> Recalls:
    """Recall at each cut by a query strategy, or by words alone, measured once."""
    trial = load_trial(shared_data)
    return cache(lambda way: measure(trial, way))


def measure(trial: Trial, way: str | None) -> list[float]:
    space, sought, examples = trial
    found = []
    for at, (image, example) in enumerate(zip(sought.tolist(), examples.tolist(), strict=True)):
        query: Query = text(str(at)) + like(example) if way else text(str(at))
        ids = search(query, space, max(CUTS) + 1, way or "early-fusion").ids
        found.append(np.flatnonzero(ids[ids != example] == image))
    ranks = np.array([at[0] + 1 if len(at) else np.inf for at in found])
    return [100 * float(np.mean(ranks <= cut)) for cut in CUTS]


def test_words_alone(recalls: Recalls) -> None:
    assert recalls(None) == pytest.approx([58.5, 87, 93], abs=1.5)


@pytest.mark.parametrize(
    ("way", "gains"),
    [("early-fusion", (12, 4, 2.5)), ("late-fusion", (8, 4, 2)), ("rerank", (9, 4, 2))],
)
def test_an_example_helps(recalls: Recalls, way: str, gains: tuple[float, ...]) -> None:
    alone, both = recalls(None), recalls(way)
    for before, after, gain in zip(alone, both, gains, strict=True):
        assert after >= before + gain
