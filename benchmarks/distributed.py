"""A collection in a folder beside the same one on a Milvus server, on made-up vectors in clusters.

    .venv-distributed/bin/python benchmarks/distributed.py [--sizes 100000x512 500000x512]
        [--kinds flat bin-flat hnsw] [--folder DIR]

The server is that of the package ``milvus``, one process on this machine, started here; so it
shares the processors with who asks, and a network's way is loopback. ``--folder`` keeps what it
holds, for another run: filling and building take far longer than asking. Each search is a whole
one, ``Collection.search`` by a text for 10 images with their paths; ``clustered.py`` says how
texts are made. Latency is of one client, one search after the other; throughput of 8 threads of
one process for 10 s. Found is how many images a search returns on average, recall the share of the
best 10 by float16 that are among them. The last column puts the median in proportion to the folder.
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

from firs.collection import Collection
from firs.encoders import Vectors
from firs.milvus.address import Address
from firs.milvus.server import Server
from tests.distributed.milvus import MilvusServer

BEST = 10
WARM, ASKED, EVERYDAY = 20, 200, 64
AT_ONCE = 5_000
THREADS, SECONDS = 8, 10.0
SIZES = ("100000x512", "500000x512")
KINDS = ("flat", "bin-flat", "hnsw")
COLUMNS = "ms median  ms 95 %  a second  found  recall@10  in proportion"


class MadeUp:
    """An encoder of nothing: its vectors are drawn.

    Args:
        dim: length of a vector.
        texts: the vectors of texts that are not asked, in turns.
        asked: those of ``query 0``, ``query 1`` and so on.
    """

    name, fingerprint, image_size = "made-up", "made-up", 1

    def __init__(self, dim: int, texts: Rows, asked: Rows | None = None) -> None:
        self.dim = dim
        self._texts = texts
        self._asked = asked

    def encode_images(self, images: object) -> Vectors:
        raise NotImplementedError

    def encode_texts(self, texts: object) -> Vectors:
        asked = [text.removeprefix("query ") for text in texts]  # type: ignore[attr-defined]
        if self._asked is not None and all(each.isdecimal() for each in asked):
            return self._asked[[int(each) for each in asked]]
        return np.resize(self._texts, (len(asked), self.dim))


@dataclass(frozen=True)
class Made:
    """Made-up images and what is asked of them."""

    count: int
    dim: int
    images: NDArray[np.float16]
    asked: Rows
    everyday: Rows

    @classmethod
    def of(cls, size: str, asked: int = WARM + ASKED) -> "Made":
        count, dim = map(int, size.split("x"))
        drawn = Clustered(count, dim)
        images = np.concatenate([part.astype(np.float16) for part in drawn.images()])
        texts = drawn.texts(asked + EVERYDAY)
        return cls(count, dim, images, texts[:asked], texts[asked:])

    @property
    def ids(self) -> NDArray[np.int64]:
        return np.arange(1, self.count + 1)

    def best(self) -> NDArray[np.int64]:
        """The ids of the best by float16."""
        found = []
        for query in self.asked[WARM:]:
            scores = np.concatenate(
                [part.astype(np.float32) @ query for part in np.array_split(self.images, 50)]
            )
            found.append(1 + np.argpartition(-scores, BEST)[:BEST])
        return np.stack(found)


def in_folder(made: Made, folder: Path) -> Iterator[tuple[str, Collection]]:
    """A folder's collection, searched by the kind of index that its size has."""
    place = folder / f"size_{made.count}x{made.dim}.firs"
    with closing(Collection(place, encoder_of(made))) as collection:
        filled(collection, made)
        yield f"folder, {collection.index.kind()}", collection


def on_server(made: Made, url: str, kinds: list[str]) -> Iterator[tuple[str, Collection]]:
    """A server's collection, searched by one kind of index after the other."""
    await_loaded(url)
    with closing(Collection(url, encoder_of(made))) as collection:
        filled(collection, made)
        for kind in kinds:
            start = time.perf_counter()
            collection.index.choose(kind)
            print(f"  {kind} made in {time.perf_counter() - start:,.0f} s")
            yield f"server, {kind}", collection


def encoder_of(made: Made) -> MadeUp:
    return MadeUp(made.dim, made.everyday, made.asked)


def await_loaded(url: str) -> None:
    """Wait for what an earlier run left on the server."""
    with Server(Address.parse(url)) as server:
        for name in server.names():
            server.writer().load(name)
            server.writer().count(name)


def filled(collection: Collection, made: Made) -> None:
    """Import what is not there yet."""
    if len(collection) < made.count:
        start = time.perf_counter()
        collection.import_vectors(encoder_of(made), parts_of(made), add_missing=True)
        print(f"  filled: {made.count / (time.perf_counter() - start):,.0f} rows a second")


def fill(made: Made, url: str) -> None:
    with closing(Collection(url, encoder_of(made))) as collection:
        filled(collection, made)


def parts_of(made: Made) -> Iterator[dict[Path, NDArray[np.float16]]]:
    for at in range(0, made.count, AT_ONCE):
        some = made.images[at : at + AT_ONCE]
        yield {path_of(at + 1 + number): vector for number, vector in enumerate(some)}


def path_of(number: int) -> Path:
    """Where the picture of a vector would be."""
    return Path(f"/photos/2024/{number // 1000:06d}/{number:08d}.jpg")


def ask(collection: Collection, number: int) -> list[int]:
    """Search for a text; return the numbers of the images found."""
    return [int(path.stem) for path in collection.search(f"query {number}", k=BEST).paths]


def latency(collection: Collection, made: Made) -> tuple[list[float], list[list[int]]]:
    """Milliseconds of each search, and what it found."""
    took, found = [], []
    for number in range(len(made.asked)):
        start = time.perf_counter()
        found.append(ask(collection, number))
        took.append(1000 * (time.perf_counter() - start))
    return took[WARM:], found[WARM:]


def throughput(collection: Collection, made: Made) -> float:
    """Queries a second of all threads together."""
    end = time.perf_counter() + SECONDS
    done = [0] * THREADS

    def work(number: int) -> None:
        while time.perf_counter() < end:
            ask(collection, (number + done[number]) % len(made.asked))
            done[number] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / SECONDS


def measure(
    name: str, collection: Collection, made: Made, best: NDArray[np.int64], beside: float
) -> float:
    """Print one row; return the median."""
    took, found = latency(collection, made)
    recall = np.mean([np.isin(*each).mean() for each in zip(best, found, strict=True)])
    median, count = statistics.median(took), statistics.mean(map(len, found))
    print(
        f"  {name:18}{median:9.2f} {np.quantile(took, 0.95):8.2f}"
        f" {throughput(collection, made):9,.0f} {count:7.2f} {recall:9.3f}"
        f" {median / (beside or median):12.1f}x",
        flush=True,
    )
    return median


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", nargs="+", default=list(SIZES))
    parser.add_argument("--kinds", nargs="+", default=list(KINDS))
    parser.add_argument("--folder", type=Path)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = told.folder or Path(name)
        server = MilvusServer(folder / "server")
        server.start()
        try:
            for size in told.sizes:
                made = Made.of(size)
                best = made.best()
                print(f"{size}          {COLUMNS}")
                for name, collection in in_folder(made, folder):
                    beside = measure(name, collection, made, best, 0)
                for each in on_server(made, server.url(f"size_{size}"), told.kinds):
                    measure(*each, made, best, beside)
                    print(f"  the server takes {server.resident_mb():,.0f} MB")
        finally:
            server.stop()


if __name__ == "__main__":
    main()
