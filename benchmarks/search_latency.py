"""How long a search takes: in process against NumPy, and from the shell, start-up included.

    python benchmarks/search_latency.py [--entries 7091] [--dim 256] [--shell 10000]

The first table compares the exact index with its peer, float64 cosine in NumPy, round by round
in one run, so that a busy machine slows both. The second makes a collection of small pictures with
generated vectors and runs ``firs search`` on it, next to a Python that only imports its libraries.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from timing import seconds

from firs.collection import Collection
from firs.encoders import Encoder, Vectors, open_encoder
from firs.index import KINDS, open_index_type


def unit(count: int, dim: int, seed: int) -> NDArray[np.float64]:
    vectors = np.random.default_rng(seed).standard_normal((count, dim))
    rows: NDArray[np.float64] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return rows


def interleave(
    runs: Mapping[str, Callable[[], object]], rounds: int, each: int = 10
) -> dict[str, list[float]]:
    """Return milliseconds of every run, ``each`` in a row per round, after one that is ignored."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            times[name] += [1000 * seconds(run) for _ in range(each + 1)][1:]
    return times


def best(scores: NDArray[np.float64], k: int) -> NDArray[np.intp]:
    some = np.argpartition(-scores, k)[:k]
    return some[np.argsort(-scores[some])]


def in_process(entries: int, dim: int, rounds: int) -> None:
    vectors, query = unit(entries, dim, seed=0), unit(1, dim, seed=1)
    single = query.astype(np.float32)
    ids = np.arange(entries)
    runs: dict[str, Callable[[], object]] = {"NumPy float64": lambda: best(vectors @ query[0], 20)}
    for kind in KINDS:
        index = open_index_type(kind).build(ids, vectors.astype(np.float32))
        runs[kind] = lambda index=index: index.search(single, 20)  # type: ignore[misc]
    measured = interleave(runs, rounds)
    peer = statistics.median(measured["NumPy float64"])
    print(f"one query over {entries:,} x {dim}, the best 20, median of {10 * rounds}")
    for name, times in measured.items():
        median = statistics.median(times)
        print(f"  {name:16} {median:8.3f} ms   {peer / median:6.1f} times the peer's speed")


class Generated:
    """The built-in encoder, but with random vectors of images, which take no time."""

    def __init__(self, real: Encoder) -> None:
        self.name, self.dim = real.name, real.dim
        self.image_size, self.fingerprint = real.image_size, real.fingerprint
        self.encode_texts = real.encode_texts
        self._random = np.random.default_rng(2)

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
        """Return random unit vectors for any images."""
        seed = int(self._random.integers(2**32))
        return unit(len(images), self.dim, seed).astype(np.float32)


def fill(folder: Path, count: int) -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (count, 8, 8, 3), dtype=np.uint8)
    for at, square in enumerate(pixels):
        Image.fromarray(square).save(folder / f"{at:06}.png")


def from_the_shell(count: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, count)
        with Collection(folder / ".firs", encoder=Generated(open_encoder()), create=True) as made:
            made.add([folder])
        firs = [sys.executable, "-m", "firs"]
        libraries = "import numpy, faiss, onnxruntime, tokenizers"
        commands = {
            "its libraries": [sys.executable, "-c", libraries],
            "firs --version": [*firs, "--version"],
            "firs search": [*firs, "search", "a black cat on a wooden bench", "--collection", name],
        }
        runs = {label: partial(shell, command) for label, command in commands.items()}
        measured = interleave(runs, rounds, each=1)
    peer = statistics.median(measured["its libraries"])
    print(f"from the shell, {count:,} images, start-up included, median of {rounds}")
    for label, times in measured.items():
        median = statistics.median(times)
        print(f"  {label:16} {median:8.0f} ms   {median / peer:6.2f} times `{libraries}`")


def shell(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--entries", type=int, default=7091)
    parser.add_argument("--dim", type=int, default=256)
    parser.add_argument("--shell", type=int, default=10_000, help="images; 0 leaves the shell out")
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    in_process(options.entries, options.dim, options.rounds)
    if options.shell:
        from_the_shell(options.shell, options.rounds)


if __name__ == "__main__":
    main()
