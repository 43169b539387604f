"""What expansion costs in time and memory: generated vectors, two captions per image.

    python benchmarks/expansion.py                     # 36,014 images and 72,028 captions, 512-d
    python benchmarks/expansion.py --images 10000

Only time and memory mean something.
"""

import argparse
import statistics
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from timing import peak_gb, seconds

from firs import Session
from firs.collection import Collection
from firs.collection.sqlite import SQLiteStore
from firs.evaluation.datasets import normalise
from firs.query import text
from firs.storage.database import transaction

QUERIES = 40
CAPTIONS = 2


class Generated:
    """Gives every text a random vector; that of a caption is near its image's."""

    name = "generated"
    fingerprint = "0"
    image_size = 32

    def __init__(self, images: NDArray[np.float32]) -> None:
        self.dim = images.shape[1]
        self._images = images

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return random directions, with the texts as the seed."""
        vectors = units(len(texts), self.dim, seed=hash(tuple(texts)) & 0xFFFF)
        for at, text_ in enumerate(texts):
            if text_.startswith("caption"):
                vectors[at] += self._images[int(text_.split()[-1])]
        return normalise(vectors)

    def encode_images(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Return random directions, with the number of images as the seed."""
        return units(len(images), self.dim, seed=len(images))


def units(count: int, dim: int, seed: int) -> NDArray[np.float32]:
    """Return float32 ``(count, dim)``, of length 1, with a common mean as an encoder's have."""
    made = np.random.default_rng(seed).standard_normal((count, dim), dtype=np.float32)
    made[:, 0] += 3
    return normalise(made)


def fill(collection: Collection, vectors: NDArray[np.float32]) -> None:
    """Insert images without files, their vectors and their captions."""
    images, dim = vectors.shape
    assert isinstance(collection.store, SQLiteStore)
    with collection.store.database.writing() as connection, transaction(connection):
        connection.execute(
            "INSERT INTO encoder (name, fingerprint, dim, dtype, revision) "
            "VALUES ('generated', '0', ?, 'float16', 1)",
            (dim,),
        )
        connection.executemany(
            "INSERT INTO image (path, hash, bytes, mtime_ns, width, height, format, added_at) "
            "VALUES (?, ?, 1, 1, 1, 1, 'JPEG', '2020-01-01T00:00:00+00:00')",
            [(f"/nowhere/{n}.jpg", n.to_bytes(16, "big")) for n in range(images)],
        )
        connection.executemany(
            "INSERT INTO vector (image_id, encoder_id, data) VALUES (?, 1, ?)",
            [(n + 1, row.tobytes()) for n, row in enumerate(vectors.astype(np.float16))],
        )
        connection.executemany(
            "INSERT INTO caption (image_id, text, source) VALUES (?, ?, 'made')",
            [(n + 1, f"caption {m} of {n}") for n in range(images) for m in range(CAPTIONS)],
        )


def median_ms(work: Callable[[str], object]) -> float:
    """Return the median of a few calls, each with another text."""
    return 1000 * statistics.median(
        seconds(lambda n=n: work(f"query {n}"))  # type: ignore[misc]
        for n in range(QUERIES)
    )


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--images", type=int, default=36_014)
    parser.add_argument("--dim", type=int, default=512)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), options.images, options.dim)


def measure(folder: Path, images: int, dim: int) -> None:
    """Fill, search, expand, search again, undo."""
    vectors = units(images, dim, seed=1)
    with Collection(folder / ".firs", Generated(vectors)) as collection:
        fill(collection, vectors)
        collection.search("warm up")
        show(f"{images:,} images, {dim} dimensions")
        show("a search", ms=median_ms(collection.search))

        def start(words: str) -> Session:
            return Session.start(collection, text(words))

        show("the first round of a session", ms=median_ms(start))
        before = peak_gb()
        took = seconds(collection.expansion.add)
        [made] = collection.expansion.records()
        show(f"adding {made.texts:,} captions, without encoding them", s=took)
        show("the first search after that", s=seconds(lambda: collection.search("once")))
        show(f"  more memory: {1000 * (peak_gb() - before):,.0f} MB")
        show("a search", ms=median_ms(collection.search))
        show("the first round of a session", ms=median_ms(start))
        show("60 results with their matches", ms=results_ms(start("query")))
        show("undoing it", s=seconds(collection.expansion.undo))


def results_ms(session: Session) -> float:
    """Return how long the first page takes."""
    return 1000 * seconds(lambda: session.round.results(0, 60))


def show(name: str, *, ms: float | None = None, s: float | None = None) -> None:
    """Print one line."""
    duration = f"{ms:8.1f} ms" if ms is not None else f"{s:8.2f} s" if s is not None else ""
    print(f"{name:<58}{duration}", flush=True)


if __name__ == "__main__":
    main()
