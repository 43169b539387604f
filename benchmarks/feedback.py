"""What a round costs: mark and rank again, by every method of feedback.

    python benchmarks/feedback.py [--images 36014] [--dim 512] [--rounds 5] [--dtype float16]

The vectors are generated: clusters around a common centre, so that cosines spread about as those of
real CLIP vectors do. Only the times mean something. Each round shows 20 images, two are ticked
and one is crossed, and the first page of the next round is read. For comparison, in the same run,
what the paper does: one query against all images as float64 cosines in NumPy, and a full sort.
"""

import argparse
import statistics
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from timing import peak_gb, seconds

from firs.feedback import FEEDBACKS, CentredEmbeddings
from firs.index.base import EntryVectors
from firs.query import text
from firs.search import EmbeddingMatrix
from firs.session import Session
from firs.session.context import SearchContext

SHOWN = 20
AT_ONCE = 50_000


def generate(images: int, dim: int, dtype: str) -> EntryVectors:
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
    context = SearchContext(
        CentredEmbeddings(table), lambda ids: dict.fromkeys(ids, Path()), text("any"),
        "early-fusion",
        query, first,
        "generated", "", 0,
    )  # fmt: skip
    return Session(context)


def measure_rounds(session_: Session, method: str, count: int) -> list[float]:
    taken = []
    for _ in range(count):
        page = [each.hit.id for each in session_.round.results(0, SHOWN)]

        def again(page: list[int] = page) -> None:
            session_.mark(relevant=page[2:4], irrelevant=page[9:10])
            session_.next(method, again=False)
            session_.round.results(0, SHOWN)

        taken.append(seconds(again))
    return taken


def numpy_cosine(vectors: EntryVectors, query: NDArray[np.float32]) -> float:
    """Measure up to 100,000 images and extrapolate: float64 of a million would take 4 GB."""
    some = vectors[:100_000].astype(np.float64)
    vector = query.astype(np.float64)

    def cosine() -> None:
        np.argsort(-(some @ vector) / (np.linalg.norm(some, axis=1) * np.linalg.norm(vector)))

    return statistics.median(seconds(cosine) for _ in range(5)) * len(vectors) / len(some)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--images", type=int, default=36_014)
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dtype", choices=("float16", "float32"), default="float16")
    options = parser.parse_args()
    vectors = generate(options.images, options.dim, options.dtype)
    query = vectors[7].astype(np.float32)
    table = EmbeddingMatrix(np.arange(options.images), vectors)
    size = f"{options.images:,} generated vectors of {options.dim} dimensions"
    print(f"{size}, stored as {options.dtype}")
    print(
        f"  first search, with what is computed once: {1000 * measure_first(table, query):.0f} ms"
    )
    peer = numpy_cosine(vectors, query)
    print(f"  float64 cosine and full sort in NumPy: {1000 * peer:.1f} ms")
    print(f"  {'a round by':14}{'median ms':>11}{'max ms':>9}{'of NumPy':>10}")
    for method in FEEDBACKS:
        taken = measure_rounds(session(table, query), method, options.rounds)
        median = statistics.median(taken)
        print(f"  {method:14}{1000 * median:11.1f}{1000 * max(taken):9.1f}{median / peer:10.2f}")
    print(f"  peak memory {peak_gb():.2f} GB")


def measure_first(table: EmbeddingMatrix, query: NDArray[np.float32]) -> float:
    def begin() -> None:
        CentredEmbeddings(table).likeness(query[np.newaxis])
        session(table, query).round.results(0, SHOWN)

    return seconds(begin)


if __name__ == "__main__":
    main()
