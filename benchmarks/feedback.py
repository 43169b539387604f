"""What a round costs: mark, and ask again, by every method of feedback.

    python benchmarks/feedback.py [--images 36014] [--dim 512] [--rounds 5] [--dtype float16]

The vectors are generated: clusters around a common centre, so that cosines spread about as those of
real CLIP vectors do. They mean nothing; only times do. Each round shows 20 images, two are ticked
and one is crossed, and the first page of the next round is read. Beside it, in the same run, stands
what the paper does: one query against all images as float64 cosines in NumPy, and a full sort.
"""

import argparse
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firs.feedback import FEEDBACKS, CentredEmbeddings
from firs.index.base import EntryVectors
from firs.query import text
from firs.search import EmbeddingMatrix
from firs.session import Session
from firs.session.context import SearchContext

SHOWN = 20
AT_ONCE = 50_000


def generated(images: int, dim: int, dtype: str) -> EntryVectors:
    random = np.random.default_rng(0)
    centre = random.standard_normal(dim) / dim**0.5
    clusters = random.standard_normal((500, dim)) / dim**0.5
    vectors = np.empty((images, dim), dtype=dtype)
    for at in range(0, images, AT_ONCE):
        count = min(AT_ONCE, images - at)
        some = 1.2 * centre + 0.8 * clusters[random.integers(500, size=count)]
        some += 0.5 * random.standard_normal((count, dim)) / dim**0.5
        vectors[at : at + count] = some / np.linalg.norm(some, axis=1, keepdims=True)
    return vectors


def session(table: EmbeddingMatrix, query: NDArray[np.float32]) -> Session:
    first = table.scores(query[np.newaxis])[:, 0]
    ground = SearchContext(
        CentredEmbeddings(table), lambda ids: dict.fromkeys(ids, Path()), text("any"),
        "early-fusion",
        query, first,
        "generated", "", 0,
    )  # fmt: skip
    return Session(ground)


def seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def rounds(made: Session, method: str, count: int) -> list[float]:
    taken = []
    for _ in range(count):
        page = [each.hit.id for each in made.round.results(0, SHOWN)]

        def again(page: list[int] = page) -> None:
            made.mark(relevant=page[2:4], irrelevant=page[9:10])
            made.next(method, again=False)
            made.round.results(0, SHOWN)

        taken.append(seconds(again))
    return taken


def numpy_cosine(vectors: EntryVectors, query: NDArray[np.float32]) -> float:
    """Over up to 100,000 images, counted up: float64 of a million would take 4 GB."""
    some = vectors[:100_000].astype(np.float64)
    asked = query.astype(np.float64)

    def cosine() -> None:
        np.argsort(-(some @ asked) / (np.linalg.norm(some, axis=1) * np.linalg.norm(asked)))

    return statistics.median(seconds(cosine) for _ in range(5)) * len(vectors) / len(some)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--images", type=int, default=36_014)
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dtype", choices=("float16", "float32"), default="float16")
    asked = parser.parse_args()
    vectors = generated(asked.images, asked.dim, asked.dtype)
    query = vectors[7].astype(np.float32)
    table = EmbeddingMatrix(np.arange(asked.images), vectors)
    print(f"{asked.images:,} generated vectors of {asked.dim} dimensions, kept as {asked.dtype}")
    print(f"  first search, with what is worked out once: {1000 * first(table, query):.0f} ms")
    peer = numpy_cosine(vectors, query)
    print(f"  float64 cosine and full sort in NumPy: {1000 * peer:.1f} ms")
    print(f"  {'a round by':14}{'median ms':>11}{'most ms':>9}{'of NumPy':>10}")
    for method in FEEDBACKS:
        taken = rounds(session(table, query), method, asked.rounds)
        middle = statistics.median(taken)
        print(f"  {method:14}{1000 * middle:11.1f}{1000 * max(taken):9.1f}{middle / peer:10.2f}")
    print(f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GB")


def first(table: EmbeddingMatrix, query: NDArray[np.float32]) -> float:
    def begin() -> None:
        CentredEmbeddings(table).likeness(query[np.newaxis])
        session(table, query).round.results(0, SHOWN)

    return seconds(begin)


if __name__ == "__main__":
    main()
