"""A collection in a folder compared with one on a Milvus server, on generated vectors.

    PYTHONPATH=. .venv-distributed/bin/python benchmarks/distributed.py
        [--sizes 100000x512 500000x512] [--kinds flat bin-flat hnsw] [--folder DIR]

The server is that of the package ``milvus``, one process on this machine, started here; so it
shares the processors with the client, and the network is loopback. ``--folder`` keeps its data for
another run: importing and building take far longer than searching. Each search is a whole one,
``Collection.search`` by a text for 10 images with their paths (texts: see ``clustered.py``).
Latency is of one client, one search after the other; throughput of 8 threads of one process for
10 s. Found is how many images a search returns on average, recall the share of the best 10 by
float16 that are found. The last column is the median relative to that of the folder.
"""

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from clustered import Clustered, Rows
from numpy.typing import NDArray
from timing import mean_recall

from firs.collection import Collection
from firs.encoders import Vectors
from firs.milvus.address import Address
from firs.milvus.server import Server
from tests.distributed.milvus import MilvusServer

BEST = 10
WARM, MEASURED, EVERYDAY = 20, 200, 64
AT_ONCE = 5_000
THREADS, SECONDS = 8, 10.0
SIZES = ("100000x512", "500000x512")
KINDS = ("flat", "bin-flat", "hnsw")
COLUMNS = "ms median  ms 95 %  a second  found  recall@10     relative"


class GeneratedEncoder:
    """An encoder with generated vectors of texts.

    Args:
        dim: length of a vector.
        texts: the vectors of texts that are no queries, in turn.
        queries: those of ``query 0``, ``query 1`` and so on.
    """

    name, fingerprint, image_size = "data-up", "data-up", 1  # in stored collections

    def __init__(self, dim: int, texts: Rows, queries: Rows | None = None) -> None:
        self.dim = dim
        self._texts = texts
        self._queries = queries

    def encode_images(self, images: object) -> Vectors:
        raise NotImplementedError

    def encode_texts(self, texts: object) -> Vectors:
        numbers = [text.removeprefix("query ") for text in texts]  # type: ignore[attr-defined]
        if self._queries is not None and all(each.isdecimal() for each in numbers):
            return self._queries[[int(each) for each in numbers]]
        return np.resize(self._texts, (len(numbers), self.dim))


@dataclass(frozen=True)
class GeneratedData:
    """Generated images and queries for them."""

    count: int
    dim: int
    images: NDArray[np.float16]
    queries: Rows
    everyday: Rows

    @classmethod
    def of(cls, size: str, queries: int = WARM + MEASURED) -> "GeneratedData":
        count, dim = map(int, size.split("x"))
        clustered = Clustered(count, dim)
        images = np.concatenate([part.astype(np.float16) for part in clustered.images()])
        texts = clustered.texts(queries + EVERYDAY)
        return cls(count, dim, images, texts[:queries], texts[queries:])

    @property
    def ids(self) -> NDArray[np.int64]:
        return np.arange(1, self.count + 1)

    def best(self) -> NDArray[np.int64]:
        """Return the ids of the best by float16."""
        found = []
        for query in self.queries[WARM:]:
            scores = np.concatenate(
                [part.astype(np.float32) @ query for part in np.array_split(self.images, 50)]
            )
            found.append(1 + np.argpartition(-scores, BEST)[:BEST])
        return np.stack(found)


def in_folder(data: GeneratedData, folder: Path) -> Iterator[tuple[str, Collection]]:
    """Open a folder's collection, searched by the kind of index for its size."""
    place = folder / f"size_{data.count}x{data.dim}.firs"
    with closing(Collection(place, encoder_of(data))) as collection:
        import_missing(collection, data)
        yield f"folder, {collection.index.kind()}", collection


def on_server(data: GeneratedData, url: str, kinds: list[str]) -> Iterator[tuple[str, Collection]]:
    """Open a server's collection, searched by one kind of index after the other."""
    await_loaded(url)
    with closing(Collection(url, encoder_of(data))) as collection:
        import_missing(collection, data)
        for kind in kinds:
            start = time.perf_counter()
            collection.index.choose(kind)
            print(f"  {kind} built in {time.perf_counter() - start:,.0f} s")
            yield f"server, {kind}", collection


def encoder_of(data: GeneratedData) -> GeneratedEncoder:
    return GeneratedEncoder(data.dim, data.everyday, data.queries)


def await_loaded(url: str) -> None:
    """Wait until the data of an earlier run are loaded."""
    with Server(Address.parse(url)) as server:
        for name in server.names():
            server.writer().load(name)
            server.writer().count(name)


def import_missing(collection: Collection, data: GeneratedData) -> None:
    """Import the vectors that are missing."""
    if len(collection) < data.count:
        start = time.perf_counter()
        collection.import_vectors(encoder_of(data), parts_of(data), add_missing=True)
        print(f"  filled: {data.count / (time.perf_counter() - start):,.0f} rows a second")


def fill(data: GeneratedData, url: str) -> None:
    with closing(Collection(url, encoder_of(data))) as collection:
        import_missing(collection, data)


def parts_of(data: GeneratedData) -> Iterator[dict[Path, NDArray[np.float16]]]:
    for at in range(0, data.count, AT_ONCE):
        some = data.images[at : at + AT_ONCE]
        yield {path_of(at + 1 + number): vector for number, vector in enumerate(some)}


def path_of(number: int) -> Path:
    """Return the path of the picture of a vector, which does not exist."""
    return Path(f"/photos/2024/{number // 1000:06d}/{number:08d}.jpg")


def search(collection: Collection, number: int) -> list[int]:
    """Search for a text; return the numbers of the images found."""
    return [int(path.stem) for path in collection.search(f"query {number}", k=BEST).paths]


def latency(collection: Collection, data: GeneratedData) -> tuple[list[float], list[list[int]]]:
    """Return milliseconds of each search, and what it found."""
    times, found = [], []
    for number in range(len(data.queries)):
        start = time.perf_counter()
        found.append(search(collection, number))
        times.append(1000 * (time.perf_counter() - start))
    return times[WARM:], found[WARM:]


def throughput(collection: Collection, data: GeneratedData) -> float:
    """Return queries per second of all threads together."""
    end = time.perf_counter() + SECONDS
    done = [0] * THREADS

    def work(number: int) -> None:
        while time.perf_counter() < end:
            search(collection, (number + done[number]) % len(data.queries))
            done[number] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / SECONDS


def measure(
    name: str, collection: Collection, data: GeneratedData, best: NDArray[np.int64], baseline: float
) -> float:
    """Print one row; return the median."""
    times, found = latency(collection, data)
    recall = mean_recall(best, found)
    median, count = statistics.median(times), statistics.mean(map(len, found))
    print(
        f"  {name:18}{median:9.2f} {np.quantile(times, 0.95):8.2f}"
        f" {throughput(collection, data):9,.0f} {count:7.2f} {recall:9.3f}"
        f" {median / (baseline or median):12.1f}x",
        flush=True,
    )
    return median


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", nargs="+", default=list(SIZES))
    parser.add_argument("--kinds", nargs="+", default=list(KINDS))
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = options.folder or Path(name)
        server = MilvusServer(folder / "server")
        server.start()
        try:
            for size in options.sizes:
                data = GeneratedData.of(size)
                best = data.best()
                print(f"{size}          {COLUMNS}")
                for name, collection in in_folder(data, folder):
                    baseline = measure(name, collection, data, best, 0)
                for each in on_server(data, server.url(f"size_{size}"), options.kinds):
                    measure(*each, data, best, baseline)
                    print(f"  the server takes {server.resident_mb():,.0f} MB")
        finally:
            server.stop()


if __name__ == "__main__":
    main()
