"""Step 6: how well the encoder that ships finds unseen photos and unseen drawn scenes.

    python -m training.evaluate --data ../shared/data

Text to image, every caption a query: the dev split of Flickr8k (1,000 photos, 5,000 captions)
and 500 drawn scenes (2,500 captions) whose seeds are not among those trained on. It needs no
PyTorch: the towers run as a user runs them.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from firs.encoders import Encoder, open_encoder
from firs.evaluation.ranks import Relevant, ranks_in
from firs.samples import draw_scene


def recalls(
    encoder: Encoder, images: Sequence[Image.Image], captions: Sequence[Sequence[str]]
) -> str:
    """R@1, R@5, R@10 in percent, median and mean rank, as one line."""
    gallery = encoder.encode_images(images)
    queries = encoder.encode_texts([caption for five in captions for caption in five])
    owners = np.repeat(np.arange(len(images)), [len(five) for five in captions])
    first = ranks_in(queries @ gallery.T, Relevant.single(owners)).first
    shares = "  ".join(f"R@{k} {100 * np.mean(first <= k):5.1f}" for k in (1, 5, 10))
    return f"{shares}  median {np.median(first):.0f}  mean {first.mean():.1f}"


def read_split(flickr: Path, split: str) -> tuple[list[Image.Image], list[list[str]]]:
    """The photos of a split and the captions of each."""
    table: dict[str, list[str]] = {}
    for line in (flickr / "captions.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        name, caption = line.split("\t")
        table.setdefault(name, []).append(caption)
    names = (flickr / f"{split}.txt").read_text().split()
    return [Image.open(flickr / "images" / name) for name in names], [table[n] for n in names]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--scenes", type=int, default=500)
    parser.add_argument("--encoder", default="mini")
    options = parser.parse_args()

    encoder = open_encoder(options.encoder)
    scenes = [draw_scene(seed) for seed in range(options.scenes)]
    drawn = recalls(encoder, [s.image for s in scenes], [s.captions for s in scenes])
    photos = recalls(encoder, *read_split(options.data / "flickr8k", "dev"))
    print(f"Flickr8k dev, 1,000 photos:  {photos}")
    print(f"{options.scenes} unseen drawn scenes:  {drawn}")


if __name__ == "__main__":
    main()
