"""How fast the built-in encoder is on two cores: images per second, milliseconds per text.

    python benchmarks/encode_mini.py [FOLDER] [--count 512]

FOLDER has real photos; by default those of the shared data (``FIRS_SHARED_DATA``, or
``../shared/data`` next to the repository).
"""

import argparse
import os
import statistics
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image
from timing import seconds

from firs.encoders import Encoder, open_encoder
from firs.imaging import decode

CORES = 2
BATCH = 64
TEXTS = (
    "a black cat on a wooden bench",
    "two children play football on the beach at sunset",
    "a red car in front of a white house",
    "a dog jumps over a fallen tree in the snow",
)


def default_folder() -> Path:
    default = Path(__file__).parent.parent.parent / "shared" / "data"
    return Path(os.environ.get("FIRS_SHARED_DATA", default)) / "flickr8k" / "images"


def use_two_cores() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])


def load(paths: list[Path], encoder: Encoder) -> list[Image.Image]:
    with ThreadPoolExecutor(CORES) as pool:
        return list(pool.map(lambda path: decode(path, at_least=encoder.image_size), paths))


def encode(encoder: Encoder, images: list[Image.Image]) -> None:
    for at in range(0, len(images), BATCH):
        encoder.encode_images(images[at : at + BATCH])


def report(encoder: Encoder, paths: list[Path], turns: int) -> None:
    images = load(paths, encoder)
    encode(encoder, images[:BATCH])
    encoder.encode_texts(TEXTS[:1])
    pictures = [seconds(lambda: encode(encoder, images)) for _ in range(turns)]
    whole = [seconds(lambda: encode(encoder, load(paths, encoder))) for _ in range(turns)]
    texts = [
        seconds(lambda text=text: encoder.encode_texts([text]))  # type: ignore[misc]
        for _ in range(25 * turns)
        for text in TEXTS
    ]
    print(f"{encoder.name} on {len(paths)} photos, {CORES} cores, median of {turns}")
    print(f"  encode           {len(paths) / statistics.median(pictures):8.1f} images/s")
    print(f"  decode + encode  {len(paths) / statistics.median(whole):8.1f} images/s")
    print(f"  one text         {1000 * statistics.median(texts):8.2f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path, nargs="?", default=default_folder())
    parser.add_argument("--count", type=int, default=512)
    parser.add_argument("--turns", type=int, default=5)
    options = parser.parse_args()
    paths = sorted(options.folder.glob("*.jpg"))[: options.count]
    if not paths:
        parser.error(f"no .jpg in {options.folder}: name a folder of photos")
    use_two_cores()
    report(open_encoder("mini"), paths, options.turns)


if __name__ == "__main__":
    main()
