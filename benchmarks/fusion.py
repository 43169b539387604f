"""How long fusing takes: every method on 10 lists of 1,000 images, compared with ranx if installed.

    python benchmarks/fusion.py [--lists 10] [--length 1000] [--images 2000]

The lists are drawn from ``--images`` images: the more there are, the less the lists overlap. ranx
(the extra ``peers``) is timed after a first call that compiles it, and fuses a run of one query.
"""

import argparse
import statistics
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from timing import seconds

from firs.errors import InputError
from firs.fusion import fuse, list_variants
from firs.ranking import Ranking

PEERS: dict[str, dict[str, Any]] = {
    "rrf": {"norm": None, "method": "rrf", "params": {"k": 60}},
    "borda": {"norm": None, "method": "bordafuse"},
    "combsum": {"norm": "min-max", "method": "sum"},
    "combmnz": {"norm": "min-max", "method": "mnz"},
    "condorcet": {"norm": None, "method": "condorcet"},
}


def draw_lists(count: int, length: int, images: int) -> list[Ranking]:
    random = np.random.default_rng(0)
    paths = [Path(f"/photos/{at:06}.jpg") for at in range(images)]
    lists = []
    for at in range(count):
        ids = random.permutation(images)[:length]
        scores = -np.sort(-random.random(len(ids), dtype=np.float32))
        lists.append(Ranking(ids, scores, [paths[each] for each in ids], f"list {at}"))
    return lists


def milliseconds(run: Callable[[], object], times: int = 25) -> float:
    run()
    return statistics.median(1000 * seconds(run) for _ in range(times))


def peer(lists: list[Ranking], name: str) -> str:
    if name not in PEERS or find_spec("ranx") is None:
        return "-"
    import ranx

    runs = [ranx.Run({"q": {str(hit.id): hit.score for hit in each}}) for each in lists]
    return f"{milliseconds(lambda: ranx.fuse(runs=runs, **PEERS[name]), times=5):.2f}"


def ours(lists: list[Ranking], name: str) -> str:
    try:
        return f"{milliseconds(lambda: fuse(lists, name)):.2f}"
    except InputError as error:
        return str(error)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--lists", type=int, default=10)
    parser.add_argument("--length", type=int, default=1000)
    parser.add_argument("--images", type=int, default=2000)
    options = parser.parse_args()
    lists = draw_lists(options.lists, options.length, options.images)
    distinct = len(np.unique(np.concatenate([each.ids for each in lists])))
    print(f"{options.lists} lists of {options.length:,}, {distinct:,} images in all, median ms")
    print(f"  {'method':24}{'firs':>8}{'ranx':>8}")
    measured = {name: ours(lists, name) for name in list_variants()}  # before ranx has threads
    for name, time_taken in measured.items():
        print(f"  {name:24}{time_taken:>8}{peer(lists, name):>8}")


if __name__ == "__main__":
    main()
