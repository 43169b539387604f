"""Step 1: decode photos, draw scenes, and run both teachers once on everything.

    python -m training.prepare --data ../shared/data --work build/train

Writes to the work folder, for Flickr8k's train and dev splits, Caltech-101 and drawn scenes:
``maps-NAME.npy``, float16 ``(views, n, 208, 7, 7)``, the image teacher's maps before its last
block; ``image-NAME.npy``, float16 ``(views, n, 1280)``, its pooled features; and
``views-NAME.npy``: the first view is the whole picture, others are crops. ``text-NAME.npy``,
float32 ``(n, 384)``, are the text teacher's embeddings of ``text-NAME.json``. ``things.npz``
tells where the things that ``text-things.json`` names are in the drawn scenes. In all 4 GB.
"""

import argparse
import json
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import torch

from training.data import (
    FIRST_SEED,
    GRID,
    TEMPLATES,
    Drawn,
    ImageTeacher,
    TextTeacher,
    category_names,
    class_names,
    decode,
    draw_scene,
    photo_files,
    read_captions,
    run_by_length,
    tokenize,
)
from training.model import IMAGE_CHANNELS, TEXT_WIDTH
from training.views import draw_views, render

BATCH = 32
PAIRS = ("{} and {}", "a {} on a {}", "{} with {}", "a {} near the {}")


@torch.no_grad()
def embed_images(
    teacher: ImageTeacher, pixels: np.ndarray, views: int, work: Path, name: str
) -> None:
    """Write the maps and the pooled features of ``views`` views of each picture."""
    rows = draw_views(len(pixels), views, seed=0)
    maps = np.empty((len(rows), 208, *GRID), np.float16)
    features = np.empty((len(rows), IMAGE_CHANNELS), np.float16)
    for start in range(0, len(rows), BATCH):
        some = slice(start, start + BATCH)
        batch = np.stack([render(row, pixels) for row in rows[some]])
        trunk = teacher.trunk(torch.from_numpy(batch))
        maps[some], features[some] = trunk.numpy(), teacher.top(trunk).mean((2, 3)).numpy()
    np.save(work / f"views-{name}.npy", rows.reshape(views, -1))
    np.save(work / f"maps-{name}.npy", maps.reshape(views, -1, *maps.shape[1:]))
    np.save(work / f"image-{name}.npy", features.reshape(views, -1, IMAGE_CHANNELS))
    print(f"image-{name}.npy", flush=True)


def draw_scenes(
    teacher: ImageTeacher, seeds: range, workers: int, work: Path, name: str
) -> list[Drawn]:
    with Pool(workers) as pool:
        drawn = pool.map(draw_scene, seeds, chunksize=20)
    embed_images(teacher, np.stack([each.pixels for each in drawn]), 1, work, name)
    return drawn


def collect_texts(data: Path, tokens: list[str]) -> dict[str, list[str]]:
    """Return the texts by name: captions, names of classes in templates, words, pairs of names."""
    classes = class_names(data)
    words = sorted(
        token
        for token in tokens
        if token.isascii() and token.isalpha() and token.islower() and len(token) > 2
    )
    texts = {split: read_captions(data, split)[1] for split in ("train", "dev")}
    texts["caltech"] = category_names(data)[0]
    for kind, names in classes.items():
        texts[kind] = [template.format(name) for template in TEMPLATES for name in names]
    rng = np.random.default_rng(0)
    names = [*classes["lvis"], *classes["imagenet"], *words]
    chosen = rng.choice(len(names), (8000, 2))
    pairs = [PAIRS[at % 4].format(names[a], names[b]) for at, (a, b) in enumerate(chosen)]
    texts["words"] = words + pairs
    return texts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the shared data folder")
    parser.add_argument("--work", type=Path, required=True, help="the folder for the outputs")
    parser.add_argument("--views", type=int, default=4, help="views per photo for training")
    parser.add_argument("--scenes", type=int, default=2500, help="drawn scenes for training")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()

    work: Path = options.work
    work.mkdir(parents=True, exist_ok=True)
    images, sentences = ImageTeacher(), TextTeacher(work)
    texts = collect_texts(options.data, list(sentences.tokenizer.get_vocab()))
    for split, views in (("dev", 1), ("caltech", options.views), ("train", options.views)):
        embed_images(images, decode(photo_files(options.data, split)), views, work, split)
    seeds = range(FIRST_SEED, FIRST_SEED + options.scenes)
    unseen = draw_scenes(images, range(500), options.workers, work, "scenes-dev")
    drawn = draw_scenes(images, seeds, options.workers, work, "scenes")
    texts["scenes-dev"] = [caption for each in unseen for caption in each.captions]
    texts["scenes"] = [caption for each in drawn for caption in each.captions]
    texts["things"] = [phrase for each in drawn for phrase in each.phrases]
    owners = np.repeat(np.arange(len(drawn)), [len(each.phrases) for each in drawn])
    cells = np.stack([cells for each in drawn for cells in each.cells])
    np.savez(work / "things.npz", scenes=owners, cells=cells)
    encoder = sentences.sentence_encoder()
    for name, each in texts.items():
        (work / f"text-{name}.json").write_text(json.dumps(each))
        vectors = run_by_length(encoder, tokenize(sentences.tokenizer, each), TEXT_WIDTH)
        np.save(work / f"text-{name}.npy", vectors.numpy())
        print(f"text-{name}.npy", flush=True)


if __name__ == "__main__":
    main()
