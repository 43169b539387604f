"""How time and memory of an index grow with the images: generated vectors in clusters.

    python benchmarks/growth.py --sizes 500000 1000000 5000000 --folder /somewhere/large

``--folder`` keeps vectors (1 KB an image of 512 dimensions) and indexes (as much again) for
another run; without it they are deleted. Each index is built from a file, opened in another
process, and searched there by texts (see ``clustered.py``), one by one, after 50 to warm up. CPU
time is of all threads, and more reliable than wall time if the machine is busy; the plot shows it.
The memory of that process is read from ``/proc/self/status``: anonymous memory, and mapped files.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from clustered import AT_ONCE, Clustered
from numpy.typing import NDArray
from timing import mean_recall, process_mb

from firs.index.base import EntryVectors, Ids
from firs.index.files import IndexKey, build, load
from firs.index.mapped import Rows, best_rows, map_rows

BEST = 10
DIM = 512
WARM, MEASURED, TUNED_ON = 50, 200, 64
KEY = IndexKey("generated", "", 0)
COLUMNS = (
    "images  ms median  ms 95 %  CPU ms  recall@10  resident MB  peak MB  opened in s  built in s"
)


class GeneratedEntries:
    """Generated vectors on disk, as entries to be indexed."""

    dim = DIM

    def __init__(self, count: int, folder: Path) -> None:
        self._count = count
        path = folder / f"{count}x{DIM}.npy"
        if not path.exists():
            self._make(path)
        with path.open("rb") as file:
            self.rows: Rows = map_rows(file, path.stat().st_size - 2 * count * DIM, (count, DIM))
        texts = Clustered(count, DIM).texts(WARM + MEASURED + TUNED_ON)
        self.queries, self.tuning = np.split(texts, [WARM + MEASURED])

    def __len__(self) -> int:
        return self._count

    def parts(self) -> Iterator[tuple[Ids, EntryVectors]]:
        for start, some in self.rows.parts():
            yield np.arange(start, start + len(some)), some

    def _make(self, path: Path) -> None:
        vectors = np.lib.format.open_memmap(path, "w+", np.float16, (self._count, DIM))
        for at, part in enumerate(Clustered(self._count, DIM).images()):
            vectors[at * AT_ONCE : at * AT_ONCE + len(part)] = part


def measure(count: int, kind: str, folder: Path) -> dict[str, Any]:
    """Build, then search in another process."""
    entries = GeneratedEntries(count, folder)
    place = folder / f"{count}"
    start = time.perf_counter()
    if load(kind, place, KEY, lambda _: False) is None:
        build(kind, place, KEY, entries, lambda: entries.tuning)
    seconds = time.perf_counter() - start
    queries, best = place / "queries.npy", place / "best.npy"
    np.save(queries, entries.queries)
    if not best.exists():
        np.save(best, best_rows(entries.rows, entries.queries[WARM:], BEST)[1])
    command = [sys.executable, __file__, "--search", str(place), "--kind", kind]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return {"images": count, "built in": seconds, **json.loads(done.stdout)}


def search(place: Path, kind: str) -> dict[str, float]:
    """Return what a process that only searches needs."""
    queries, exact = np.load(place / "queries.npy"), np.load(place / "best.npy")
    before = _resident()
    start = time.perf_counter()
    loaded = load(kind, place, KEY, lambda _: False)
    if loaded is None:
        raise SystemExit(f"There is no index of the kind {kind} in {place}.")
    opened = time.perf_counter() - start
    times: list[float] = []
    cpu_times: list[float] = []
    found: list[NDArray[np.int64]] = []
    peak = 0.0
    for query in queries:
        start, used = time.perf_counter(), time.process_time()
        found.append(loaded[0].search(query[np.newaxis], BEST)[0][0])
        cpu_times.append(1000 * (time.process_time() - used))
        times.append(1000 * (time.perf_counter() - start))
        peak = max(peak, _resident())
    times, found = times[WARM:], found[WARM:]
    return {
        "median": statistics.median(times),
        "CPU": statistics.median(cpu_times[WARM:]),
        "slow": float(np.quantile(times, 0.95)),
        "recall": mean_recall(exact, found),
        "resident": peak - before,
        "peak": process_mb("VmHWM"),
        "opened in": opened,
    }


def _resident() -> float:
    return process_mb("RssAnon") + process_mb("RssFile")


def line(of: dict[str, Any]) -> str:
    return (
        f"{of['images']:11,} {of['median']:7.2f} {of['slow']:7.2f} {of['CPU']:7.2f}"
        f" {of['recall']:8.3f} {of['resident']:9,.0f} {of['peak']:9,.0f}"
        f" {of['opened in']:8.1f} {of['built in']:9,.0f}"
    )


def draw(measured: list[dict[str, Any]], path: Path) -> None:
    """Plot CPU time against images, both logarithmic, and what would be proportional."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    images, times = [of["images"] for of in measured], [of["CPU"] for of in measured]
    figure, axes = plt.subplots(figsize=(5.5, 3.4))
    axes.loglog(images, times, "o-", label="one query, median")
    axes.loglog(images, [times[0] * n / images[0] for n in images], ":", label="proportional")
    for n, ms in zip(images, times, strict=True):
        axes.annotate(f"{ms:.1f} ms", (n, ms), (0, -14), textcoords="offset points", ha="center")
    axes.set(xlabel="images", ylabel="ms of CPU", xlim=(images[0] / 1.5, images[-1] * 1.5))
    axes.set_ylim(min(times) / 1.6, times[0] * images[-1] / images[0] * 1.3)
    axes.set_xticks(images, [f"{n / 1e6:g} million" for n in images])
    axes.set_yticks([1, 2, 5, 10, 20], ["1", "2", "5", "10", "20"])
    axes.minorticks_off()
    axes.legend(frameon=False)
    figure.tight_layout()
    figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sizes", type=int, nargs="+", default=[500_000, 1_000_000, 2_000_000])
    parser.add_argument("--kind", default="ivf")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--plot", type=Path, metavar="FILE")
    parser.add_argument("--search", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.search:
        print(json.dumps(search(options.search, options.kind)))
        return
    print(COLUMNS)
    with tempfile.TemporaryDirectory() as name:
        measured = []
        for size in options.sizes:
            measured.append(measure(size, options.kind, options.folder or Path(name)))
            print(line(measured[-1]), flush=True)
    if options.plot:
        draw(measured, options.plot)


if __name__ == "__main__":
    main()
