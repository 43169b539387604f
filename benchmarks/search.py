"""All indexes and their peers compared on generated vectors in clusters (see ``clustered.py``).

    python benchmarks/search.py [--only 36014x768] [--large] [--by images]

Sizes are 36,014 x 768 and 500,000 x 512, and with ``--large`` 5,000,000 x 512 (10 GB of disk in
the folder for temporary files). Queries are texts, which are far from the images and the hardest
kind, or with ``--by images`` images that are not in the collection. In a round each contender gets
fifty of them one by one, so that a busy machine slows all equally; the median is printed. Recall
is the share of the best 10 by float16 that are found. Memory is what an entry takes in it once the
index is open, without what is on disk. Peers that would take more than 4 GB are left out, and
USearch, which builds its graph slowly, above 100,000.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from clustered import AT_ONCE, Clustered, Rows
from numpy.typing import NDArray
from timing import mean_recall, peak_gb, process_mb

from firs.index import KINDS
from firs.index.engine import faiss
from firs.index.entries import GivenEntries
from firs.index.files import IndexKey, build
from firs.index.mapped import index_rows

BEST = 10
TUNED_ON = 64
IN_TURN = 50
ROOM = 4e9
MOST_FOR_USEARCH = 100_000
SIZES = ("36014x768", "500000x512")
LARGE = "5000000x512"

Search = Callable[[Rows], NDArray[np.int64]]
"""A query float32 ``(1, dim)`` → the positions of the best."""


@dataclass(slots=True)
class Contender:
    """An index that is built."""

    name: str
    search: Search
    bytes: float
    seconds: float = 0.0
    peak: float = 0.0
    times: list[float] = field(default_factory=list)

    def describe(self, count: int, exact: NDArray[np.int64], queries: Rows, peer: float) -> str:
        recall = mean_recall(exact, [self.search(query[np.newaxis]) for query in queries])
        median = statistics.median(self.times)
        rate = f"{count / self.seconds:10,.0f}" if self.seconds else "         -"
        return (
            f"  {self.name:20}{median:9.3f} ms {peer / median:7.1f}x   {recall:.3f}"
            f"  {self.bytes:8,.0f} B {rate} /s {self.peak:8,.0f} MB"
        )


def numpy_cosine(rows: NDArray[np.float16], dtype: type) -> Contender:
    matrix: NDArray[np.floating] = rows.astype(dtype)
    lengths = np.linalg.norm(matrix, axis=1)

    def search(query: Rows) -> NDArray[np.int64]:
        vector = query[0].astype(dtype)
        scores = matrix @ vector / (lengths * np.linalg.norm(vector))
        some = np.argpartition(-scores, BEST)[:BEST]
        return some[np.argsort(-scores[some])]

    return Contender(f"NumPy {np.dtype(dtype)}", search, matrix.nbytes / len(rows))


def faiss_flat(rows: NDArray[np.float16]) -> Contender:
    index = faiss.IndexFlatIP(rows.shape[1])
    index.add(rows.astype(np.float32))
    return Contender("FAISS flat", lambda query: index.search(query, BEST)[1][0], 4 * index.d)


def usearch(rows: NDArray[np.float16]) -> Contender | None:
    if len(rows) > MOST_FOR_USEARCH:
        return None
    try:
        from usearch.index import Index
    except ImportError:
        return None
    index: Any = Index(ndim=rows.shape[1], metric="ip", dtype="f16", expansion_search=256)
    index.add(np.arange(len(rows)), np.asarray(rows), threads=2)
    return Contender(
        "USearch (ef 256)",
        lambda query: index.search(query[0], BEST).keys.astype(np.int64),
        index.memory_usage / len(rows),
    )


def ours(kind: str, rows: NDArray[np.float16], texts: Rows, folder: Path) -> Contender:
    ids = np.arange(len(rows))
    key = IndexKey("generated", "", 0)
    index = build(kind, folder, key, GivenEntries(ids, rows), lambda: texts)
    on_disk = rows.nbytes if hasattr(index, "reach") else 0
    size = (folder / f"{kind}.index").stat().st_size - on_disk
    return Contender(kind, lambda query: index.search(query, BEST)[0][0], size / len(rows))


def build_timed(make: Callable[[], Contender | None]) -> Contender | None:
    """Return a contender with the time and the memory that it took to build."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins here
    before, start = process_mb("VmRSS"), time.perf_counter()
    contender = make()
    if contender is not None:
        contender.seconds = time.perf_counter() - start
        contender.peak = process_mb("VmHWM") - before
    return contender


def build_contenders(rows: NDArray[np.float16], texts: Rows, folder: Path) -> Iterator[Contender]:
    peers: dict[float, list[Callable[[], Contender | None]]] = {
        8: [lambda: numpy_cosine(rows, np.float64)],
        4: [
            lambda: numpy_cosine(rows, np.float32),
            lambda: faiss_flat(rows),
            lambda: usearch(rows),
        ],
        2: [lambda: ours("exact", rows, texts, folder)],
        0.5: [
            lambda kind=kind: ours(kind, rows, texts, folder)  # type: ignore[misc]
            for kind in KINDS
            if not kind.startswith("exact")
        ],
    }
    for size, makes in peers.items():
        for make in makes if size * rows.size < ROOM else []:
            contender = build_timed(make)
            if contender is not None:
                yield contender


def compare(size: str, by: str, queries: int, rounds: int) -> None:
    count, dim = (int(each) for each in size.split("x"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clustered = Clustered(count, dim)
        rows = np.memmap(folder / "rows", np.float16, mode="w+", shape=(count, dim))
        for at, part in enumerate(clustered.images()):
            rows[at * AT_ONCE : at * AT_ONCE + len(part)] = part
        generate = clustered.others if by == "images" else clustered.texts
        vectors, tuning = np.split(generate(queries + TUNED_ON), [queries])
        exact = index_rows(rows).search(vectors, BEST)[1]
        built = list(build_contenders(rows, tuning, folder))
        for turn in range(rounds):
            for each in built:
                for at in range(IN_TURN + 1):
                    query = vectors[(IN_TURN * turn + at) % queries][np.newaxis]
                    start = time.perf_counter()
                    each.search(query)
                    if at:  # the first after a change does not count
                        each.times.append(1000 * (time.perf_counter() - start))
        print(
            f"{count:,} x {dim}, by {by}: one query, the best {BEST}; times the speed of the first;"
        )
        print("recall@10; memory a vector; vectors built a second; memory while building")
        peer = statistics.median(built[0].times)
        for each in built:
            print(each.describe(count, exact, vectors, peer), flush=True)
    print(f"  peak memory of the whole run: {peak_gb():.2f} GB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--only", action="append", metavar="NxDIM")
    parser.add_argument("--large", action="store_true", help=f"{LARGE} too")
    parser.add_argument("--by", choices=["texts", "images"], default="texts")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    for size in options.only or (*SIZES, *([LARGE] if options.large else [])):
        compare(size, options.by, options.queries, options.rounds)


if __name__ == "__main__":
    main()
