"""What an example picture, several captions, and each fusion are worth on real vectors.

    python benchmarks/queries.py VECTORS.npz --bank NAMES.npz    # vectors that come with the data
    python benchmarks/queries.py FLICKR8K                        # photos, with the built-in encoder

Known item: a caption is asked, its image is sought. The example is a near neighbour of the image,
never the image itself: the nearest, one of the 5 nearest, or one of the 20. It is taken out of
every ranking, as a picture that the person has seen. In brackets: 95 % bootstrap intervals, over
images. ``--bank`` names a file with text vectors (``*_vectors``) whose mean is that of all texts.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from firs.encoders import Vectors, open_encoder
from firs.evaluation.dataset import Dataset
from firs.evaluation.datasets import load_dataset
from firs.evaluation.measures import measure
from firs.evaluation.ranks import Ranks
from firs.evaluation.significance import intervals
from firs.fusion import FUSIONS, fuse
from firs.index.exact import ExactFloat32Index
from firs.pictures import decode
from firs.query import Query, like, text
from firs.ranking import Ranking
from firs.search import GivenImages, Space, Table, answer
from firs.search.centres import Centres
from firs.search.late import Late
from firs.search.two_phase import TwoPhase

MEASURES = ("R@1", "R@5", "R@10")
DEPTH = 100


class Stored:
    """An encoder whose texts were encoded before."""

    def __init__(self, name: str, known: dict[str, NDArray[np.float32]]) -> None:
        self.name, self.known = name, known
        self.dim, self.image_size, self.fingerprint = len(next(iter(known.values()))), 0, ""

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """The stored vectors of these texts."""
        return np.stack([self.known[each] for each in texts])

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
        """No picture was stored."""
        raise NotImplementedError


@dataclass(frozen=True)
class Trial:
    """Captions to ask, the place of each one's image, and what is searched."""

    space: Space
    images: Vectors
    captions: tuple[str, ...]
    owners: NDArray[np.int64]


def trial(name: str, data: Dataset, texts: Vectors, images: Vectors, middle: Vectors) -> Trial:
    encoder = Stored(name, dict(zip(data.captions, texts, strict=True)))
    ids, files = np.arange(len(images)), [Path(each) for each in data.image_ids]
    index = ExactFloat32Index.build(ids, images)
    centres = Centres(middle.mean(axis=0), images.mean(axis=0))
    table = Table(ids, images, centres)
    behind = GivenImages(table, lambda asked: [files[at] for at in asked])
    space = Space(name, lambda: encoder, index, behind)
    return Trial(space, images, data.captions, data.owners)


def of_vectors(path: Path, bank: Path | None) -> Trial:
    data = load_dataset("vectors", path)
    if data.image_vectors is None or data.caption_vectors is None:
        raise SystemExit(f"{path} holds no vectors")
    middle = data.caption_vectors
    if bank is not None:
        with np.load(bank) as file:
            held = [file[key] for key in file.files if key.endswith("vectors")]
        middle = np.concatenate(held).astype(np.float32)
    return trial(path.stem, data, data.caption_vectors, data.image_vectors, middle)


def of_photos(folder: Path, asked: int) -> Trial:
    data, encoder = load_dataset("flickr8k", folder, "dev"), open_encoder()
    batches = [data.files[at : at + 64] for at in range(0, len(data.files), 64)]
    pictures = [encoder.encode_images([decode(file) for file in batch]) for batch in batches]
    texts, images = encoder.encode_texts(data.captions), np.concatenate(pictures)
    everyday = Centres.measured(encoder, images).text[np.newaxis]
    whole = trial("mini", data, texts, images, everyday)
    some = np.flatnonzero(whole.owners < asked)
    captions = tuple(data.captions[at] for at in some)
    return Trial(whole.space, images, captions, whole.owners[some])


def neighbours(trial: Trial, among: int) -> NDArray[np.int64]:
    """One of the nearest images of each caption's image, the same on every run."""
    closeness = trial.images @ trial.images.T
    np.fill_diagonal(closeness, -2)
    nearest = np.argsort(-closeness, axis=1)[trial.owners]
    drawn = np.random.default_rng(0).integers(0, among, len(nearest))
    return np.asarray(nearest[np.arange(len(nearest)), drawn])


def told(label: str, ranks: Sequence[float], groups: NDArray[np.int64], images: int) -> None:
    count = len(ranks)
    known = Ranks(np.arange(count), np.array(ranks, dtype=np.float64), count, images)
    values = {each: each.values(known) for each in map(measure, MEASURES)}
    ends = intervals(values, groups, seed=0)
    cells = [
        f"{each.summary(of):6.1f} [{ends[each.name][0]:4.1f}, {ends[each.name][1]:5.1f}]"
        for each, of in values.items()
    ]
    print(f"  {label:30}{'  '.join(cells)}{np.mean(ranks):8.1f}", flush=True)


def rank_of(ranking: Ranking, sought: int, seen: int = -1) -> int:
    ids = ranking.ids[ranking.ids != seen]
    [at] = np.flatnonzero(ids == sought)
    return int(at) + 1


def with_examples(
    trial: Trial, among: int, ways: dict[str, Callable[[Query, int], Ranking]]
) -> None:
    examples = neighbours(trial, among)
    print(f"a caption and an example, one of the {among} nearest of its image")
    for label, way in ways.items():
        rows = zip(trial.captions, trial.owners.tolist(), examples.tolist(), strict=True)
        ranks = [rank_of(way(text(caption), seen), sought, seen) for caption, sought, seen in rows]
        told(label, ranks, trial.owners, len(trial.images))


def ways(trial: Trial) -> dict[str, Callable[[Query, int], Ranking]]:
    space, everything = trial.space, len(trial.images)

    def mixed(way: str | Late | TwoPhase) -> Callable[[Query, int], Ranking]:
        return lambda words, seen: answer(words + like(seen), space, everything, way)

    two_phase = {f"two-phase, {name}": mixed(TwoPhase(fusion=name)) for name in FUSIONS}
    late = {f"late, {name}": mixed(Late(fusion=name)) for name in ("log_vote", "rrf")}
    return {
        "the caption alone": lambda words, _: answer(words, space, everything),
        "the example alone": lambda _, seen: answer(like(seen), space, everything),
        "early (default)": mixed("early"),
        "late (combsum-z-score)": mixed("late"),
        **late,
        "two-phase (combsum-z-score)": mixed("two-phase"),
        **two_phase,
    }


def lists_of_captions(trial: Trial) -> Iterator[tuple[int, list[str], list[Ranking]]]:
    for sought in np.unique(trial.owners).tolist():
        captions = [trial.captions[at] for at in np.flatnonzero(trial.owners == sought)]
        vectors = trial.space.encoder.encode_texts(captions)
        lists = [
            trial.space.nearest(vector, DEPTH, caption)
            for vector, caption in zip(vectors, captions, strict=True)
        ]
        yield sought, captions, lists


def by_captions(trial: Trial) -> None:
    """Each list is cut at ``DEPTH``; an image in none of them counts as the one behind them."""
    asked = list(lists_of_captions(trial))
    images = np.array([sought for sought, _, _ in asked])
    print(f"all captions of an image, {len(images)} images, the first {DEPTH} of each list")
    for at in range(min(len(lists) for _, _, lists in asked)):
        single = [_rank(lists[at], sought) for sought, _, lists in asked]
        told(f"caption {at + 1} alone", single, images, len(trial.images))
    for name in FUSIONS:
        fused = [_rank(fuse(lists, name), sought) for sought, _, lists in asked]
        told(f"fused, {name}", fused, images, len(trial.images))
    summed = [(sought, sum(map(text, rest), text(one))) for sought, (one, *rest), _ in asked]
    early = [_rank(answer(query, trial.space, DEPTH), sought) for sought, query in summed]
    told("one vector (early)", early, images, len(trial.images))


def _rank(ranking: Ranking, sought: int) -> int:
    return rank_of(ranking, sought) if sought in ranking.ids else len(ranking) + 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("data", type=Path)
    parser.add_argument("--bank", type=Path)
    parser.add_argument("--asked", type=int, default=200, help="photos whose captions are asked")
    asked = parser.parse_args()
    made = (
        of_photos(asked.data, asked.asked)
        if asked.data.is_dir()
        else of_vectors(asked.data, asked.bank)
    )
    print(f"{'':32}{'':4}{'R@1':18}{'R@5':18}{'R@10':15}mean rank")
    by_captions(made)
    for among in (1, 5, 20):
        with_examples(made, among, ways(made))


if __name__ == "__main__":
    main()
