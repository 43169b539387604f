"""What a calibrated search on a Milvus server costs next to an ordinary one, on generated vectors.

    PYTHONPATH=. .venv-distributed/bin/python benchmarks/calibrated_search.py
        [--size 36014x512] [--kind flat] [--folder DIR] [--rankings FILE]

The server is that of the package ``milvus``, one process on this machine, started here.
``--folder`` keeps what it stores for another run. Each line is of one client that searches for 20
images, one text after the other: ``first`` are the first texts of a new process, ``later`` are
others after 200 texts, ``again`` are the same once more. Bytes are those of the responses
of the server, as gRPC counts them. ``agree`` is the share of the first 20 that a calibrated search
over all vectors in memory finds, too. ``--rankings`` writes the rankings, so that two versions of
the code can be compared.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from clustered import Rows
from distributed import GeneratedData, GeneratedEncoder, fill
from numpy.typing import NDArray
from timing import mean_recall

from firs.calibration.hubness import Hubness, biases
from firs.collection import Collection
from firs.encoders import Vectors
from firs.milvus.address import Address
from firs.milvus.server import Server
from tests.distributed.milvus import MilvusServer

K = 20
FIRST, WARM, LATER = 20, 200, 100
TEXTS = FIRST + WARM + LATER
BANK = 2_000


class QueryEncoder(GeneratedEncoder):
    """Gives ``query 17`` the 17th generated vector, and any other text one of the bank."""

    def __init__(self, dim: int, texts: Rows, bank: Rows) -> None:
        super().__init__(dim, bank)
        self._texts = texts
        self._others = bank
        self._next = 0

    def encode_texts(self, texts: object) -> Vectors:
        return np.stack([self._vector(text) for text in texts])  # type: ignore[attr-defined]

    def _vector(self, text: str) -> Any:
        kind, _, number = text.partition(" ")
        if kind == "query" and number.isdecimal():
            return self._texts[int(number)]
        self._next += 1
        return self._others[self._next % len(self._others)]


class Traffic:
    """Counts the bytes and the number of a server's responses to one collection."""

    def __init__(self, collection: Collection) -> None:
        self.bytes = self.calls = 0
        stub = collection.store.server._call._client._handler._stub  # type: ignore[attr-defined]
        for name in ("Query", "Search"):
            setattr(stub, name, self._count(getattr(stub, name)))

    def _count(self, call: Any) -> Any:
        def counted(*arguments: Any, **options: Any) -> Any:
            answer = call(*arguments, **options)
            self.bytes += answer.ByteSize()
            self.calls += 1
            return answer

        return counted


def measure(
    collection: Collection, traffic: Traffic, name: str, numbers: range
) -> list[NDArray[np.int64]]:
    """Search with and without calibration in turn; print the costs, return calibrated results."""
    ordinary, calibrated = Cost(), Cost()
    found = []
    for number in numbers:
        for cost, is_calibrated in ((ordinary, False), (calibrated, True)):
            traffic.bytes = traffic.calls = 0
            start = time.perf_counter()
            ranking = collection.search(f"query {number}", k=K, use_calibration=is_calibrated)
            cost.add(1000 * (time.perf_counter() - start), traffic)
        found.append(ranking.ids)
    print(f"  {name:8}{ordinary}{calibrated}{calibrated.median / ordinary.median:8.2f}", flush=True)
    return found


class Cost:
    """The costs of searches of one kind."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.kilobytes: list[float] = []

    def add(self, milliseconds: float, traffic: Traffic) -> None:
        self.times.append(milliseconds)
        self.kilobytes.append(traffic.bytes / 1000)

    @property
    def median(self) -> float:
        return statistics.median(self.times)

    def __str__(self) -> str:
        kilobytes = statistics.mean(self.kilobytes)
        return f"{self.median:9.1f} {np.quantile(self.times, 0.95):7.1f} {kilobytes:8.1f} "


def expected(data: GeneratedData, texts: Rows, bank: Rows) -> list[NDArray[np.int64]]:
    """Return what a calibrated search over all vectors in memory finds."""
    images = data.images.astype(np.float32)
    hubness = Hubness(biases(images, bank))
    scores = [hubness.of(images @ text) for text in texts]
    return [data.ids[np.argsort(-each, kind="stable")[:K]] for each in scores]


@contextmanager
def open_on_server(
    data: GeneratedData, folder: Path, encoder: QueryEncoder, kind: str
) -> Iterator[Collection]:
    server = MilvusServer(folder / "server")
    server.start()
    try:
        url = server.url(f"calibrated_{data.count}x{data.dim}")
        with Server(Address.parse(url)) as waiting:
            for name in waiting.names():  # of an earlier run
                waiting.load(name)
                waiting.writer().count(name)  # waits until it has caught up
        with Collection(url, encoder) as collection:
            if len(collection) < data.count:
                fill(data, url)
            if collection.index.kind() != kind:
                collection.index.choose(kind)
            collection.calibration.fit("everyday")
        with Collection(url, encoder) as collection:
            yield collection
    finally:
        server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", default="36014x512")
    parser.add_argument("--kind", default="flat")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--rankings", type=Path)
    options = parser.parse_args()
    data = GeneratedData.of(options.size, TEXTS + BANK)
    texts, bank = data.queries[:TEXTS], data.queries[TEXTS:]
    first, warm = range(FIRST), range(FIRST, FIRST + WARM)
    later = range(FIRST + WARM, TEXTS)
    with tempfile.TemporaryDirectory() as name:
        folder = options.folder or Path(name)
        with open_on_server(
            data, folder, QueryEncoder(data.dim, texts, bank), options.kind
        ) as collection:
            print(f"{options.size}, {options.kind}: ms median, 95 %, kB, ordinary and calibrated")
            collection.search("query 0", k=K, use_calibration=False)
            traffic = Traffic(collection)
            found = measure(collection, traffic, "first", first)
            found += measure(collection, traffic, "200", warm)
            found += measure(collection, traffic, "later", later)
            measure(collection, traffic, "again", later)
            record = collection.calibration.get()
            assert record is not None
        in_memory = expected(data, texts, record.texts.astype(np.float32))
        print(f"  agree with all vectors in memory: {mean_recall(in_memory, found):.4f}")
        if options.rankings:
            np.save(options.rankings, np.stack(found))


if __name__ == "__main__":
    main()
