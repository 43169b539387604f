"""Step 6: how well the encoder that ships finds unseen photos, objects and drawn scenes.

    python -m training.evaluate --data ../shared/data

Text to image, every caption a query: the dev split of Flickr8k (1,000 photos, 5,000 captions)
and 500 drawn scenes (2,500 captions) with seeds that were not trained on. The 100 categories of
Caltech-101, by name: the share of the first ten photos that are of the category (P@10). It needs no
PyTorch: the towers run as a user runs them.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from firs.encoders import Encoder, open_encoder
from firs.evaluation.datasets import load_dataset
from firs.evaluation.measures import Relevant, ranks_in
from tools.scenes import draw_scene


def recalls(
    encoder: Encoder,
    images: Sequence[Image.Image],
    captions: Sequence[str],
    relevant: Relevant,
) -> str:
    """R@1, R@5, R@10 in percent, median and mean rank, as one line."""
    scores = encoder.encode_texts(captions) @ encoder.encode_images(images).T
    first = ranks_in(scores, relevant).first
    shares = "  ".join(f"R@{k} {100 * np.mean(first <= k):5.1f}" for k in (1, 5, 10))
    return f"{shares}  median {np.median(first):.0f}  mean {first.mean():.1f}"


def precision(encoder: Encoder, folder: Path, first: int = 10) -> float:
    """Return the mean share of the first images that are of the category that is the query."""
    files = sorted(folder.glob("*/*.jpg"))
    names, labels = np.unique([file.parent.name for file in files], return_inverse=True)
    images = np.concatenate(
        [
            encoder.encode_images([Image.open(file) for file in files[start : start + 100]])
            for start in range(0, len(files), 100)
        ]
    )
    texts = encoder.encode_texts([name.replace("_", " ") for name in names])
    best = np.argsort(-texts @ images.T, axis=1)[:, :first]
    return float((labels[best] == np.arange(len(names))[:, np.newaxis]).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--scenes", type=int, default=500)
    parser.add_argument("--encoder", default="mini")
    options = parser.parse_args()

    encoder = open_encoder(options.encoder)
    scenes = [draw_scene(seed) for seed in range(options.scenes)]
    drawn = recalls(
        encoder,
        [scene.image for scene in scenes],
        [caption for scene in scenes for caption in scene.captions],
        Relevant.single(np.repeat(np.arange(len(scenes)), 5)),
    )
    dev = load_dataset("flickr8k", options.data / "flickr8k", "dev")
    photos = recalls(encoder, [Image.open(file) for file in dev.files], dev.captions, dev.relevant)
    print(f"Flickr8k dev, 1,000 photos:  {photos}")
    print(
        f"Caltech-101, 100 names:  P@10 {100 * precision(encoder, options.data / 'caltech101'):.1f}"
    )
    print(f"{options.scenes} unseen drawn scenes:  {drawn}")


if __name__ == "__main__":
    main()
