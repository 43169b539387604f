"""The quality of explanations: are they on the named object, does the score depend on them, cost.

    python -m benchmarks.explanation --data ../shared/data [--scenes 300] [--photos 200]

The first table plays the pointing game on drawn scenes that `mini` was not trained on, compared
with two maps that ignore the picture. The second is the deletion test: photos of Flickr8k's dev
split, each with its first caption, and how many of them lose more where the map marks than at
random places. The third is the time that one explanation takes.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from firs.encoders import Encoder, open_encoder
from firs.evaluation.datasets import load_dataset
from firs.explanation import Map, measure_faithfulness, open_explainer
from tools.pointing import (
    NameableThing,
    PointingResult,
    centre_prior,
    nameable_things,
    pointing_accuracy,
    random_map,
)
from tools.scenes import draw_scene

UNSEEN = 10_000
"""The first seed of the scenes: beyond those that parameters were chosen on."""

Explain = Callable[[Image.Image, str], Map]


def explain_with(method: str, encoder: Encoder) -> Explain:
    explainer = open_explainer(method, encoder)

    def explain(picture: Image.Image, text: str) -> Map:
        [found] = explainer.explain([picture], text)
        if found.map is None:
            raise ValueError(f"{method} marks no places.")
        return found.map

    return explain


def pointing(scenes: int, methods: Sequence[str], encoder: Encoder) -> None:
    named = list(nameable_things(map(draw_scene, range(UNSEEN, UNSEEN + scenes))))
    print(f"{len(named)} things named in {scenes} drawn scenes, {encoder.name}")
    for method in methods:
        explain = explain_with(method, encoder)
        report(
            method, pointing_accuracy([explain(each.picture, each.phrase) for each in named], named)
        )
    random = np.random.default_rng(0)
    sizes = [(each.picture.height, each.picture.width) for each in named]
    report("centre prior", pointing_accuracy([centre_prior(*size) for size in sizes], named))
    report("random", pointing_accuracy([random_map(*size, random) for size in sizes], named))
    report("everywhere", everywhere(named))


def report(name: str, found: PointingResult) -> None:
    print(f"  {name:14} peak inside {found.hits:5.1f} %   mean IoU {found.overlap:5.1f} %")


def everywhere(named: Sequence[NameableThing]) -> PointingResult:
    """Return the expected result of a random peak, and of a map that marks all of the picture."""
    share = 100 * float(np.mean([each.mask.mean() for each in named]))
    return PointingResult(share, share)


def deletion(data: Path, photos: int, methods: Sequence[str], encoder: Encoder) -> None:
    dev = load_dataset("flickr8k", data / "flickr8k", "dev")
    pairs = list(zip(dev.files, dev.captions[::5], strict=True))[:photos]
    print(f"deletion test, {len(pairs)} photos of Flickr8k dev, {encoder.name}")
    for method in methods:
        explain = explain_with(method, encoder)
        found = []
        for file, caption in pairs:
            with Image.open(file) as photo:
                photo.load()
            found.append(measure_faithfulness(explain(photo, caption), photo, caption, encoder))
        more = 100 * np.mean([each.loss > each.mean_elsewhere for each in found])
        loss = np.mean([each.loss for each in found])
        other = np.mean([each.mean_elsewhere for each in found])
        print(f"  {method:14} beats random on {more:5.1f} %   loses {loss:.3f} against {other:.3f}")


def cost(rounds: int, encoder: Encoder) -> None:
    [thing, *_] = nameable_things([draw_scene(UNSEEN)])
    print(f"one explanation, {encoder.name}, of {rounds}")
    for method in ("patches", "words", "occlusion"):
        explainer = open_explainer(method, encoder)
        explainer.explain([thing.picture], thing.phrase)
        wall_times, cpu_times = [], []
        for _ in range(rounds):
            start, cpu_start = time.perf_counter(), time.process_time()
            explainer.explain([thing.picture], thing.phrase)
            wall_times.append(1000 * (time.perf_counter() - start))
            cpu_times.append(1000 * (time.process_time() - cpu_start))
        times = f"median {statistics.median(wall_times):6.1f} ms   best {min(wall_times):6.1f} ms"
        print(f"  {method:14} {times}   processor time {statistics.median(cpu_times):6.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, help="the folder that has flickr8k")
    parser.add_argument("--scenes", type=int, default=300, help="0 leaves the pointing game out")
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--encoder", default="mini")
    parser.add_argument("--methods", default="patches")
    options = parser.parse_args()
    encoder, methods = open_encoder(options.encoder), options.methods.split(",")
    if options.scenes:
        pointing(options.scenes, methods, encoder)
    if options.data:
        deletion(options.data, options.photos, methods, encoder)
    cost(options.rounds, encoder)


if __name__ == "__main__":
    main()
