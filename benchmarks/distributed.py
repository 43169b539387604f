"""A collection in a folder beside the same one on a Milvus server, on made-up vectors in clusters.

    .venv-distributed/bin/python benchmarks/distributed.py [--sizes 36014x768 500000x512]
        [--kinds flat bin-flat hnsw] [--folder DIR]

The server is that of the package ``milvus``, one process on this machine, started here; so it
shares the processors with who asks, and a network's way is loopback. ``--folder`` keeps what it
holds, for another run: filling and building take far longer than asking. Queries are texts,
``clustered.py`` says how they are made. Latency is of one client that asks for 10 images, one query
after the other; throughput of 8 threads of one process for 10 s. Recall is the share of the best 10
by float16 that are found. The last column puts the median in proportion to the embedded index.
"""

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from clustered import Clustered, Rows
from numpy.typing import NDArray

from firs.collection import Collection
from firs.collection.records import EncoderRecord
from firs.collection.walk import File
from firs.collection.writing import Content
from firs.encoders import Vectors
from firs.index import Index
from firs.index.cache import IndexKey, build, load
from firs.index.entries import GivenEntries
from firs.milvus.address import Address
from firs.milvus.notes import Documents
from firs.milvus.records import image_row
from firs.milvus.rows import Rows as ServerRows
from firs.milvus.schema import make_vectors
from firs.milvus.server import Row, Server
from tests.distributed.milvus import MilvusServer

BEST = 10
WARM, ASKED, EVERYDAY = 20, 200, 64
AT_ONCE = 5_000
THREADS, SECONDS = 8, 10.0
SIZES = ("36014x768", "500000x512")
KINDS = ("flat", "bin-flat", "hnsw")
MOST_EXACT = 200_000
COLUMNS = "ms median  ms 95 %  a second  recall@10  in proportion"

Ask = Callable[[Rows], NDArray[np.int64]]
"""Queries ``(q, dim)`` → the ids of the best ``(q, 10)``."""


class MadeUp:
    """An encoder of nothing: its vectors are drawn."""

    name, fingerprint, image_size = "made-up", "made-up", 1

    def __init__(self, dim: int, texts: Rows) -> None:
        self.dim = dim
        self._texts = texts

    def encode_images(self, images: object) -> Vectors:
        raise NotImplementedError

    def encode_texts(self, texts: object) -> Vectors:
        count = len(texts)  # type: ignore[arg-type]
        return np.resize(self._texts, (count, self.dim))


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


def embedded(made: Made, folder: Path) -> tuple[str, Ask]:
    """The index that a folder's collection of this size has."""
    kind = "exact" if made.count <= MOST_EXACT else "ivf"
    key = IndexKey(f"{made.count}x{made.dim}", "", 0)
    place = folder / key.encoder
    if (kept := load(kind, place, key, lambda _: False)) is None:
        index = build(kind, place, key, GivenEntries(made.ids, made.images), lambda: made.everyday)
    else:
        index = kept[0]
    return f"folder, {kind}", asking(index)


def asking(index: Index) -> Ask:
    return lambda queries: index.search(queries, BEST)[0]


def on_server(made: Made, url: str, kinds: list[str]) -> Iterator[tuple[str, Ask]]:
    """Each kind of index in turn, over the same vectors."""
    with closing(Collection(url, MadeUp(made.dim, made.everyday))) as collection:
        if len(collection) < made.count:
            start = time.perf_counter()
            fill(made, url)
            print(f"  filled: {made.count / (time.perf_counter() - start):,.0f} rows a second")
        for kind in kinds:
            start = time.perf_counter()
            collection.index.choose(kind)
            print(f"  {kind} made in {time.perf_counter() - start:,.0f} s")
            with collection.open_searcher() as space:
                yield f"server, {kind}", asking(space.index)


def fill(made: Made, url: str) -> None:
    address = Address.parse(url)
    with Server(address) as server:
        writer = server.writer()
        record = EncoderRecord("made-up", "made-up", made.dim, "float16", 0)
        make_vectors(writer, address.name, record)
        rows = ServerRows(writer, address.name, Documents(writer, address.name))
        for at in range(0, made.count, AT_ONCE):
            ids = made.ids[at : at + AT_ONCE].tolist()
            vectors = made.images[at : at + AT_ONCE].astype(np.float32)
            images = {id_: row_of(id_) for id_ in ids}
            rows.take_in("made-up", images, dict(zip(ids, vectors, strict=True)), new=set(ids))
        writer.flush(address.name)


def row_of(id_: int) -> Row:
    """What a server keeps of an image beside its vectors."""
    file = File(f"/photos/2024/{id_ // 1000:06d}/img-{id_:08d}.jpg", 2_000_000, id_)
    content = Content(id_.to_bytes(16, "big"), 4000, 3000, "JPEG", b"")
    return image_row(id_, file, content, added_at=id_)


def latency(ask: Ask, made: Made) -> tuple[list[float], NDArray[np.int64]]:
    """Milliseconds of each query, and what it found."""
    took, found = [], []
    for query in made.asked:
        start = time.perf_counter()
        found.append(ask(query[np.newaxis])[0])
        took.append(1000 * (time.perf_counter() - start))
    return took[WARM:], np.stack(found[WARM:])


def throughput(ask: Ask, made: Made) -> float:
    """Queries a second of all threads together."""
    end = time.perf_counter() + SECONDS
    done = [0] * THREADS

    def work(number: int) -> None:
        while time.perf_counter() < end:
            ask(made.asked[(number + done[number]) % len(made.asked)][np.newaxis])
            done[number] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / SECONDS


def measure(name: str, ask: Ask, made: Made, best: NDArray[np.int64], beside: float) -> float:
    """Print one row; return the median."""
    took, found = latency(ask, made)
    recall = np.mean([np.isin(*each).mean() for each in zip(best, found, strict=True)])
    median = statistics.median(took)
    print(
        f"  {name:18}{median:9.2f} {np.quantile(took, 0.95):8.2f} {throughput(ask, made):9,.0f}"
        f" {recall:10.3f} {median / (beside or median):12.1f}x",
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
                beside = measure(*embedded(made, folder), made, best, 0)
                for each in on_server(made, server.url(f"size_{size}"), told.kinds):
                    measure(*each, made, best, beside)
                    print(f"  the server takes {server.resident_mb():,.0f} MB")
        finally:
            server.stop()


if __name__ == "__main__":
    main()
